"""The planner changes nothing, and says what the API server would say."""

from dataclasses import dataclass, field

import pytest

from domain.actions import Change
from domain.base import Json
from domain.errors import AoiError, ClusterConflict, ClusterForbidden, ClusterRejected, ClusterUnreachable
from domain.proposal import Plan, Refusal
from tests.tools.api import TinyApi
from tests.tools.hands import Workshop
from tests.tools.samples import CHECKOUT, SAMPLES
from tools.cluster.dryrun import DryRun


@dataclass
class Answering:
    """A dry run by script."""

    answer: AoiError | Json | None
    asked: list[Change] = field(default_factory=list)

    async def preview(self, change: Change, live: Json | None) -> Json | None:
        self.asked.append(change)
        if isinstance(self.answer, AoiError):
            raise self.answer
        return self.answer


def workshop(api: TinyApi, dry_run: Answering) -> Workshop:
    return Workshop(source=api.writer, dry_run=dry_run, hands=api.writer)


@pytest.mark.parametrize(
    ("error", "rule"),
    [
        (ClusterForbidden("No."), "writer-rights"),
        (ClusterConflict("Changed."), "changed"),
        (ClusterRejected("spec.replicas: must be small."), "rejected"),
    ],
)
async def test_a_dry_run_that_fails_is_a_refusal_with_the_reason(error: AoiError, rule: str) -> None:
    refusal = await workshop(TinyApi.shop(), Answering(error)).plan(SAMPLES["scale"])
    assert isinstance(refusal, Refusal)
    assert refusal.rule == rule


async def test_a_server_that_is_away_is_an_error_to_try_again() -> None:
    with pytest.raises(ClusterUnreachable):
        await workshop(TinyApi.shop(), Answering(ClusterUnreachable("Away."))).plan(SAMPLES["scale"])


async def test_a_change_that_the_server_would_drop_is_not_proposed() -> None:
    api = TinyApi.shop()
    refusal = await workshop(api, Answering(api.get(CHECKOUT))).plan(SAMPLES["scale"])
    assert isinstance(refusal, Refusal)
    assert refusal.rule == "no-effect"


async def test_what_the_server_adds_is_shown_and_taken_back() -> None:
    """A webhook that changes more than was asked for shows in the diff, and the undo covers it."""
    api = TinyApi.shop()
    after = api.get(CHECKOUT)
    assert after is not None
    after["spec"]["replicas"] = 4
    after["spec"]["template"]["spec"]["hostNetwork"] = True
    plan = await workshop(api, Answering(after)).planned(SAMPLES["scale"])
    assert "+      hostNetwork: true" in plan.diff
    assert plan.undo is not None
    assert {"op": "remove", "path": "/spec/template/spec/hostNetwork"} in plan.undo.body


async def test_the_precondition_is_the_state_that_was_read() -> None:
    api = TinyApi.shop()
    live = api.get(CHECKOUT)
    assert live is not None
    plan = await Workshop(api.writer, DryRun(api.connection), api.writer).planned(SAMPLES["scale"])
    assert plan.precondition.model_dump() == {
        "exists": True,
        "uid": live["metadata"]["uid"],
        "resource_version": live["metadata"]["resourceVersion"],
        "generation": live["metadata"]["generation"],
    }


@pytest.mark.parametrize("name", list(SAMPLES))
async def test_all_that_a_dry_run_can_send_says_so(name: str) -> None:
    """In the query, and for a delete in the body too, which hides the query from the API server."""
    api = TinyApi.shop()
    plan = await Workshop(api.writer, DryRun(api.connection), api.writer).plan(SAMPLES[name])
    assert isinstance(plan, Plan)
    [sent] = api.writes
    assert sent["query"]["dryRun"] == "All"
    assert sent["method"] != "DELETE" or sent["body"]["dryRun"] == ["All"]
    assert api.effects == []


def test_a_dry_run_has_one_method_and_shows_no_connection() -> None:
    assert [name for name in dir(DryRun(TinyApi().connection)) if not name.startswith("_")] == ["preview"]
