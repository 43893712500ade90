"""Endpoints and slices follow Services and the readiness of pods."""

from typing import Any

from tests.lab.cluster.small import Small, deployment, service


def subsets(small: Small, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = small.get("Endpoints", name).get("subsets", [])
    return found


def slice_of(small: Small, name: str) -> dict[str, Any]:
    (found,) = [
        each
        for each in small.store.list("EndpointSlice")
        if each["metadata"]["labels"]["kubernetes.io/service-name"] == name
    ]
    return found


def test_ready_pods_are_addresses_with_the_target_port() -> None:
    small = Small().after(10, service("web", 80, 8080), deployment("web", replicas=2))
    (subset,) = subsets(small, "web")
    assert {each["ip"] for each in subset["addresses"]} == {p["status"]["podIP"] for p in small.pods("web")}
    assert subset["ports"] == [{"port": 8080, "protocol": "TCP"}]
    assert [each["conditions"]["ready"] for each in slice_of(small, "web")["endpoints"]] == [True, True]


def test_a_pod_that_is_not_ready_waits_beside_the_others() -> None:
    probe = {"httpGet": {"path": "/healthz", "port": 8080}}
    small = Small().after(10, service("web", 80), deployment("web", "lab/unready:1", readinessProbe=probe))
    (subset,) = subsets(small, "web")
    assert "addresses" not in subset
    assert len(subset["notReadyAddresses"]) == 1
    assert slice_of(small, "web")["endpoints"][0]["conditions"] == {
        "ready": False,
        "serving": False,
        "terminating": False,
    }


def test_a_selector_that_matches_nothing_leaves_no_subsets() -> None:
    small = Small().after(10, service("web", 80, selector={"app": "other"}), deployment("web"))
    assert "subsets" not in small.get("Endpoints", "web")
    assert slice_of(small, "web")["endpoints"] == []


def test_a_port_name_is_looked_up_in_the_pod_and_a_missing_one_gives_no_endpoint() -> None:
    small = Small().after(10, service("web", 80, "http"), deployment("web", port=8081))
    assert subsets(small, "web")[0]["ports"] == [{"port": 8081, "protocol": "TCP"}]
    small.after(1, service("web", 80, "metrics"))
    assert subsets(small, "web") == []


def test_a_changed_selector_moves_the_addresses_at_once() -> None:
    small = Small().after(10, service("web", 80, selector={"app": "nobody"}), deployment("web"))
    small.put(service("web", 80))
    assert len(subsets(small, "web")[0]["addresses"]) == 1


def test_a_pod_on_its_way_out_is_no_address_any_more() -> None:
    small = Small().after(10, service("web", 80), deployment("web", "lab/stubborn:1", replicas=1))
    leaving = small.pod("web")
    small.delete("Pod", leaving["metadata"]["name"])
    addresses = [each["ip"] for subset in subsets(small, "web") for each in subset.get("addresses", [])]
    assert leaving["status"]["podIP"] not in addresses
    assert slice_of(small, "web")["endpoints"][0]["conditions"]["terminating"]


def test_endpoints_go_with_their_service() -> None:
    small = Small().after(10, service("web", 80), deployment("web"))
    small.delete("Service", "web")
    assert small.store.list("Endpoints", "default") == []
    assert small.store.list("EndpointSlice", "default") == []
