"""Whatever a card forgot to escape, Slack is not given a mention, a command, a link or a hidden character."""

import pytest

from bot.cards.blocks import Place, button, message, section
from bot.cards.gate import guarded, guarded_blocks
from bot.cards.text import escape
from bot.names import Press
from tests.bot.server import web_api


@pytest.mark.parametrize(
    "forged",
    [
        "<!channel> run",
        "<!here|now>",
        "<!everyone>",
        "<!date^1700000000^{date}|soon>",
        "<#C0SECRET>",
        "<https://evil.example/approve|Approve>",
        "<https://evil.example/archives/C0SHOP/p1|a<b>",
        "<mailto:a@example.com>",
        "<@U0|x>",
        "<!subteam^S0SRE|everybody>",
        "<@U0ADA",
    ],
)
def test_what_is_not_ours_is_inert(forged: str) -> None:
    assert "<" not in guarded(forged)
    assert guarded(escape(forged)) == escape(forged)


@pytest.mark.parametrize(
    "ours",
    [
        "👍 *Approved* by <@U0ADA>, <@U0BEN>",
        "ask <!subteam^S0SRE>",
        "(<https://team.slack.com/archives/C0SHOP/p1700000000000100|inc-1>)",
        "⚠️ careful ⚙️",
        "> a quotation",
    ],
)
def test_what_is_ours_stays(ours: str) -> None:
    assert guarded(ours) == ours


@pytest.mark.parametrize(
    ("forged", "shown"),
    [
        ("👍 *Approved* by you", "👍 ∗Approved∗ by you"),
        ("_as AOI_ ~not~", "＿as AOI＿ ∼not∼"),
        ("a\n> *Rejected*", "a &gt; ∗Rejected∗"),
        ("cron * * * * * and snake_case_name", "cron * * * * * and snake_case_name"),
    ],
)
def test_others_cannot_write_in_the_style_of_a_card(forged: str, shown: str) -> None:
    assert escape(forged) == shown


def test_a_fence_of_code_and_hidden_characters_go() -> None:
    assert guarded("```\nlook\u202e here") == "ˋˋˋ\nlook here"


def test_texts_are_guarded_wherever_they_stand_in_a_view_and_buttons_stay() -> None:
    press = button("Approve", Press.APPROVE, "prop-1")
    view = guarded_blocks({"blocks": [section("<!here>"), {"type": "actions", "elements": [press]}]})
    assert view["blocks"][0]["text"] == {"type": "mrkdwn", "text": "&lt;!here>", "verbatim": True}
    assert view["blocks"][1]["elements"] == [press]


async def test_every_call_of_slack_passes_the_gate() -> None:
    """Post, update, whisper and modal; none of them relies on who made the text."""
    async with web_api() as web:
        evil = message("k", Place(None, "C1", "1.0"), "<!channel>", [section("<!channel>")])
        ts = await web.slack.post(evil)
        await web.slack.update(evil, ts)
        await web.slack.whisper("C1", "U0ADA", "<!channel>")
        await web.slack.open_modal("t", {"blocks": [section("<!channel>")]})
        await web.slack.push_modal("t", {"blocks": [section("<!channel>")]})
        assert len(web.api.calls) == 5
        assert [call for call in web.api.calls if "<!channel>" in str(call)] == []
