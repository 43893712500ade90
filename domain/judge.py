"""What the approver policy says about one write. Pure: the time and the numbers are arguments.

Asked three times: when a write is proposed, at each click, and by the executor before it acts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import assert_never
from zoneinfo import ZoneInfo

from domain.actions import Action, ReleaseVolume, Risk
from domain.base import Value
from domain.cluster import Ref
from domain.policy import Day, Freeze, Rule, Window, WritePolicy
from domain.policy_words import conditions, when_words
from domain.proposal import Proposal, Refusal
from domain.terms import Mode, Terms, Undoing

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Subject:
    """The part of a write that rules look at."""

    action: str
    risk: Risk
    target: Ref


class Extent(Value):
    """How much of a workload an action touches."""

    step: int = 0
    """Replicas added or removed."""
    pods: int = 0
    """Pods that are replaced, added or removed."""
    of: int = 0
    """Pods that the workload has; 0 for what is no workload."""

    @property
    def share(self) -> float:
        """0 to 1; more when a workload grows beyond its double."""
        return self.pods / self.of if self.of else 0.0


def subject_of(action: Action, risk: Risk) -> Subject:
    """What rules look at; a volume is judged by the claim that it is released for."""
    target = action.claim if isinstance(action, ReleaseVolume) else action.target
    return Subject(action.action, risk, target)


def protected(policy: WritePolicy, target: Ref) -> Refusal | None:
    """Whether the target is out of bounds for everybody."""
    if target.kind in policy.protected.kinds:
        reason = f"The policy protects every {target.kind}; a person must change {target} by hand."
        return Refusal(rule="policy: protected kind", reason=reason)
    if _fits(target.namespace, policy.protected.namespaces):
        reason = f"The policy protects namespace {target.namespace}; a person must change {target} by hand."
        return Refusal(rule="policy: protected namespace", reason=reason)
    return None


def environment_of(policy: WritePolicy, target: Ref) -> str | None:
    """The first environment that the target's namespace belongs to, or `None`."""
    found = (name for name, globs in policy.environments.items() if _fits(target.namespace, globs))
    return next(found, None)


def rule_for(policy: WritePolicy, subject: Subject) -> Rule | None:
    """The first rule that matches; `None` when the write is refused because none does."""
    environment = environment_of(policy, subject.target)
    return next((rule for rule in policy.rules if _matches(rule, subject, environment)), None)


def terms_of(policy: WritePolicy, subject: Subject) -> Terms | Refusal:
    """Who may approve the write and how many it takes, or why it is not even proposed."""
    if (no := protected(policy, subject.target)) is not None:
        return no
    rule = rule_for(policy, subject)
    what = f"{subject.action} on {subject.target} ({subject.risk} risk)"
    if rule is None:
        reason = f"No rule of the policy allows {what}; add one, or do it by hand."
        return Refusal(rule="policy: no rule", reason=reason)
    match rule.do:
        case Mode.REFUSE:
            reason = f"The rule “{rule.name}” refuses {what}; do it by hand."
            return Refusal(rule=f"policy: {rule.name}", reason=reason)
        case Mode.APPROVE | Mode.DRY_RUN:
            return Terms(
                rule=rule.name,
                mode=rule.do,
                approvers=rule.approvers,
                need=rule.need,
                self_approval=rule.self_approval,
                glass=rule.break_glass.approvers if rule.break_glass else (),
                undo=rule.undo,
                conditions=conditions(rule, _freezes(policy, subject)),
            )
        case _:
            assert_never(rule.do)


def standing_terms(policy: WritePolicy, past: Proposal) -> Terms | None:
    """The terms under which a change that did not help goes without asking; `None` where people are asked.

    The rule that let the change happen has to say so, when it was approved and now.
    """
    rule = rule_for(policy, subject_of(past.plan.action, past.plan.risk))
    if rule is None or rule.undo is not Undoing.AT_ONCE or protected(policy, past.plan.action.target) is not None:
        return None
    if past.terms is None or past.terms.undo is not Undoing.AT_ONCE or past.terms.rule != rule.name:
        return None
    return Terms(rule=rule.name, mode=Mode.APPROVE, approvers=(), by_rule=True)


def changed_terms(
    policy: WritePolicy, proposal: Proposal, risk: Risk, past: Proposal | None = None
) -> Refusal | None:
    """Whether the policy asks for something else now than what was shown; then the proposal is void.

    `past` is the change that an undo takes back.
    """
    by_rule = proposal.terms is not None and proposal.terms.by_rule
    standing = standing_terms(policy, past) if by_rule and past else None
    terms = standing or terms_of(policy, subject_of(proposal.plan.action, risk))
    if isinstance(terms, Refusal) or terms == proposal.terms:
        return terms if isinstance(terms, Refusal) else None
    reason = f"The policy has changed since this was shown (rule “{terms.rule}”); ask AOI to look again."
    return Refusal(rule="policy: changed", reason=reason)


def timely(policy: WritePolicy, subject: Subject, now: datetime) -> Refusal | None:
    """Freezes and windows. Breaking the glass passes over these, and over nothing else."""
    if (no := frozen(policy, subject, now)) is not None:
        return no
    rule = rule_for(policy, subject)
    if rule is None or not rule.windows or any(_open(window, now) for window in rule.windows):
        return None
    reason = f"The rule “{rule.name}” lets this happen only {when_words(rule.windows)}."
    return Refusal(rule=f"policy: {rule.name}, windows", reason=reason)


def frozen(policy: WritePolicy, subject: Subject, now: datetime) -> Refusal | None:
    """Whether a freeze holds."""
    for freeze in _freezes(policy, subject):
        if freeze.begins <= now < freeze.ends:
            reason = f"The freeze “{freeze.name}” holds until {freeze.until:%Y-%m-%d %H:%M} {freeze.zone}."
            return Refusal(rule=f"policy: freeze {freeze.name}", reason=reason)
    return None


def moderate(policy: WritePolicy, subject: Subject, extent: Extent) -> Refusal | None:
    """Whether one action does not touch too much at once."""
    rule = rule_for(policy, subject)
    if rule is None:
        return None
    name, limits = f"policy: {rule.name}, limits", rule.limits
    if limits.replicas_a_step is not None and extent.step > limits.replicas_a_step:
        most = limits.replicas_a_step
        reason = f"The rule “{rule.name}” allows {most} replicas a step, and this is {extent.step}; go in steps."
        return Refusal(rule=name, reason=reason)
    if limits.share_of_pods is not None and extent.share > limits.share_of_pods:
        part = f"{extent.pods} of {extent.of} pods of {subject.target}"
        reason = f"This touches {part}; the rule “{rule.name}” allows {limits.share_of_pods:.0%} at once."
        return Refusal(rule=name, reason=reason)
    return None


def unhurried(policy: WritePolicy, subject: Subject, writes: Sequence[str]) -> Refusal | None:
    """Whether there were not too many writes; `writes` are the rules of those begun within the last hour."""
    rule = rule_for(policy, subject)
    most = rule.limits.writes_an_hour if rule else None
    if rule is None or most is None or sum(name == rule.name for name in writes) < most:
        return None
    reason = f"The rule “{rule.name}” allows {most} writes an hour, and they are used up; wait, or do it by hand."
    return Refusal(rule=f"policy: {rule.name}, rate", reason=reason)


def _freezes(policy: WritePolicy, subject: Subject) -> tuple[Freeze, ...]:
    environment = environment_of(policy, subject.target)
    return tuple(f for f in policy.freezes if subject.action not in f.except_ and _covers(f, subject, environment))


def _covers(freeze: Freeze, subject: Subject, environment: str | None) -> bool:
    """A freeze that names namespaces and environments covers both; what lies in no namespace belongs to all."""
    if subject.target.namespace is None or not (freeze.namespaces or freeze.environments):
        return True
    return _fits(subject.target.namespace, freeze.namespaces) or environment in freeze.environments


def _matches(rule: Rule, subject: Subject, environment: str | None) -> bool:
    when = rule.when
    return (
        (not when.actions or subject.action in when.actions)
        and (not when.risks or subject.risk in when.risks)
        and (not when.kinds or subject.target.kind in when.kinds)
        and (not when.namespaces or _fits(subject.target.namespace, when.namespaces))
        and (not when.environments or environment in when.environments)
    )


def _fits(namespace: str | None, globs: Sequence[str]) -> bool:
    return namespace is not None and any(fnmatchcase(namespace, glob) for glob in globs)


def _open(window: Window, now: datetime) -> bool:
    local = now.astimezone(ZoneInfo(window.zone))
    days = tuple(Day)
    today, yesterday = days[local.weekday()], days[local.weekday() - 1]
    at = local.time()
    if window.from_ < window.until:
        return today in window.days and window.from_ <= at < window.until
    return (today in window.days and at >= window.from_) or (yesterday in window.days and at < window.until)
