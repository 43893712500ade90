"""Feature flags of flagd that were switched: which one, whom it concerns, and the way back."""

import json
from typing import Any

import pytest

from domain.actions import Restart, SwitchFlag
from domain.cluster import Ref
from domain.diagnosis import Cause
from tests.tools.analyzers.build import World, ago, applied, changed, healthy, ref
from tools.analyzers import feature_flag

FLAGS = ref("ConfigMap", "flags")
STORE = ref("Deployment", "store")
FLAGD = ref("Deployment", "flagd")
ERRORS = tuple(f"2026-03-04T11:59:{second}Z ERROR the handler failed" for second in (10, 20, 30, 40))


def file(**served: str) -> str:
    """A file of flags; those that are not named are off."""
    about = {
        "storeFailure": "Makes writes fail",
        "apiUnreachable": "The API cannot be reached",
        "newLook": "A look",
        "redisSlow": "Slow",
    }
    flags: dict[str, Any] = {
        name: {
            "description": about[name],
            "state": "ENABLED",
            "variants": {"on": True, "off": False},
            "defaultVariant": served.get(name, "off"),
        }
        for name in about
    }
    return json.dumps({"flags": flags}, separators=(",", ":"))


def switched(declared: bool = True, copied: bool = True, **served: str) -> World:
    """A flagd that copies its file at the start, and whose ConfigMap was changed ten minutes ago."""
    world = healthy()
    config = world.add("ConfigMap", "flags", {"data": {"flags.json": file(**served)}})
    if declared:
        applied(config, {"data": {"flags.json": file()}})
    changed(config, 600, "python-requests")
    volumes = [{"name": "file", "configMap": {"name": "flags"}}]
    init = [{"name": "copy", "image": "busybox:1", "volumeMounts": [{"name": "file", "mountPath": "/in"}]}]
    spec = {"volumes": volumes, **({"initContainers": init} if copied else {})}
    world.deploy("flagd", image="ghcr.io/open-feature/flagd:v0.12", spec=spec)
    return world


def test_the_workload_that_the_flag_names_and_that_is_in_trouble() -> None:
    world = switched(storeFailure="on")
    world.says("store-0", *ERRORS)
    [found] = world.run(feature_flag.analyze)
    assert (found.hypothesis.cause, found.hypothesis.subject) == (Cause.FEATURE_FLAG, ref("Deployment", "store"))
    assert found.hypothesis.confidence > 0.9
    back = SwitchFlag(target=FLAGS, key="flags.json", flag="storeFailure", variant="off")
    assert found.hypothesis.actions == (back, Restart(target=FLAGD))


def test_a_flag_that_keeps_callers_away_concerns_the_caller_in_trouble() -> None:
    world = switched(apiUnreachable="on")
    world.says("web-0", *ERRORS)
    [found] = world.run(feature_flag.analyze)
    assert found.hypothesis.subject == ref("Deployment", "web")


@pytest.mark.parametrize(
    ("flag", "subject", "confidence"),
    [("storeFailure", STORE, 0.75), ("redisSlow", STORE, 0.75), ("newLook", FLAGS, 0.5)],
)
def test_without_any_trouble_it_is_less_sure(flag: str, subject: Ref, confidence: float) -> None:
    [found] = switched(True, True, **{flag: "on"}).run(feature_flag.analyze)
    assert (found.hypothesis.subject, found.hypothesis.confidence) == (subject, confidence)


def test_a_flagd_that_watches_its_file_needs_no_restart() -> None:
    [found] = switched(copied=False, storeFailure="on").run(feature_flag.analyze)
    assert [action.action for action in found.hypothesis.actions] == ["switch_flag"]


def test_a_file_that_was_switched_back_and_not_read_again() -> None:
    world = switched()
    world.status("flagd-0")["state"] = {"running": {"startedAt": ago(900)}}
    [found] = world.run(feature_flag.analyze)
    assert (found.hypothesis.subject, found.hypothesis.actions) == (FLAGD, (Restart(target=FLAGD),))


def test_flags_as_declared_or_long_ago_are_no_news() -> None:
    assert switched(newLook="off").run(feature_flag.analyze) == []
    world = switched(declared=False, storeFailure="on")
    changed(world.objects["ConfigMap"][-1], 40000)
    assert world.run(feature_flag.analyze) == []
    world = switched(storeFailure="on")
    applied(world.objects["ConfigMap"][-1], {"data": {"flags.json": file(storeFailure="on")}})
    assert world.run(feature_flag.analyze) == []
