"""A connection follows DNS, Service, endpoints, ports and policies, and fails in the words of its language."""

from typing import Any

import pytest

from lab.cluster.network import Outcome, Reach, error_text
from lab.cluster.texts import Texts
from tests.lab.cluster.small import Small, deployment, service, thing

BOTH = {"matchLabels": {"app": "db"}}


def small_with_db(*more: dict[str, Any]) -> Small:
    client = deployment("client", "busybox:1", command=["sleep", "infinity"])
    return Small().after(10, service("db", 6379), deployment("db", "redis:7", port=6379), client, *more)


def dial(small: Small, host: str = "db", port: int = 6379) -> Reach:
    return small.world.network.connect(small.pod("client"), host, port).reach


def policy(name: str = "rule", **spec: Any) -> dict[str, Any]:
    return thing("NetworkPolicy", name, spec={"podSelector": BOTH, **spec})


@pytest.mark.parametrize(
    "host", ["db", "db.default", "db.default.svc", "db.default.svc.cluster.local", "db.default.svc.cluster.local."]
)
def test_a_service_answers_to_all_its_names(host: str) -> None:
    assert dial(small_with_db(), host) is Reach.OK


@pytest.mark.parametrize(
    ("host", "port", "reach"),
    [
        ("nobody", 6379, Reach.NO_HOST),
        ("db.elsewhere", 6379, Reach.NO_HOST),
        ("db", 6380, Reach.TIMEOUT),
        ("api.example.com", 443, Reach.OK),
        ("unknown.internal.test", 443, Reach.NO_HOST),
        ("localhost", 80, Reach.REFUSED),
        ("10.244.9.9", 80, Reach.TIMEOUT),
    ],
)
def test_where_a_connection_ends(host: str, port: int, reach: Reach) -> None:
    assert dial(small_with_db(), host, port) is reach


def test_a_wrong_target_port_refuses_and_the_right_one_answers() -> None:
    small = small_with_db()
    small.put(service("db", 6379, 6380))
    assert dial(small) is Reach.REFUSED
    small.put(service("db", 6379, 6379))
    assert dial(small) is Reach.OK


def test_a_selector_without_pods_refuses() -> None:
    small = small_with_db()
    small.put(service("db", 6379, selector={"app": "database"}))
    assert dial(small) is Reach.REFUSED


def test_a_headless_service_resolves_to_pods_or_to_nothing() -> None:
    small = small_with_db()
    headless = service("peers", 80, selector={"app": "db"})
    headless["spec"]["clusterIP"] = "None"
    small.put(headless)
    assert dial(small, "peers", 6379) is Reach.OK
    small.after(10, deployment("db", "redis:7", replicas=0, port=6379))
    assert dial(small, "peers", 6379) is Reach.NO_HOST


FROM_CLIENT = {"from": [{"podSelector": {"matchLabels": {"app": "client"}}}]}


@pytest.mark.parametrize(
    ("spec", "reach"),
    [
        ({"policyTypes": ["Ingress"]}, Reach.TIMEOUT),
        ({"ingress": [{}]}, Reach.OK),
        ({"ingress": [FROM_CLIENT]}, Reach.OK),
        ({"ingress": [FROM_CLIENT | {"ports": [{"port": 6379}]}]}, Reach.OK),
        ({"ingress": [FROM_CLIENT | {"ports": [{"port": "http"}]}]}, Reach.OK),
        ({"ingress": [FROM_CLIENT | {"ports": [{"port": 6000, "endPort": 6400}]}]}, Reach.OK),
        ({"ingress": [FROM_CLIENT | {"ports": [{"port": 8080}]}]}, Reach.TIMEOUT),
        ({"ingress": [FROM_CLIENT | {"ports": [{"port": 6379, "protocol": "UDP"}]}]}, Reach.TIMEOUT),
        ({"ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "other"}}}]}]}, Reach.TIMEOUT),
        ({"ingress": [{"from": [{"namespaceSelector": {}}]}]}, Reach.OK),
        ({"ingress": [{"from": [{"namespaceSelector": {"matchLabels": {"team": "x"}}}]}]}, Reach.TIMEOUT),
        ({"ingress": [{"from": [{"ipBlock": {"cidr": "10.244.0.0/16"}}]}]}, Reach.OK),
        (
            {"ingress": [{"from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.244.0.0/16"]}}]}]},
            Reach.TIMEOUT,
        ),
        ({"policyTypes": ["Egress"]}, Reach.OK),
        ({"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Ingress"]}, Reach.OK),
    ],
)
def test_ingress_policies(spec: dict[str, Any], reach: Reach) -> None:
    assert dial(small_with_db(policy(**spec))) is reach


def test_a_second_policy_only_ever_adds_what_is_allowed() -> None:
    small = small_with_db(policy("deny", policyTypes=["Ingress"]), policy("allow", ingress=[FROM_CLIENT]))
    assert dial(small) is Reach.OK
    small.delete("NetworkPolicy", "allow")
    assert dial(small) is Reach.TIMEOUT


def test_egress_that_forgets_dns_cannot_even_resolve() -> None:
    selector = {"matchLabels": {"app": "client"}}
    to_db = {"to": [{"podSelector": BOTH}]}
    small = small_with_db(policy(podSelector=selector, policyTypes=["Egress"], egress=[to_db]))
    assert dial(small) is Reach.DNS_TIMEOUT
    dns = {"to": [{"namespaceSelector": {}}], "ports": [{"port": 53, "protocol": "UDP"}]}
    small.put(policy(podSelector=selector, policyTypes=["Egress"], egress=[to_db, dns]))
    assert dial(small) is Reach.OK


@pytest.mark.parametrize(
    ("dialect", "reach", "words"),
    [
        ("go", Reach.REFUSED, "dial tcp 10.96.1.1:6379: connect: connection refused"),
        ("go", Reach.TIMEOUT, "dial tcp 10.96.1.1:6379: i/o timeout"),
        ("go", Reach.NO_HOST, "dial tcp: lookup db on 10.96.0.10:53: no such host"),
        ("jvm", Reach.REFUSED, "java.net.ConnectException: Connection refused: db/10.96.1.1:6379"),
        ("node", Reach.TIMEOUT, "connect ETIMEDOUT 10.96.1.1:6379"),
        ("python", Reach.NO_HOST, "[Errno -2] Name or service not known"),
    ],
)
def test_each_language_has_its_own_words(dialect: str, reach: Reach, words: str) -> None:
    outcome = Outcome(reach, "db", 6379, "10.96.1.1", "10.244.1.3")
    assert error_text(Texts.load("1.33"), outcome, dialect) == words


def test_a_broken_dependency_shows_in_log_and_readiness_and_heals_by_itself() -> None:
    probe = {"httpGet": {"path": "/readyz", "port": 8080}, "periodSeconds": 5}
    small = Small().after(10, service("db", 6379), deployment("db", "redis:7", port=6379))
    small.after(30, deployment("web", "lab/caller:1", readinessProbe=probe))
    assert small.container("web")["ready"]
    small.after(60, policy(policyTypes=["Ingress"]))
    assert not small.container("web")["ready"]
    broken = [line for line in small.log("web") if "i/o timeout" in line]
    assert broken
    assert broken[0].startswith('level=error msg="call to db failed" address=db:6379 error="dial tcp ')
    small.delete("NetworkPolicy", "rule")
    small.after(20)
    assert small.container("web")["ready"]
    assert small.log("web")[-1] == "db is back"


def test_a_process_that_needs_a_service_at_its_start_comes_up_once_the_service_is_mended() -> None:
    env = [{"name": "DB_ADDR", "value": "redis://db:6379/0"}]
    small = Small().after(10, service("db", 6379, 6380), deployment("db", "redis:7", port=6379))
    small.after(60, deployment("web", "lab/api:1", env=env))
    address = small.get("Service", "db")["spec"]["clusterIP"]
    assert small.log("web", previous=True)[-1] == (
        f"FATAL: cannot connect to db at db:6379: dial tcp {address}:6379: connect: connection refused"
    )
    small.after(60, service("db", 6379, 6379))
    assert "running" in small.container("web")["state"]
    assert small.conditions("Deployment", "web")["Available"].startswith("True")
