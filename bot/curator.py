"""Lessons in the hands of people: who may change one is looked up first, and the list that is shown follows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.approvers import Approvers, Denied
from bot.cards.blocks import Place
from bot.cards.lessons import lessons_card
from bot.desk import Done, Not
from bot.names import OUTBOX, Card
from bot.ports import Book
from domain.errors import BadInput
from domain.lessons import Lesson
from domain.ports import Bell, Clock, Outbox


@dataclass(frozen=True)
class Curator:
    """Whatever a payload claims is only an id here."""

    book: Book
    approvers: Approvers
    outbox: Outbox
    clock: Clock
    bell: Bell
    redact: Callable[[str], str]

    async def opened(self, lesson_id: str, user: str) -> Lesson | Not:
        """The lesson, for whoever may change it."""
        if isinstance(answer := await self.approvers.may_teach(user), Denied):
            return Not(answer.rule, answer.words)
        try:
            return await self.book.get(lesson_id)
        except BadInput as e:
            return Not("unknown", str(e))

    async def retire(self, lesson_id: str, user: str, why: str, at: str = "") -> Done | Not:
        """Let it guide nobody any more. `at` is the channel and the timestamp of the list that shows it."""
        if isinstance(answer := await self.approvers.may_teach(user), Denied):
            return Not(answer.rule, answer.words)
        try:
            await self.book.retire(lesson_id, user, self.redact(why.strip()))
        except BadInput as e:
            return Not("not-retired", str(e))
        await self._refresh(at)
        return Done()

    async def edit(self, lesson_id: str, user: str, answers: Mapping[str, str | None], at: str) -> Done | Not:
        """Put other words, texts or another expiry in place.

        Raises:
            BadInput: an answer does not fit.
        """
        if isinstance(answer := await self.approvers.may_teach(user), Denied):
            return Not(answer.rule, answer.words)
        said = {name: self.redact(value or "") for name, value in answers.items()}
        await self.book.edit(
            lesson_id,
            user,
            says=said.get("says", ""),
            advice=said.get("advice", ""),
            patterns=tuple(line for line in said.get("texts", "").splitlines() if line.strip()),
            days=_days(said.get("days", "")),
        )
        await self._refresh(at)
        return Done()

    async def _refresh(self, at: str) -> None:
        """Show the list as it stands now, where it was shown."""
        channel, _, ts = at.partition(" ")
        shown = await self.outbox.at(channel, ts) if ts else None
        if shown is None or not shown.key.startswith(f"{Card.LESSONS}:"):
            return
        place = Place(incident_id=shown.incident_id, channel=shown.channel, thread=shown.thread)
        key = shown.key.partition(":")[2]
        now = self.clock.now()
        if await self.outbox.want(lessons_card(key, place, await self.book.all(), now), now):
            self.bell.ring(OUTBOX)


def _days(text: str) -> int:
    if not text.strip().isdigit():
        raise BadInput(f"{text.strip()[:20]!r} is no number of days; write one from 1 to 3650.")
    return int(text)
