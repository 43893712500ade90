"""The approver policy in sentences, for cards, `aoi policy check` and whoever asks why."""

from collections.abc import Iterator, Sequence

from domain.actions import Risk
from domain.policy import Freeze, Rule, When, Window, WritePolicy
from domain.terms import ANYONE, GROUP, TERMINAL, Mode, Undoing

_RISKS = tuple(Risk)


def explained(policy: WritePolicy) -> Iterator[str]:
    """The whole policy, a sentence a line, in the order in which it decides."""
    if policy.protected.namespaces or policy.protected.kinds:
        yield f"Nobody's approval lets AOI write {_protected(policy)}."
    for freeze in policy.freezes:
        yield f"Freeze “{freeze.name}”: {freeze_words(freeze)}."
    for number, rule in enumerate(policy.rules, 1):
        yield f"{number}. “{rule.name}”: {rule_words(rule)}"
    yield "A write that no rule matches is refused."
    if policy.learning is not None:
        yield f"What AOI learns is decided by {people(policy.learning.approvers)}."


def rule_words(rule: Rule) -> str:
    """What a rule means, in sentences."""
    subject = subject_words(rule.when)
    match rule.do:
        case Mode.REFUSE:
            return f"{subject} is refused."
        case Mode.DRY_RUN:
            return f"{subject} is shown with its dry run, and never done."
        case Mode.APPROVE:
            said = [f"{subject} takes {approval_words(rule.need, rule.approvers)}"]
            said.append("whoever asked for it may approve it" if rule.self_approval else "not by who asked for it")
            if rule.expires_minutes is not None:
                said.append(f"within {rule.expires_minutes:g} minutes")
            sentences = [", ".join(said) + ".", *(f"{c}." for c in conditions(rule, ()))]
            if rule.break_glass is not None:
                sentences.append(
                    f"{people(rule.break_glass.approvers)} may break the glass, alone, with a reason."
                )
            return " ".join(sentences)


def conditions(rule: Rule, freezes: Sequence[Freeze]) -> tuple[str, ...]:
    """What holds besides the approvals, as sentences without their full stop."""
    limits = rule.limits
    said = [f"Only {when_words(rule.windows)}"] if rule.windows else []
    if limits.writes_an_hour is not None:
        said.append(f"At most {limits.writes_an_hour} writes an hour by this rule")
    if limits.replicas_a_step is not None:
        said.append(f"At most {limits.replicas_a_step} replicas a step")
    if limits.share_of_pods is not None:
        said.append(f"At most {limits.share_of_pods:.0%} of a workload's pods at once")
    if rule.undo is Undoing.AT_ONCE:
        said.append("If it does not help, it is taken back at once, without asking")
    return (*said, *(f"Not in the freeze “{f.name}”, {freeze_words(f)}" for f in freezes))


def approval_words(need: int, approvers: Sequence[str]) -> str:
    """`2 approvals of U0ADA, group S0SRE`."""
    return f"{need} approval{'s' if need > 1 else ''} of {people(approvers)}"


def people(approvers: Sequence[str]) -> str:
    """Ids with what they are."""
    return ", ".join(_who(entry) for entry in approvers) or "nobody"


def when_words(windows: Sequence[Window]) -> str:
    """`mon–fri 09:00–17:00 Europe/Berlin`."""
    return " or ".join(_window(window) for window in windows)


def freeze_words(freeze: Freeze) -> str:
    """From when until when, where, and what goes on."""
    where = _listed("in", (*freeze.environments, *freeze.namespaces)) or " everywhere"
    besides = f", except {', '.join(freeze.except_)}" if freeze.except_ else ""
    span = f"{freeze.from_:%Y-%m-%d %H:%M} to {freeze.until:%Y-%m-%d %H:%M} {freeze.zone}"
    return f"{span}{where}{besides}"


def subject_words(when: When) -> str:
    """What a rule is about, as the subject of a sentence."""
    deed = ", ".join(when.actions) or "any write"
    risk = f" of {' or '.join(r for r in _RISKS if r in when.risks)} risk" if when.risks else ""
    where = _listed("on a", when.kinds) + _listed("in namespaces", when.namespaces)
    words = f"{deed}{risk}{where}{_listed('in', when.environments)}"
    return words[0].upper() + words[1:]


def _protected(policy: WritePolicy) -> str:
    kinds = [f"a {kind}" for kind in policy.protected.kinds]
    return " or ".join([*kinds, *(f"in namespace {glob}" for glob in policy.protected.namespaces)])


def _window(window: Window) -> str:
    days = ", ".join(window.days) if len(window.days) < 7 else "every day"
    return f"{days} {window.from_:%H:%M}–{window.until:%H:%M} {window.zone}"


def _who(entry: str) -> str:
    if entry == ANYONE:
        return "anybody"
    if entry == TERMINAL:
        return "who sits at AOI's own terminal"
    return f"group {entry}" if GROUP.fullmatch(entry) else entry


def _listed(before: str, names: Sequence[str]) -> str:
    return f" {before} {', '.join(names)}" if names else ""
