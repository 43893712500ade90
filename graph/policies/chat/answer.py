"""From the model's reply to a decision. What does not fit is an error with words, never a guess."""

import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, TypeVar, assert_never

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError

from domain.base import Value
from domain.cluster import Ref
from domain.decisions import Conclude, Decision, Probe, Propose
from domain.diagnosis import Cause, Diagnosis, FaultType, Hypothesis, SystemLevel
from domain.errors import BadReply
from domain.ports import Sight
from domain.visible import one_line, visible
from graph.policies.chat.catalogue import ACTIONS, PROBES, UNDO, Item
from graph.policies.chat.refs import read_ref
from graph.policies.chat.rights import Rights

T = TypeVar("T", bound=Value)

_SHOWN = 4
"""Mistakes that are told at once."""


Words = Annotated[str, AfterValidator(one_line)]
"""Prose: a model that repeats what it read cannot write lines that pass for AOI's own."""


class Held(Value):
    """A hypothesis as the model writes it."""

    cause: Cause
    subject: str
    statement: Words
    confidence: float = Field(ge=0, le=1)
    cites: tuple[str, ...] = ()


class ProbeInstruction(Value):
    """Which probes to run."""

    probes: Annotated[tuple[dict[str, Any], ...], Field(min_length=1, max_length=8)]


class ProposeInstruction(Value):
    """Which write to ask for."""

    why: Words = Field(min_length=1)
    do: dict[str, Any]


class ConcludeInstruction(Value):
    """The answer."""

    anomaly: bool
    components: tuple[str, ...] = ()
    cause: Cause | None = None
    system_level: SystemLevel | None = None
    fault_type: FaultType | None = None
    root_cause: Words = Field(min_length=1)
    resolved: bool
    advice: Words = ""


class Answer(Value):
    """A whole reply; `instruction` is read by what `action` says."""

    summary: Words = Field(min_length=1)
    hypotheses: tuple[Held, ...] = ()
    action: Literal["probe", "propose", "conclude"]
    namespace: str
    target: str
    instruction: dict[str, Any]
    cites: tuple[str, ...] = ()
    confidence: float = Field(ge=0, le=1)


def read_decision(text: str, sight: Sight, rights: Rights) -> Decision:
    """The decision that a reply makes at a step.

    Raises:
        BadReply: it is no JSON, has another form, names what is not known, or wants more than its rights.
    """
    return read_within(text, rights, sight.hypotheses)


def read_within(text: str, rights: Rights, known: Iterable[Hypothesis] = ()) -> Decision:
    """The same where only the rights are at hand; what is known of a hypothesis stays with it. Raises BadReply."""
    answer = _read(Answer, _json(text), "")
    return _Reading(answer, tuple(known), rights).decision()


def read_conclusion(text: str, namespace: str) -> Diagnosis:
    """The diagnosis of a conclusion that stands alone; objects without a namespace live in `namespace`.

    Raises:
        BadReply: it is no JSON or has another form.
    """
    wanted = _read(ConcludeInstruction, _json(text), "")
    named = [read_ref(ref, namespace, f"components[{n}]") for n, ref in enumerate(wanted.components)]
    return _diagnosis(wanted, named, ())


class _Reading:
    """One reply being read."""

    def __init__(self, answer: Answer, known: tuple[Hypothesis, ...], rights: Rights) -> None:
        self.answer, self.known, self.rights = answer, known, rights

    def decision(self) -> Decision:
        """The decision, by its kind."""
        self._within_scope()
        said: dict[str, Any] = {
            "summary": self.answer.summary,
            "hypotheses": self._hypotheses(),
            "cites": self._cites(self.answer.cites, "cites"),
            "confidence": self.answer.confidence,
        }
        match self.answer.action:
            case "probe":
                return self._probe(said)
            case "propose":
                return self._propose(said)
            case "conclude":
                return self._conclude(said)
            case _:
                assert_never(self.answer.action)

    def _probe(self, said: Mapping[str, Any]) -> Probe:
        wanted = _read(ProbeInstruction, self.answer.instruction, "instruction").probes
        if len(wanted) > self.rights.probes:
            raise BadReply(
                f"instruction asks for {len(wanted)} probes; {self.rights.probes} are left at this step."
            )
        calls = [self._call(call, f"instruction.probes[{n}]") for n, call in enumerate(wanted)]
        return _read(Probe, {**said, "calls": calls}, "instruction")

    def _call(self, call: Mapping[str, Any], where: str) -> Value:
        item = _named(PROBES, call, "probe", where)
        fields = self._arguments(item, call, where)
        if "namespace" in item.made_by.model_fields:
            fields.setdefault("namespace", self.answer.namespace)
            self._in_scope(fields["namespace"], where)
        return _read(item.made_by, fields, where)

    def _propose(self, said: Mapping[str, Any]) -> Propose:
        if not self.rights.proposing:
            raise BadReply("action is 'propose', and no proposal is possible at this step; probe or conclude.")
        wanted = _read(ProposeInstruction, self.answer.instruction, "instruction")
        return _read(Propose, {**said, "action": self._action(wanted.do), "why": wanted.why}, "instruction")

    def _action(self, do: Mapping[str, Any]) -> Value:
        if do.get("action") == UNDO:
            if self.rights.undo is None:
                raise BadReply("instruction.do is an undo, and there is no change to take back.")
            return self.rights.undo
        self._nothing_in_vain()
        item = _named(ACTIONS, do, "action", "instruction.do")
        fields = self._arguments(item, do, "instruction.do")
        fields.setdefault("target", self._ref(self.answer.target, "target"))
        return _read(item.made_by, fields, "instruction.do")

    def _nothing_in_vain(self) -> None:
        """A change that did not help must not stay: what one error began, the next decision does not pass over."""
        if self.rights.due and self.rights.undo is not None:
            target = self.rights.undo.target
            raise BadReply(f'The change to {target} did not help; take it back first: do {{"action":"undo"}}.')

    def _conclude(self, said: Mapping[str, Any]) -> Conclude:
        self._nothing_in_vain()
        wanted = _read(ConcludeInstruction, self.answer.instruction, "instruction")
        diagnosis = _diagnosis(wanted, self._refs(wanted.components, "instruction.components"), said["cites"])
        return Conclude(**said, diagnosis=diagnosis, resolved=wanted.resolved, advice=wanted.advice)

    def _hypotheses(self) -> tuple[Hypothesis, ...]:
        """Best first; the repairs and the sufferers that the analyzers know of the same suspicion stay with it."""
        known = {hypothesis.key: hypothesis for hypothesis in self.known}
        read = []
        for n, held in enumerate(self.answer.hypotheses):
            hypothesis = Hypothesis(
                cause=held.cause,
                subject=self._ref(held.subject, f"hypotheses[{n}].subject"),
                statement=held.statement,
                confidence=held.confidence,
                cites=self._cites(held.cites, f"hypotheses[{n}].cites"),
            )
            if (same := known.get(hypothesis.key)) is not None:
                hypothesis = hypothesis.model_copy(update={"actions": same.actions, "affected": same.affected})
            read.append(hypothesis)
        return tuple(sorted(read, key=lambda hypothesis: -hypothesis.confidence))

    def _arguments(self, item: Item, given: Mapping[str, Any], where: str) -> dict[str, Any]:
        """The call's fields, with its objects read; a null is an argument that was left out."""
        fields = {name: value for name, value in given.items() if value is not None}
        for name in item.refs & fields.keys():
            fields[name] = self._ref(fields[name], f"{where}.{name}")
        if isinstance(fields.get("target"), str):
            fields["target"] = self._ref(fields["target"], f"{where}.target")
        return fields

    def _cites(self, cites: Iterable[str], where: str) -> tuple[str, ...]:
        wanted = tuple(dict.fromkeys(cites))
        if unknown := [cite for cite in wanted if cite not in self.rights.findings]:
            raise BadReply(f"{where} names {unknown[0][:40]!r}, which is no finding that was shown.")
        return wanted

    def _refs(self, texts: Iterable[str], where: str) -> tuple[Ref, ...]:
        return tuple(self._ref(text, f"{where}[{n}]") for n, text in enumerate(texts))

    def _ref(self, text: object, where: str) -> Ref:
        if not isinstance(text, str):
            raise BadReply(f"{where} is no text; write an object as `Kind namespace/name`.")
        ref = read_ref(text, self.answer.namespace, where)
        if ref.namespace is not None:
            self._in_scope(ref.namespace, where)
        return ref

    def _within_scope(self) -> None:
        self._in_scope(self.answer.namespace, "namespace")

    def _in_scope(self, namespace: str, where: str) -> None:
        allowed = self.rights.namespaces
        if allowed and namespace not in allowed:
            only = ", ".join(allowed)
            raise BadReply(f"{where} is in the namespace {namespace[:80]!r}; this incident is only about {only}.")


def _diagnosis(wanted: ConcludeInstruction, components: Iterable[Ref], cites: tuple[str, ...]) -> Diagnosis:
    return Diagnosis(
        anomaly=wanted.anomaly,
        components=tuple(components),
        cause=wanted.cause,
        system_level=wanted.system_level,
        fault_type=wanted.fault_type,
        root_cause=wanted.root_cause,
        cites=cites,
    )


def _json(text: str) -> Any:
    """The value, without hidden characters in any text of it: what is proposed must be what people see."""
    try:
        return _seen(json.loads(text))
    except (ValueError, RecursionError) as e:
        where = f", at character {e.pos} of {len(text)}" if isinstance(e, json.JSONDecodeError) else ""
        raise BadReply(f"The reply is not one JSON object and nothing else{where}.") from e


def _seen(thing: Any) -> Any:
    if isinstance(thing, dict):
        return {visible(key): _seen(value) for key, value in thing.items()}
    if isinstance(thing, list):
        return [_seen(item) for item in thing]
    return visible(thing) if isinstance(thing, str) else thing


def _named(items: Mapping[str, Item], call: Mapping[str, Any], tag: str, where: str) -> Item:
    item = items.get(str(call.get(tag)))
    if item is None:
        raise BadReply(f"{where}.{tag} is {str(call.get(tag))[:40]!r}; known are: {', '.join(items)}.")
    return item


def _read(kind: type[T], fields: Any, where: str) -> T:
    """Validate, with pydantic's findings as short sentences."""
    try:
        return TypeAdapter(kind).validate_python(fields)
    except ValidationError as e:
        found = e.errors(include_url=False, include_context=False, include_input=False)
        said = [f"{_path(where, error['loc'])}: {error['msg']}" for error in found[:_SHOWN]]
        raise BadReply(f"The reply has another form than asked for: {'; '.join(said)}.") from e


def _path(where: str, location: tuple[int | str, ...]) -> str:
    path = where
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path or "reply"
