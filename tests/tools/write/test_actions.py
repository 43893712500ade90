"""Every action through planner, approval and executor: what is sent, shown, and taken back to the byte."""

from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from domain.actions import Action, Risk, Undo
from domain.execution import Effect
from domain.proposal import Plan
from tests.tools.api import TinyApi
from tests.tools.hands import Workshop
from tests.tools.samples import SAMPLES
from tools.cluster.dryrun import DryRun
from tools.cluster.fence import ACTION_ID
from tools.write.catalogue import CATALOGUE
from tools.write.change import without_server_fields

EXPECTED = yaml.safe_load(Path(__file__).with_name("expected.yaml").read_text())
NOTHING_TO_TAKE_BACK = ("restart", "delete_pod")
ALL = pytest.mark.parametrize("name", list(SAMPLES))
BY_JOB = ("grant_database_role", "create_database_user")
"""What is done by a Job, and taken back by another one: `test_accounts.py`."""
ON_THE_TARGET = pytest.mark.parametrize("name", [name for name in SAMPLES if name not in BY_JOB])


def workshop(api: TinyApi) -> Workshop:
    return Workshop(source=api.writer, dry_run=DryRun(api.connection), hands=api.writer)


def spec(api: TinyApi, action: Action) -> dict[str, Any] | None:
    """The target without what the server keeps and without our mark."""
    found = api.get(action.target)
    return None if found is None else without_server_fields(found)


def test_every_action_is_in_the_samples_and_in_the_catalogue() -> None:
    words = {member.model_fields["action"].default for member in get_args(get_args(Action)[0])}
    assert {name.partition(",")[0] for name in SAMPLES} | {"undo"} == words
    assert set(CATALOGUE) | {"undo"} == words


@ALL
async def test_the_plan_says_what_would_be_sent_and_shown(name: str) -> None:
    api = TinyApi.shop()
    before = {path: dict(thing) for path, thing in api.objects.items()}
    plan = await workshop(api).planned(SAMPLES[name])
    shown = {
        "kubectl": plan.kubectl,
        "risk": plan.risk.value,
        "undo": plan.undo_text,
        "diff": [line for line in plan.diff.splitlines()[2:] if line[:1] in "+-@"],
    }
    assert shown == EXPECTED[name]
    assert api.objects == before, "planning must change nothing"


@ON_THE_TARGET
async def test_one_effect_marked_with_the_proposal(name: str) -> None:
    api = TinyApi.shop()
    action = SAMPLES[name]
    execution = await workshop(api).done(action)
    assert execution.effect is Effect.DONE, execution.detail
    assert len(api.effects) == 1
    after = api.get(action.target)
    if after is not None:
        assert after["metadata"]["annotations"][ACTION_ID] == execution.proposal_id
    else:
        assert CATALOGUE[action.action].verb == "delete"


@ON_THE_TARGET
async def test_the_undo_restores_everything(name: str) -> None:
    api = TinyApi.shop()
    action = SAMPLES[name]
    before = spec(api, action)
    shop = workshop(api)
    execution = await shop.done(action)
    if action.action in NOTHING_TO_TAKE_BACK:
        assert shop.approvals.proposals[execution.proposal_id].plan.undo is None
        return
    assert spec(api, action) != before
    undone = await shop.done(shop.undo_of(execution))
    assert undone.effect is Effect.DONE, undone.detail
    assert spec(api, action) == before
    again = await shop.done(shop.undo_of(undone))
    assert again.effect is Effect.DONE, again.detail
    assert spec(api, action) != before, "an undo can be taken back as well"


async def test_actions_on_one_object_unwind_in_order() -> None:
    api = TinyApi.shop()
    shop = workshop(api)
    before = spec(api, SAMPLES["scale"])
    done = [await shop.done(SAMPLES[name]) for name in ("scale", "set_image", "set_env, removed")]
    for execution in reversed(done):
        assert (await shop.done(shop.undo_of(execution))).effect is Effect.DONE
    assert spec(api, SAMPLES["scale"]) == before


async def test_only_a_removed_policy_and_changed_users_are_of_high_risk() -> None:
    risks = {name: (await workshop(TinyApi.shop()).planned(action)).risk for name, action in SAMPLES.items()}
    assert [name for name, risk in risks.items() if risk is Risk.HIGH] == ["remove_network_policy", *BY_JOB]


async def test_a_secret_that_is_not_touched_is_neither_sent_nor_shown() -> None:
    for name, action in SAMPLES.items():
        plan = await workshop(TinyApi.shop()).planned(action)
        assert isinstance(plan, Plan)
        assert "correct-horse" not in plan.model_dump_json(), name


async def test_the_undo_expects_values_as_the_server_spells_them() -> None:
    """`0.2` CPU is stored as `200m`; an undo that expected `0.2` would find the object changed."""
    api = TinyApi.shop()
    shop = workshop(api)

    class Canonical(DryRun):
        async def preview(self, change: Any, live: Any) -> Any:
            after = await super().preview(change, live)
            assert after is not None
            after["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"]["cpu"] = "200m"
            return after

    shop.dry_run = Canonical(api.connection)
    action = SAMPLES["set_resources"].model_copy(update={"requests": {"cpu": "0.2"}})
    plan = await shop.planned(action)
    assert plan.undo is not None
    assert {"op": "test", "path": "/spec/template/spec/containers/0/resources/requests/cpu", "value": "200m"} in (
        plan.undo.body
    )


def test_undo_is_the_only_action_without_an_entry_of_its_own() -> None:
    assert Undo.model_fields["action"].default not in CATALOGUE
