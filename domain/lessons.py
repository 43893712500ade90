"""Lessons: guidance that was checked, told in roles and never in names, so that it carries over to other objects.

A lesson fires where all its symptoms are suspected, none of the absent ones is, and findings about what is
suspected hold its texts. What it does not find it may look for first. It never skips a guardrail, a dry run or an
approval.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from domain.base import Value
from domain.cluster import Ref
from domain.diagnosis import Cause, FaultType, Hypothesis, SystemLevel
from domain.memory import Symptom
from domain.probes import ProbeCall

MOST_TEXT = 200
_FEWEST_LETTERS = 4
"""A pattern with fewer letters of its own would match anything."""
_HOLES = {
    "<name>": r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)",
    "<number>": r"\d+(?:[.,:]\d+)*",
    "<words>": r".{0,80}?",
}
HOLE = re.compile("|".join(map(re.escape, _HOLES)))


class Role(StrEnum):
    """How a lesson points at an object of the incident at hand."""

    SUBJECT = "subject"
    """The one at fault by the suspicion."""
    BEHIND = "behind"
    """The workload that has the name of the subject, where that is its Service."""
    AFFECTED = "affected"
    """The first one of the kind that suffers by the suspicion."""
    POD = "pod"
    """The first pod that the suspicion's findings are about."""
    ABOUT = "about"
    """The one that a finding with the text is about."""
    NAMED = "named"
    """The one whose name stands in the text's `<name>`."""


class Place(Value):
    """An object by its role."""

    role: Role
    kind: str
    of: int = Field(default=0, ge=0)
    """Which of the lesson's symptoms, for `about` and `named` which of its texts."""
    hole: int = Field(default=0, ge=0)
    """Which `<name>` of the text."""


def _telling(pattern: str) -> str:
    pattern = " ".join(pattern.split())
    if len(re.findall(r"[^\W\d_]", HOLE.sub("", pattern))) < _FEWEST_LETTERS:
        raise ValueError(f"the text {pattern!r} would match nearly anything; give it some words of its own")
    return pattern


class Text(Value):
    """Words that a finding must hold, with holes where runs differ: `<name>`, `<number>`, `<words>`."""

    pattern: Annotated[str, Field(min_length=1, max_length=MOST_TEXT), AfterValidator(_telling)]

    def find(self, said: str) -> tuple[str, ...] | None:
        """What stands in each `<name>`, or `None` where the words are not there. Case and spaces do not matter."""
        found = _compiled(self.pattern).search(" ".join(said.split()))
        return None if found is None else found.groups()


class Signature(Value):
    """When a lesson fires."""

    symptoms: Annotated[tuple[Symptom, ...], Field(min_length=1, max_length=4)]
    """All of them must be suspected."""
    texts: Annotated[tuple[Text, ...], Field(max_length=4)] = ()
    """All of them must be said, of what is suspected, its pods or whom it hurts."""
    absent: tuple[Symptom, ...] = ()
    """None of them may be suspected: they tell another case."""


class Look(Value):
    """A probe to run first, when a text has not been seen yet."""

    probe: Literal["logs", "search_logs", "events", "describe", "revision_diff", "service_wiring", "nodes"]
    at: Place
    text: Annotated[str, Field(max_length=MOST_TEXT)] = ""
    """What `search_logs` searches for."""


class Conclusion(Value):
    """What it is, when the lesson fires."""

    anomaly: bool = True
    """False: what looks like trouble is known and harmless."""
    cause: Cause | None = None
    """`None` only without an anomaly; so is `blame`."""
    blame: Place | None = None
    system_level: SystemLevel | None = None
    """`None` for the usual one of the cause."""
    fault_type: FaultType | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.anomaly == (self.cause is None or self.blame is None):
            raise ValueError("a conclusion names a cause and whom to blame, or says that nothing is wrong")
        return self


class Taken(Value):
    """What stands in a hole of a text."""

    of: int = Field(ge=0)
    hole: int = Field(ge=0)


Pairs = tuple[tuple[str, str], ...]


class Argument(Value):
    """A field of the action."""

    name: str
    value: str | int | Pairs | Taken | None = None


class Do(Value):
    """A repair, without names."""

    action: str
    """Its kind, such as `roll_back`."""
    target: Place
    arguments: tuple[Argument, ...] = ()
    """What is not given here comes from an analyzer's repair of the same kind on the same target, if there is."""


class State(StrEnum):
    """What a lesson is worth now."""

    CANDIDATE = "candidate"
    """Not judged yet, or an alternative that is kept as data and guides nobody."""
    ACTIVE = "active"
    RETIRED = "retired"
    REJECTED = "rejected"
    """It was judged and did not hold; kept so that the same is not tried again, and for training."""


class Source(StrEnum):
    """Where a plan came from."""

    CORRECTION = "correction"
    """A person said what it really was."""
    ANALYZERS = "analyzers"
    """Another suspicion or repair that the run left aside."""
    SUCCESS = "success"
    """A run with a near signature went well by it."""
    MODEL = "model"
    AUGMENTED = "augmented"
    """Another way through a run that had gone well."""


class Parts(Value):
    """What replays of a plan were worth, each 0 to 1."""

    success: float = Field(ge=0, le=1)
    """The strict grader's verdict."""
    answer: float = Field(ge=0, le=1)
    harmless: float = Field(ge=0, le=1)

    @property
    def total(self) -> float:
        """The reward: 0.6 success, 0.2 a right answer, 0.2 no harm."""
        return 0.6 * self.success + 0.2 * self.answer + 0.2 * self.harmless


class Judgement(Value):
    """How a lesson was judged."""

    how: Literal["replay", "rubric"]
    """`rubric` is weaker: it only compares with what a person said."""
    seeds: tuple[int, ...] = ()
    renamed: bool = False
    passed: int = Field(default=0, ge=0)
    regressions: tuple[str, ...] = ()
    """Tasks that had gone well and were tried again with it."""
    parts: Parts
    why: str = ""
    """Why it did not hold, in one sentence; empty when it did."""

    @property
    def tried(self) -> int:
        """How many replays there were."""
        return len(self.seeds)


class Provenance(Value):
    """Where a lesson comes from."""

    source: Source
    incidents: tuple[str, ...]
    """Oldest first."""
    by: tuple[str, ...] = ()
    """Who corrected AOI there."""
    judgement: Judgement | None = None
    """`None` until it is judged."""
    plan: str = ""
    """The plan that it was made of, as JSON and by the names of its run; empty for one that people wrote."""


class Lesson(Value):
    """One piece of guidance."""

    id: str
    revision: int = Field(default=1, ge=1)
    """Grows with each change; of two changes of the same revision the first counts."""
    state: State = State.CANDIDATE
    signature: Signature
    look: tuple[Look, ...] = ()
    conclude: Conclusion
    do: Do | None = None
    """`None`: no write helps; people are told `advice`."""
    not_actions: tuple[str, ...] = ()
    """Kinds of repairs that come last."""
    not_causes: tuple[Cause, ...] = ()
    """Suspicions that come last."""
    says: Annotated[str, Field(max_length=1_000)]
    """What people read; `{blame}` and `{target}` become the objects' names."""
    advice: Annotated[str, Field(max_length=1_000)] = ""
    provenance: Provenance
    uses: int = Field(default=0, ge=0)
    """Incidents that it guided and whose outcome is known."""
    successes: int = Field(default=0, ge=0)
    created: datetime
    expires: datetime
    edited_by: str = ""
    why: str = ""
    """Why it was retired or rejected."""

    @model_validator(mode="after")
    def _points_at_something(self) -> Self:
        taken = [one.value for one in self.do.arguments if isinstance(one.value, Taken)] if self.do else []
        holes = [(each.of, each.hole) for each in taken]
        holes += [(place.of, place.hole) for place in self.places if place.role is Role.NAMED]
        if any(not self._has_hole(*hole) for hole in holes):
            raise ValueError("the lesson takes a name from a text that has no such `<name>`; keep it in its place")
        about = [place.of for place in self.places if place.role is Role.ABOUT]
        if any(of >= len(self.signature.texts) for of in about):
            raise ValueError("the lesson points at what a text is about that it does not have; keep that text")
        return self

    def _has_hole(self, of: int, hole: int) -> bool:
        texts = self.signature.texts
        return of < len(texts) and texts[of].pattern.count("<name>") > hole

    @property
    def places(self) -> tuple[Place, ...]:
        """Every object that it points at."""
        told = (self.conclude.blame, self.do.target if self.do else None, *(look.at for look in self.look))
        return tuple(place for place in told if place is not None)

    @property
    def proven(self) -> bool:
        """Whether every replay of the judge held, and no more than half of its outcomes speak against it."""
        judged = self.provenance.judgement
        replayed = judged is not None and judged.how == "replay" and 0 < judged.passed == judged.tried
        return self.state is State.ACTIVE and replayed and 2 * self.successes >= self.uses

    @property
    def strength(self) -> float:
        """How far it can be trusted, 0 to 1: its share of successes, of which a replay counts as two.

        One more success and failure are added (Laplace), so that the untried are at one half.
        """
        judged = self.provenance.judgement
        passed, tried = (judged.passed, judged.tried) if judged else (0, 0)
        return (2 * passed + self.successes + 1) / (2 * tried + self.uses + 2)


class Guidance(Value):
    """What one lesson says about the incident as it stands."""

    lesson: Lesson
    calls: tuple[ProbeCall, ...] = ()
    """To look first; then it does not conclude yet."""
    hypothesis: Hypothesis | None = None
    """What it concludes; `None` while it looks, and where it says that nothing is wrong."""
    says: str = ""
    """Its conclusion in words, with the names of this incident; empty while it looks."""
    explains: tuple[str, ...] = ()
    """Keys of the suspicions that it stands on."""


class Word(Value):
    """What a lesson concluded in an incident."""

    lesson_id: str
    says: str
    """With the names of the incident."""


class Use(Value):
    """What became of one incident that a lesson guided."""

    lesson_id: str
    incident_id: str
    good: bool
    at: datetime
    why: str = ""


_LATELY = 5
_AGAINST = 3


def turned(uses: Sequence[Use]) -> str | None:
    """Why a lesson is to be retired: three of its last five uses speak against it. `None` while it holds."""
    lately = sorted(uses, key=lambda use: use.at)[-_LATELY:]
    against = [use.incident_id for use in lately if not use.good]
    if len(against) < _AGAINST:
        return None
    return f"{len(against)} of its last {len(lately)} incidents speak against it: {', '.join(against)}."


def placed(ref: Ref, kind: str) -> Ref:
    """The object of another kind with the same name."""
    return ref if ref.kind == kind else Ref(kind=kind, name=ref.name, namespace=ref.namespace)


@lru_cache(maxsize=4_096)
def _compiled(pattern: str) -> re.Pattern[str]:
    pieces = re.split(f"({HOLE.pattern})", pattern)
    return re.compile("".join(_HOLES.get(piece) or re.escape(piece) for piece in pieces), re.IGNORECASE)
