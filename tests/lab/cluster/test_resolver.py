"""Names resolve as long as CoreDNS stands, is reached, and is told to answer."""

import pytest

from lab.cluster.corefile import answers_for, mistake
from lab.cluster.defaults import dns_objects
from lab.cluster.store import copy_of
from tests.lab.cluster.small import Object, Small, deployment, service

BEHAVIOURS = """
behaviours:
  - image: "lab/go:*"
    ports: [80]
    calls: [{name: web, address: "web:80", failed: "web: {error}"}]
external_hosts: [api.example.com]
"""


@pytest.fixture
def small() -> Small:
    small = Small(behaviours=BEHAVIOURS)
    small.after(30, *dns_objects())
    return small.after(30, deployment("web"), service("web", 80), deployment("go", image="lab/go:1"))


def asked(small: Small, host: str) -> str:
    return str(small.world.exec(small.pod("go"), "main", ["wget", "-q", f"http://{host}/"]).stderr.strip())


def corefile(small: Small, old: str, new: str) -> None:
    config: Object = copy_of(small.store.require("ConfigMap", "kube-system", "coredns"))
    config["data"]["Corefile"] = config["data"]["Corefile"].replace(old, new)
    small.store.update("ConfigMap", config)
    small.world.advance(20)


def scale(small: Small, replicas: int) -> None:
    old = small.store.require("Deployment", "kube-system", "coredns")
    small.store.update("Deployment", {**old, "spec": {**old["spec"], "replicas": replicas}})
    small.world.advance(40)


def test_names_resolve_while_it_stands(small: Small) -> None:
    pods = small.store.list("Pod", "kube-system")
    assert [pod["status"]["phase"] for pod in pods] == ["Running", "Running"]
    assert asked(small, "web") == asked(small, "api.example.com") == ""


def test_without_a_server_nothing_resolves_until_it_is_back(small: Small) -> None:
    scale(small, 0)
    assert asked(small, "web") == "wget: bad address 'web'"
    lookup = small.world.exec(small.pod("go"), "main", ["nslookup", "web"])
    assert (lookup.exit_code, lookup.stdout) == (1, ";; connection timed out; no servers could be reached\n\n")
    assert "lookup web on 10.96.0.10:53: read udp" in small.log("go")[-1]
    assert asked(small, small.get("Service", "web")["spec"]["clusterIP"]) == ""
    scale(small, 2)
    assert asked(small, "web") == ""


def test_a_corefile_without_the_cluster_denies_its_names_alone(small: Small) -> None:
    corefile(small, "kubernetes cluster.local", "kubernetes cluster.example")
    assert asked(small, "web") == "wget: bad address 'web'"
    assert asked(small, "api.example.com") == ""
    assert "lookup web on 10.96.0.10:53: no such host" in small.log("go")[-1]
    corefile(small, "cluster.example", "cluster.local")
    assert asked(small, "web") == ""


def test_a_corefile_without_forward_denies_the_world(small: Small) -> None:
    corefile(small, "forward . /etc/resolv.conf", "whoami")
    assert (asked(small, "web"), asked(small, "api.example.com")) == ("", "wget: bad address 'api.example.com'")


def test_a_misspelled_directive_is_felt_at_the_next_start(small: Small) -> None:
    corefile(small, "loadbalance", "loadbalence")
    assert asked(small, "web") == ""
    for pod in small.store.list("Pod", "kube-system"):
        small.store.delete("Pod", "kube-system", pod["metadata"]["name"], 0)
    small.world.advance(40)
    assert asked(small, "web") == "wget: bad address 'web'"
    pod = small.store.list("Pod", "kube-system")[0]
    assert small.world.logs(pod, "coredns", False)[-1].text == (
        "/etc/coredns/Corefile:19 - Error during parsing: Unknown directive 'loadbalence'"
    )


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (".:53 {\n errors\n}\n", None),
        (".:53 {\n errors\n", "/etc/coredns/Corefile - Error during parsing: Unexpected EOF"),
    ],
)
def test_braces_must_match(text: str, wrong: str | None) -> None:
    assert mistake(text) == wrong


def test_a_template_that_denies_everything_denies_the_cluster_too() -> None:
    text = ".:53 {\n template ANY ANY {\n  rcode NXDOMAIN\n }\n kubernetes cluster.local\n forward . 8.8.8.8\n}\n"
    assert not answers_for(text, inside=True)
