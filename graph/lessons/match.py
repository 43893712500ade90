"""Whether a lesson fits what is suspected and seen, and which objects its roles mean here. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import assert_never

from domain.cluster import Ref
from domain.diagnosis import Hypothesis
from domain.evidence import Finding
from domain.lessons import Lesson, Place, Role, Text, placed
from domain.memory import Symptom


@dataclass(frozen=True)
class Hit:
    """A finding that holds a text."""

    finding: Finding
    names: tuple[str, ...]
    """What stands in its `<name>` holes."""


@dataclass(frozen=True)
class Match:
    """A lesson whose symptoms are all there."""

    lesson: Lesson
    suspicions: tuple[Hypothesis, ...]
    """One for each symptom."""
    hits: tuple[Hit | None, ...]
    """One for each text; `None` where it was not seen."""
    findings: tuple[Finding, ...]
    """All that was seen."""

    @property
    def complete(self) -> bool:
        """Whether all its texts were seen."""
        return all(self.hits)

    def ref(self, place: Place) -> Ref | None:
        """The object that a place means here; `None` where there is none."""
        match place.role:
            case Role.ABOUT | Role.NAMED:
                return self._said(place)
            case Role.SUBJECT | Role.BEHIND | Role.AFFECTED | Role.POD:
                return self._suspected(place)
            case _:
                assert_never(place.role)

    def _said(self, place: Place) -> Ref | None:
        hit = self.hits[place.of] if place.of < len(self.hits) else None
        if hit is None:
            return None
        if place.role is Role.ABOUT:
            return hit.finding.subject if hit.finding.subject.kind == place.kind else None
        if place.hole >= len(hit.names):
            return None
        space = None if place.kind == "Node" else _space(hit.finding.subject, *self.suspicions)
        return Ref(kind=place.kind, name=hit.names[place.hole], namespace=space)

    def _suspected(self, place: Place) -> Ref | None:
        if place.of >= len(self.suspicions):
            return None
        suspicion = self.suspicions[place.of]
        match place.role:
            case Role.SUBJECT:
                return suspicion.subject if suspicion.subject.kind == place.kind else None
            case Role.BEHIND:
                return placed(suspicion.subject, place.kind) if suspicion.subject.kind == "Service" else None
            case Role.AFFECTED:
                return next((ref for ref in suspicion.affected if ref.kind == place.kind), None)
            case _:
                return next(iter(pods_of(suspicion, self.findings)), None)


def find(lesson: Lesson, hypotheses: Sequence[Hypothesis], findings: Sequence[Finding]) -> Match | None:
    """The lesson as it fits here, or `None` when a symptom is missing or an absent one is there."""
    there = {symptom_of(hypothesis) for hypothesis in hypotheses}
    signature = lesson.signature
    if not there.issuperset(signature.symptoms) or there.intersection(signature.absent):
        return None
    suspicions: list[Hypothesis] = []
    for symptom in signature.symptoms:
        candidates = [h for h in hypotheses if symptom_of(h) == symptom and h not in suspicions]
        suspicions.append(max(candidates, key=lambda h: _heard(signature.texts, (h,), findings)))
    hits = tuple(_hit(text, suspicions, findings) for text in signature.texts)
    return Match(lesson, tuple(suspicions), hits, tuple(findings))


def symptom_of(hypothesis: Hypothesis) -> Symptom:
    """The suspicion without its object's name."""
    return Symptom(cause=hypothesis.cause, kind=hypothesis.subject.kind)


def pods_of(hypothesis: Hypothesis, findings: Iterable[Finding]) -> list[Ref]:
    """The pods that a suspicion's findings are about, in the order of sight."""
    cited = (finding.subject for finding in findings if finding.id in hypothesis.cites)
    return list(dict.fromkeys(ref for ref in cited if ref.kind == "Pod"))


def _heard(texts: Iterable[Text], suspicions: Sequence[Hypothesis], findings: Sequence[Finding]) -> int:
    return sum(_hit(text, suspicions, findings) is not None for text in texts)


def _hit(text: Text, suspicions: Sequence[Hypothesis], findings: Sequence[Finding]) -> Hit | None:
    """The newest finding that holds the text and belongs to one of the suspicions."""
    for finding in reversed(findings):
        names = text.find(finding.text)
        if names is not None and any(_belongs(finding, suspicion) for suspicion in suspicions):
            return Hit(finding, names)
    return None


def _belongs(finding: Finding, suspicion: Hypothesis) -> bool:
    """Whether it is cited, or about whom the suspicion concerns, or about a pod of theirs by its name."""
    if finding.id in suspicion.cites:
        return True
    concerned = (suspicion.subject, *suspicion.affected)
    return finding.subject in concerned or any(_made_by(finding.subject, ref) for ref in concerned)


def _made_by(ref: Ref, owner: Ref) -> bool:
    return ref.namespace == owner.namespace and ref.name.startswith(f"{owner.name}-")


def _space(subject: Ref, *suspicions: Hypothesis) -> str | None:
    spaces = (subject.namespace, *(hypothesis.subject.namespace for hypothesis in suspicions))
    return next((space for space in spaces if space), None)
