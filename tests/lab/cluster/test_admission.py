"""Objects are completed and admitted as a real API server does it."""

from typing import Any

import pytest

from lab.cluster.errors import ApiError
from tests.lab.cluster.small import Small, deployment, service, thing


def admitted(small: Small, obj: dict[str, Any]) -> dict[str, Any]:
    body = {**obj, "metadata": {"namespace": "default", **obj["metadata"]}}
    return small.world.admit(obj["kind"], body, "CREATE", False)


def pod(**spec: Any) -> dict[str, Any]:
    return thing("Pod", "one", spec={"containers": [{"name": "main", "image": "nginx:1"}], **spec})


def test_a_pod_gets_account_token_tolerations_and_policies() -> None:
    spec = admitted(Small(), pod())["spec"]
    assert (spec["serviceAccountName"], spec["restartPolicy"], spec["dnsPolicy"]) == (
        "default",
        "Always",
        "ClusterFirst",
    )
    assert spec["containers"][0]["imagePullPolicy"] == "IfNotPresent"
    (mount,) = spec["containers"][0]["volumeMounts"]
    assert mount["mountPath"] == "/var/run/secrets/kubernetes.io/serviceaccount"
    assert {each["key"] for each in spec["tolerations"]} == {
        "node.kubernetes.io/not-ready",
        "node.kubernetes.io/unreachable",
    }


def test_a_secret_written_as_text_is_kept_as_data() -> None:
    written = thing("Secret", "login", stringData={"user": "ada", "word": "new"}, data={"word": "b2xk"})
    found = admitted(Small(), written)
    assert found["data"] == {"user": "YWRh", "word": "bmV3"}
    assert "stringData" not in found
    assert found["type"] == "Opaque"


@pytest.mark.parametrize(
    ("image", "policy"), [("nginx", "Always"), ("nginx:latest", "Always"), ("a:5000/b", "Always")]
)
def test_an_image_without_a_fixed_tag_is_always_pulled(image: str, policy: str) -> None:
    found = admitted(Small(), deployment("web", image))
    assert found["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"] == policy


@pytest.mark.parametrize(
    ("resources", "qos"),
    [
        ({}, "BestEffort"),
        ({"requests": {"cpu": "1"}}, "Burstable"),
        ({"limits": {"cpu": "1", "memory": "1Gi"}}, "Guaranteed"),
        ({"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "500m"}}, "Burstable"),
    ],
)
def test_the_quality_of_service_follows_from_the_resources(resources: dict[str, Any], qos: str) -> None:
    one = pod(containers=[{"name": "main", "image": "nginx:1", "resources": resources}])
    assert admitted(Small(), one)["status"]["qosClass"] == qos


def test_defaults_may_be_applied_twice() -> None:
    small = Small()
    once = admitted(small, deployment("web", readinessProbe={"httpGet": {"port": 80}}))
    assert small.world.admit("Deployment", once, "UPDATE", False) == once
    assert once["spec"]["strategy"]["rollingUpdate"] == {"maxUnavailable": "25%", "maxSurge": "25%"}
    assert once["spec"]["progressDeadlineSeconds"] == 600


def test_a_service_gets_an_address_and_keeps_it() -> None:
    small = Small()
    small.put(service("web", 80))
    first = small.get("Service", "web")["spec"]
    assert first["clusterIP"].startswith("10.")
    assert first["ports"] == [{"port": 80, "protocol": "TCP", "targetPort": 80}]
    small.put(service("web", 81))
    assert small.get("Service", "web")["spec"]["clusterIP"] == first["clusterIP"]
    taken = service("other", 80)
    taken["spec"]["clusterIP"] = first["clusterIP"]
    with pytest.raises(ApiError, match="provided IP is already allocated"):
        admitted(small, taken)


@pytest.mark.parametrize(
    ("hard", "words"),
    [
        ({"pods": "0"}, "exceeded quota: q, requested: pods=1, used: pods=0, limited: pods=0"),
        (
            {"limits.memory": "1Gi", "limits.cpu": "1"},
            "failed quota: q: must specify limits.cpu for: main; limits.memory for: main",
        ),
    ],
)
def test_a_quota_refuses_in_words_that_name_the_numbers(hard: dict[str, str], words: str) -> None:
    small = Small()
    small.put(thing("ResourceQuota", "q", spec={"hard": hard}))
    with pytest.raises(ApiError) as refused:
        admitted(small, pod())
    assert refused.value.message == f'pods "one" is forbidden: {words}'
    assert (refused.value.code, refused.value.reason) == (403, "Forbidden")


def test_a_quota_also_counts_services() -> None:
    small = Small()
    small.put(thing("ResourceQuota", "q", spec={"hard": {"services": "1"}}), service("one", 80))
    with pytest.raises(ApiError, match='services "two" is forbidden: exceeded quota: q, requested: services=1'):
        admitted(small, service("two", 80))


def test_nothing_new_enters_a_namespace_that_goes_away() -> None:
    small = Small()
    small.put({"kind": "Namespace", "metadata": {"name": "team"}})
    one = {**pod(), "metadata": {"name": "one", "namespace": "team"}}
    small.put(one)
    small.world.advance(5)
    small.store.delete("Namespace", None, "team")
    with pytest.raises(ApiError, match="because it is being terminated"):
        admitted(small, {**pod(), "metadata": {"name": "two", "namespace": "team"}})


def test_an_unknown_priority_class_is_refused() -> None:
    with pytest.raises(ApiError, match="no PriorityClass with name high was found"):
        admitted(Small(), pod(priorityClassName="high"))


@pytest.mark.parametrize(
    "obj",
    [
        deployment("web", resources={"limits": {"cpu": "fast"}}),
        thing("ResourceQuota", "q", spec={"hard": {"pods": "many"}}),
        thing("PersistentVolumeClaim", "c", spec={"resources": {"requests": {"storage": "1 Gi"}}}),
    ],
)
def test_what_is_no_quantity_is_refused(obj: dict[str, Any]) -> None:
    with pytest.raises(ApiError, match=r"cannot be handled as a .*: quantities must match the regular expression"):
        admitted(Small(), obj)


def test_trying_out_changes_nothing() -> None:
    tried, plain = Small(), Small()
    before = tried.store.version
    for obj in (pod(), service("web", 80)):
        body = {**obj, "metadata": {**obj["metadata"], "namespace": "default"}}
        tried.world.admit(obj["kind"], body, "CREATE", True)
    assert tried.store.version == before
    for small in (tried, plain):
        small.after(10, service("web", 80), deployment("web"))
    assert tried.pods("web") == plain.pods("web")
    assert tried.get("Service", "web") == plain.get("Service", "web")
