"""The social network: its shape, its calls, and how a failure at the bottom is told at the top."""

from collections.abc import Iterator

import pytest

from lab.operations import Patch, ReplacePods, Restart, Scale
from tests.lab.apps.standing import Standing

SERVICES = {
    *("nginx-thrift", "media-frontend", "compose-post-service", "text-service", "url-shorten-service"),
    *("user-mention-service", "user-service", "social-graph-service", "post-storage-service"),
    *("user-timeline-service", "home-timeline-service", "media-service", "unique-id-service"),
}
MONGO = {
    f"{name}-mongodb" for name in ("media", "url-shorten", "user", "social-graph", "post-storage", "user-timeline")
}
MEMCACHED = {f"{name}-memcached" for name in ("media", "url-shorten", "user", "post-storage")}
REDIS = {f"{name}-redis" for name in ("social-graph", "user-timeline", "home-timeline")}
COMPOSE = "http://nginx-thrift:8080/wrk2-api/post/compose"
READS = (
    "/wrk2-api/home-timeline/read",
    "/wrk2-api/user-timeline/read",
    "/wrk2-api/user/follow",
    "/api/user/login",
)
FAILED = "wget: server returned error: HTTP/1.1 500"


@pytest.fixture
def social() -> Iterator[Standing]:
    standing = Standing.of("social-network")
    yield standing
    standing.stop()


def test_it_is_what_the_benchmark_deploys(social: Standing) -> None:
    names = SERVICES | MONGO | MEMCACHED | REDIS | {"jaeger"}
    assert len(names) == 27
    assert social.names("Deployment") == social.names("Service") == names
    assert social.names("ConfigMap") - {"kube-root-ca.crt"} == names
    assert social.names("Secret") == {"mongodb-tls"}
    for pod in social.all("Pod"):
        labels = pod["metadata"]["labels"]
        assert labels["app"] == labels["service"] == pod["spec"]["hostname"]


def test_it_stands_and_its_front_reaches_the_stores(social: Standing) -> None:
    assert social.unwell() == []
    assert social.revisions() == 2
    for path in ("/wrk2-api/post/compose", *READS):
        assert social.get("jaeger", f"http://nginx-thrift:8080{path}") is None
    assert social.get("jaeger", "http://media-frontend:8081/get-media") is None


@pytest.mark.parametrize("store", ["user-timeline-redis", "post-storage-mongodb", "user-memcached"])
def test_without_a_store_no_post_is_composed(social: Standing, store: str) -> None:
    social.after(30, Scale(target=f"Deployment/{store}", replicas=0))
    assert social.get("jaeger", COMPOSE) == FAILED


@pytest.mark.parametrize(
    ("service", "callers"),
    [
        ("user-service", {"compose-post-service", "social-graph-service"}),
        ("text-service", {"compose-post-service"}),
        ("post-storage-service", {"compose-post-service", "home-timeline-service", "user-timeline-service"}),
    ],
)
def test_callers_name_the_service_behind_a_wrong_target_port(
    social: Standing, service: str, callers: set[str]
) -> None:
    before = social.log(service)
    wrong = [{"op": "replace", "path": "/spec/ports/0/targetPort", "value": 9999}]
    social.after(40, Patch(target=f"Service/{service}", type="json", body=wrong))
    for caller in callers:
        assert social.says(caller, f"<error>: (ClientPool.h:114:Pop) Failed to connect {service}-client")
        assert social.says(caller, f"TSocket::open() connect() <Host: {service} Port: 9090>: Connection refused")
    assert social.log(service) == before
    assert social.says("nginx-thrift", "compost_post failure: ")
    assert social.get("jaeger", COMPOSE) == FAILED
    right = [{"op": "replace", "path": "/spec/ports/0/targetPort", "value": 9090}]
    social.after(40, Patch(target=f"Service/{service}", type="json", body=right))
    assert social.unwell() == []


def test_a_database_that_wants_tls_keeps_its_service_from_serving(social: Standing) -> None:
    """Both stay Ready: there are no probes, and the service tries for ever."""
    conf = "net:\n  tls:\n    mode: {}\n    certificateKeyFile: /etc/tls/tls.pem\n"

    def configure(mode: str) -> None:
        body = {"data": {"mongod.conf": conf.format(mode)}}
        social.after(0, Patch(target="ConfigMap/url-shorten-mongodb", body=body))
        social.after(20, Restart(target="Deployment/url-shorten-mongodb"))
        social.after(60, ReplacePods(target="Deployment/url-shorten-service"))

    configure("requireTLS")
    assert social.status("url-shorten-mongodb")["ready"]
    assert social.status("url-shorten-service")["ready"]
    assert social.says("url-shorten-service", "Error in createIndexes: No suitable servers found")
    assert social.says("url-shorten-service", "Failed to create mongodb index, try again")
    assert social.says("url-shorten-mongodb", "The server is configured to only allow SSL connections")
    assert social.says("text-service", "Failed to connect url-shorten-service-client")
    assert social.says("compose-post-service", "Failed to send compose-text to text-service")
    assert social.get("jaeger", COMPOSE) == FAILED
    assert social.exec("url-shorten-mongodb", "mongo", "--eval", "db.version()").exit_code == 1
    configure("disabled")
    assert social.get("jaeger", COMPOSE) is None
    assert social.unwell() == []
