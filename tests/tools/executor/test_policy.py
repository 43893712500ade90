"""The executor asks the policy itself: what was approved in good faith may not be done any more."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.actions import Action, DeletePod
from domain.approval import Grant, Verdict, grant
from domain.cluster import Ref
from domain.execution import Effect, Execution
from domain.judge import subject_of, terms_of
from domain.policy import BreakGlass, Freeze, Limits, Protected, Rule, Window, WritePolicy
from domain.proposal import Plan, Proposal, Refusal
from domain.terms import Mode, Terms
from tests.fakes import START
from tests.tools.api import TinyApi
from tests.tools.hands import LIFETIME, Workshop
from tests.tools.samples import SAMPLES
from tools.cluster.dryrun import DryRun
from tools.guardrails.service import Guardrails
from tools.planner import ClusterPlanner

ANY = Rule(name="any", approvers=("U0ADA",))
OPEN = WritePolicy(rules=(ANY,))
MORNING = {"from": "08:00", "until": "09:00", "zone": "UTC"}
"""It is 03:00."""
FREEZE = Freeze(**{"name": "freeze", "from": START.replace(tzinfo=None), "until": "2026-11-23", "zone": "UTC"})


def workshop() -> Workshop:
    api = TinyApi.shop()
    return Workshop(source=api.writer, dry_run=DryRun(api.connection), hands=api.writer)


def guardrails(shop: Workshop, policy: WritePolicy | None) -> Guardrails:
    return replace(shop.guardrails, policy=policy)


async def plan(shop: Workshop, action: Action, policy: WritePolicy) -> Plan | Refusal:
    rails = guardrails(shop, policy)
    planner = ClusterPlanner(shop.source, shop.dry_run, rails, shop.approvals, shop.ledger, shop.clock)
    return await planner.plan(shop.scope, action)


async def carried_out(
    shop: Workshop, shown: WritePolicy, held: WritePolicy, name: str = "scale", glass: bool = False
) -> Execution:
    """Proposed and approved under one policy, met by an executor that holds another."""
    made = await plan(shop, SAMPLES[name], shown)
    assert isinstance(made, Plan), made
    terms = terms_of(shown, subject_of(made.action, made.risk))
    assert isinstance(terms, Terms)
    proposal = Proposal.of(
        id=f"prop-{len(shop.approvals.proposals) + 1}",
        incident_id="inc-1",
        revision=1,
        plan=made,
        why="because",
        cites=(),
        proposed_by="playbook",
        created_at=shop.clock.now(),
        expires_at=shop.clock.now() + LIFETIME,
        terms=terms,
    )
    await shop.approvals.submit(proposal)
    decided = await shop.approvals.decide(
        proposal.id, Verdict.APPROVED, "U0ADA", "It burns.", shop.clock.now(), glass
    )
    assert decided is not None
    right = grant(proposal, decided.approval, shop.clock.now())
    assert isinstance(right, Grant), right
    await shop.ledger.request(right, shop.clock.now())
    executor = replace(shop.executor(), guardrails=guardrails(shop, held))
    assert await executor.run_once()
    return shop.ledger.rows[proposal.id]


async def test_under_an_unchanged_policy_it_is_done() -> None:
    assert (await carried_out(workshop(), OPEN, OPEN)).effect is Effect.DONE


CHANGES = {
    "somebody else has to approve": OPEN.model_copy(update={"rules": (ANY.model_copy(update={"need": 2}),)}),
    "only shown": WritePolicy(rules=(Rule(name="any", do=Mode.DRY_RUN),)),
    "no rule": WritePolicy(),
    "protected": OPEN.model_copy(update={"protected": Protected(namespaces=("shop",))}),
    "frozen": OPEN.model_copy(update={"freezes": (FREEZE,)}),
}


@pytest.mark.parametrize("held", CHANGES.values(), ids=CHANGES.keys())
async def test_what_the_executors_own_policy_does_not_allow_is_not_done(held: WritePolicy) -> None:
    shop = workshop()
    row = await carried_out(shop, OPEN, held)
    assert row.effect is Effect.REFUSED
    assert row.detail


@pytest.mark.parametrize(
    "held",
    [
        OPEN.model_copy(update={"freezes": (FREEZE,)}),
        WritePolicy(rules=(ANY.model_copy(update={"windows": (Window(**MORNING),)}),)),
    ],
    ids=["freeze", "window"],
)
async def test_freezes_and_windows_hold_at_the_time_of_the_write(held: WritePolicy) -> None:
    """An approval from before, or a process that was late; only a broken glass passes."""
    refused = await carried_out(workshop(), held, held)
    assert refused.effect is Effect.REFUSED
    glassy = held.rules[0].model_copy(update={"break_glass": BreakGlass(approvers=("U0ADA",))})
    broken = held.model_copy(update={"rules": (glassy,)})
    assert (await carried_out(workshop(), broken, broken, glass=True)).effect is Effect.DONE
    assert (await carried_out(workshop(), broken, broken, glass=False)).effect is Effect.REFUSED


async def test_writes_are_counted_over_the_last_hour() -> None:
    policy = WritePolicy(rules=(ANY.model_copy(update={"limits": Limits(writes_an_hour=1)}),))
    shop = workshop()
    assert (await carried_out(shop, policy, policy, "scale")).effect is Effect.DONE
    second = await carried_out(shop, policy, policy, "patch_service_port")
    assert second.effect is Effect.REFUSED
    assert "used up" in second.detail
    shop.clock.at += timedelta(minutes=61)
    assert (await carried_out(shop, policy, policy, "patch_service_port")).effect is Effect.DONE


@pytest.mark.parametrize(
    ("limits", "name"),
    [
        (Limits(replicas_a_step=1), "scale"),
        (Limits(share_of_pods=0.5), "restart"),
        (Limits(share_of_pods=0.3), "delete_pod"),
    ],
)
async def test_too_much_at_once_is_not_even_proposed(limits: Limits, name: str) -> None:
    policy = WritePolicy(rules=(ANY.model_copy(update={"limits": limits}),))
    refused = await plan(workshop(), SAMPLES[name], policy)
    assert isinstance(refused, Refusal)
    assert refused.rule == "policy: any, limits"


async def test_a_proposal_that_no_policy_was_asked_about_is_refused_by_an_executor_that_has_one() -> None:
    shop = workshop()
    proposal_id = await shop.approved(await shop.planned(SAMPLES["scale"]))
    assert await replace(shop.executor(), guardrails=guardrails(shop, OPEN)).run_once()
    assert shop.ledger.rows[proposal_id].effect is Effect.REFUSED


async def test_protected_kinds_are_refused_before_anything_is_read() -> None:
    policy = OPEN.model_copy(update={"protected": Protected(kinds=("Pod",))})
    refused = await plan(workshop(), DeletePod(target=Ref(kind="Pod", name="x", namespace="shop")), policy)
    assert isinstance(refused, Refusal)
    assert refused.rule == "policy: protected kind"
