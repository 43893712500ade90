"""What was seen, line by line: for whoever reads a run, and for whoever decides in one."""

from collections.abc import Iterable, Iterator

from domain.diagnosis import Hypothesis
from domain.evidence import Finding


def findings_of(findings: Iterable[Finding]) -> Iterator[str]:
    """A line a finding, with its subject."""
    return (f"- {finding.severity.value}, {finding.subject}: {finding.text}" for finding in findings)


def hypotheses_of(hypotheses: Iterable[Hypothesis]) -> Iterator[str]:
    """A line a hypothesis, with its confidence."""
    return (f"- {h.confidence:.0%} {h.cause.value} at {h.subject}: {h.statement}" for h in hypotheses)


def text_of(lines: Iterable[str]) -> str:
    """The lines that say something."""
    return "\n".join(line for line in lines if line)
