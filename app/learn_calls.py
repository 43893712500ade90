"""The calls of a model that the Evolver makes: on record for incidents, counted in memory for runs of the lab."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from domain.model import Allowance, Ceilings, ModelCall, Spent
from domain.ports import Incidents, ModelCalls


@dataclass(frozen=True)
class CountedCalls:
    """`domain.ports.ModelCalls`: on record for incidents, in memory for runs of the lab, which are none."""

    calls: ModelCalls
    incidents: Incidents
    _lab: dict[str, ModelCall] = field(default_factory=dict)

    async def reserve(self, call: ModelCall, ceilings: Ceilings) -> Allowance:
        """Store a pending call, unless it breaks a ceiling; those of a day hold for each kind of run by itself."""
        if await self.incidents.get(call.incident_id) is not None:
            return await self.calls.reserve(call, ceilings)
        own = _sum(each.spent for each in self._lab.values() if each.incident_id == call.incident_id)
        refused = ceilings.refuses(call.spent, own, _sum(each.spent for each in self._lab.values()))
        if refused is None:
            self._lab[call.id] = call
        return Allowance(refused=refused, seconds_left=ceilings.incident_seconds - own.seconds)

    async def settle(self, call: ModelCall) -> None:
        """Replace a pending call by what became of it."""
        if call.id in self._lab:
            self._lab[call.id] = call
        else:
            await self.calls.settle(call)

    async def of(self, incident_id: str) -> tuple[ModelCall, ...]:
        """The calls of an incident, oldest first."""
        lab = tuple(call for call in self._lab.values() if call.incident_id == incident_id)
        return lab or await self.calls.of(incident_id)


def _sum(spent: Iterable[Spent]) -> Spent:
    every = list(spent)
    return Spent(
        tokens=sum(each.tokens for each in every),
        cost=sum(each.cost for each in every),
        seconds=sum(each.seconds for each in every),
    )
