"""A model may only shorten: what it says cites lines that exist, and holds nothing that is not in them."""

import json
from collections.abc import Sequence

import pytest

from domain.cluster import Ref, Severity
from domain.evidence import Finding
from graph.shorten import MOST_SAID, ModelShortener, Said, held
from tests.graph.model.clients import bench, incident, with_terms
from tests.graph.model.server import Fails, Line, Raw, Says, Stalls

ARTIFACT = "a" * 64


def line(pod: str, text: str, severity: Severity = Severity.WARNING) -> Finding:
    return Finding.of(severity, Ref(kind="Pod", name=pod, namespace="shop"), text, (ARTIFACT,))


LEFT = (
    line("web-1", "Log (9 times): upstream orders:8080 answered 503"),
    line("web-2", "Log (4 times): upstream orders:8080 answered 503"),
    line("web-3", "Log: upstream orders:8080 answered 404"),
    line("web-4", "Log: cannot open /data/cart.db", Severity.CRITICAL),
)


def told(text: str, *lines: int) -> Finding | None:
    return held(Said(text=text, lines=lines), LEFT)


def reply(*said: tuple[str, Sequence[int]]) -> str:
    return json.dumps({"said": [{"text": text, "lines": list(lines)} for text, lines in said]})


def test_a_sentence_that_holds_becomes_a_finding_that_names_its_lines() -> None:
    found = told("2 pods get 503 from orders:8080.", 2, 1)
    assert found == Finding.of(
        Severity.WARNING,
        Ref(kind="Namespace", name="shop"),
        "In short, by the model: 2 pods get 503 from orders:8080 (lines 1, 2 of what was left out)",
        (ARTIFACT,),
    )


def test_one_line_keeps_its_subject() -> None:
    found = told("It cannot open /data/cart.db", 4)
    assert found is not None
    assert (found.severity, found.subject.name) == (Severity.CRITICAL, "web-4")
    assert found.text.endswith("(line 4 of what was left out)")


@pytest.mark.parametrize("lines", [(0,), (5,), (1, 5), (-1, 1)])
def test_lines_that_do_not_exist_are_not_cited(lines: tuple[int, ...]) -> None:
    assert told("orders:8080 answered 503", *lines) is None


@pytest.mark.parametrize(
    "text",
    [
        "pods get 503 from payments:8080",
        "web-7 gets 503 from orders:8080",
        "503 from orders:8080 since 12:30",
        "503 from orders:8080, it says “disk full”",
        "503 from orders:8080, 300 times",
        "503 from https://orders:8080/pay",
    ],
)
def test_what_no_cited_line_says_is_not_believed(text: str) -> None:
    assert told(text, 1, 2) is None


def test_levels_are_never_merged() -> None:
    assert told("web-1 and web-4 are in trouble; orders:8080 answered 503", 1, 4) is None


def test_status_codes_are_never_merged() -> None:
    assert told("orders:8080 fails", 1, 3) is None
    assert told("orders:8080 answered 503", 1, 3) is None
    assert told("orders:8080 answered 503 and 404", 1, 3) is not None


async def test_the_model_sees_the_lines_that_were_left_out_numbered_and_marked_as_data() -> None:
    async with bench(reply(("2 pods get 503 from orders:8080", (1, 2)))) as it:
        found = await ModelShortener(it.client).shorten(incident(), "search_logs text=503", LEFT)
        (request,) = it.model.requests
    assert [finding.text for finding in found] == [
        "In short, by the model: 2 pods get 503 from orders:8080 (lines 1, 2 of what was left out)"
    ]
    case = request["messages"][1]["content"]
    mark = next(each for each in case.splitlines() if each.startswith("<data-"))
    inside = case.partition(f"{mark}\n")[2].partition(f"\n</{mark[1:]}")[0].splitlines()
    assert inside[3] == '| 4. critical Pod shop/web-4: "Log: cannot open /data/cart.db"'


async def test_good_sentences_stay_beside_bad_ones_and_no_more_than_a_few() -> None:
    said = [("It is DNS at kube-dns:53", (1,)), *[("orders:8080 answered 503", (1,))] * 2]
    said += [(f"line {number} says so: orders:8080 answered 503", (1,)) for number in range(9)]
    async with bench(reply(*said)) as it:
        found = await ModelShortener(it.client).shorten(incident(), "logs", LEFT)
    assert 1 <= len(found) <= MOST_SAID
    assert not any("DNS" in finding.text for finding in found)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param("All is well.", id="prose"),
        pytest.param('{"said": [{"text": "or', id="half"),
        pytest.param('{"said": [{"text": "", "lines": []}]}', id="empty sentence"),
        pytest.param(Says('{"said": []}', finish="length"), id="truncated"),
        pytest.param(Says("x" * 1_000_000), id="1 MB"),
        pytest.param(Raw("<html>"), id="html"),
        *(pytest.param(Fails(status), id=str(status)) for status in (400, 404, 429, 500)),
        pytest.param(Stalls(), id="stall"),
    ],
)
async def test_a_model_that_fails_changes_nothing(answer: Line) -> None:
    async with bench(answer) as it:
        shortener = ModelShortener(with_terms(it, call_seconds=0.05))
        assert await shortener.shorten(incident(), "logs", LEFT) == ()
