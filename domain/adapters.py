"""Adapters: trained LoRAs under names that never come to mean something else, and which one serves."""

from datetime import datetime
from enum import StrEnum
from itertools import count
from typing import Annotated, Self

from pydantic import Field

from domain.base import Value
from domain.errors import BadInput

AdapterName = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*-v[1-9][0-9]*$", max_length=80)]
"""With a version at its end: `aoi-observer-v3`."""


class AdapterState(StrEnum):
    """Where an adapter is in its life."""

    CANDIDATE = "candidate"
    """On record; has not served yet."""
    ACTIVE = "active"
    """The one that is asked."""
    RETIRED = "retired"
    """Has served; another took over."""
    REFUSED = "refused"
    """A server did not take it, or its canary decision could not be read."""
    DISCARDED = "discarded"
    """People decided against it."""


class Training(Value):
    """How an adapter came about."""

    retrain: str
    """Id of the retrain; empty for one from the command line."""
    profile: str
    data: str
    """SHA-256 in hex of the data card."""
    notes: tuple[str, ...] = ()
    """Sentences: rows, steps, seed, versions."""


class Adapter(Value):
    """One adapter. Name, path and digest never change."""

    name: AdapterName
    base: str
    """Name of the model that it was trained on, as the server lists it."""
    path: str
    """Folder with `adapter_config.json` and `adapter_model.safetensors`, as the model servers see it, too."""
    digest: str
    """SHA-256 in hex of the two files."""
    rank: int = Field(ge=1)
    registered_at: datetime
    training: Training | None = None
    """`None` for one that was trained elsewhere."""
    state: AdapterState = AdapterState.CANDIDATE
    promoted_by: str = ""
    """Who last let it serve."""
    why: str = ""
    """Why it was refused."""


class Roster(Value):
    """All adapters, oldest first, and the order in which they served."""

    adapters: tuple[Adapter, ...] = ()
    served: tuple[AdapterName | None, ...] = (None,)
    """The way back: the active one last; `None` is the base model."""

    @property
    def active(self) -> Adapter | None:
        """The adapter that is asked; `None` while the base model serves."""
        name = self.served[-1]
        return self.get(name) if name else None

    @property
    def serving(self) -> tuple[Adapter, ...]:
        """What a server should have at hand: the active one and the one before it."""
        names = dict.fromkeys(name for name in reversed(self.served[-2:]) if name)
        return tuple(self.get(name) for name in names)

    def get(self, name: str) -> Adapter:
        """The adapter. Raises BadInput where there is none."""
        for adapter in self.adapters:
            if adapter.name == name:
                return adapter
        known = ", ".join(adapter.name for adapter in self.adapters) or "none"
        raise BadInput(f"There is no adapter {name[:80]!r}; on record: {known}.")

    def with_new(self, adapter: Adapter) -> Self:
        """The roster with one more. Raises BadInput where the name is taken: names are for good."""
        if any(other.name == adapter.name for other in self.adapters):
            raise BadInput(f"There is an adapter {adapter.name!r} already; give the new one the next version.")
        return self.model_copy(update={"adapters": (*self.adapters, adapter)})

    def next_name(self, stem: str) -> AdapterName:
        """The next version: `aoi-observer-v3` after the second `aoi-observer`."""
        taken = [adapter.name for adapter in self.adapters]
        return next(name for n in count(1) if (name := f"{stem}-v{n}") not in taken)

    def with_active(self, name: str | None, by: str = "") -> Self:
        """The roster with this one serving, as this person or process decided; `None` for the base model."""
        if name == self.served[-1]:
            return self
        roster = self._with_state(self.served[-1], AdapterState.RETIRED)
        roster = roster._with_state(name, AdapterState.ACTIVE, promoted_by=by)
        return roster.model_copy(update={"served": (*self.served, name)})

    def rolled_back(self) -> Self:
        """The roster with the one before serving again. Raises BadInput where there was none."""
        if len(self.served) < 2:
            raise BadInput(
                "The base model serves, and no adapter served before it; there is nothing to go back to."
            )
        *before, now = self.served
        roster = self._with_state(now, AdapterState.RETIRED)._with_state(before[-1], AdapterState.ACTIVE)
        return roster.model_copy(update={"served": tuple(before)})

    def with_refused(self, name: str, why: str) -> Self:
        """The roster with this one refused; the active one is not touched."""
        return self if name == self.served[-1] else self._with_state(name, AdapterState.REFUSED, why=why)

    def with_discarded(self, name: str) -> Self:
        """The roster with this one put aside. Raises BadInput for the one that serves."""
        if name == self.served[-1]:
            raise BadInput(f"The adapter {name!r} serves now; roll it back before it is discarded.")
        return self._with_state(name, AdapterState.DISCARDED)

    def _with_state(self, name: str | None, state: AdapterState, **more: str) -> Self:
        if name is not None:
            self.get(name)
        news = {"state": state, "why": "", **more}
        changed = tuple(
            adapter.model_copy(update=news) if adapter.name == name else adapter for adapter in self.adapters
        )
        return self.model_copy(update={"adapters": changed})
