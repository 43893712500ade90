"""The files of a data set in the compact form: the same rows as `learn/export` makes, with prompts and picks."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from domain.actions import Undo
from domain.decisions import Conclude, Decision, Probe, Propose
from domain.model import Message
from graph.policies.chat.compact.answer import decision_of, labels_of
from graph.policies.chat.compact.menu import Choice, End, Look, Mend, Menu, menu_of
from graph.policies.chat.compact.prompt import CompactPrompt
from graph.policies.chat.rights import rights_of
from learn.export import tables as full
from learn.export.moments import Moment
from learn.export.render import rendered
from learn.export.rows import Drawn, GroupRow, PairRow, PromptRow, StepRow, ThumbRow, Turns
from learn.export.runs import Run, turn
from learn.export.tables import Tables
from learn.picks.score import score
from learn.reward.service import Scores
from learn.reward.shown import bare_undo

Said = TypeVar("Said", StepRow, ThumbRow)


class PickRow(PromptRow):
    """A step to draw picks for."""

    labels: str
    """What each number of the list stands for, as JSON text."""
    choices: str
    """`domain.decisions.Decision` of each choice, as JSON text."""


def tables_of(form: CompactPrompt) -> Tables:
    """The files; pairs have no compact form."""
    told = _Told(form)
    return (
        ("prompts", PickRow, told.prompts),
        ("groups", GroupRow, told.groups),
        ("thumbs", ThumbRow, told.thumbs),
        ("pairs", PairRow, lambda run: ()),
        ("steps", StepRow, told.steps),
    )


@dataclass(frozen=True)
class _Told:
    form: CompactPrompt
    system: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "system", self.form.system.render())

    def prompts(self, run: Run) -> Iterator[PickRow]:
        """Steps of which somebody knows what they should have decided."""
        moments = _by_id(run)
        for row in full.prompts(run):
            yield self._pick_row(row, moments[row.id])

    def groups(self, run: Run) -> Iterator[GroupRow]:
        """Picks that were drawn at a step, judged as what they decide; replies in the full form are left out."""
        known = {row.id: row for row in self.prompts(run)}
        for row in full.groups(run):
            step = known.get(row.id.rpartition(":")[0])
            if step is not None and row.prompt[0].content == self.system:
                yield row.model_copy(update={"completions": tuple(_judged(one, step) for one in row.completions)})

    def thumbs(self, run: Run) -> Iterator[ThumbRow]:
        """Decisions that people spoke of, where the list has them."""
        yield from self._said(run, full.thumbs(run))

    def steps(self, run: Run) -> Iterator[StepRow]:
        """Decisions to imitate, where the list has them."""
        yield from self._said(run, full.steps(run))

    def _said(self, run: Run, rows: Iterator[Said]) -> Iterator[Said]:
        moments = _by_id(run)
        for row in rows:
            moment = moments[row.id]
            pick = picked(moment.decision, menu_of(moment.sight, rights_of(moment.sight)))
            if pick is not None:
                yield row.model_copy(update={"prompt": self._shown(moment), "completion": turn(pick)})

    def _pick_row(self, row: PromptRow, moment: Moment) -> PickRow:
        rights = rights_of(moment.sight)
        menu = menu_of(moment.sight, rights)
        decisions = {
            pick: _bare(decision_of(choice, "-", 0.0, moment.sight, rights)).model_dump(mode="json")
            for pick, choice in menu.choices.items()
        }
        told: dict[str, Any] = dict(row) | {"prompt": self._shown(moment)}
        return PickRow(**told, labels=json.dumps(labels_of(menu)), choices=json.dumps(decisions))

    def _shown(self, moment: Moment) -> Turns:
        """As it was shown, or would have been."""
        own: tuple[Message, ...] = moment.prompt
        if own[0].content == self.system:
            return own
        return rendered(self.form)(moment.sight, rights_of(moment.sight))


def picked(decision: Decision, menu: Menu) -> str | None:
    """A decision as the pick that makes it; `None` where the list has none that does."""
    pick = next((name for name, choice in menu.choices.items() if _makes(choice, decision)), None)
    if pick is None:
        return None
    number = pick.partition(" ")[2].partition(".")[0]
    said = {"conclude nothing": "Nothing is wrong.", "look again": "I look again.", "undo": "It did not help."}
    reply = {
        "summary": said.get(pick, f"It is {number}."),
        "decide": pick,
        "confidence": round(decision.confidence, 1),
    }
    return json.dumps(reply, separators=(",", ":"))


def _makes(choice: Choice, decision: Decision) -> bool:
    match choice, decision:
        case Mend(action=action), Propose(action=wanted):
            return action == wanted
        case End(about=about), Conclude(diagnosis=found):
            if about is None:
                return not found.anomaly
            return found.anomaly and about.subject in found.components[:1] and found.cause in (None, about.cause)
        case Look(calls=calls), Probe(calls=wanted_calls):
            return bool(set(calls) & set(wanted_calls))
        case _:
            return False


def _judged(one: Drawn, step: PickRow) -> Drawn:
    parts = Scores.model_validate(score(step.model_dump(mode="json"), one.text))
    return one.model_copy(update={"rewards": parts, "reward": parts.reward})


def _bare(decision: Decision) -> Decision:
    """Without what an undo would change: it holds values of the cluster."""
    if isinstance(decision, Propose) and isinstance(decision.action, Undo):
        return decision.model_copy(update={"action": bare_undo(decision.action.target)})
    return decision


def _by_id(run: Run) -> dict[str, Moment]:
    return {moment.id: moment for moment in run.moments}
