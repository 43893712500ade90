"""What is done about each kind of delivery: one call of the graph, one answer where it was asked."""

import re
from dataclasses import dataclass
from typing import assert_never

from bot.cards.answers import answer_card, help_words, list_words, opener_card, spoken_words, standing_words
from bot.cards.blocks import Place
from bot.cards.lessons import lessons_card, list_lessons
from bot.cards.reading import people
from bot.cards.text import cut, escape, mention
from bot.deliveries import MOST_TEXT, Commanded, Delivery, Mentioned, Reacted, Said, Taught, Thumbed, UndoAsked
from bot.names import OUTBOX
from bot.parse import (
    AskStatus,
    Help,
    Investigate,
    ListIncidents,
    ListLessons,
    Problem,
    Teaching,
    parse,
    spoken,
)
from bot.ports import Service
from bot.slack import Slack
from bot.teacher import Teacher
from bot.thumbs import Thumbs
from domain.audit import Deed, Record
from domain.errors import BadInput
from domain.incident import Incident, Origin, Request
from domain.ports import Audit, Bell, Clock, Message, Outbox
from domain.proposal import Refusal

_MOST_LISTED = 20
_TO_US = re.compile(r"\?\s*$|^\s*(?:hey\s+)?aoi\b", re.IGNORECASE)
"""People talk to each other in an incident's thread; only a question, or our name, is for us."""


@dataclass(frozen=True)
class Replies:
    """Every answer goes through the outbox, so a crash neither loses nor repeats it."""

    service: Service
    outbox: Outbox
    slack: Slack
    thumbs: Thumbs
    teacher: Teacher
    audit: Audit
    clock: Clock
    bell: Bell
    me: str

    async def reply(self, key: str, delivery: Delivery) -> None:
        """Do what the delivery asks. Raises `AoiError` with words for the person."""
        match delivery:
            case Mentioned():
                await self._mentioned(key, delivery)
            case Said():
                await self._said(key, delivery)
            case Commanded():
                await self._commanded(key, delivery)
            case Reacted():
                await self.thumbs.reacted(key, delivery)
            case Thumbed():
                await self.thumbs.pressed(delivery)
            case UndoAsked():
                refusal = await self.service.undo(delivery.proposal_id, delivery.user, delivery.channel)
                if refusal is not None:
                    await self._refused(delivery, refusal)
                    await self.tell(key, delivery, refusal.reason)
            case Taught():
                if words := await self.teacher.pressed(delivery):
                    await self.slack.whisper(delivery.channel, delivery.user, words, delivery.thread)
            case _:
                assert_never(delivery)

    async def tell(self, key: str, delivery: Delivery, words: str) -> None:
        """Say why something did not work: in the thread of a message, else to that person alone."""
        match delivery:
            case Mentioned() | Said():
                await self._answer(key, delivery.channel, delivery.thread, None, escape(words))
            case Commanded() | UndoAsked() | Thumbed() | Reacted() | Taught():
                thread = delivery.thread if isinstance(delivery, UndoAsked | Taught) else ""
                await self.slack.whisper(delivery.channel, delivery.user, escape(words), thread)
            case _:
                assert_never(delivery)

    async def _refused(self, asked: UndoAsked, refusal: Refusal) -> None:
        said = f"{asked.user} asked to undo {asked.proposal_id[:80]}; it was refused ({refusal.rule})."
        await self.audit.append(
            Record(deed=Deed.DENIED, by=asked.user, at=self.clock.now(), rule=refusal.rule, detail=said)
        )

    async def _mentioned(self, key: str, said: Mentioned) -> None:
        asked = parse(said.text, self.me, said.length)
        known = await self.service.by_thread(said.channel, said.thread)
        if isinstance(asked, Investigate) and (asked.explicit or known is None):
            origin = Origin(surface="slack", channel=said.channel, thread=said.thread, user=said.user)
            await self._open(key, asked, origin)
        elif isinstance(asked, Investigate | Problem) and known is not None:
            await self._remark(key, known, said)
        elif isinstance(asked, ListLessons):
            place = Place(incident_id=known.id if known else None, channel=said.channel, thread=said.thread)
            await self._want(lessons_card(key, place, await self.teacher.lessons(), self.clock.now()))
        elif isinstance(asked, Teaching):
            if words := await self.teacher.asked(asked, key, said.user, said.channel, said.thread):
                await self._answer(key, said.channel, said.thread, known.id if known else None, words)
        else:
            words = await self._words(asked, known)
            await self._answer(key, said.channel, said.thread, known.id if known else None, words)

    async def _said(self, key: str, said: Said) -> None:
        known = await self.service.by_thread(said.channel, said.thread)
        if known is not None:
            await self._remark(key, known, said, aloud=bool(_TO_US.search(said.text)))

    async def _commanded(self, key: str, said: Commanded) -> None:
        asked = parse(said.text, self.me, said.length)
        if isinstance(asked, Teaching):
            if words := await self.teacher.asked(asked, key, said.user, said.channel, ""):
                await self.slack.whisper(said.channel, said.user, words)
            return
        if not isinstance(asked, Investigate):
            await self.slack.whisper(said.channel, said.user, await self._words(asked, None))
            return
        place = Place(incident_id=None, channel=said.channel, thread="")
        opener = opener_card(key, place, f"{mention(said.user)} asks: {escape(cut(asked.question, 500))}")
        thread = await self.slack.find(opener) or await self.slack.post(opener)
        try:
            await self._open(
                key, asked, Origin(surface="slack", channel=said.channel, thread=thread, user=said.user)
            )
        except BadInput as e:  # everybody sees the opener, so everybody sees why nothing follows
            await self._answer(key, said.channel, thread, None, escape(str(e)))
            raise

    async def _open(self, key: str, asked: Investigate, origin: Origin) -> None:
        request = Request(
            key=key,
            origin=origin,
            question=asked.question,
            namespaces=asked.namespaces,
            read_only=asked.read_only,
        )
        incident = await self.service.open(request)
        if asked.length:
            words = (
                f"Your message has {asked.length:,} characters; I read the first {len(asked.question):,} as the "
                "question. If what matters comes later, tell me in a sentence or two."
            )
            await self._answer(key, origin.channel, origin.thread, incident.id, words)

    async def _remark(self, key: str, known: Incident, said: Mentioned | Said, aloud: bool = True) -> None:
        """Note what was said, and answer when it was for us."""
        reply = await self.service.remark(known.id, said.user, spoken(said.text, self.me), key)
        if aloud:
            trajectory = await self.service.trajectory(known.id)
            known_people = people(trajectory) if trajectory else set()
            words = spoken_words(reply, known_people)
            if said.length > MOST_TEXT:
                words += f"\n_Of your {said.length:,} characters I read the first {MOST_TEXT:,}._"
            await self._answer(key, said.channel, said.thread, known.id, words)

    async def _words(
        self,
        asked: AskStatus | ListIncidents | ListLessons | Help | Problem | Investigate,
        known: Incident | None,
    ) -> str:
        match asked:
            case AskStatus() if known is not None:
                trajectory = await self.service.trajectory(known.id)
                return standing_words(trajectory) if trajectory else "I lost the record of this incident."
            case AskStatus():
                unfinished = await self.service.latest(_MOST_LISTED, unfinished=True)
                return list_words(unfinished, self.clock.now(), unfinished=True)
            case ListIncidents():
                return list_words(await self.service.latest(_MOST_LISTED), self.clock.now(), unfinished=False)
            case ListLessons():
                return list_lessons(await self.teacher.lessons(), self.clock.now())
            case Problem(words=words):
                return escape(words)
            case Help() | Investigate():
                return help_words()
            case _:
                assert_never(asked)

    async def _answer(self, key: str, channel: str, thread: str, incident_id: str | None, words: str) -> None:
        place = Place(incident_id=incident_id, channel=channel, thread=thread)
        await self._want(answer_card(key, place, words))

    async def _want(self, message: Message) -> None:
        if await self.outbox.want(message, self.clock.now()):
            self.bell.ring(OUTBOX)
