"""From a plan with the names of one run to lessons in roles, the most specific first. Pure.

The anchor is the suspicion of the first look that the plan stands on. Objects become roles: its subject, whom it
hurts, its pods, else what one of its findings names, whose text is then part of the signature.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.actions import Action
from domain.base import digest_of
from domain.cluster import Ref
from domain.diagnosis import Cause, Hypothesis
from domain.evidence import Finding
from domain.lessons import (
    MOST_TEXT,
    Argument,
    Conclusion,
    Do,
    Lesson,
    Look,
    Pairs,
    Place,
    Provenance,
    Role,
    Signature,
    Taken,
    Text,
)
from graph.lessons.match import pods_of, symptom_of
from learn.evolver.cast import Cast, names_word
from learn.evolver.plan import Plan, Proposed
from learn.evolver.said import anchor_of
from learn.evolver.written import write_plan

LASTS = timedelta(days=180)
"""How long a lesson is believed; merging with a newer one prolongs it."""
_VAGUE = frozenset({Cause.APPLICATION_ERROR, Cause.CRASH_LOOP, Cause.SERVICE_ERRORS, Cause.DEPENDENCY_DOWN})
"""Suspicions that say little by themselves: what the program wrote tells the case."""
_NAMES = frozenset({"container", "config_map", "missing"})
"""Fields of actions that hold names of a run."""
_ASIDE = 5
"""Words around a name that make its shorter pattern."""
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_QUOTATION = re.compile(r": (?=\S)")


@dataclass
class _Draft:
    """A lesson in the making: texts join as places need them."""

    cast: Cast
    anchor: Hypothesis
    short: bool
    """Whether patterns keep only the words around the name."""
    texts: list[Text] = field(default_factory=list)
    shown: list[Finding | None] = field(default_factory=list)
    """The finding of each text; `None` where the run did not see it."""

    def place(self, ref: Ref) -> Place | None:
        """The role of an object; `None` where nothing points at it."""
        if ref == self.anchor.subject:
            return Place(role=Role.SUBJECT, kind=ref.kind)
        if self.anchor.subject.kind == "Service" and ref.name == self.anchor.subject.name:
            return Place(role=Role.BEHIND, kind=ref.kind)
        same = [each for each in self.anchor.affected if each.kind == ref.kind]
        if same[:1] == [ref]:
            return Place(role=Role.AFFECTED, kind=ref.kind)
        if pods_of(self.anchor, self.cast.findings)[:1] == [ref]:
            return Place(role=Role.POD, kind=ref.kind)
        taken = self.hole(ref.name)
        if taken is not None:
            return Place(role=Role.NAMED, kind=ref.kind, of=taken.of, hole=taken.hole)
        return None

    def hole(self, name: str) -> Taken | None:
        """Where a finding of the anchor names it; the finding's words join the texts."""
        for finding in self._own():
            if names_word(finding.text, name):
                pattern, hole = self._pattern(finding, name)
                return Taken(of=self.join(pattern, finding), hole=hole)
        return None

    def join(self, pattern: str, finding: Finding | None) -> int:
        """The place of a text, which joins where it is new."""
        text = Text(pattern=pattern)
        if text not in self.texts:
            self.texts.append(text)
            self.shown.append(finding)
        return self.texts.index(text)

    def quotation(self) -> None:
        """What the program wrote, by the anchor's most telling finding, joins the texts; else what that says."""
        own = self._own()
        quoted = [finding for finding in own if _QUOTATION.search(finding.text)] or own
        if quoted:
            pattern, _ = self._pattern(quoted[0], "")
            self.join(pattern, quoted[0])

    def phrase(self, words: str) -> None:
        """What people say is to be seen then."""
        seen = (f for f in self._own() if words.casefold() in f.text.casefold())
        self.join(_masked(words, self.cast.names), next(seen, None))

    def _own(self) -> list[Finding]:
        """The findings of the anchor, those that it cites first."""
        cited = [f for f in self.cast.findings if f.id in self.anchor.cites]
        about = (self.anchor.subject, *self.anchor.affected)
        kin = [
            f
            for f in self.cast.findings
            if f not in cited
            and any(f.subject == ref or f.subject.name.startswith(f"{ref.name}-") for ref in about)
        ]
        return [*cited, *kin]

    def _pattern(self, finding: Finding, name: str) -> tuple[str, int]:
        """What the finding quotes, or says, with names and numbers as holes; and the hole of the name."""
        said = _quoted(finding.text, name)
        if self.short and name:
            said = _around(said, name)
        names = self.cast.names | ({name} if name else set())
        before = re.split(rf"(?<![\w-]){re.escape(name)}(?![\w-])", said, maxsplit=1)[0] if name else ""
        return _masked(said, names), _masked(before, names).count("<name>")


def drafts_of(
    proposed: Proposed, cast: Cast, incident: str, at: datetime, tried: Sequence[Action] = ()
) -> tuple[Lesson, ...]:
    """The lessons that a plan may be, each as specific as it can and then with fewer words; none where a role is
    missing. `tried` are the writes of the run, which the lesson puts last where it asks for another kind."""
    found: dict[str, Lesson] = {}
    for short, quoting in ((False, True), (False, False), (True, False)):
        lesson = _draft(proposed, cast, incident, at, tried, short, quoting)
        if lesson is not None:
            found.setdefault(same_as(lesson), lesson)
    return tuple(found.values())


def same_as(lesson: Lesson) -> str:
    """Equal for lessons that say the same, whatever their words for people, their proof and their origin."""
    told = lesson.model_dump(mode="json", include={"signature", "look", "conclude", "do"})
    return digest_of(told)


def _draft(
    proposed: Proposed,
    cast: Cast,
    incident: str,
    at: datetime,
    tried: Sequence[Action],
    short: bool,
    quoting: bool,
) -> Lesson | None:
    plan = proposed.plan
    about = [ref for ref in (plan.action.target if plan.action else None, plan.component) if ref is not None]
    anchor = anchor_of(cast, *about)
    if anchor is None:
        return None
    draft = _Draft(cast, anchor, short)
    conclude, do = _conclusion(draft, plan), _do(draft, plan)
    if conclude is None or (plan.action is not None and do is None):
        return None
    for words in plan.phrases:
        draft.phrase(words)
    literal = do is not None and any(not isinstance(each.value, Taken) for each in do.arguments)
    if quoting and not draft.texts and (anchor.cause in _VAGUE or literal or not plan.anomaly):
        draft.quotation()
    kinds = dict.fromkeys(action.action for action in tried)
    return Lesson(
        id="",
        signature=Signature(symptoms=(symptom_of(anchor),), texts=tuple(draft.texts)),
        look=tuple(dict.fromkeys(_looks(draft))),
        conclude=conclude,
        do=do,
        not_actions=tuple(kind for kind in kinds if do is not None and kind != do.action),
        says=_says(plan),
        advice=plan.advice,
        provenance=Provenance(
            source=proposed.source, incidents=(incident,), by=proposed.by, plan=write_plan(plan)
        ),
        created=at,
        expires=at + LASTS,
    )


def _conclusion(draft: _Draft, plan: Plan) -> Conclusion | None:
    if not plan.anomaly or plan.component is None:
        return Conclusion(anomaly=False)
    blame = draft.place(plan.component)
    return None if blame is None else Conclusion(cause=plan.cause, blame=blame)


def _do(draft: _Draft, plan: Plan) -> Do | None:
    if plan.action is None:
        return None
    target = draft.place(plan.action.target)
    if target is None:
        return None
    arguments = tuple(_arguments(draft, plan.action))
    return Do(action=plan.action.action, target=target, arguments=arguments)


def _arguments(draft: _Draft, action: Action) -> Iterator[Argument]:
    """The fields that an analyzer's repair does not give alike: names as holes of texts, the rest as it is."""
    alike = _alike(draft, action)
    for name in type(action).model_fields:
        value = getattr(action, name)
        if name in ("action", "target") or value is None or alike.get(name) == value:
            continue
        if name == "revision":
            continue  # numbers of revisions are of one run
        if name in _NAMES and (taken := draft.hole(str(value))) is not None:
            yield Argument(name=name, value=taken)
        elif isinstance(value, dict):
            pairs: Pairs = tuple((str(key), str(each)) for key, each in value.items())
            yield Argument(name=name, value=pairs)
        elif isinstance(value, str | int):
            yield Argument(name=name, value=value)


def _alike(draft: _Draft, action: Action) -> dict[str, object]:
    actions = (each for hypothesis in draft.cast.hypotheses for each in hypothesis.actions)
    same = (each for each in actions if each.action == action.action and each.target == action.target)
    return next((each.model_dump() for each in same), {})


def _looks(draft: _Draft) -> Iterator[Look]:
    """How to see the texts that the first look does not show."""
    at = Place(role=Role.SUBJECT, kind=draft.anchor.subject.kind)
    for text, finding in zip(draft.texts, draft.shown, strict=True):
        if finding is not None and finding.id not in draft.cast.probed:
            continue
        plain = max(re.split(r"<\w+>", text.pattern), key=len).strip()
        if at.kind != "Node":
            yield Look(probe="search_logs", at=at, text=plain)
        if finding is None or finding.subject.kind != "Pod":
            yield Look(probe="events", at=at)


def _says(plan: Plan) -> str:
    words = plan.why.rstrip(".") + "."
    target = plan.action.target.name if plan.action else ""
    for name, hole in ((plan.component.name if plan.component else "", "{blame}"), (target, "{target}")):
        if name:
            words = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", hole, words)
    return words


def _quoted(text: str, name: str) -> str:
    """What stands after the first colon, where the name is in it and it is long enough to tell; else all of it."""
    quotation = _QUOTATION.split(text, maxsplit=1)[-1].rstrip("…").strip()
    told = not name or names_word(quotation, name)
    return quotation if told and len(quotation.split()) >= 3 else text.rstrip("…")


def _around(said: str, name: str) -> str:
    words = said.split()
    at = next((n for n, word in enumerate(words) if names_word(word, name)), 0)
    return " ".join(words[max(0, at - _ASIDE) : at + _ASIDE])


def _masked(said: str, names: frozenset[str] | set[str]) -> str:
    """Names and numbers become holes; cut between words."""
    text = " ".join(said.split())
    for name in sorted(names, key=lambda each: (-len(each), each)):
        text = re.sub(rf"(?<![\w<-]){re.escape(name)}(?![\w>-])", "<name>", text)
    text = _NUMBER.sub("<number>", text)
    return text if len(text) <= MOST_TEXT else text[:MOST_TEXT].rsplit(" ", 1)[0]
