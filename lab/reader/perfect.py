"""The decisions of a model that reads its prompt without a mistake."""

import json
from typing import Any

from lab.reader.case import Case, Repair, Suspicion

SURE = 0.85
"""A suspicion with this confidence needs no second look."""
NEVER_SURE = 1.1
_WORTH_BLAMING = 0.6
_LOOKS = 3
_PATIENCE = 20
"""Seconds until a fresh look at trouble that has just begun."""


def perfect(text: str, sure: float = SURE) -> str:
    """The decision for a case as JSON: take the best repair that is left, undo what was in vain, else conclude.

    Below the confidence `sure` it looks once more before it acts.
    """
    case = Case(text)
    if case.due and case.undo:
        return _undo(case, case.undo)
    if case.verdict == "resolved" and not _unfinished(case):
        return conclude(case, case.held[:1] or case.suspicions[:1], resolved=True)
    if not case.suspicions:
        return conclude(case, case.held[:1] if case.tried else [], resolved=case.verdict != "improved")
    if probes := _probes(case, sure):
        return decision(case.text, action="probe", **_about(case.suspicions[0]), instruction={"probes": probes})
    open_ = _open(case, _WORTH_BLAMING if case.verdict == "resolved" else 0.0)
    if open_ and "propose" in case.possible:
        return propose(case, *open_[0])
    return conclude(case, _blamed(case), resolved=False)


def decision(text: str, **fields: Any) -> str:
    """A whole decision, for the namespace that the case names."""
    whole: dict[str, Any] = {
        "summary": "I have read the findings.",
        "hypotheses": [],
        "action": "conclude",
        "namespace": Case(text).namespace,
        "target": "",
        "instruction": {},
        "cites": [],
        "confidence": 0.9,
    }
    return json.dumps(whole | fields)


def propose(case: Case, suspicion: Suspicion, repair: Repair) -> str:
    """The repair of a suspicion."""
    why = "The findings show this cause, and this removes it."
    return decision(
        case.text,
        action="propose",
        **_about(suspicion) | {"target": repair.target},
        instruction={"why": why, "do": repair.do},
    )


def conclude(case: Case, blamed: list[Suspicion], resolved: bool) -> str:
    """An end: the first is the cause, and all of them are at fault; with none, nothing is wrong."""
    best = blamed[0] if blamed else None
    said = f"The cause is {best.cause} at {best.subject}." if best else "Nothing is wrong."
    instruction = {
        "anomaly": best is not None,
        "components": list(dict.fromkeys(suspicion.subject for suspicion in blamed)),
        "cause": best.cause if best else None,
        "system_level": best.level if best else None,
        "fault_type": best.kind if best else None,
        "root_cause": said,
        "resolved": resolved,
        "advice": "",
    }
    about = _about(best) if best else {}
    return decision(case.text, **about | {"summary": said}, instruction=instruction)


def _about(suspicion: Suspicion) -> dict[str, Any]:
    return {
        "summary": suspicion.statement or f"It is {suspicion.cause}.",
        "hypotheses": [suspicion.held],
        "target": suspicion.subject,
        "cites": list(suspicion.cites),
        "confidence": suspicion.confidence,
    }


def _blamed(case: Case) -> list[Suspicion]:
    """The best suspicion, and what else is likely at fault beside it."""
    best, *others = case.suspicions
    return [best, *(other for other in others if other.confidence >= _WORTH_BLAMING)]


def _open(case: Case, least: float) -> list[tuple[Suspicion, Repair]]:
    """Repairs that were not tried, best first."""
    return [
        (suspicion, repair)
        for suspicion in case.suspicions
        for repair in suspicion.repairs
        if suspicion.confidence >= least and not any(repair.repeats(tried) for tried in case.tried)
    ]


def _unfinished(case: Case) -> bool:
    """Whether a repair helped and another fault is there that has one, too."""
    return "propose" in case.possible and bool(_open(case, _WORTH_BLAMING))


def _probes(case: Case, sure: float) -> list[dict[str, Any]]:
    """Where the cause is open: the object and its events, once; or everything again, when a repair may show."""
    best = case.suspicions[0]
    if best.confidence >= sure or case.calls == 0 or case.tried or case.decisions_left < 3:
        return []
    if not best.repairs and case.looks < _LOOKS:
        return [{"probe": "snapshot", "after_seconds": _PATIENCE}]
    if case.probed:
        return []
    looks: list[dict[str, Any]] = [{"probe": "describe", "target": best.subject}, {"probe": "events"}]
    return looks[: case.calls]


def _undo(case: Case, target: str) -> str:
    do = {"why": "The change did not help.", "do": {"action": "undo"}}
    return decision(
        case.text,
        action="propose",
        target=target,
        hypotheses=[suspicion.held for suspicion in (case.held or case.suspicions)[:1]],
        instruction=do,
    )
