"""A retrain as a worker runs it: stage after stage, each of which leaves a file that says that it is done.

A worker that dies is followed by another one, which skips what is done and goes on. Nothing here promotes: a
candidate that passes the gate waits for a person.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from domain.errors import AoiError
from domain.evaluation import Evaluation
from domain.ports import Clock, Retrains
from domain.retrain import Line, Outcome, Retrain, Stage
from learn.evaluation.compare import compare
from learn.evaluation.gate import GateRule, judge
from learn.evaluation.page import page
from learn.evaluation.report import markdown, rows
from learn.retrain.pen import STALE_SECONDS, Pen, Stopped, until_stopped
from learn.retrain.place import Place
from learn.retrain.ports import Trained, Workshop

NOTHING = "There is nothing new to learn from."


@dataclass(frozen=True)
class Retraining:
    """The worker."""

    retrains: Retrains
    workshop: Workshop
    clock: Clock
    rule: GateRule
    folder: Path
    """Each retrain has a folder of its own below it."""
    worker: str

    async def run(self) -> Retrain | None:
        """Take up the retrain that waits or was left, and bring it to its end; `None` when there is none.

        Raises:
            StoreUnavailable: the database cannot be used; another attempt goes on from here.
        """
        retrain = await self.retrains.take(self.worker, self.clock.now(), STALE_SECONDS)
        if retrain is None:
            return None
        pen = Pen(self.retrains, self.clock, self.worker, retrain)
        try:
            await pen.write(await self._ended(pen))
        except Stopped:
            return await self.retrains.get(retrain.id)
        return pen.retrain

    async def _ended(self, pen: Pen) -> Retrain:
        """The retrain at its end, whatever that is. Raises Stopped."""
        place = Place(self.folder / pen.retrain.id)
        try:
            return await until_stopped(pen, asyncio.create_task(self._stages(pen, place)))
        except AoiError as error:
            return pen.retrain.ended(Outcome.FAILED, str(error), self.clock.now())
        except OSError as error:
            why = f"{place.folder} cannot be used ({error.strerror}); make room or give the right, and start anew."
            return pen.retrain.ended(Outcome.FAILED, why, self.clock.now())

    async def _stages(self, pen: Pen, place: Place) -> Retrain:
        if not place.has_data() and not await self._gathered(pen, place):
            return pen.retrain.ended(Outcome.NOTHING, NOTHING, self.clock.now())
        trained = place.get("trained", Trained) or place.put("trained", await self._trained(pen, place))
        name = await self.workshop.register(pen.retrain.id, pen.retrain.profile, trained)
        await pen.write(pen.retrain.at_stage(Stage.EVALUATING).model_copy(update={"candidate": name}))
        before = place.get("before", Evaluation) or place.put("before", await self._evaluated(pen, None, 0.0))
        after = place.get("after", Evaluation) or place.put("after", await self._evaluated(pen, name, 0.5))
        return self._judged(pen.retrain, place, before, after, trained)

    async def _gathered(self, pen: Pen, place: Place) -> bool:
        """Lessons and data sets; false when there is nothing to train on."""
        await pen.write(pen.retrain.at_stage(Stage.EVOLVING))
        harvest = await self.workshop.evolve(pen.tell)
        await pen.write(pen.retrain.at_stage(Stage.EXPORTING).model_copy(update={"harvest": harvest}))
        found = await self.workshop.export(place.fresh_data())
        await pen.write(pen.retrain.model_copy(update={"harvest": harvest.model_copy(update={"rows": found})}))
        if found:
            place.keep_data()
        return found > 0

    async def _trained(self, pen: Pen, place: Place) -> Trained:
        await pen.write(pen.retrain.at_stage(Stage.TRAINING))
        return await self.workshop.train(pen.retrain.profile, place.data, place.training, pen.tell)

    async def _evaluated(self, pen: Pen, model: str | None, begins: float) -> Evaluation:
        """One of the two halves of the stage."""

        async def tell(share: float, words: str, *_: object, **__: object) -> None:
            await pen.tell(begins + share / 2, words)

        return await self.workshop.evaluate(model, tell)

    def _judged(
        self, retrain: Retrain, place: Place, before: Evaluation, after: Evaluation, trained: Trained
    ) -> Retrain:
        """By the gate, with a report beside it."""
        from learn.evaluation.plots import draw  # a second to import, at the end of an hour

        found = compare(before, after)
        verdict = judge(found, self.rule)
        pictures = draw(found, before, after, trained.rewards, place.report)
        place.write(place.report / "report.md", markdown(found, verdict, self.rule, trained.notes))
        place.write(place.report / "index.html", page(found, verdict, pictures, trained.notes))
        return retrain.ended(
            Outcome.READY if verdict.passed else Outcome.WORSE,
            verdict.checks[0].words if verdict.passed else verdict.why_not,
            self.clock.now(),
            table=tuple(Line(name=name, before=old, after=new) for name, old, new in rows(found)),
            report=str(place.report),
            share=1.0,
        )
