"""Past incidents in a sentence that people understand, for every outcome."""

from datetime import timedelta

import pytest

from domain.actions import Restart
from domain.feedback import Correction
from domain.memory import Fate, Reason
from graph.memory.words import load_words, seen_before, what_came, why_recalled
from graph.policies.texts import load_texts
from tests.graph.memory.past import THEN, attempt, past, recollection
from tests.graph.policies.story import BACK, WEB

RESTART = Restart(target=WEB)


def test_what_did_not_help_and_what_did_is_said_with_the_day_and_the_incident() -> None:
    one = recollection(past(attempt(RESTART, Fate.UNCHANGED), attempt(BACK, Fate.RESOLVED)))
    said = seen_before(one, THEN + timedelta(days=200))
    assert said == "I have seen this on 3 May (inc-old): restarting did not help then; rolling back did."
    assert "on 3 May 2026 (" in seen_before(one, THEN + timedelta(days=400))


@pytest.mark.parametrize(
    ("fate", "words"),
    [
        (Fate.UNDONE, "restarting was taken back then."),
        (Fate.REJECTED, "restarting was rejected (“deploy freeze”) then."),
        (Fate.WORSE, "restarting made it worse then."),
        (Fate.NOT_DONE, "restarting did not come about then."),
    ],
)
def test_every_fate_has_its_words(fate: Fate, words: str) -> None:
    reason = "deploy freeze" if fate is Fate.REJECTED else ""
    assert what_came(past(attempt(RESTART, fate, reason=reason))) == words


def test_what_people_said_it_really_was_is_told() -> None:
    memory = past(corrections=(Correction(cause="The registry was down.", helped="Waiting"),))
    assert what_came(memory).endswith("People said it really was: The registry was down.; this helped: Waiting.")


def test_what_only_sounds_alike_is_not_called_seen() -> None:
    one = recollection(past(attempt(BACK, Fate.RESOLVED)), Reason.SAME_WORDS)
    assert seen_before(one).startswith("I was asked much the same on 3 May 2026")
    assert why_recalled(one) == "Similar words."


def test_every_kind_of_action_has_its_words() -> None:
    assert set(load_words().actions) == set(load_texts().actions)
