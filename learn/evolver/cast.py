"""The objects of a run by their names, and where people or logs name one that the run did not know."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from domain.cluster import Ref
from domain.diagnosis import Hypothesis
from domain.evidence import Finding
from domain.journal import Probed, Proposed, Trajectory, Triaged, Verified

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_SHORTEST = 3
"""Shorter names are words of the language."""


@dataclass(frozen=True)
class Cast:
    """What a run saw up to its first answer or write, as a lesson will see the next one."""

    hypotheses: tuple[Hypothesis, ...]
    """Of the first look, best first."""
    findings: tuple[Finding, ...]
    """In the order of sight."""
    probed: frozenset[str]
    """Ids of the findings that only a probe showed."""
    refs: tuple[Ref, ...]
    """Every object that it knew."""

    def known(self, name: str) -> tuple[Ref, ...]:
        """The objects of this name."""
        return tuple(ref for ref in self.refs if ref.name == name)

    @property
    def names(self) -> frozenset[str]:
        """All names that are no plain words."""
        return frozenset(ref.name for ref in self.refs if len(ref.name) >= _SHORTEST)

    @property
    def namespace(self) -> str | None:
        """Where the trouble is."""
        return next((ref.namespace for ref in self.refs if ref.namespace), None)

    def mentioned(self, text: str) -> tuple[str, ...]:
        """Names of objects in a text, in its order: those the run knew, and words that its findings quote as well.

        A word that the findings quote counts as a name only where a known object does not stand in for it: people
        mostly name what a log line named.
        """
        return tuple(dict.fromkeys(word for word in words_of(text) if word in self.names or self.quotes(word)))

    def quotes(self, word: str) -> bool:
        """Whether a finding says the word, as written."""
        return len(word) >= _SHORTEST and any(names_word(finding.text, word) for finding in self.findings)


def cast_of(trajectory: Trajectory) -> Cast:
    """The objects of a run."""
    steps = [entry.step for entry in trajectory.entries]
    end = next((n for n, step in enumerate(steps) if isinstance(step, Proposed)), len(steps))
    looks = [step for step in steps[:end] if isinstance(step, Triaged)]
    probes = [step for step in steps[:end] if isinstance(step, Probed)]
    looked = {finding.id: finding for look in looks for finding in look.findings}
    shown = {finding.id: finding for probe in probes for finding in probe.findings}
    findings = {**looked, **shown}
    everything = [step for step in steps if isinstance(step, Triaged | Verified)]
    refs = (
        *_of(h for step in everything for h in step.hypotheses),
        *(finding.subject for step in (*everything, *probes) for finding in step.findings),
        *(action.plan.action.target for action in trajectory.proposals),
    )
    return Cast(
        hypotheses=looks[0].hypotheses if looks else (),
        findings=tuple(findings.values()),
        probed=frozenset(shown.keys() - looked.keys()),
        refs=tuple(dict.fromkeys(ref for ref in refs if ref.kind != "Namespace")),
    )


def names_word(text: str, word: str) -> bool:
    """Whether the word stands in the text by itself."""
    return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text) is not None


def words_of(text: str) -> Sequence[str]:
    """The words of a text that could be names."""
    return _NAME.findall(text)


def _of(hypotheses: Iterable[Hypothesis]) -> Iterator[Ref]:
    for hypothesis in hypotheses:
        yield hypothesis.subject
        yield from hypothesis.affected
        yield from (action.target for action in hypothesis.actions)
