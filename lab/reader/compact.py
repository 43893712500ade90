"""Readers of the compact form: one without a mistake, and an operator who knows the form and little else."""

import json
import random
import re
from dataclasses import dataclass
from functools import cached_property

_POSSIBLE = re.compile(r"^Possible: (.*)$", re.MULTILINE)
_SUSPICION = re.compile(r"^\| (?P<label>s\d) (?P<confidence>\d\.\d\d)(?P<gone>, gone)?: ", re.MULTILINE)
_REPAIR = re.compile(r"^\| (?P<suspicion>s\d)\.r\d(?: \((?P<fate>\w+)\))?: ", re.MULTILINE)
_WORTH_MENDING = 0.6
"""Confidence from which a fault beside a repaired one is repaired, too."""
_FALSE_ALARM = "conclude nothing"
_HABIT, _SKILL = 0.4, 0.3
"""Shares of an operator's decisions: out of habit, and right; the rest is chance."""


@dataclass(frozen=True)
class CompactCase:
    """What the user's turn of a compact prompt says."""

    text: str

    @cached_property
    def choices(self) -> list[str]:
        """What can be decided, as listed."""
        found = _POSSIBLE.search(self.text)
        return found[1].split(", ") if found else []

    @cached_property
    def confidences(self) -> dict[str, float]:
        """Of each suspicion, best first."""
        return {match["label"]: float(match["confidence"]) for match in _SUSPICION.finditer(self.text)}

    @cached_property
    def mended(self) -> str | None:
        """The suspicion whose repair helped, when that was the last change."""
        fates = [(match["suspicion"], match["fate"]) for match in _REPAIR.finditer(self.text)]
        return next((suspicion for suspicion, fate in fates if fate == "resolved"), None)

    @property
    def ends(self) -> bool:
        """Whether the run can be ended now."""
        return any(choice.startswith("conclude ") for choice in self.choices)

    @property
    def repairs(self) -> list[str]:
        """Choices that change something."""
        return [choice for choice in self.choices if choice.startswith("repair ")]


def careful(text: str) -> str:
    """The decision without a mistake: back what was in vain, the first open repair, else the first suspicion."""
    case = CompactCase(text)
    if "undo" in case.choices and not case.ends:
        return picked("undo", 0.9)
    least = _WORTH_MENDING if case.mended else 0.0
    for repair in case.repairs:
        if case.confidences[_suspicion(repair)] >= least:
            return picked(repair, case.confidences[_suspicion(repair)])
    first = case.mended or next(iter(case.confidences), None)
    return picked(f"conclude {first}" if first else _FALSE_ALARM, case.confidences.get(first or "", 0.9))


def mediocre(text: str, chance: random.Random) -> str:
    """The decision of an operator: right, or by chance, or the habit, which is to call it a false alarm."""
    case, throw = CompactCase(text), chance.random()
    if throw < _SKILL:
        return careful(text)
    if throw < _SKILL + _HABIT and _FALSE_ALARM in case.choices:
        return picked(_FALSE_ALARM, 0.9)
    return picked(chance.choice(case.choices), chance.randrange(11) / 10)


def picked(choice: str, confidence: float) -> str:
    """A choice as the whole reply, its summary in as few words as a person can use."""
    verb, _, what = choice.partition(" ")
    match verb, what:
        case "conclude", "nothing":
            said = "Nothing is wrong."
        case "look", "again":
            said = "I look again."
        case "undo", _:
            said = "It did not help."
        case _:
            said = f"It is {_suspicion(choice)}."
    reply = {"summary": said, "decide": choice, "confidence": round(confidence, 1)}
    return json.dumps(reply, separators=(",", ":"))


def _suspicion(choice: str) -> str:
    return choice.split()[1].split(".")[0]
