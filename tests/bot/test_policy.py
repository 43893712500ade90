"""The policy at the click: windows, freezes, the glass, and terms that have changed since they were shown."""

from datetime import timedelta

from bot.approvers import Allowed, Approvers, Denied
from bot.cards.blocks import Place
from bot.cards.proposal import proposal_card
from bot.cards.terms import consent_lines, terms_fact
from domain.approval import Approval, Verdict
from domain.judge import subject_of, terms_of
from domain.policy import BreakGlass, Freeze, Rule, WritePolicy
from domain.proposal import Proposal
from domain.terms import Consent, Terms
from tests.bot import samples
from tests.bot.server import web_api
from tests.bot.shop import proposal
from tests.fakes import START, HandClock

FREEZE = Freeze(**{"name": "sale", "from": START.replace(tzinfo=None), "until": "2026-11-23", "zone": "UTC"})
PLACE = Place(incident_id="inc-1", channel="C1", thread="1.0")
RULE = Rule(
    name="shop", approvers=("U0ADA", "U0BEN"), need=2, break_glass=BreakGlass(approvers=("U0CHIEF", "S0LEADS"))
)
POLICY = WritePolicy(rules=(RULE,))
FROZEN = WritePolicy(rules=(RULE,), freezes=(FREEZE,))


def shown(policy: WritePolicy, by: str = "playbook") -> Proposal:
    bare = proposal(by=by)
    terms = terms_of(policy, subject_of(bare.plan.action, bare.plan.risk))
    assert isinstance(terms, Terms)
    return bare.model_copy(update={"terms": terms})


async def test_in_a_freeze_nobody_may_but_by_breaking_the_glass() -> None:
    async with web_api() as web:
        web.api.groups["S0LEADS"] = ["U0BEN"]
        clock = HandClock()
        approvers = Approvers(FROZEN, web.slack, clock)
        no = await approvers.may_approve("U0ADA", shown(FROZEN))
        assert isinstance(no, Denied)
        assert no.rule == "policy: freeze sale"
        assert "until 2026-11-23 00:00 UTC" in no.words
        assert await approvers.may_break_glass("U0CHIEF", shown(FROZEN)) == Allowed()
        assert await approvers.may_break_glass("U0BEN", shown(FROZEN)) == Allowed()
        assert isinstance(await approvers.may_break_glass("U0ADA", shown(FROZEN)), Denied)
        await clock.sleep(timedelta(days=1).total_seconds())
        assert await approvers.may_approve("U0ADA", shown(FROZEN)) == Allowed()


async def test_without_an_answer_of_slack_nobody_breaks_the_glass_as_a_member() -> None:
    async with web_api() as web:
        web.api.scripts["usergroups.users.list"] = [503]
        no = await Approvers(POLICY, web.slack, HandClock()).may_break_glass("U0BEN", shown(POLICY))
        assert isinstance(no, Denied)
        assert no.rule == "group-unknown"


async def test_what_was_shown_under_other_terms_is_void() -> None:
    async with web_api() as web:
        approvers = Approvers(FROZEN, web.slack, HandClock())
        no = await approvers.may_approve("U0ADA", shown(POLICY))
        assert isinstance(no, Denied)
        assert no.rule == "policy: changed"


async def test_a_person_that_slack_does_not_name_like_a_person_is_nobody() -> None:
    """Also not who calls herself by the name that terminals have."""
    terminals = WritePolicy(rules=(RULE.model_copy(update={"approvers": ("terminal", "U0ADA"), "need": 1}),))
    async with web_api() as web:
        approvers = Approvers(terminals, web.slack, HandClock())
        for forged in ("terminal:eve", "terminal", "", "*"):
            no = await approvers.may_approve(forged, shown(terminals))
            assert isinstance(no, Denied)
            assert no.rule == "nobody"


async def test_who_asked_for_it_is_not_one_of_the_two() -> None:
    async with web_api() as web:
        no = await Approvers(POLICY, web.slack, HandClock()).may_approve("U0ADA", shown(POLICY, by="U0ADA"))
        assert isinstance(no, Denied)
        assert no.rule == "two-people"


def test_the_card_says_who_how_many_and_who_has() -> None:
    waiting = shown(FROZEN, by="U0ADA")
    assert terms_fact(waiting) == (
        "Who may approve",
        "2 different people of <@U0ADA>, <@U0BEN>, not <@U0ADA> (rule “shop”)",
    )
    consents = (Consent(user="U0BEN", at=START),)
    so_far = Approval(proposal_id=waiting.id, digest="", verdict=Verdict.PENDING, consents=consents)
    assert consent_lines(waiting, so_far) == [
        "👍 *1 of 2 approvals*: <@U0BEN> at 03:00 UTC",
        "• Not in the freeze “sale”, 2026-11-22 03:00 to 2026-11-23 00:00 UTC everywhere.",
    ]


def test_the_glass_has_a_button_only_where_the_rule_has_one() -> None:
    story = samples.waiting().trajectory
    for policy, wanted in (
        (POLICY, True),
        (WritePolicy(rules=(RULE.model_copy(update={"break_glass": None}),)), False),
    ):
        card = proposal_card(story, shown(policy), PLACE, START)
        labels = [e["text"]["text"] for b in card.blocks if b["type"] == "actions" for e in b["elements"]]
        assert ("Break glass" in labels) is wanted
