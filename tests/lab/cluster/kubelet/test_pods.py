"""A pod's way on its node: pulls, configuration, mounts, init containers, ends; in a real kubelet's words."""

from typing import Any

import pytest

from lab.cluster.errors import ApiError
from tests.lab.cluster.small import Small, deployment, thing


def waiting(small: Small, app: str) -> tuple[str, str]:
    state = small.container(app)["state"]["waiting"]
    return state["reason"], state.get("message", "")


# ---- images ----


def test_a_missing_image_alternates_between_error_and_back_off() -> None:
    small = Small().after(2, deployment("web", "lab/api:9"))
    error = (
        "rpc error: code = NotFound desc = failed to pull and unpack image "
        '"docker.io/lab/api:9": failed to resolve reference "docker.io/lab/api:9": docker.io/lab/api:9: not found'
    )
    assert waiting(small, "web") == ("ErrImagePull", error)
    with pytest.raises(ApiError, match="is waiting to start: image can't be pulled"):
        small.log("web")
    small.after(1)
    assert waiting(small, "web") == (
        "ImagePullBackOff",
        f'Back-off pulling image "lab/api:9": ErrImagePull: {error}',
    )
    with pytest.raises(ApiError, match="is waiting to start: trying and failing to pull image"):
        small.log("web")
    assert small.pod("web")["status"]["phase"] == "Pending"


def test_pulls_are_retried_after_10_20_40_up_to_300_seconds() -> None:
    small = Small().after(1 + 10 + 20 + 40 + 80 + 160 + 300 + 20, deployment("web", "lab/api:9"))
    assert small.events("web-")['Pulling: Pulling image "lab/api:9"'] == 7


def test_a_registry_that_denies_says_so() -> None:
    small = Small().after(5, deployment("web", "lab/private:1"))
    assert "pull access denied, repository does not exist or may require authorization" in waiting(small, "web")[1]


def test_a_pull_secret_opens_a_registry_that_denies() -> None:
    pod = {"imagePullSecrets": [{"name": "registry"}]}
    small = Small().after(5, deployment("web", "lab/private:1", pod=pod))
    assert any(
        text.startswith("FailedToRetrieveImagePullSecret: Unable to retrieve some image pull secrets (registry)")
        for text in small.events("web-")
    )
    secret = thing("Secret", "registry", type="kubernetes.io/dockerconfigjson", data={".dockerconfigjson": "e30="})
    small.after(30, secret)
    assert small.pod("web")["status"]["phase"] == "Running"


def test_an_image_is_pulled_once_a_node() -> None:
    small = Small(nodes=1).after(10, deployment("one"))
    small.after(10, deployment("two"))
    assert 'Pulling: Pulling image "nginx:1.25"' in small.events("one-")
    assert 'Pulled: Container image "nginx:1.25" already present on machine' in small.events("two-")


@pytest.mark.parametrize(
    ("image", "policy", "reason"),
    [("nginx:1.25", "Never", "ErrImageNeverPull"), ("Shop/Web:1", "IfNotPresent", "InvalidImageName")],
)
def test_images_that_cannot_even_be_tried(image: str, policy: str, reason: str) -> None:
    small = Small().after(5, deployment("web", image, imagePullPolicy=policy))
    assert waiting(small, "web")[0] == reason


# ---- configuration ----

REFERENCES: list[tuple[dict[str, Any], str, dict[str, Any]]] = [
    (
        {"envFrom": [{"configMapRef": {"name": "conf"}}]},
        'configmap "conf" not found',
        thing("ConfigMap", "conf", data={"a": "b"}),
    ),
    (
        {"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "a"}}}]},
        'secret "keys" not found',
        thing("Secret", "keys", data={"a": "Yg=="}),
    ),
    (
        {"env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "kube-root-ca.crt", "key": "a"}}}]},
        "couldn't find key a in ConfigMap default/kube-root-ca.crt",
        thing("ConfigMap", "kube-root-ca.crt", data={"a": "b", "ca.crt": "x"}),
    ),
]


@pytest.mark.parametrize(("container", "message", "cure"), REFERENCES)
def test_a_reference_to_nothing_holds_the_container_until_it_is_there(
    container: dict[str, Any], message: str, cure: dict[str, Any]
) -> None:
    small = Small().after(20, deployment("web", **container))
    assert waiting(small, "web") == ("CreateContainerConfigError", message)
    assert f"Failed: Error: {message}" in small.events("web-")
    with pytest.raises(ApiError, match="is waiting to start: CreateContainerConfigError"):
        small.log("web")
    small.after(1, cure)
    assert small.pod("web")["status"]["phase"] == "Running"


def test_an_optional_reference_to_nothing_holds_nobody() -> None:
    source = {"configMapRef": {"name": "conf", "optional": True}}
    small = Small().after(10, deployment("web", envFrom=[source]))
    assert small.pod("web")["status"]["phase"] == "Running"


def test_the_environment_knows_references_fields_limits_and_earlier_variables() -> None:
    env = [
        {"name": "A", "value": "1"},
        {"name": "B", "value": "$(A)-$(NONE)-$$(A)"},
        {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        {"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
        {"name": "MEM", "valueFrom": {"resourceFieldRef": {"resource": "limits.memory", "divisor": "1Mi"}}},
        {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "a"}}},
    ]
    small = Small()
    small.put(thing("Secret", "keys", data={"a": "Yg=="}))
    small.after(10, deployment("web", env=env, resources={"limits": {"memory": "64Mi"}}))
    pod = small.pod("web")
    found = small.world.exec(pod, "main", ["env"]).stdout.splitlines()
    name, address = pod["metadata"]["name"], pod["status"]["podIP"]
    assert {"A=1", "B=1-$(NONE)-$(A)", f"POD={name}", f"IP={address}", "MEM=64", "KEY=b"} <= set(found)


# ---- volumes ----


def test_a_volume_of_a_missing_config_map_is_retried_and_then_mounted() -> None:
    volumes = [{"name": "conf", "configMap": {"name": "web-conf"}}]
    mounts = [{"name": "conf", "mountPath": "/etc/web"}]
    small = Small().after(130, deployment("web", volumeMounts=mounts, pod={"volumes": volumes}))
    text = 'FailedMount: MountVolume.SetUp failed for volume "conf" : configmap "web-conf" not found'
    assert small.events("web-")[text] == 9
    assert any(
        "Unable to attach or mount volumes: unmounted volumes=[conf]" in each for each in small.events("web-")
    )
    assert waiting(small, "web") == ("ContainerCreating", "")
    conditions = small.pod("web")["status"]["conditions"]
    assert (conditions[0]["type"], conditions[0]["status"]) == ("PodReadyToStartContainers", "False")
    small.after(10, thing("ConfigMap", "web-conf", data={"site.conf": "listen 80\n"}))
    result = small.world.exec(small.pod("web"), "main", ["cat", "/etc/web/site.conf"])
    assert result.stdout == "listen 80\n"


# ---- init containers ----


def with_init(script: str) -> dict[str, Any]:
    init = {"name": "prepare", "image": "busybox:1.36", "command": ["sh", "-c", script]}
    return deployment("web", pod={"initContainers": [init]})


def test_an_init_container_that_fails_is_repeated_and_holds_the_others() -> None:
    small = Small().after(60, with_init("echo no schema; exit 4"))
    status = small.pod("web")["status"]
    (init,) = status["initContainerStatuses"]
    assert init["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    assert init["lastState"]["terminated"]["exitCode"] == 4
    assert waiting(small, "web") == ("PodInitializing", "")
    initialized = next(each for each in status["conditions"] if each["type"] == "Initialized")
    assert initialized["message"] == "containers with incomplete status: [prepare]"
    assert small.log("web", container="prepare") == ["no schema"]


def test_an_init_container_that_waits_for_a_service_goes_on_when_it_answers() -> None:
    small = Small().after(30, with_init("until nc -z db 6379; do echo waiting; sleep 2; done; echo found"))
    assert small.pod("web")["status"]["phase"] == "Pending"
    spec = {"selector": {"app": "db"}, "ports": [{"port": 6379}]}
    small.after(20, thing("Service", "db", spec=spec), deployment("db", "redis:7", port=6379))
    assert small.pod("web")["status"]["phase"] == "Running"
    assert small.log("web", container="prepare")[-1] == "found"


# ---- the end ----


def test_a_changed_image_restarts_the_container_in_place() -> None:
    one = thing("Pod", "one", spec={"containers": [{"name": "main", "image": "nginx:1.25"}]})
    small = Small().after(10, one)
    changed = small.get("Pod", "one")
    containers = [{**changed["spec"]["containers"][0], "image": "nginx:1.26"}]
    small.store.update("Pod", {**changed, "spec": {**changed["spec"], "containers": containers}})
    small.after(10)
    assert "Killing: Container main definition changed, will be restarted" in small.events("one")
    (status,) = small.get("Pod", "one")["status"]["containerStatuses"]
    assert (status["image"], status["restartCount"]) == ("docker.io/library/nginx:1.26", 1)


def test_a_pod_is_asked_to_stop_and_leaves_when_it_has() -> None:
    small = Small().after(10, thing("Pod", "one", spec={"containers": [{"name": "main", "image": "nginx:1"}]}))
    small.delete("Pod", "one")
    assert "Killing: Stopping container main" in small.events("one")
    assert small.get("Pod", "one")["metadata"]["deletionGracePeriodSeconds"] == 30
    small.after(1)
    assert small.store.get("Pod", "default", "one") is None


def test_a_pod_that_ignores_the_request_is_killed_after_its_grace_period() -> None:
    spec = {"containers": [{"name": "main", "image": "lab/stubborn:1"}], "terminationGracePeriodSeconds": 20}
    small = Small().after(10, thing("Pod", "one", spec=spec))
    small.delete("Pod", "one")
    small.after(19)
    assert small.store.get("Pod", "default", "one")
    small.after(2)
    assert small.store.get("Pod", "default", "one") is None


@pytest.mark.parametrize(("policy", "code", "phase"), [("Never", 3, "Failed"), ("OnFailure", 0, "Succeeded")])
def test_a_pod_that_need_not_run_on_ends(policy: str, code: int, phase: str) -> None:
    container = {"name": "main", "image": "busybox:1", "command": ["sh", "-c", f"echo done; exit {code}"]}
    small = Small().after(10, thing("Pod", "job", spec={"containers": [container], "restartPolicy": policy}))
    assert small.get("Pod", "job")["status"]["phase"] == phase
    small.delete("Pod", "job")
    assert small.store.get("Pod", "default", "job") is None
