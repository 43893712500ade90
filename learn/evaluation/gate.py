"""The gate: what a candidate has to show before people are even asked to promote it.

The rule: better than the incumbent by a margin and beyond chance, no way of asking worse beyond chance, no task in
which only the candidate does harm, and no more replies that make no decision.
"""

from collections.abc import Iterator

from pydantic import Field

from domain.base import Value
from domain.evaluation import Check, Comparison, Verdict


class GateRule(Value):
    """The rule's numbers; AOI_GATE_MARGIN sets the first."""

    margin: float = Field(default=0.02, ge=0, le=1)
    """By how much the mean success rate must rise; 0.02 is two points."""
    unreadable_slack: float = Field(default=0.01, ge=0, le=1)
    """By how much the share of unusable replies may rise."""


def judge(found: Comparison, rule: GateRule) -> Verdict:
    """Every condition with its figures."""
    return Verdict(checks=tuple(_checks(found, rule)))


def _checks(found: Comparison, rule: GateRule) -> Iterator[Check]:
    change = found.change
    yield Check(
        name="better",
        passed=change.value >= rule.margin and change.low > 0,
        words=(
            f"Success on held-out tasks changes by {change.value * 100:+.1f} points "
            f"(95 % interval {change.low * 100:+.1f} to {change.high * 100:+.1f}); "
            f"at least {rule.margin * 100:+.1f} and an interval above zero are asked for."
        ),
    )
    worse = [kind for kind in found.by_type if kind.change.high < 0]
    named = ", ".join(f"{kind.type} {kind.before:.0%} to {kind.after:.0%}" for kind in worse)
    yield Check(
        name="no type worse",
        passed=not worse,
        words=f"Worse beyond chance: {named}." if worse else "No way of asking is worse beyond chance.",
    )
    harmful = ", ".join(found.newly_harmful[:5])
    yield Check(
        name="no new harm",
        passed=not found.newly_harmful,
        words=f"Does harm that the one before did not: {harmful}." if harmful else "No task is newly harmed.",
    )
    before, after = found.before.unreadable, found.after.unreadable
    yield Check(
        name="readable",
        passed=after <= before + rule.unreadable_slack,
        words=f"Replies that make no decision: {before:.1%} before, {after:.1%} after.",
    )
