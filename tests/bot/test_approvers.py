"""Who may approve."""

from typing import cast

import pytest

from bot.approvers import Allowed, Approvers, Denied, check_safe
from bot.build import House, SlackSettings, build
from domain.actions import Risk
from domain.errors import Misconfigured
from domain.policy import built_in
from tests.bot.server import web_api
from tests.bot.shop import ROLL_BACK, proposal
from tests.fakes import HandClock


async def test_people_and_groups_may_and_others_are_told_who() -> None:
    async with web_api() as web:
        web.api.groups["S0ONCALL"] = ["U0BEN"]
        approvers = Approvers(built_in(("U0ADA", "S0ONCALL")), web.slack, HandClock())
        assert await approvers.may_approve("U0ADA", proposal()) == Allowed()
        assert await approvers.may_approve("U0BEN", proposal()) == Allowed()
        no = await approvers.may_approve("U0EVE", proposal())
        assert isinstance(no, Denied)
        assert "<@U0ADA>, <!subteam^S0ONCALL>" in no.words


async def test_group_members_are_asked_for_once_in_five_minutes() -> None:
    async with web_api() as web:
        web.api.groups["S0ONCALL"] = ["U0BEN"]
        clock = HandClock()
        approvers = Approvers(built_in(("S0ONCALL",)), web.slack, clock)
        await approvers.may_approve("U0BEN", proposal())
        web.api.groups["S0ONCALL"] = []
        assert await approvers.may_approve("U0BEN", proposal()) == Allowed()
        await clock.sleep(301)
        assert isinstance(await approvers.may_approve("U0BEN", proposal()), Denied)
        assert len(web.api.of("usergroups.users.list")) == 2


@pytest.mark.parametrize("failure", [503, {"ok": False, "error": "plan_upgrade_required"}])
async def test_without_an_answer_of_slack_groups_approve_nothing(failure: int | dict[str, object]) -> None:
    async with web_api() as web:
        web.api.scripts["usergroups.users.list"] = [failure]
        approvers = Approvers(built_in(("U0ADA", "S0ONCALL")), web.slack, HandClock())
        no = await approvers.may_approve("U0BEN", proposal())
        assert isinstance(no, Denied)
        assert no.rule == "group-unknown"
        assert await approvers.may_approve("U0ADA", proposal()) == Allowed()


async def test_high_risk_takes_other_people_and_two_of_them() -> None:
    async with web_api() as web:
        rules = built_in(("U0ADA", "U0BEN"), high_risk=("U0BEN",), self_approval=True)
        approvers = Approvers(rules, web.slack, HandClock())
        risky = proposal(ROLL_BACK, risk=Risk.HIGH, by="U0BEN")
        first = await approvers.may_approve("U0BEN", risky)
        assert isinstance(first, Denied)
        assert first.rule == "two-people"
        second = await approvers.may_approve("U0ADA", risky)
        assert isinstance(second, Denied)
        assert second.rule == "not-an-approver"
        assert await approvers.may_approve("U0BEN", proposal(risk=Risk.HIGH)) == Allowed()
        assert await approvers.may_approve("U0BEN", proposal(by="U0BEN")) == Allowed()


def test_rules_that_are_not_safe_are_refused_at_the_start() -> None:
    check_safe(built_in(("*",)), demo=True)
    check_safe(built_in(("U0ADA", "S0ONCALL")), demo=False)
    with pytest.raises(Misconfigured, match="AOI_APPROVERS"):
        check_safe(built_in(("*",)), demo=False)
    with pytest.raises(ValueError, match="nobody's id"):
        built_in(("@ada",))


async def test_without_approvers_nobody_may_and_is_told_what_to_set() -> None:
    async with web_api() as web:
        no = await Approvers(built_in(()), web.slack, HandClock()).may_approve("U0ADA", proposal())
        assert isinstance(no, Denied)
        assert "AOI_APPROVERS" in no.words


async def test_anyone_may_approve_before_a_local_slack_alone() -> None:
    """The check comes before the first call: nothing is asked of the real Slack here."""
    settings = SlackSettings("xoxb-test", "xapp-test", built_in(("*",)))
    with pytest.raises(Misconfigured, match="only the demo"):
        await build(settings, cast(House, None))
