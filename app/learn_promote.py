"""`aoi learn register|promote|rollback`: adapters by hand, through the same doors as the button in Slack."""

from pathlib import Path

from rich.console import Console

from app.ambient import SystemClock
from app.learning import TeamLearning, promote, rollback, team_learning
from app.model import adapters_of
from app.settings import Settings, load_settings
from app.workshop import STEM
from domain.adapters import Adapter, AdapterState
from domain.errors import AdapterRefused, BadInput, Misconfigured
from domain.retrain import Outcome, Retrain
from domain.terms import TERMINAL


def register(folder: Path, name: str | None) -> int:
    """Put an adapter that was trained elsewhere on record, as a candidate.

    Raises:
        BadInput: the folder holds no adapter, or the name is taken or none.
        Misconfigured: no model is named that it could belong to.
    """
    settings = load_settings()
    if settings.model_name is None:
        raise Misconfigured("An adapter belongs to a model; set AOI_MODEL_NAME.")
    registry = adapters_of(settings)
    chosen = name or registry.roster().next_name(STEM)
    registry.register(chosen, folder, settings.model_name, SystemClock().now())
    _say(f"{chosen} is a candidate; `aoi learn evaluate {chosen}` sets it beside what serves.")
    return 0


async def let_decide(name: str, ungated: bool, user: str) -> int:
    """Let an adapter decide from now on: one that passed the gate or served before, or any with `ungated`.

    Raises:
        BadInput: there is no such adapter, or it passed no gate.
        AdapterRefused: a model server did not take it; what served before goes on.
        ModelDown, ModelSlow, Misconfigured: the model servers cannot be asked.
    """
    settings = load_settings()
    adapter = adapters_of(settings).roster().get(name)
    if adapter.state is AdapterState.ACTIVE:
        _say(f"{name} decides already.")
        return 0
    by = f"{TERMINAL}:{user}"
    async with team_learning(settings) as learning:
        made_by = await _retrain_of(learning, adapter)
        if made_by is not None and made_by.outcome in (Outcome.READY, Outcome.REFUSED, Outcome.PROMOTING):
            await _as_by_the_button(learning, made_by, by)
        elif ungated or adapter.state is AdapterState.RETIRED:
            gated = adapter.state is AdapterState.RETIRED
            await promote(settings, learning.store, name, by, learning.clock, gated)
        else:
            raise BadInput(
                f"{name} has not passed the gate, so it is not let decide; "
                "measure it by `aoi learn evaluate`, or add --ungated if you know better."
            )
    _say(f"{name} decides from now on.{_asleep(settings)} `aoi learn rollback` takes it back.")
    return 0


async def take_back(user: str) -> int:
    """Let what decided before decide again.

    Raises:
        BadInput: nothing decided before.
        AdapterRefused, ModelDown, ModelSlow, Misconfigured: the model servers do not take it.
    """
    settings = load_settings()
    async with team_learning(settings) as learning:
        name = await rollback(settings, learning.store, f"{TERMINAL}:{user}", learning.clock)
    _say(f"{name} decides again.{_asleep(settings)}")
    return 0


async def _as_by_the_button(learning: TeamLearning, made_by: Retrain, by: str) -> None:
    """The retrain's card in Slack says who promoted it."""
    done = await learning.promote(made_by.id, by)
    if done is None:
        raise BadInput(f"Somebody else decides on {made_by.candidate} just now; look again in a minute.")
    if done.outcome is not Outcome.PROMOTED:
        raise AdapterRefused(done.why)


async def _retrain_of(learning: TeamLearning, adapter: Adapter) -> Retrain | None:
    name = adapter.training.retrain if adapter.training else ""
    return await learning.store.retrains.get(name) if name else None


def _asleep(settings: Settings) -> str:
    return (
        ""
        if settings.policy == "chat"
        else " AOI_POLICY is 'playbook', so no model is asked yet; set it to 'chat'."
    )


def _say(sentence: str) -> None:
    Console().print(sentence, highlight=False, markup=False, soft_wrap=True)
