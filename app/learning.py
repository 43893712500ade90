"""Learning as the bot asks for it: retrains on record, and promotion by the registry."""

from dataclasses import dataclass

from app.adapters import switch_to
from app.model import active_adapter, adapters_of
from app.settings import Settings
from bot.names import RETRAINS
from domain.audit import Deed, Record
from domain.digest import Digest
from domain.errors import AdapterRefused, BadInput, BadReply, ModelDown, ModelRefused, ModelSlow
from domain.ports import Bell, Clock, Ids
from domain.retrain import Outcome, Retrain
from learn.retrain.week import WEEK, WEEKS, digest_of
from store.build import Store

NOT_SET_UP = "This AOI is not set up to be trained; set AOI_RETRAIN_PROFILE, for example to qwen3-14b."


@dataclass(frozen=True)
class TeamLearning:
    """`bot.ports.Learning` over the store and the registry of adapters. Raises StoreUnavailable throughout."""

    settings: Settings
    store: Store
    clock: Clock
    ids: Ids
    bell: Bell

    async def start(self, key: str, profile: str, user: str, channel: str, thread: str) -> Retrain:
        """Begin a retrain; whoever works on retrains takes it up.

        Where one runs already, or has the same key, that one comes back. Raises BadInput where this AOI cannot
        train, or there is no such profile.
        """
        asked = await self.store.retrains.ask(
            Retrain(
                id=self.ids.new("ret"),
                key=key,
                profile=usable_profile(self.settings, profile),
                by=user,
                channel=channel,
                thread=thread,
                at=self.clock.now(),
            )
        )
        self.bell.ring(RETRAINS)
        return asked

    async def cancel(self, user: str, retrain_id: str = "") -> Retrain | None:
        """Stop this one, or the one that runs; `None` when there is none to stop."""
        wanted = retrain_id or next((each.id for each in await self.latest(1) if each.running), "")
        return await self._decided(wanted, None, Outcome.CANCELLED, user)

    async def promote(self, retrain_id: str, user: str) -> Retrain | None:
        """Let the candidate decide from now on, once every model server has proved it.

        A process that died in the middle is followed by the same click, which goes on. What the servers do not
        take is kept as refused, and may be tried again.
        """
        retrain = await self.store.retrains.get(retrain_id)
        if retrain is None or retrain.candidate is None:
            return None
        if not (retrain.outcome is Outcome.PROMOTING and retrain.decided_by == user):
            ready = retrain.outcome if retrain.outcome is Outcome.REFUSED else Outcome.READY
            if await self._decided(retrain_id, ready, Outcome.PROMOTING, user, retrain.why) is None:
                return None
        try:
            await promote(self.settings, self.store, retrain.candidate, user, self.clock)
        except (AdapterRefused, BadInput, ModelDown, ModelRefused, ModelSlow, BadReply) as error:
            return await self._decided(retrain_id, Outcome.PROMOTING, Outcome.REFUSED, user, str(error))
        return await self._decided(retrain_id, Outcome.PROMOTING, Outcome.PROMOTED, user)

    async def discard(self, retrain_id: str, user: str) -> Retrain | None:
        """Leave the candidate; `None` when there is nothing to discard."""
        retrain = await self.store.retrains.get(retrain_id)
        if retrain is None or retrain.outcome not in (Outcome.READY, Outcome.REFUSED):
            return None
        decided = await self._decided(retrain_id, retrain.outcome, Outcome.DISCARDED, user)
        if decided is not None and decided.candidate is not None:
            name = decided.candidate
            adapters_of(self.settings).change(lambda roster: roster.with_discarded(name))
        return decided

    async def latest(self, limit: int) -> tuple[Retrain, ...]:
        """Newest first."""
        return await self.store.retrains.latest(limit)

    async def week(self) -> Digest:
        """What the last seven days brought."""
        now = self.clock.now()
        episodes = await self.store.episodes.since(now - WEEKS * WEEK)
        return digest_of(episodes, now, serving_of(self.settings))

    async def _decided(
        self, retrain_id: str, expected: Outcome | None, outcome: Outcome, user: str, why: str = ""
    ) -> Retrain | None:
        decided = await self.store.retrains.decide(retrain_id, expected, outcome, user, why, self.clock.now())
        self.bell.ring(RETRAINS)
        return decided


async def promote(settings: Settings, store: Store, name: str, by: str, clock: Clock) -> None:
    """Switch, and put it on record. Raises what `app.adapters.switch_to` raises."""
    roster = await switch_to(settings, name, by)
    adapter = roster.get(name)
    said = f"{name} decides from now on."
    await store.audit.append(Record(deed=Deed.PROMOTED, by=by, at=clock.now(), digest=adapter.digest, detail=said))


def usable_profile(settings: Settings, profile: str) -> str:
    """The profile to train by, `profile` or the usual one. Raises BadInput."""
    if not settings.retrain_profile:
        raise BadInput(NOT_SET_UP)
    return profile or settings.retrain_profile


def serving_of(settings: Settings) -> str:
    """The model or adapter that decides now; empty for the playbook."""
    if settings.policy == "playbook":
        return ""
    return active_adapter(settings) or settings.model_name or ""
