"""Each check says in one sentence what does not hold, and nothing when it holds."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from lab.checks import Check, Watched, failures
from tests.lab.worlds import NAMESPACE, deployment, pod, thing, unmoved, view

WORLD = view(
    deployment("cart"),
    deployment("slow", available=1),
    deployment("idle", replicas=0),
    thing("HorizontalPodAutoscaler", "cart", status={"conditions": [{"type": "ScalingActive", "status": "True"}]}),
    pod("cart-1", "cart", restarts=3),
    thing("Endpoints", "cart", subsets=[{"addresses": [{"ip": "10.0.0.1"}], "ports": [{"port": 8080}]}]),
    thing("Endpoints", "slow", subsets=[{"notReadyAddresses": [{"ip": "10.0.0.2"}], "ports": [{"port": 8080}]}]),
    thing("Endpoints", "idle"),
    calls={
        ("Deployment/cart", "tcp://db:1"): None,
        ("Deployment/cart", "tcp://db:2"): "connection refused",
        ("Deployment/cart", "slow"): "off",
        ("Deployment/idle", "slow"): None,
    },
)


@pytest.mark.parametrize(
    ("check", "says"),
    [
        ({"check": "available", "target": "Deployment/cart", "at_least": 2}, None),
        ({"check": "available", "target": "Deployment/cart", "at_least": 3}, "is not fully available"),
        ({"check": "available", "target": "Deployment/slow"}, "is not fully available"),
        ({"check": "available", "target": "Deployment/idle"}, "is not fully available"),
        ({"check": "available", "target": "Deployment/gone"}, "is not fully available"),
        ({"check": "endpoints", "service": "cart", "port": 8080}, None),
        ({"check": "endpoints", "service": "cart", "port": 80}, "no ready endpoint on port 80"),
        ({"check": "endpoints", "service": "slow", "port": 8080}, "no ready endpoint"),
        ({"check": "endpoints", "service": "idle", "port": 8080}, "no ready endpoint"),
        ({"check": "call", "source": "Deployment/cart", "url": "tcp://db:1"}, None),
        ({"check": "call", "source": "Deployment/cart", "url": "tcp://db:2"}, "connection refused"),
        ({"check": "flag", "source": "Deployment/cart", "flag": "slow", "variant": "off"}, None),
        ({"check": "flag", "source": "Deployment/cart", "flag": "slow", "variant": "on"}, "flag slow as 'off'"),
        ({"check": "flag", "source": "Deployment/idle", "flag": "slow", "variant": "off"}, "flag slow as None"),
        ({"check": "exists", "target": "Deployment/cart"}, None),
        ({"check": "exists", "target": "Deployment/gone"}, "is missing"),
        ({"check": "absent", "target": "Deployment/gone"}, None),
        ({"check": "absent", "target": "Deployment/cart"}, "is still there"),
        ({"check": "equals", "target": "Deployment/cart", "path": ["spec", "replicas"], "value": 2}, None),
        ({"check": "equals", "target": "Deployment/cart", "path": ["spec", "replicas"], "value": 3}, "is not 3"),
        ({"check": "equals", "target": "Deployment/gone", "path": ["spec"], "value": None}, "is not None"),
        ({"check": "equals", "target": "HorizontalPodAutoscaler/cart", "value": "True",
          "path": ["status", "conditions", "ScalingActive", "status"]}, None),
        ({"check": "differs", "target": "Deployment/cart", "path": ["spec", "replicas"], "value": 2},
         "is still 2"),
        (
            {"check": "equals", "target": "Deployment/cart", "value": "a:1",
             "path": ["spec", "template", "spec", "containers", "cart", "image"]}, None,
        ),
        (
            {"check": "equals", "target": "Deployment/cart", "value": "a:1",
             "path": ["spec", "template", "spec", "containers", 1, "image"]}, "is not 'a:1'",
        ),
    ],
)  # fmt: skip
def test_a_check_holds_or_says_why_not(check: dict[str, Any], says: str | None) -> None:
    parsed: Check = TypeAdapter(Check).validate_python(check)
    found = failures([parsed], NAMESPACE, unmoved(WORLD))
    assert found == () if says is None else says in found[0]


@pytest.mark.parametrize(
    ("later", "holds"),
    [
        (pod("cart-1", "cart", restarts=3), True),
        (pod("cart-1", "cart", restarts=4), False),
        (pod("cart-2", "cart", restarts=0), True),
        (pod("cart-2", "cart", restarts=1), False),
        (pod("other-1", "other", restarts=9), True),
    ],
)
def test_steady_means_that_no_pod_restarted_while_watched(later: dict[str, Any], holds: bool) -> None:
    steady: Check = TypeAdapter(Check).validate_python({"check": "steady", "target": "Deployment/cart"})
    found = failures([steady], NAMESPACE, Watched(WORLD, view(deployment("cart"), later)))
    assert (found == ()) is holds
