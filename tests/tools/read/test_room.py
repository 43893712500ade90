"""What a probe tells is bounded: the most telling stays, and what is left out is said to be and can be read."""

from datetime import UTC, datetime

from domain.cluster import Ref, Scope, Severity
from domain.probes import Events, ProbeResult
from tools.read.outcome import Observation, Outcome, in_turn, observe
from tools.read.room import MOST, MOST_CHARACTERS, parted
from tools.read.service import carried_out

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def pod(name: str) -> Ref:
    return Ref(kind="Pod", name=name, namespace="shop")


def note(number: int, severity: Severity = Severity.INFO, text: str = "") -> Observation:
    return observe(severity, pod(f"web-{number}"), f"Thing {number} was seen. {text}")


async def result_of(*seen: Observation) -> ProbeResult:
    async def look() -> Outcome:
        return Outcome("Looked.", "raw text", seen)

    return await carried_out(Scope(namespaces=("shop",)), Events(namespace="shop"), look, NOW, 1.0)


def test_what_has_room_is_told_as_it_is() -> None:
    seen = [note(number) for number in range(MOST)]
    assert parted(seen).told == tuple(seen)
    assert parted(seen).left == ()
    assert parted(seen).text == ""


def test_the_severe_comes_first_when_there_is_no_room_for_all() -> None:
    seen = [*(note(number) for number in range(40)), note(99, Severity.CRITICAL)]
    told = parted(seen).told
    assert told[0] == note(99, Severity.CRITICAL)
    assert len(told) == MOST
    assert told[-1].text == (
        f"{41 - MOST + 1} more findings of this probe were left out ({41 - MOST + 1} other), about Pod"
        " shop/web-14, Pod shop/web-15, Pod shop/web-16 and 23 more objects; its raw output lists them."
    )


def test_the_word_on_what_was_left_out_is_as_severe_as_the_worst_of_it() -> None:
    seen = [note(number, Severity.WARNING) for number in range(40)]
    last = parted(seen).told[-1]
    assert last.severity is Severity.WARNING
    assert last.subject == Ref(kind="Namespace", name="shop")


def test_long_sentences_take_more_room() -> None:
    told = parted([note(number, text="x" * 280) for number in range(30)]).told
    assert sum(len(each.text) for each in told[:-1]) <= MOST_CHARACTERS
    assert len(told) < MOST


async def test_what_was_left_out_stands_in_the_artifact_in_the_order_of_its_numbers() -> None:
    result = await result_of(*(note(number) for number in range(30)))
    assert result.artifact is not None
    _, _, listed = result.artifact.text.partition("Left out of the findings:\n")
    assert result.artifact.text.startswith("raw text")
    assert listed.splitlines() == [
        f"{number}. info {finding.subject}: {finding.text}" for number, finding in enumerate(result.left_out, 1)
    ]
    assert {finding.artifacts for finding in result.left_out} == {(result.artifact.id,)}
    assert len(result.findings) + len(result.left_out) == 31


def test_each_place_is_told_of_before_any_is_told_twice() -> None:
    places = [[note(1), note(2)], [note(3)], [], [note(4), note(5)]]
    assert in_turn(places) == (note(1), note(3), note(4), note(2), note(5))
