"""The bounded working memory: which findings a model is shown, by what they mean for the live hypotheses."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile

from domain.cluster import Ref, Severity
from domain.diagnosis import Hypothesis
from domain.evidence import Finding
from domain.journal import Decided, Entry, Probed, Trajectory, Triaged, Verified
from domain.ports import Sight

_CITED, _ABOUT, _KIN, _FRESH = 4.0, 2.0, 1.5, 2.0
"""What makes a finding relevant: a live hypothesis rests on it, is about its subject, or about the workload of its
pod, each times the hypothesis' confidence; or nobody has decided on it yet."""
_BY_SEVERITY = {Severity.CRITICAL: 1.0, Severity.WARNING: 0.5, Severity.INFO: 0.0}
_QUOTATION = 40
"""Characters from which the end of a finding is long enough to be recognised in another."""
_NAMED = 3
"""Objects that the trace of what was left out names."""


@dataclass(frozen=True)
class Memory:
    """What is shown, most relevant first, and a line on what is not."""

    now: tuple[Finding, ...]
    """Seen at or since the newest look of the analyzers."""
    earlier: tuple[Finding, ...]
    """Seen before it and not again: an action may have ended it."""
    left_out: str
    """Empty when everything is shown."""


def remember(sight: Sight, room: int, size: Callable[[Finding], int]) -> Memory:
    """The most relevant findings that fit into `room`, by the `size` of each as it is shown.

    What is seen no more and no live hypothesis cites is over; what repeats a shown line adds nothing.
    """
    live = (*sight.hypotheses, *last_held(sight.trajectory))
    fresh = _since_last_decision(sight.trajectory)
    current = _since_newest_look(sight.trajectory)
    cited = {cite for hypothesis in live for cite in hypothesis.cites}
    ranked = sorted(sight.findings, key=lambda finding: -_relevance(finding, live, finding.id in fresh))
    shown: list[Finding] = []
    left: list[Finding] = []
    for finding in ranked:
        cost = size(finding)
        past = finding.id not in current | cited
        if cost <= room and not past and not _echoes(finding, shown):
            shown.append(finding)
            room -= cost
        else:
            left.append(finding)
    return Memory(
        now=tuple(finding for finding in shown if finding.id in current),
        earlier=tuple(finding for finding in shown if finding.id not in current),
        left_out=_trace(left),
    )


def last_held(trajectory: Trajectory) -> tuple[Hypothesis, ...]:
    """The hypotheses of the last decision."""
    decided = (entry.step for entry in reversed(trajectory.entries) if isinstance(entry.step, Decided))
    return next((step.decision.hypotheses for step in decided), ())


def _relevance(finding: Finding, live: Iterable[Hypothesis], fresh: bool) -> float:
    bonds = (hypothesis.confidence * _bond(finding, hypothesis) for hypothesis in live)
    return max(bonds, default=0.0) + _BY_SEVERITY[finding.severity] + (_FRESH if fresh else 0.0)


def _bond(finding: Finding, hypothesis: Hypothesis) -> float:
    if finding.id in hypothesis.cites:
        return _CITED
    about = (hypothesis.subject, *hypothesis.affected)
    if finding.subject in about:
        return _ABOUT
    return _KIN if any(_kin(finding.subject, ref) for ref in about) else 0.0


def _echoes(finding: Finding, shown: Iterable[Finding]) -> bool:
    """Whether its quotation is in another finding about the same object, as a log line that two rules read."""
    quotation = finding.text.partition(": ")[2]
    if len(quotation) < _QUOTATION:
        return False
    return any(other.subject == finding.subject and quotation in other.text for other in shown)


def _kin(one: Ref, other: Ref) -> bool:
    """Whether they belong together by name: a workload, its pods, and the Service of the same name."""
    if one.namespace != other.namespace:
        return False
    return one.name == other.name or one.name.startswith(f"{other.name}-")


def _since_last_decision(trajectory: Trajectory) -> set[str]:
    """Ids of what nobody has decided on yet."""
    undecided = takewhile(lambda entry: not isinstance(entry.step, Decided), reversed(trajectory.entries))
    return _seen_in(undecided)


def _since_newest_look(trajectory: Trajectory) -> set[str]:
    """Ids of what is so now, as far as is known: the newest full look, and the probes after it."""
    looks = [n for n, entry in enumerate(trajectory.entries) if isinstance(entry.step, Triaged | Verified)]
    return _seen_in(trajectory.entries[looks[-1] :] if looks else ())


def _seen_in(entries: Iterable[Entry]) -> set[str]:
    return {
        finding.id
        for entry in entries
        if isinstance(entry.step, Triaged | Probed | Verified)
        for finding in entry.step.findings
    }


def _trace(left: Sequence[Finding]) -> str:
    if not left:
        return ""
    counts = Counter(finding.severity for finding in left)
    kinds = ", ".join(
        f"{counts[severity]} {severity.value}" for severity in reversed(Severity) if counts[severity]
    )
    subjects = list(dict.fromkeys(str(finding.subject) for finding in left))
    more = f" and {len(subjects) - _NAMED} more objects" if len(subjects) > _NAMED else ""
    about = f"{', '.join(subjects[:_NAMED])}{more}"
    return f"Left out as less relevant: {kinds}, about {about}; probe an object to see it again."
