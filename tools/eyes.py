"""The reader identity's view of the cluster, as the graph is given it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from domain.actions import Action
from domain.base import Json
from domain.cluster import Ref, Scope
from domain.diagnosis import Hypothesis
from domain.execution import Verification
from domain.ports import Triage
from domain.probes import ProbeCall, ProbeResult
from domain.proposal import Proposal
from tools.standing import Standing, standing
from tools.triage import triage
from tools.verify import Case, Take, Watch

_SYSTEM = "kube-"

List = Callable[[], Awaitable[Sequence[str]]]
"""The names of all namespaces that the reader sees."""
Get = Callable[[Ref], Awaitable[Json | None]]
"""One object, unredacted; `None` when it does not exist."""
RunProbe = Callable[[Scope, ProbeCall], Awaitable[ProbeResult]]
"""Runs one probe; never raises."""


class ClusterEyes:
    """Implements `domain.ports.Eyes` by a snapshot taker, a probe runner, triage and the watch."""

    def __init__(
        self,
        take: Take,
        probe: RunProbe,
        list_namespaces: List,
        get: Get,
        watch: Watch,
        allowed: Sequence[str] = (),
    ) -> None:
        """`allowed` are the namespaces that AOI may look at; empty for all but those of Kubernetes itself."""
        self._get = get
        self._take = take
        self._probe = probe
        self._list = list_namespaces
        self._watch = watch
        self._allowed = frozenset(allowed)

    async def namespaces(self) -> tuple[str, ...]:
        """Namespaces that the reader sees and the settings allow, sorted."""
        seen = (name for name in await self._list() if not name.startswith(_SYSTEM))
        return tuple(sorted(name for name in seen if not self._allowed or name in self._allowed))

    async def triage(self, scope: Scope) -> Triage:
        """Snapshot the scope and run every analyzer."""
        taken = await asyncio.gather(*(self._take(namespace) for namespace in scope.namespaces))
        return triage([snapshot for snapshot, _ in taken], [artifact for _, artifact in taken])

    async def probe(self, scope: Scope, call: ProbeCall) -> ProbeResult:
        """Run one probe; the runner holds it to the scope."""
        return await self._probe(scope, call)

    async def changed(self, proposal: Proposal) -> str | None:
        """What has become of a proposal's target since it was shown; `None` while it is as it was."""
        target = proposal.plan.change.target
        live = await self._get(target)
        if standing(proposal, live, maybe_sent=False) is Standing.READY:
            return None
        return f"{target} has changed since it was shown." if live else f"{target} is not there any more."

    async def verify(
        self, scope: Scope, before: Sequence[Hypothesis], treated: Hypothesis | None, action: Action
    ) -> tuple[Verification, Triage]:
        """Watch until the symptom has stayed away for the settle window, or time is up."""
        return await self._watch.run(scope, Case(tuple(before), treated, action))
