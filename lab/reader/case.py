"""A case as the Observer's prompt tells it, read back from the words."""

import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

_SUSPICION = re.compile(
    r"^- (?P<cause>[a-z-]+) at (?P<subject>[A-Z]\w* \S+), confidence (?P<confidence>[\d.]+)"
    r"(?: \((?P<level>[^,()]+), (?P<kind>[^()]+)\))?: (?P<statement>\".*\") \[(?P<cites>[^][]*)\]$"
)
_HELD = re.compile(
    r"^- (?P<cause>[a-z-]+) at (?P<subject>[A-Z]\w* \S+), confidence (?P<confidence>[\d.]+)"
    r"(?: \((?P<level>[^,()]+), (?P<kind>[^()]+)\))?$"
)
_REPAIR = re.compile(r"^  repair: target (.+?), do (\{.*\})$")
_PROPOSED = re.compile(r"^- Proposed for (.+?): (\{.*\})$")
_REFUSED = re.compile(r"^- Refused before anybody saw it: (.+?): (\{.*?\})\. ")
_WATCHED = re.compile(r"^- Watched .*: (resolved|improved|unchanged|worse)\.")
_POSSIBLE = re.compile(r"^Possible now: ([^.]*)\.(?P<more>.*)", re.MULTILINE)
_UNDO = re.compile(r"The change to (.+?) can be taken back")
_OBJECT = re.compile(r"\b[A-Z][A-Za-z]+ (?:[a-z0-9-]+/)[A-Za-z0-9._-]+")
_PROBES = re.compile(r"\bprobe \(at most (\d+) calls?\)")
_LEFT = re.compile(r"Left: (\d+) decisions")


@dataclass(frozen=True)
class Repair:
    """A repair that a suspicion offers, or one that was proposed."""

    target: str
    do: dict[str, Any]

    def repeats(self, other: "Repair") -> bool:
        """Whether it is the other again; revisions get new numbers by a roll back, so any is the same."""
        if self.do.get("action") == other.do.get("action") == "roll_back":
            return self.target == other.target
        return self == other


@dataclass(frozen=True)
class Suspicion:
    """A line on what may be wrong, with its repairs."""

    cause: str
    subject: str
    confidence: float
    statement: str = ""
    level: str | None = None
    kind: str | None = None
    cites: tuple[str, ...] = ()
    repairs: tuple[Repair, ...] = ()

    @property
    def held(self) -> dict[str, Any]:
        """As a decision has to write it."""
        return {
            "cause": self.cause,
            "subject": self.subject,
            "statement": self.statement or f"It is {self.cause}.",
            "confidence": self.confidence,
            "cites": list(self.cites),
        }


@dataclass(frozen=True)
class Case:
    """What the user's turn of a prompt says."""

    text: str

    @cached_property
    def lines(self) -> list[str]:
        """The text, a line each, without the marks of data."""
        return [line.removeprefix("| ") for line in self.text.splitlines()]

    @property
    def namespace(self) -> str:
        """The first of the namespaces that it is about."""
        found = re.search(r"^Namespaces: ([^,\n]+)", self.text, re.MULTILINE)
        return found[1] if found else ""

    @cached_property
    def suspicions(self) -> list[Suspicion]:
        """Best first."""
        found: list[Suspicion] = []
        for line in self.lines:
            if match := _SUSPICION.match(line):
                cites = tuple(cite for cite in match["cites"].split(", ") if cite)
                found.append(_suspicion(match, json.loads(match["statement"]), cites))
            elif (match := _REPAIR.match(line)) and found:
                repair = Repair(match[1], json.loads(match[2]))
                last = found[-1]
                found[-1] = Suspicion(**{**vars(last), "repairs": (*last.repairs, repair)})
        return found

    @cached_property
    def held(self) -> list[Suspicion]:
        """What the last decision held, best first."""
        return [_suspicion(match, "", ()) for line in self.lines if (match := _HELD.match(line))]

    @cached_property
    def tried(self) -> list[Repair]:
        """What was proposed before, or refused on the way."""
        found = [m for line in self.lines if (m := _PROPOSED.match(line) or _REFUSED.match(line))]
        return [Repair(match[1], json.loads(match[2])) for match in found]

    @property
    def verdict(self) -> str | None:
        """What the watch said after the last change; `None` before the first."""
        found = [match[1] for line in self.lines if (match := _WATCHED.match(line))]
        return found[-1] if found else None

    @property
    def probed(self) -> bool:
        """Whether probes were run."""
        return any(line.startswith("- Probe ") for line in self.lines)

    @property
    def looks(self) -> int:
        """How often the rules have looked at everything."""
        return sum(line.startswith("- First look: ") for line in self.lines)

    @property
    def possible(self) -> str:
        """What this decision may be."""
        found = _POSSIBLE.search(self.text)
        return found[1] if found else ""

    @property
    def calls(self) -> int:
        """Probes that this decision may ask for."""
        found = _PROBES.search(self.possible)
        return int(found[1]) if found else 0

    @property
    def undo(self) -> str | None:
        """The object whose change can be taken back."""
        found = _UNDO.search(self.text)
        return found[1] if found else None

    @property
    def due(self) -> bool:
        """Whether that change has to be taken back before anything else."""
        return "take it back before another change" in self.text

    @property
    def decisions_left(self) -> int:
        """This one included."""
        found = _LEFT.search(self.text)
        return int(found[1]) if found else 1

    @property
    def objects(self) -> list[str]:
        """Every object that is named anywhere, in order."""
        return list(dict.fromkeys(_OBJECT.findall(self.text)))


def _suspicion(match: re.Match[str], statement: str, cites: tuple[str, ...]) -> Suspicion:
    return Suspicion(
        cause=match["cause"],
        subject=match["subject"],
        confidence=float(match["confidence"]),
        statement=statement,
        level=match["level"],
        kind=match["kind"],
        cites=cites,
    )
