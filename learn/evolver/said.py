"""A correction in people's words, read as plans: the likeliest first. Nothing here is believed; the judge decides.

Words name kinds of repairs and causes; names are those of the run, or words that its findings quote as well; what
stands between quotation marks is what logs or events say in such a case.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from domain.actions import Action
from domain.base import Value
from domain.cluster import Ref
from domain.diagnosis import Cause, Hypothesis
from domain.feedback import Correction
from learn.evolver.cast import Cast, words_of
from learn.evolver.literals import fields_of
from learn.evolver.plan import MOST_WORDS, Plan
from learn.evolver.words import Mention, actions_in, causes_in, load_table, says_harmless, vocabulary

_ACTIONS: TypeAdapter[Action] = TypeAdapter(Action)
_QUOTED = re.compile(r"[“\"`‘]([^“”\"`‘’]{4,120})[”\"`’]|(?<!\w)'([^']{4,120})'(?!\w)")
_PHRASES = 2
_OF_THE_CLUSTER = ("Node", "PersistentVolume")
_SHORTEST_NEW = 4
_BESIDE = 16
"""Characters after the words of an action in which its object stands: `deleted the pod web-1`."""
_VAGUE = (Cause.CRASH_LOOP, Cause.APPLICATION_ERROR, Cause.SERVICE_ERRORS)
"""Causes that say how it showed, not what it was; beside another they come later."""
_TARGETS = 3
"""Objects that are tried as the target of one action."""


@dataclass(frozen=True)
class Said:
    """A correction and the run that it is about."""

    correction: Correction
    cast: Cast

    @property
    def text(self) -> str:
        """All of it; people often tell in one box what belongs into two."""
        return f"{self.correction.cause}\n{self.correction.helped}"


def plans_of(said: Said) -> tuple[Plan, ...]:
    """Every plan that the words may mean, the likeliest first; none where they name nothing that can be told."""
    actions = _once(_actions(said))
    if not actions:
        return (_harmless(said),) if says_harmless(said.text) else _once(_without_write(said))
    ranked = [(place + rank, plan) for place, action in enumerate(actions) for rank, plan in _with(said, action)]
    return _once(plan for _, plan in sorted(ranked, key=lambda each: each[0]))


_Value = TypeVar("_Value", bound=Value)


def _once(values: Iterable[_Value]) -> tuple[_Value, ...]:
    """Each value once, the first of equals in its place; values with maps in them cannot be hashed."""
    return tuple({value.model_dump_json(): value for value in values}.values())


def phrases_in(text: str) -> tuple[str, ...]:
    """What people quote."""
    found = (match[1] or match[2] for match in _QUOTED.finditer(text))
    return tuple(dict.fromkeys(" ".join(each.split()) for each in found))[:_PHRASES]


def anchor_of(cast: Cast, *about: Ref) -> Hypothesis | None:
    """The suspicion of the first look that concerns these objects, else the foremost."""
    names = {ref.name for ref in about}
    for hypothesis in cast.hypotheses:
        concerned = (hypothesis.subject, *hypothesis.affected)
        if any(ref in concerned for ref in about) or any(_is_pod_of(ref, hypothesis) for ref in about):
            return hypothesis
    for hypothesis in cast.hypotheses:
        cited = (finding for finding in cast.findings if finding.id in hypothesis.cites)
        if names.intersection(word for finding in cited for word in words_of(finding.text)):
            return hypothesis
    return next(iter(cast.hypotheses), None)


def _is_pod_of(ref: Ref, hypothesis: Hypothesis) -> bool:
    subject = hypothesis.subject
    return ref.kind == "Pod" and ref.namespace == subject.namespace and ref.name.startswith(f"{subject.name}-")


def _actions(said: Said) -> Iterator[Action]:
    """Those that are told to have helped, else those that the cause's words name."""
    for text in (said.correction.helped, said.correction.cause):
        found = [action for mention in actions_in(text) for action in _done(said, text, mention)]
        if found:
            yield from found
            return


def _done(said: Said, text: str, mention: Mention) -> Iterator[Action]:
    for target in _targets(said, text, mention)[:_TARGETS]:
        fields = fields_of(mention.what, text, target, said.cast)
        if fields is None:
            continue
        try:
            yield _ACTIONS.validate_python({**fields, "action": mention.what, "target": target})
        except ValidationError:
            continue


def _targets(said: Said, text: str, mention: Mention) -> list[Ref]:
    """Objects that the action may have been done to, of a kind that it is done to, the likeliest first."""
    kinds = load_table().kinds_of(mention.what)
    near = sorted(_named_in(said.cast, text), key=lambda each: _remoteness(said.cast, text, each, mention))
    names = [*near, *(name for name in _named_in(said.cast, said.text) if name not in near)]
    refs = [ref for name in names for ref in _refs(said, name, kinds)]
    refs += [h.subject for h in said.cast.hypotheses if h.subject.kind in kinds]
    return list(dict.fromkeys(refs))


def _named_in(cast: Cast, text: str) -> tuple[str, ...]:
    """Names in a text that could be objects; words of the language that a finding happens to quote are not."""
    return tuple(word for word in cast.mentioned(text) if word in cast.names or _like_a_name(cast, word))


def _like_a_name(cast: Cast, word: str) -> bool:
    """Quoted by a finding, in lower case as Kubernetes writes names, and no little word of the language."""
    plain = len(word) < _SHORTEST_NEW or word in vocabulary() or not word[0].isalpha()
    return word == word.lower() and not plain and cast.quotes(word)


def _remoteness(cast: Cast, text: str, name: str, mention: Mention) -> tuple[bool, bool, int]:
    """What follows the action's words at once is meant; else what the run knew, of that the nearest."""
    places = [match.start() for match in re.finditer(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)]
    object_ = any(mention.start <= place <= mention.end + _BESIDE for place in places)
    nearest = min((abs(place - mention.start) for place in places), default=len(text))
    return not object_, not object_ and name not in cast.names, nearest


def _refs(said: Said, name: str, kinds: tuple[str, ...]) -> list[Ref]:
    """The known objects of this name and these kinds; else what people call it; else of the likeliest kinds."""
    known = [ref for ref in said.cast.known(name) if ref.kind in kinds]
    called = _called(said.text, name)
    if known or (called is not None and called not in kinds):
        return known
    if called is None and any(ref.kind not in ("Service", "Pod") for ref in said.cast.known(name)):
        return []  # it is something else, to which this is not done
    wanted = [called] if called in kinds else list(kinds[:2])
    return [
        Ref(kind=kind, name=name, namespace=None if kind in _OF_THE_CLUSTER else said.cast.namespace)
        for kind in wanted
    ]


def _called(text: str, name: str) -> str | None:
    """The kind that stands before or after the name: `the pod sorter-1`, `tariff-config configmap`."""
    words = [word.lower() for word in words_of(text)]
    table = load_table().called
    for place, word in enumerate(words):
        if word == name.lower():
            beside = words[max(0, place - 1) : place] + words[place + 1 : place + 2]
            return next((table[each] for each in beside if each in table), None)
    return None


def _with(said: Said, action: Action) -> Iterator[tuple[int, Plan]]:
    """Plans around one action: whom to blame and for what, as the words have it; with how far-fetched each is."""
    anchor = anchor_of(said.cast, action.target)
    if anchor is None:
        return
    for place, component in enumerate(_blamed(said, action, anchor)):
        for rank, cause in enumerate(_causes(said, component, anchor)):
            yield place + rank, _plan(said, cause, component, action)


def _blamed(said: Said, action: Action, anchor: Hypothesis) -> list[Ref]:
    """What was written to, or the workload of a pod that was; then whom the words name first."""
    first = anchor.subject if _is_pod_of(action.target, anchor) else action.target
    named = [ref for name in _named_in(said.cast, said.correction.cause) for ref in said.cast.known(name)]
    return list(dict.fromkeys([first, *named[:1]]))


def _causes(said: Said, component: Ref, anchor: Hypothesis) -> list[Cause]:
    """Those that are named; where none is, the suspicion's own, or that a dependency failed its caller."""
    named = sorted(causes_in(said.text), key=lambda cause: cause in _VAGUE)
    own = anchor.cause if component == anchor.subject else Cause.DEPENDENCY_DOWN
    return list(dict.fromkeys([*named, own]))[:2]


def _without_write(said: Said) -> Iterator[Plan]:
    """A cause and an object, and nothing that AOI could do about it."""
    named = [ref for name in _named_in(said.cast, said.text) for ref in said.cast.known(name)]
    anchor = anchor_of(said.cast, *named[:1])
    if anchor is None:
        return
    for cause in causes_in(said.text)[:2]:
        yield _plan(said, cause, named[0] if named else anchor.subject, None)


def _harmless(said: Said) -> Plan:
    return Plan(anomaly=False, phrases=phrases_in(said.text), why=_cut(said.correction.cause))


def _plan(said: Said, cause: Cause, component: Ref, action: Action | None) -> Plan:
    return Plan(
        anomaly=True,
        cause=cause,
        component=component,
        action=action,
        phrases=phrases_in(said.text),
        why=_cut(said.correction.cause),
        advice=_cut(said.correction.helped) if action is None else "",
    )


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MOST_WORDS else f"{line[: MOST_WORDS - 1]}…"
