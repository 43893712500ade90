"""What the redactor is worth: both halves of the corpus, and a strict look at how each is judged."""

from tests.bench.redact import Score, score
from tests.tools.redact.corpus.assemble import HALVES, Case, look_alikes, secrets
from tools.redact.service import Redactor

REDACTOR = Redactor()


def told(cases: tuple[Case, ...]) -> str:
    return "\n".join(map(str, cases))


def found(half: Score) -> float:
    return 1 - len(half.missed) / half.secrets


def test_ninety_five_of_a_hundred_secrets_are_found_and_two_of_a_hundred_look_alikes_altered_at_most() -> None:
    known, held = (score(half, REDACTOR) for half in HALVES)
    both = known.secrets + held.secrets
    missed = (*known.missed, *held.missed)
    altered = (*known.altered, *held.altered)
    assert both >= 120
    assert known.look_alikes + held.look_alikes >= 120
    assert len(missed) <= 0.05 * both, told(missed)
    assert len(altered) <= 0.02 * (known.look_alikes + held.look_alikes), told(altered)
    assert found(held) >= 0.9, told(held.missed)


def test_what_stands_around_a_secret_stays() -> None:
    for half in HALVES:
        for case in secrets(half):
            assert case.kept in case.out(REDACTOR), str(case)


def test_half_of_a_secret_is_no_find() -> None:
    """The measure is strict: a mask that leaves a stretch of the secret counts as a miss."""

    class Leaky(Redactor):
        def text(self, text: str) -> str:
            return text.replace("hunter2", "[redacted:password]", 1)

    case = Case("known", "log", "password=hunter2hunter2", ("hunter2hunter2",))
    assert case.left(REDACTOR) == []
    assert case.left(Leaky()) == ["hunter2hunter2"]


def test_the_corpus_is_the_same_at_each_reading_and_holds_no_credential_as_it_lies_there() -> None:
    for half in HALVES:
        assert [case.given for case in secrets(half)] == [case.given for case in secrets(half)]
        assert all(case.secrets and all(len(secret) >= 4 for secret in case.secrets) for case in secrets(half))
        assert len({str(case.given) for case in look_alikes(half)}) == len(look_alikes(half))
