"""Whoever writes into the database cannot make the executor do what no person approved."""

import pytest

from domain.actions import Change
from domain.approval import Verdict
from domain.execution import Effect
from domain.proposal import Plan, Proposal
from tests.tools.api import TinyApi
from tests.tools.hands import Workshop
from tests.tools.samples import SAMPLES, shop
from tools.cluster.dryrun import DryRun
from tools.guardrails.case import Limits


def workshop(api: TinyApi) -> Workshop:
    return Workshop(source=api.writer, dry_run=DryRun(api.connection), hands=api.writer)


@pytest.mark.parametrize("verdict", [Verdict.REJECTED, Verdict.PENDING, Verdict.EXPIRED, Verdict.SUPERSEDED])
async def test_without_an_approval_nothing_happens_even_if_the_row_is_there(verdict: Verdict) -> None:
    api = TinyApi.shop()
    made = workshop(api)
    proposal_id = await made.approved(await made.planned(SAMPLES["scale"]))
    approval = made.approvals.decisions[proposal_id]
    made.approvals.decisions[proposal_id] = approval.model_copy(update={"verdict": verdict})
    await made.executor().run_once()
    assert made.ledger.rows[proposal_id].effect is Effect.REFUSED
    assert api.effects == []


async def test_a_row_without_a_record_changes_nothing() -> None:
    api = TinyApi.shop()
    made = workshop(api)
    proposal_id = await made.approved(await made.planned(SAMPLES["scale"]))
    del made.approvals.proposals[proposal_id]
    await made.executor().run_once()
    assert made.ledger.rows[proposal_id].effect is Effect.REFUSED


def resealed(made: Workshop, proposal_id: str, plan: Plan) -> None:
    """Somebody with the database in hand changes the plan, its digest and its approval."""
    forged = made.approvals.proposals[proposal_id].model_copy(update={"plan": plan})
    forged = Proposal.of(**{k: getattr(forged, k) for k in type(forged).model_fields if k != "digest"})
    made.approvals.proposals[proposal_id] = forged
    approval = made.approvals.decisions[proposal_id]
    made.approvals.decisions[proposal_id] = approval.model_copy(update={"digest": forged.digest})


async def test_a_change_that_the_action_does_not_mean_is_not_sent() -> None:
    """The digest proves what was shown; the executor proves that what is sent is what the action says."""
    api = TinyApi.shop()
    made = workshop(api)
    proposal_id = await made.approved(await made.planned(SAMPLES["scale"]))
    plan = made.approvals.proposals[proposal_id].plan
    evil = [{"op": "add", "path": "/spec/template/spec/hostNetwork", "value": True}]
    resealed(made, proposal_id, plan.model_copy(update={"change": plan.change.model_copy(update={"body": evil})}))
    await made.executor().run_once()
    assert made.ledger.rows[proposal_id].effect is Effect.REFUSED
    assert api.effects == []


@pytest.mark.parametrize("kind", ["Secret", "ClusterRole", "Deployment"])
async def test_a_forged_undo_is_refused_and_the_loop_goes_on(kind: str) -> None:
    api = TinyApi.shop()
    made = workshop(api)
    proposal_id = await made.approved(await made.planned(SAMPLES["scale"]))
    plan = made.approvals.proposals[proposal_id].plan
    ref = shop(kind, "checkout")
    change = Change(verb="delete", target=ref)
    action = {"action": "undo", "target": ref.model_dump(), "proposal_id": "x", "change": change.model_dump()}
    resealed(made, proposal_id, Plan.model_validate({**plan.model_dump(), "action": action, "change": change}))
    assert await made.executor().run_once()
    assert made.ledger.rows[proposal_id].effect in (Effect.REFUSED, Effect.FAILED)
    assert api.effects == []


async def test_the_guardrails_of_the_executor_decide_too() -> None:
    api = TinyApi.shop()
    made = workshop(api)
    proposal_id = await made.approved(await made.planned(SAMPLES["scale"]))
    made.limits = Limits(namespaces=("elsewhere",))
    await made.executor().run_once()
    row = made.ledger.rows[proposal_id]
    assert row.effect is Effect.REFUSED
    assert "elsewhere" in row.detail
    assert api.effects == []
