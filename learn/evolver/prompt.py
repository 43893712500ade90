"""The Evolver's prompt: a failed run as data, and what is known of why it failed. Also the prompt of its rows."""

from dataclasses import dataclass, field

from domain.diagnosis import Cause, Hypothesis
from domain.episodes import Episode
from domain.evidence import Finding
from domain.model import Message
from domain.ports import Ids
from graph.policies.chat.catalogue import ACTIONS
from graph.policies.chat.history import history_of, written_action
from graph.prompts.quote import fence_of, fenced, quoted
from graph.prompts.render import Prompt, load_prompt
from learn.evolver.cast import cast_of
from learn.evolver.mine import Mined, corrections_of, mine

_FINDINGS = 24
_WORDS = 240
_SAID = 500


@dataclass(frozen=True)
class EvolverPrompt:
    """Making one loads and checks the texts."""

    system: Prompt = field(default_factory=lambda: load_prompt("evolver", "causes", "actions"))
    case: Prompt = field(default_factory=lambda: load_prompt("failed", "question", "namespaces", "data", "flaw"))

    def messages(self, episode: Episode, ids: Ids, mined: Mined | None = None) -> tuple[Message, ...]:
        """The prompt for one failed run, with marks by `ids`; it never holds what the lab knows of the truth."""
        found = mined or mine(episode)
        incident = episode.trajectory.incident
        rules = self.system.render(
            causes=", ".join(Cause), actions="\n".join(item.line for item in ACTIONS.values())
        )
        case = self.case.render(
            question=quoted(incident.question, _SAID),
            namespaces=", ".join(incident.scope.namespaces) or "any",
            data=fenced(_data(episode), fence_of(ids)),
            flaw=_flaw(episode, found),
        )
        return Message(role="system", content=rules), Message(role="user", content=case)


def _flaw(episode: Episode, found: Mined) -> str:
    """Its kind; with the evidence, which tells what was right, only where people said that."""
    return found.flaw.value if episode.truth is not None else f"{found.flaw.value}. {found.evidence}"


def _data(episode: Episode) -> list[str]:
    cast, run = cast_of(episode.trajectory), episode.trajectory
    lines = ["Findings:", *map(_finding, cast.findings[:_FINDINGS])]
    lines += ["", "Suspicions of AOI's rules at the first look:", *map(_suspicion, cast.hypotheses[:5])]
    lines += ["", "What was done:", *(f"- {line}" for line in history_of(run))]
    if run.diagnosis is not None:
        lines += ["", f"The answer: {quoted(run.diagnosis.root_cause, _WORDS)}"]
    for _, correction in corrections_of(run):
        lines += ["", f"People said what it really was: {quoted(correction.cause, _SAID)}"]
        lines += [f"and what helped: {quoted(correction.helped, _SAID)}"] if correction.helped else []
    return lines


def _finding(finding: Finding) -> str:
    return f"- {finding.severity.value} {finding.subject}: {quoted(finding.text, _WORDS)}"


def _suspicion(hypothesis: Hypothesis) -> str:
    repairs = "; ".join(f"target {a.target}, do {written_action(a)}" for a in hypothesis.actions[:3])
    told = f"- {hypothesis.cause} at {hypothesis.subject}: {quoted(hypothesis.statement, _WORDS)}"
    return f"{told} repairs: {repairs}" if repairs else told
