"""Every decision of a run as training sees it: the prompt, what was decided, what was right, what it was worth."""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.decisions import Decision
from domain.errors import BadReply
from domain.journal import Trajectory
from domain.model import Message
from domain.ports import Sight
from domain.references import Reference, Shown
from graph.policies.chat.answer import read_decision
from graph.policies.chat.rights import rights_of
from graph.policies.chat.written import written
from learn.export.render import Render
from learn.reward.reference import reference_at, sight_before
from learn.reward.service import Scores, scores
from learn.reward.shown import shown_of
from learn.signals.behind import decisions_of
from learn.signals.calls import calls_behind
from learn.signals.service import Signals
from learn.signals.verdict import Judgement


@dataclass(frozen=True)
class Moment:
    """One decision."""

    run: Signals
    seq: int
    decision: Decision
    sight: Sight
    shown: Shown
    prompt: tuple[Message, ...]
    reply: str | None
    """What decided, as a model says it; `None` where the Observer's form cannot say it."""
    reference: Reference | None
    judgement: Judgement | None
    last: bool
    """Whether the run ended with it."""

    @property
    def id(self) -> str:
        """The run and the journal entry."""
        return f"{self.run.episode.id}:{self.seq:03}"

    def worth(self, reply: str) -> Scores | None:
        """What a reply would be worth here; `None` where nobody knows what is right."""
        return scores(reply, self.shown, self.reference) if self.reference else None


def moments_of(run: Signals, render: Render) -> Iterator[Moment]:
    """The decisions of a run, oldest first.

    Where a model decided, its own prompt and reply are taken as they are on record. Where rules did, the prompt is
    rendered from the journal, and the decision is written as a reply. What AOI's budgets decided in place of the
    policy teaches nothing and is left out.
    """
    episode = run.episode
    asked = calls_behind(episode)
    decided = decisions_of(episode.trajectory)
    for seq, step in decided:
        call = asked.get(seq)
        if call is None and episode.calls and step.decision.stand_in is None:
            continue
        sight = sight_before(episode.trajectory, seq)
        rights = rights_of(sight)
        yield Moment(
            run=run,
            seq=seq,
            decision=step.decision,
            sight=sight,
            shown=shown_of(sight),
            prompt=call.messages if call else render(sight, rights),
            reply=call.reply if call else say(step.decision, sight),
            reference=reference_at(sight, run.known) if run.known else None,
            judgement=run.step(seq),
            last=seq == decided[-1][0],
        )


def cut_short(run: Trajectory) -> bool:
    """Whether it has no answer, or its journal has holes, so that nobody can tell what was shown."""
    return run.diagnosis is None or [entry.seq for entry in run.entries] != list(range(1, len(run.entries) + 1))


def say(decision: Decision, sight: Sight) -> str | None:
    """A decision as a reply at a step; `None` where it could not be read there."""
    rights = rights_of(sight)
    text = written(decision, rights)
    try:
        read_decision(text, sight, rights)
    except BadReply:
        return None
    return text
