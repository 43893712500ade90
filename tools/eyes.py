"""The reader identity's view of the cluster, as the graph is given it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from domain.actions import Action
from domain.cluster import Scope
from domain.diagnosis import Hypothesis
from domain.execution import Verification
from domain.ports import Triage
from domain.probes import ProbeCall, ProbeResult
from tools.triage import triage
from tools.verify import Case, Take, Watch

_SYSTEM = "kube-"

List = Callable[[], Awaitable[Sequence[str]]]
"""The names of all namespaces that the reader sees."""
RunProbe = Callable[[Scope, ProbeCall], Awaitable[ProbeResult]]
"""Runs one probe; never raises."""


class ClusterEyes:
    """Implements `domain.ports.Eyes` by a snapshot taker, a probe runner, triage and the watch."""

    def __init__(
        self, take: Take, probe: RunProbe, list_namespaces: List, watch: Watch, allowed: Sequence[str] = ()
    ) -> None:
        """`allowed` are the namespaces that AOI may look at; empty for all but those of Kubernetes itself."""
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

    async def verify(
        self, scope: Scope, before: Sequence[Hypothesis], treated: Hypothesis | None, action: Action
    ) -> tuple[Verification, Triage]:
        """Watch until the symptom has stayed away for the settle window, or time is up."""
        return await self._watch.run(scope, Case(tuple(before), treated, action))
