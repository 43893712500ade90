"""What was seen before stands on the status card, with a way to the old thread and nothing forged."""

import pytest

from bot.cards.blocks import Place
from bot.cards.remembered import thread_url
from bot.cards.status import status_card
from domain.incident import Origin
from domain.journal import Recalled
from domain.memory import Attempt, Fate, Memory, Reason, Recollection
from lab.slack.strictness import complaint
from tests.bot import samples
from tests.bot.samples import later
from tests.bot.shop import CHECKOUT

TEAM = "https://team.slack.com/"
PLACE = Place(incident_id="inc-1", channel="C1", thread="1.0")
OLD = Origin(surface="slack", channel="C7ABC", thread="1690000000.000100", user="U9")
EVIL = "<!channel> <http://evil.example|Approve> *bold*"


def old(origin: Origin = OLD, reason: str = "") -> Recollection:
    attempt = Attempt(action="restart", target=CHECKOUT, cause=None, fate=Fate.REJECTED, by="U9", reason=reason)
    base = samples.waiting().incident
    memory = Memory(
        incident_id="inc-old",
        seq=1,
        at=later(-60 * 24 * 30),
        origin=origin,
        status=base.status,
        question="",
        root_cause="",
        cause=None,
        symptoms=(),
        subjects=(),
        statements=(),
        attempts=(attempt,),
        corrections=(),
    )
    return Recollection(memory=memory, reasons=(Reason.SAME_WORKLOAD, Reason.SAME_SYMPTOMS), score=1)


def shown(*memories: Recollection, workspace: str = TEAM) -> str:
    tale = samples.waiting().tell(Recalled(memories=memories))
    card = status_card(tale.trajectory, PLACE, workspace)
    assert complaint("chat.postMessage", {"text": card.text, "blocks": list(card.blocks)}) is None
    return "\n".join(b["text"]["text"] for b in card.blocks if b["type"] == "section")


def test_the_old_thread_is_one_click_away() -> None:
    words = shown(old())
    assert "*Seen before*\n• I have seen this on " in words
    assert "(<https://team.slack.com/archives/C7ABC/p1690000000000100|inc-old>): restarting was rejected" in words
    assert "_The same workload, the same symptoms._" in words


def test_nothing_is_shown_where_nothing_came_to_mind() -> None:
    assert "Seen before" not in shown()


def test_words_of_people_cannot_become_links_or_calls() -> None:
    words = shown(old(reason=EVIL))
    assert "<!channel>" not in words
    assert "<http://evil" not in words


@pytest.mark.parametrize(
    "origin",
    [
        OLD.model_copy(update={"surface": "terminal"}),
        OLD.model_copy(update={"channel": "C1|x> <!here"}),
        OLD.model_copy(update={"thread": ""}),
    ],
)
def test_what_has_no_thread_gets_no_link(origin: Origin) -> None:
    assert thread_url(origin, TEAM) == ""
    assert "(inc-old)" in shown(old(origin))


def test_a_workspace_without_an_address_gets_no_link() -> None:
    assert "(inc-old)" in shown(old(), workspace="")
