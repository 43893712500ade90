"""Learning as the bot asks for it: retrains on record, and promotion by the registry."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec

from app.adapters import roll_back, switch_to
from app.ambient import LocalBell, RandomIds, SystemClock
from app.model import active_adapter, adapters_of
from app.settings import Settings
from bot.names import RETRAINS
from domain.audit import Deed, Record
from domain.digest import Digest
from domain.errors import AdapterRefused, BadInput, BadReply, ModelDown, ModelRefused, ModelSlow
from domain.lessons import State
from domain.ports import Bell, Clock, Ids
from domain.retrain import Outcome, Retrain
from learn.grpo.profile import load_profile, names
from learn.retrain.week import WEEK, WEEKS, digest_of
from store.build import Store, open_store

NOT_SET_UP = "This AOI is not set up to be trained; set AOI_RETRAIN_PROFILE, for example to qwen3-14b."
_NO_BASE = "An adapter is trained on the weights of the model that serves; set AOI_MODEL_PATH to them."
_NO_EXTRA = "This AOI lacks what a retrain needs; install it by: pip install 'aoi[lab,learn]'."
_EXTRA = ("cronsim", "cryptography", "matplotlib", "numpy", "pyarrow")


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

    async def retrain(self, retrain_id: str) -> Retrain:
        """One of them. Raises BadInput where there is none."""
        if (found := await self.store.retrains.get(retrain_id)) is None:
            raise BadInput(f"There is no retrain {retrain_id[:80]!r}.")
        return found

    async def latest(self, limit: int) -> tuple[Retrain, ...]:
        """Newest first."""
        return await self.store.retrains.latest(limit)

    async def week(self) -> Digest:
        """What the last seven days brought."""
        now = self.clock.now()
        episodes = await self.store.episodes.since(now - WEEKS * WEEK)
        lessons = await self.store.lessons.all((State.ACTIVE,))
        fresh = [lesson.says for lesson in lessons if lesson.created > now - WEEK]
        taught = {incident for lesson in lessons for incident in lesson.provenance.incidents}
        return digest_of(episodes, now, serving_of(self.settings), fresh, tuple(taught))

    async def _decided(
        self, retrain_id: str, expected: Outcome | None, outcome: Outcome, user: str, why: str = ""
    ) -> Retrain | None:
        decided = await self.store.retrains.decide(retrain_id, expected, outcome, user, why, self.clock.now())
        self.bell.ring(RETRAINS)
        return decided


@asynccontextmanager
async def team_learning(settings: Settings) -> AsyncIterator[TeamLearning]:
    """Learning for a command of its own: it rings no bell that anybody hears. Raises what `open_store` raises."""
    store = await open_store(settings.store_url)
    try:
        yield TeamLearning(settings, store, SystemClock(), RandomIds(), LocalBell())
    finally:
        await store.close()


async def promote(settings: Settings, store: Store, name: str, by: str, clock: Clock, gated: bool = True) -> None:
    """Switch, and put it on record. Raises what `app.adapters.switch_to` raises."""
    roster = await switch_to(settings, name, by)
    adapter = roster.get(name)
    said = f"{name} decides from now on{'' if gated else ', though it passed no gate'}."
    await store.audit.append(Record(deed=Deed.PROMOTED, by=by, at=clock.now(), digest=adapter.digest, detail=said))


async def rollback(settings: Settings, store: Store, by: str, clock: Clock) -> str:
    """Go back to what served before, and put it on record; its name. Raises what `roll_back` raises."""
    back = (await roll_back(settings)).active
    name, digest = (back.name, back.digest) if back else (settings.model_name or "", "")
    said = f"{name} decides again."
    await store.audit.append(Record(deed=Deed.ROLLED_BACK, by=by, at=clock.now(), digest=digest, detail=said))
    return name


def usable_profile(settings: Settings, profile: str) -> str:
    """The profile to train by, `profile` or the usual one. Raises BadInput where that could not be."""
    if not settings.retrain_profile:
        raise BadInput(NOT_SET_UP)
    wanted = profile or settings.retrain_profile
    # Who writes in Slack names no file of this machine.
    if wanted != settings.retrain_profile and wanted not in names():
        known = ", ".join(dict.fromkeys((settings.retrain_profile, *names())))
        raise BadInput(f"There is no profile {wanted[:80]!r}; there are: {known}.")
    load_profile(wanted)
    if settings.retrain_worker == "process":
        check_worker(settings)
    return wanted


def check_worker(settings: Settings) -> None:
    """Raises BadInput where no retrain can be worked on here."""
    base_of(settings)
    if any(find_spec(module) is None for module in _EXTRA):
        raise BadInput(_NO_EXTRA)


def base_of(settings: Settings) -> str:
    """The weights that adapters are trained on, a folder or a name on the hub. Raises BadInput."""
    if settings.model_path is None:
        raise BadInput(_NO_BASE)
    return settings.model_path


def serving_of(settings: Settings) -> str:
    """The model or adapter that decides now; empty for the playbook."""
    if settings.policy == "playbook":
        return ""
    return active_adapter(settings) or settings.model_name or ""
