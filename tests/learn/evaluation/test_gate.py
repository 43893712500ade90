"""What stops a candidate, and the report that says so."""

from pathlib import Path

from domain.evaluation import Verdict
from learn.evaluation.compare import compare
from learn.evaluation.gate import GateRule, judge
from learn.evaluation.page import page
from learn.evaluation.plots import draw
from learn.evaluation.report import markdown
from tests.learn.evaluation.runs import by_chance, evaluation, tried

RULE = GateRule()


def failed(verdict: Verdict) -> list[str]:
    return [check.name for check in verdict.checks if not check.passed]


def test_a_clearly_better_candidate_passes() -> None:
    assert failed(judge(compare(by_chance("a", 0.4, 1), by_chance("b", 0.7, 2)), RULE)) == []


def test_chance_alone_is_not_better() -> None:
    """Ten points on twelve runs are nothing."""
    found = compare(by_chance("a", 0.4, 1, tasks=12, epochs=1), by_chance("b", 0.5, 5, tasks=12, epochs=1))
    verdict = judge(found, RULE)
    assert not verdict.passed
    assert "95 % interval" in verdict.why_not


def test_a_sure_gain_below_the_margin_is_not_enough() -> None:
    old = evaluation("a", {f"detection-{n}": [tried(n > 0)] * 5 for n in range(100)})
    new = evaluation("b", {f"detection-{n}": [tried(True)] * 5 for n in range(100)})
    assert failed(judge(compare(old, new), RULE)) == ["better"]
    assert failed(judge(compare(old, new), GateRule(margin=0.0))) == ["better"]  # one task may be chance


def test_one_way_of_asking_must_not_pay_for_the_others() -> None:
    kinds = {"detection": (False, True), "analysis": (False, True), "mitigation": (True, False)}
    old = evaluation("a", {f"{k}-{n}": [tried(was)] * 3 for k, (was, _) in kinds.items() for n in range(15)})
    new = evaluation("b", {f"{k}-{n}": [tried(now)] * 3 for k, (_, now) in kinds.items() for n in range(15)})
    verdict = judge(compare(old, new), RULE)
    assert failed(verdict) == ["no type worse"]
    assert "mitigation 100% to 0%" in verdict.why_not


def test_new_harm_and_broken_replies_stop_a_better_candidate() -> None:
    old = evaluation("a", {f"mitigation-{n}": [tried(False)] * 3 for n in range(30)})
    new = evaluation("b", {f"mitigation-{n}": [tried(True, n == 7, unreadable=1)] * 3 for n in range(30)})
    verdict = judge(compare(old, new), RULE)
    assert failed(verdict) == ["no new harm", "readable"]
    assert "mitigation-7" in verdict.why_not


def test_the_report_shows_table_gate_and_pictures(tmp_path: Path) -> None:
    before, after = by_chance("qwen3-14b", 0.4, 1), by_chance("aoi-observer-v2", 0.7, 2)
    found = compare(before, after)
    verdict = judge(found, RULE)
    said = markdown(found, verdict, RULE, ("Trained on 120 <steps>.",))
    assert "| avg@5 |" in said
    assert "## The gate: passed" in said
    pictures = draw(found, before, after, [0.2, 0.3, 0.5], tmp_path)
    assert [file.read_bytes()[:4] for file in pictures.values()] == [b"\x89PNG"] * 3
    shown = page(found, verdict, pictures, ("Trained on 120 <steps>.",))
    assert shown.count("<svg") == 3
    assert "Trained on 120 &lt;steps&gt;." in shown
