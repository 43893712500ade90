"""Learning, as people ask for it: who may is looked up first, and what happens then is a card's to say."""

from dataclasses import dataclass
from typing import assert_never

from bot.approvers import Approvers, Denied
from bot.cards.digest import digest_words
from bot.cards.text import escape
from bot.curator import Curator
from bot.deliveries import Deed, Taught
from bot.desk import Not
from bot.parse import AskLearning, CancelRetrain, RetireLesson, StartRetrain, Teaching
from bot.ports import Learning
from domain.lessons import Lesson
from domain.retrain import Retrain

_NONE_RUNS = "No retrain is running. `/aoi retrain` begins one."
_TOO_LATE = "That retrain has ended or was decided on already; its card says how. Your click changed nothing."


@dataclass(frozen=True)
class Teacher:
    """Each answer is words for the person, escaped; `None` where the card of the retrain says it all."""

    learning: Learning
    approvers: Approvers
    curator: Curator

    async def lessons(self) -> tuple[Lesson, ...]:
        """Those that guide or may come to, newest first."""
        return await self.curator.book.all()

    async def asked(self, asked: Teaching, key: str, user: str, channel: str, thread: str) -> str | None:
        """A command. Raises BadInput with the way out."""
        if isinstance(asked, AskLearning):
            return digest_words(await self.learning.week())
        if isinstance(answer := await self.approvers.may_teach(user), Denied):
            return answer.words
        match asked:
            case RetireLesson(lesson_id=lesson_id, why=why):
                done = await self.curator.retire(lesson_id, user, why)
                return (
                    done.words
                    if isinstance(done, Not)
                    else f"Retired `{escape(lesson_id)}`; it guides nobody now."
                )
            case StartRetrain(profile=profile):
                retrain = await self.learning.start(key, profile, user, channel, thread)
                return None if retrain.key == key else _busy(retrain)
            case CancelRetrain():
                return None if await self.learning.cancel(user) else _NONE_RUNS
            case _:
                assert_never(asked)

    async def pressed(self, taught: Taught) -> str | None:
        """A button. Raises `AoiError` with words for the person."""
        if isinstance(answer := await self.approvers.may_teach(taught.user), Denied):
            return answer.words
        match taught.deed:
            case Deed.PROMOTE:
                done = await self.learning.promote(taught.retrain_id, taught.user)
            case Deed.DISCARD:
                done = await self.learning.discard(taught.retrain_id, taught.user)
            case Deed.CANCEL:
                done = await self.learning.cancel(taught.user, taught.retrain_id)
            case _:
                assert_never(taught.deed)
        return None if done else _TOO_LATE


def _busy(retrain: Retrain) -> str:
    return (
        f"A retrain runs already (`{escape(retrain.id)}`, {escape(retrain.profile)}); one at a time. "
        "Wait for its end, or stop it by `/aoi retrain cancel`."
    )
