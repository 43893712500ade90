"""The prompt of one decision: rules and catalogues first, which repeat, then the case as it stands."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from domain.actions import Undo
from domain.decisions import Decision
from domain.diagnosis import Cause, FaultType, Hypothesis, SystemLevel
from domain.errors import BadReply
from domain.evidence import Finding
from domain.execution import Improvement
from domain.model import Message
from domain.ports import Ids, Sight
from graph.model.tokens import TokenCounter
from graph.model.wire import ReplySchema
from graph.policies.chat.answer import read_decision
from graph.policies.chat.catalogue import ACTIONS, PROBES
from graph.policies.chat.history import history_of, written_action
from graph.policies.chat.memory import last_held, remember
from graph.policies.chat.recalled import recalled
from graph.policies.chat.rights import Rights
from graph.policies.chat.taught import taught
from graph.policies.texts import load_texts
from graph.prompts.quote import fence_of, fenced, named, plain, quoted
from graph.prompts.render import Prompt, load_prompt

FINDINGS_TOKENS = 2_000
"""Room for findings in the working memory."""
_FINDING = 240
"""Characters of one finding."""
_STATEMENT = 240
_REMARK = 500
_QUESTION = 1_000
_HYPOTHESES = 5
_REPAIRS = 3
"""Repairs that are shown for a hypothesis."""
_BAD_REPLY = 2_000
"""Characters of a reply that is sent back."""


def _system() -> Prompt:
    return load_prompt("observer", "causes", "levels", "fault_types", "probes", "actions")


def _case() -> Prompt:
    return load_prompt("case", "namespaces", "data", "possible")


@dataclass(frozen=True)
class ObserverPrompt:
    """The full form: renders what the Observer is shown. Making one loads and checks the texts.

    Whatever others wrote, the cluster and people, stands between marks of a fresh id.
    """

    counter: TokenCounter
    ids: Ids
    """Where the marks come from; apart from them the same sight always makes the same prompt."""
    system: Prompt = field(default_factory=_system)
    case: Prompt = field(default_factory=_case)
    repair: Prompt = field(default_factory=lambda: load_prompt("repair", "error"))

    def messages(self, sight: Sight, rights: Rights) -> tuple[Message, ...]:
        """The whole prompt of one decision."""
        rules = self.system.render(
            causes=", ".join(Cause),
            levels=", ".join(SystemLevel),
            fault_types=", ".join(FaultType),
            probes="\n".join(item.line for item in PROBES.values()),
            actions="\n".join(item.line for item in ACTIONS.values()),
        )
        case = self.case.render(
            namespaces=", ".join(rights.namespaces) or "any",
            data=fenced(self._data(sight), fence_of(self.ids)),
            possible=_possible(sight, rights),
        )
        return Message(role="system", content=rules), Message(role="user", content=case)

    def again(self, messages: tuple[Message, ...], reply: str, error: BadReply) -> tuple[Message, ...]:
        """The prompt once more, with the reply that could not be used and what is wrong with it."""
        said = Message(role="assistant", content=plain(reply, _BAD_REPLY))
        return *messages, said, Message(role="user", content=self.repair.render(error=str(error)))

    def schema(self, sight: Sight, rights: Rights) -> ReplySchema:
        """The form of a decision within the rights."""
        return rights.schema

    def read(self, text: str, sight: Sight, rights: Rights) -> Decision:
        """The decision that a reply makes. Raises BadReply."""
        return read_decision(text, sight, rights)

    def _data(self, sight: Sight) -> list[str]:
        memory = remember(sight, FINDINGS_TOKENS, lambda finding: self.counter.count(_finding(finding)))
        lines = [f"The question: {quoted(sight.incident.question, _QUESTION)}"]
        lines += ["", "Findings, the most relevant first:"]
        lines += [_finding(finding) for finding in memory.now] or ["none: nothing unusual is to be seen now"]
        if memory.earlier:
            lines += ["", "Earlier findings, not seen in the newest look:", *map(_finding, memory.earlier)]
        lines += [memory.left_out] if memory.left_out else []
        lines += ["", "Suspicions of AOI's rules after the newest look:"]
        lines += [line for h in sight.hypotheses[:_HYPOTHESES] for line in _suspicion(h)] or ["none"]
        if held := last_held(sight.trajectory):
            lines += ["", "What you held at your last decision:"]
            lines += [f"- {_held(hypothesis)}" for hypothesis in held]
        lines += taught(sight)
        lines += recalled(sight)
        lines += ["", "What was done:", *(f"- {line}" for line in history_of(sight.trajectory))]
        lines += ["", "What people said since your last decision:"]
        lines += [f"- {quoted(remark, _REMARK)}" for remark in sight.remarks] or ["nothing"]
        return lines


def _finding(finding: Finding) -> str:
    return f"{finding.id} {finding.severity.value} {named(finding.subject)}: {quoted(finding.text, _FINDING)}"


def _suspicion(hypothesis: Hypothesis) -> Iterator[str]:
    cites = ", ".join(hypothesis.cites)
    yield f"- {_held(hypothesis)}: {quoted(hypothesis.statement, _STATEMENT)} [{cites}]"
    for action in hypothesis.actions[:_REPAIRS]:
        yield f"  repair: target {named(action.target)}, do {written_action(action)}"


def _held(hypothesis: Hypothesis) -> str:
    """A suspicion in short, with the level and the kind of fault that AOI's table has for it."""
    texts = load_texts()
    level, kind = texts.system_level(hypothesis), texts.fault_type(hypothesis)
    subject = named(hypothesis.subject)
    return f"{hypothesis.cause} at {subject}, confidence {hypothesis.confidence:g} ({level}, {kind})"


def _helped(sight: Sight, undo: Undo) -> bool:
    seen = sight.trajectory.verifications.get(undo.proposal_id)
    return seen is not None and seen.improvement is Improvement.RESOLVED


def _possible(sight: Sight, rights: Rights) -> str:
    """What this decision may be, by the budgets and the mode."""
    kinds = [f"probe (at most {rights.probes} calls)"] if rights.probes else []
    kinds += ["propose"] if rights.proposing else []
    undo = ""
    if rights.undo is not None and rights.proposing and not _helped(sight, rights.undo):
        undo = f' The change to {rights.undo.target} can be taken back: do {{"action":"undo"}}.'
        undo += " It did not help: take it back before another change or the end." if rights.due else ""
    mode = " This incident is read-only." if sight.incident.read_only else ""
    left = f"Left: {sight.steps_left} decisions, {sight.probes_left} probes, {sight.proposals_left} proposals."
    return f"Possible now: {', '.join([*kinds, 'conclude'])}.{undo}{mode} {left}"
