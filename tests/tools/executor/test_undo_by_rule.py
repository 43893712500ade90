"""A rule that takes back by itself: only what did not help, only by that rule, and only as the executor has it."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from domain.actions import Action, Undo
from domain.approval import Grant, Verdict, grant
from domain.execution import Effect, Execution, Improvement, Verification
from domain.incident import Incident, Origin, Status
from domain.journal import Entry, Trajectory, Verified
from domain.judge import standing_terms, subject_of, terms_of
from domain.policy import Freeze, Limits, Rule, Window, WritePolicy
from domain.proposal import Plan, Proposal, Refusal
from domain.terms import Terms, Undoing, rule_name
from tests.fakes import START
from tests.tools.api import TinyApi
from tests.tools.hands import LIFETIME, SHOP, Workshop
from tests.tools.samples import SAMPLES
from tools.cluster.dryrun import DryRun
from tools.guardrails.service import Guardrails
from tools.planner import ClusterPlanner

RULE = Rule(name="any", approvers=("U0ADA",), undo=Undoing.AT_ONCE)
AT_ONCE = WritePolicy(rules=(RULE,))
ASKS = WritePolicy(rules=(RULE.model_copy(update={"undo": Undoing.ASK}),))
SCALE = SAMPLES["scale"]
INCIDENT = Incident(
    id="inc-1",
    origin=Origin(surface="terminal"),
    question="Why?",
    scope=SHOP,
    policy="playbook",
    graph_version=1,
    status=Status.VERIFYING,
    created_at=START,
    updated_at=START,
)


@dataclass
class Story:
    """A change that was approved and made, and what its rule may do about it."""

    policy: WritePolicy = AT_ONCE
    api: TinyApi = field(default_factory=TinyApi.shop)

    def __post_init__(self) -> None:
        self.shop = Workshop(source=self.api.writer, dry_run=DryRun(self.api.connection), hands=self.api.writer)

    async def planned(self, action: Action) -> Plan | Refusal:
        rails, shop = self._rails(self.policy), self.shop
        planner = ClusterPlanner(shop.source, shop.dry_run, rails, shop.approvals, shop.ledger, shop.clock)
        return await planner.plan(shop.scope, action)

    async def made(self) -> Proposal:
        """The change, made with a person's approval."""
        plan = await self.planned(SCALE)
        assert isinstance(plan, Plan), plan
        terms = terms_of(self.policy, subject_of(plan.action, plan.risk))
        assert isinstance(terms, Terms)
        change = self._sealed("prop-1", plan, terms)
        assert (await self.carried_out(change, "U0ADA")).effect is Effect.DONE
        return change

    def seen(self, improvement: Improvement | None) -> None:
        """What the look after the change is on record to have shown."""
        step = Verified(
            proposal_id="prop-1",
            verification=Verification(improvement=improvement or Improvement.UNCHANGED, detail="Seen.", seconds=1),
        )
        entries = (Entry(incident_id="inc-1", seq=1, key="1:observe", at=START, step=step),) if improvement else ()
        self.shop.journal.run = Trajectory(incident=INCIDENT, entries=entries)

    async def undo(self, change: Proposal, **forged: Any) -> Proposal:
        """Its undo, under the terms by which the rule decides it; `forged` are terms that somebody made up."""
        assert change.plan.undo is not None
        action = Undo(target=change.plan.undo.target, proposal_id=change.id, change=change.plan.undo)
        plan = await self.planned(action)
        assert isinstance(plan, Plan), plan
        terms = standing_terms(self.policy, change) or Terms(rule="any", mode="approve", approvers=(), **forged)
        return self._sealed("prop-2", plan, terms)

    async def carried_out(self, proposal: Proposal, by: str, held: WritePolicy | None = None) -> Execution:
        """Decided by a person or a rule, and met by an executor that holds a policy of its own."""
        shop = self.shop
        await shop.approvals.submit(proposal)
        decided = await shop.approvals.decide(proposal.id, Verdict.APPROVED, by, "", shop.clock.now())
        assert decided is not None
        right = grant(proposal, decided.approval, shop.clock.now())
        assert isinstance(right, Grant), right
        await shop.ledger.request(right, shop.clock.now())
        assert await replace(shop.executor(), guardrails=self._rails(held or self.policy)).run_once()
        return shop.ledger.rows[proposal.id]

    def _rails(self, policy: WritePolicy) -> Guardrails:
        return replace(self.shop.guardrails, policy=policy)

    def _sealed(self, name: str, plan: Plan, terms: Terms) -> Proposal:
        now = self.shop.clock.now()
        return Proposal.of(
            id=name,
            incident_id="inc-1",
            revision=1,
            plan=plan,
            why="because",
            cites=(),
            proposed_by="playbook",
            created_at=now,
            expires_at=now + LIFETIME,
            terms=terms,
        )


BY_RULE = rule_name("any")


@pytest.mark.parametrize("seen", [Improvement.UNCHANGED, Improvement.WORSE])
async def test_what_did_not_help_is_taken_back_by_the_rule_alone(seen: Improvement) -> None:
    story = Story()
    before = story.api.get(SCALE.target)
    change = await story.made()
    story.seen(seen)
    row = await story.carried_out(await story.undo(change), BY_RULE)
    assert row.effect is Effect.DONE, row.detail
    after = story.api.get(SCALE.target)
    assert before is not None
    assert after is not None
    assert after["spec"] == before["spec"]
    assert len(story.api.effects) == 2


@pytest.mark.parametrize("seen", [None, Improvement.IMPROVED, Improvement.RESOLVED])
async def test_what_helped_or_was_not_looked_at_is_left_to_people(seen: Improvement | None) -> None:
    story = Story()
    change = await story.made()
    story.seen(seen)
    row = await story.carried_out(await story.undo(change), BY_RULE)
    assert row.effect is Effect.REFUSED
    assert "not on record" in row.detail
    assert len(story.api.effects) == 1


async def test_the_executors_own_rule_has_to_say_so() -> None:
    """Whatever the bot's process believes, or pretends."""
    story = Story()
    change = await story.made()
    story.seen(Improvement.WORSE)
    row = await story.carried_out(await story.undo(change), BY_RULE, held=ASKS)
    assert row.effect is Effect.REFUSED
    assert "policy has changed" in row.detail


async def test_a_change_that_was_approved_under_other_words_is_not_taken_back_unasked() -> None:
    """The card did not say so; a policy that was eased since does not help."""
    story = Story(ASKS)
    change = await story.made()
    story.seen(Improvement.WORSE)
    forged = await story.undo(change, by_rule=True)
    row = await story.carried_out(forged, BY_RULE, held=AT_ONCE)
    assert row.effect is Effect.REFUSED


async def test_terms_by_rule_let_nothing_but_an_undo_happen() -> None:
    story = Story()
    plan = await story.planned(SCALE)
    assert isinstance(plan, Plan)
    forged = story._sealed("prop-1", plan, Terms(rule="any", mode="approve", approvers=(), by_rule=True))
    await story.shop.approvals.submit(forged)
    decided = await story.shop.approvals.decide(forged.id, Verdict.APPROVED, BY_RULE, "", story.shop.clock.now())
    assert decided is not None
    refusal = grant(forged, decided.approval, story.shop.clock.now())
    assert isinstance(refusal, Refusal)
    assert refusal.rule == "not-an-undo"


@pytest.mark.parametrize("by", ["U0ADA", "terminal:eve", rule_name("other"), "any"])
async def test_nobody_speaks_for_the_rule(by: str) -> None:
    story = Story()
    change = await story.made()
    story.seen(Improvement.WORSE)
    undo = await story.undo(change)
    await story.shop.approvals.submit(undo)
    decided = await story.shop.approvals.decide(undo.id, Verdict.APPROVED, by, "", story.shop.clock.now())
    assert decided is not None
    refusal = grant(undo, decided.approval, story.shop.clock.now())
    assert isinstance(refusal, Refusal)
    assert refusal.rule == "not-by-rule"


def tightened(**rule: Any) -> WritePolicy:
    return WritePolicy(rules=(RULE.model_copy(update=rule),))


async def test_limits_and_a_window_that_has_closed_leave_nothing_half_done() -> None:
    """As much as was done may be taken back, and when it turns out that it did not help."""
    window = Window(**{"from": "02:00", "until": "03:10", "zone": "UTC"})
    story = Story(tightened(limits=Limits(writes_an_hour=1, share_of_pods=1.0), windows=(window,)))
    change = await story.made()
    story.shop.clock.at += timedelta(minutes=11)
    story.seen(Improvement.UNCHANGED)
    assert (await story.carried_out(await story.undo(change), BY_RULE)).effect is Effect.DONE


async def test_a_freeze_holds_for_rules_as_well() -> None:
    story = Story()
    change = await story.made()
    story.seen(Improvement.UNCHANGED)
    undo = await story.undo(change)
    frozen = {"name": "sale", "from": START.replace(tzinfo=None), "until": "2026-11-23", "zone": "UTC"}
    held = AT_ONCE.model_copy(update={"freezes": (Freeze(**frozen),)})
    assert (await story.carried_out(undo, BY_RULE, held)).effect is Effect.REFUSED
