"""The prompt of one decision in the compact form, and the reading of its reply."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from domain.cluster import Ref
from domain.decisions import Decision
from domain.errors import BadReply
from domain.evidence import Finding
from domain.lessons import Guidance
from domain.model import Message
from domain.ports import Ids, Sight
from graph.lessons.words import proof_words
from graph.model.tokens import TokenCounter
from graph.model.wire import ReplySchema
from graph.policies.chat.compact.answer import read_pick, schema_of
from graph.policies.chat.compact.menu import Listed, Menu, menu_of
from graph.policies.chat.history import history_of
from graph.policies.chat.memory import remember
from graph.policies.chat.recalled import recalled
from graph.policies.chat.rights import Rights
from graph.policies.texts import load_texts
from graph.prompts.quote import clipped, fence_of, fenced, named, plain, quoted
from graph.prompts.render import Prompt, load_prompt

FINDINGS_TOKENS = 200
"""Room for findings."""
_FINDINGS = 4
_FINDING = 90
"""Characters of one finding, and of one statement."""
_QUESTION = 240
_REMARKS, _REMARK = 3, 160
_DONE, _LINE = 3, 90
"""Last steps that are told, and characters of each."""
_RECALLED = 3
"""Lines on past incidents."""
_BAD_REPLY = 300


def _case() -> Prompt:
    return load_prompt("compact_case", "data", "left", "possible")


@dataclass(frozen=True)
class CompactPrompt:
    """Shows a case in some hundred tokens and takes a numbered choice. Making one loads and checks the texts."""

    counter: TokenCounter
    ids: Ids
    """Where the marks come from."""
    system: Prompt = field(default_factory=lambda: load_prompt("compact"))
    case: Prompt = field(default_factory=_case)
    repair: Prompt = field(default_factory=lambda: load_prompt("repair", "error"))

    def messages(self, sight: Sight, rights: Rights) -> tuple[Message, ...]:
        """The whole prompt of one decision."""
        menu = menu_of(sight, rights)
        case = self.case.render(
            data=fenced(self._data(sight, rights, menu), fence_of(self.ids)),
            left=f"{sight.steps_left} decisions, {sight.proposals_left} proposals",
            possible=", ".join(menu.choices),
        )
        return Message(role="system", content=self.system.render()), Message(role="user", content=case)

    def again(self, messages: tuple[Message, ...], reply: str, error: BadReply) -> tuple[Message, ...]:
        """The prompt once more, with the reply that could not be used and what is wrong with it."""
        said = Message(role="assistant", content=plain(reply, _BAD_REPLY))
        return *messages, said, Message(role="user", content=self.repair.render(error=str(error)))

    def schema(self, sight: Sight, rights: Rights) -> ReplySchema:
        """Three fields, and only the choices of this step."""
        return schema_of(menu_of(sight, rights))

    def read(self, text: str, sight: Sight, rights: Rights) -> Decision:
        """The decision that a reply makes. Raises BadReply."""
        return read_pick(text, menu_of(sight, rights), sight, rights)

    def _data(self, sight: Sight, rights: Rights, menu: Menu) -> Iterator[str]:
        home = rights.namespaces[0] if len(rights.namespaces) == 1 else None
        memory = remember(sight, FINDINGS_TOKENS, lambda finding: self.counter.count(_finding(finding, home)))
        yield f"Question: {quoted(sight.incident.question, _QUESTION)}"
        yield "Findings:"
        yield from [_finding(finding, home) for finding in memory.now[:_FINDINGS]] or ["none"]
        yield "Suspicions:"
        for listed in menu.suspicions:
            yield from _suspicion(listed, home)
        if not menu.suspicions:
            yield "none"
        yield from (_harmless(one) for one in sight.guidance if not one.calls and one.hypothesis is None)
        done = [line for line in history_of(sight.trajectory) if not line.startswith("First look: ")]
        if done:
            yield "Done:"
            yield from (clipped(line, _LINE) for line in done[-_DONE:])
        yield from [line for line in recalled(sight) if line][: 1 + _RECALLED]
        if sight.remarks:
            yield f"People: {'; '.join(quoted(remark, _REMARK) for remark in sight.remarks[-_REMARKS:])}"


def _finding(finding: Finding, home: str | None) -> str:
    return f"- {finding.severity.value} {_short(finding.subject, home)}: {quoted(finding.text, _FINDING)}"


def _suspicion(listed: Listed, home: str | None) -> Iterator[str]:
    held = listed.hypothesis
    gone = "" if listed.live else ", gone"
    what = f"{held.cause} at {_short(held.subject, home)}: {quoted(held.statement, _FINDING)}"
    yield f"{listed.label} {held.confidence:.2f}{gone}: {what}{_mark(listed.lesson)}"
    for repair in listed.repairs:
        fate = f" ({repair.fate})" if repair.fate else ""
        does = load_texts().does(repair.action).replace(f" {home}/", " ")
        taught = ", the lesson's repair" if repair.taught else ""
        yield f"{repair.label}{fate}: {plain(does, _FINDING)}{taught}"


def _mark(one: Guidance | None) -> str:
    """Behind a suspicion that a lesson speaks for."""
    if one is None:
        return ""
    return f", {'a lesson would look there first' if one.calls else 'by a lesson'} ({proof_words(one.lesson)})"


def _harmless(one: Guidance) -> str:
    return f"By a lesson ({proof_words(one.lesson)}), nothing is wrong: {quoted(one.says, _FINDING)}"


def _short(ref: Ref, home: str | None) -> str:
    """Without the namespace where there is only one."""
    return named(ref).replace(f" {home}/", " ", 1)
