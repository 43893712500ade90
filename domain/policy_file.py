"""The approver policy as a file: read strictly, and every mistake told with its line and its remedy."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from domain.base import digest_of
from domain.located import BadFile, Document, Mistake, read
from domain.policy import Rule, When, WritePolicy
from domain.terms import ANYONE, GROUP, TERMINAL, Mode, Undoing

BUILT_IN = "built-in"


@dataclass(frozen=True)
class RuleBook:
    """The policy that a process goes by, and where it comes from."""

    policy: WritePolicy
    source: str
    """The file, or `built-in`."""
    digest: str
    """SHA-256 of the file's bytes, or of the built-in policy."""

    @classmethod
    def built_in(cls, policy: WritePolicy) -> "RuleBook":
        """One that no file holds."""
        return cls(policy, BUILT_IN, digest_of(policy.model_dump(mode="json")))


def read_policy(path: Path) -> RuleBook:
    """The policy of a file.

    Raises:
        BadFile: with every mistake.
    """
    documents = read(path)
    if len(documents) != 1:
        what = "the file is empty" if not documents else "the file holds several documents"
        raise BadFile([Mistake(str(path), 1, what, "write one policy a file")])
    policy = documents[0].parse(WritePolicy)
    if mistakes := sorted(_mistakes(documents[0], policy), key=lambda mistake: mistake.line):
        raise BadFile(mistakes)
    return RuleBook(policy, str(path), hashlib.sha256(path.read_bytes()).hexdigest())


def _mistakes(document: Document, policy: WritePolicy) -> Iterator[Mistake]:
    if not policy.rules:
        yield document.mistake(("rules",), "no rule allows anything", "write at least one under `rules`")
    if policy.learning is not None and ANYONE in policy.learning.approvers:
        what = "`*` would let anybody decide what AOI learns"
        yield document.mistake(("learning", "approvers"), what, "name users (U…) or user groups (S…)")
    yield from _unknown_environments(document, policy)
    names = [rule.name for rule in policy.rules]
    for number, rule in enumerate(policy.rules):
        at = ("rules", number)
        if rule.name in names[:number]:
            what = f"two rules have the name “{rule.name}”"
            yield document.mistake((*at, "name"), what, "give each its own, for every decision names its rule")
        if (earlier := _shadow(policy.rules[:number], rule)) is not None:
            what = f"the rule “{rule.name}” is never reached, because “{earlier.name}” matches all of it"
            yield document.mistake(at, what, "move it up, or narrow the earlier one")
        yield from _people(document, number, rule)


def _people(document: Document, number: int, rule: Rule) -> Iterator[Mistake]:
    """Who may approve has to make sense."""
    at = ("rules", number)
    glass = rule.break_glass.approvers if rule.break_glass else ()
    if ANYONE in rule.approvers or ANYONE in glass:
        what = "`*` would let anybody approve"
        yield document.mistake((*at, "approvers"), what, "name users (U…) or user groups (S…)")
    elif rule.do is Mode.APPROVE and not rule.approvers:
        what = f"nobody could approve by the rule “{rule.name}”"
        yield document.mistake(at, what, "add `approvers`, or write `do: refuse`")
    elif rule.do is not Mode.APPROVE and (rule.approvers or glass):
        what = f"`do: {rule.do}` takes no approval"
        yield document.mistake((*at, "approvers"), what, "remove the approvers, or write `do: approve`")
    if rule.do is not Mode.APPROVE and rule.undo is Undoing.AT_ONCE:
        what = f"`undo: {rule.undo}` says nothing where nothing is done"
        yield document.mistake((*at, "undo"), what, "remove it, or write `do: approve`")
    named = set(rule.approvers)
    if (
        rule.approvers
        and not any(entry == TERMINAL or GROUP.fullmatch(entry) for entry in named)
        and rule.need > len(named)
    ):
        what = f"{rule.need} people must approve and only {len(named)} may"
        yield document.mistake((*at, "need"), what, "name more people, or a user group")


def _unknown_environments(document: Document, policy: WritePolicy) -> Iterator[Mistake]:
    """Environments that nothing defines would quietly match nothing."""
    known = list(policy.environments)
    for number, rule in enumerate(policy.rules):
        for name in rule.when.environments:
            if name not in known:
                yield document.mistake(("rules", number, "when", "environments"), *_no_such(name, known))
    for number, freeze in enumerate(policy.freezes):
        for name in freeze.environments:
            if name not in known:
                yield document.mistake(("freezes", number, "environments"), *_no_such(name, known))


def _no_such(name: str, known: list[str]) -> tuple[str, str]:
    near = get_close_matches(name, known, 1)
    remedy = (
        f"write `{near[0]}`" if near else f"add it under `environments`, which has: {', '.join(known) or 'none'}"
    )
    return f"`{name}` is no environment of this file", remedy


def _shadow(earlier: Sequence[Rule], rule: Rule) -> Rule | None:
    """An earlier rule that leaves nothing for this one, as far as that shows from the words alone."""
    return next((other for other in earlier if _covers(other.when, rule.when)), None)


def _covers(wide: When, narrow: When) -> bool:
    return all(
        not getattr(wide, name)
        or (getattr(narrow, name) and set(getattr(narrow, name)) <= set(getattr(wide, name)))
        for name in When.model_fields
    )
