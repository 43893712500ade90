"""A model by script that answers from the words of the prompt alone, as a good model would."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_SUSPICION = re.compile(r"^- (\S+) at (.+), confidence (\S+?):? (.*) \[(.*)\]$")
_REPAIR = re.compile(r"^  repair: target (.+), do (\{.*\})$")
_HELD = re.compile(r"^- (\S+) at (.+), confidence (\S+)$")
_PROPOSED = re.compile(r"^- Proposed for (.+): (\{.*\})$")


@dataclass
class Suspicion:
    """A line of the prompt, with its repairs."""

    cause: str
    subject: str
    confidence: float
    statement: str
    cites: list[str]
    repairs: list[tuple[str, dict[str, Any]]]


def perfect(case: str) -> str:
    """The decision for a case, by its words: take the best repair that was not tried, conclude when it is over."""
    suspicions = _suspicions(case)
    tried = [(m[1], json.loads(m[2])) for line in case.splitlines() if (m := _PROPOSED.match(line))]
    open_ = [
        (suspicion, target, do)
        for suspicion in suspicions
        for target, do in suspicion.repairs
        if (target, do) not in tried
    ]
    verdict = re.findall(r"^- Watched .*: (resolved|improved|unchanged|worse)\.", case, re.MULTILINE)
    if open_ and "propose" in case.rpartition("Possible now: ")[2]:
        return _propose(case, *open_[0])
    return _conclude(case, suspicions, resolved=verdict[-1:] == ["resolved"] or not suspicions)


def decision(case: str, **fields: Any) -> str:
    """A whole decision as JSON, for the namespace that the case names."""
    namespace = re.search(r"^Namespaces: ([^,\n]+)", case, re.MULTILINE)
    whole: Mapping[str, Any] = {
        "summary": "I have read the findings.",
        "hypotheses": [],
        "action": "conclude",
        "namespace": namespace[1] if namespace else "",
        "target": "",
        "instruction": {},
        "cites": [],
        "confidence": 0.9,
    }
    return json.dumps({**whole, **fields})


def _propose(case: str, suspicion: Suspicion, target: str, do: dict[str, Any]) -> str:
    return decision(
        case,
        summary=suspicion.statement,
        hypotheses=[_held(suspicion)],
        action="propose",
        target=target,
        instruction={"why": "The findings show this cause, and this removes it.", "do": do},
        cites=suspicion.cites,
    )


def _conclude(case: str, suspicions: list[Suspicion], resolved: bool) -> str:
    held = [m for line in case.splitlines() if (m := _HELD.match(line))]
    best = (
        (suspicions[0].cause, suspicions[0].subject) if suspicions else (held[0][1], held[0][2]) if held else None
    )
    said = f"The cause is {best[0]} at {best[1]}." if best else "Nothing is wrong."
    instruction = {
        "anomaly": best is not None,
        "components": [best[1]] if best else [],
        "cause": best[0] if best else None,
        "system_level": None,
        "fault_type": None,
        "root_cause": said,
        "resolved": resolved,
        "advice": "",
    }
    return decision(case, summary=said, hypotheses=[_held(s) for s in suspicions[:1]], instruction=instruction)


def _held(suspicion: Suspicion) -> dict[str, Any]:
    fields = ("cause", "subject", "statement", "confidence", "cites")
    return {name: getattr(suspicion, name) for name in fields}


def _suspicions(case: str) -> list[Suspicion]:
    found: list[Suspicion] = []
    for line in case.splitlines():
        if match := _SUSPICION.match(line):
            cause, subject, confidence, statement, cites = match.groups()
            found.append(Suspicion(cause, subject, float(confidence), statement, cites.split(", "), []))
        elif (match := _REPAIR.match(line)) and found:
            found[-1].repairs.append((match[1], json.loads(match[2])))
    return found
