"""The watch after an action against trouble that only metrics show: it waits until they can tell."""

from dataclasses import replace
from datetime import datetime

from domain.cluster import Scope
from domain.diagnosis import Hypothesis
from domain.evidence import Artifact
from domain.execution import Improvement, Verification
from tests.tools.analyzers.build import SPACE, healthy
from tests.tools.analyzers.signs import seen, service, signals
from tests.tools.test_verify import BACK, Film, before, sick
from tools.signals import Signals
from tools.snapshot import Snapshot
from tools.telemetry.windows import Windows
from tools.triage import triage
from tools.verify import Case, Watch

ILL = signals(service("api", failing=0.5))
WELL = signals()


class Gauges:
    """A healthy cluster whose requests fail until some seconds after the action."""

    def __init__(self, until: float) -> None:
        self.film = Film((0, healthy))
        self.until = until
        self.asked = 0

    async def take_since(self, namespace: str, began: datetime) -> tuple[Snapshot, Artifact]:
        self.asked += 1
        snapshot, artifact = await self.film.take(namespace)
        windows = Windows.since(began.timestamp(), self.film.now().timestamp())
        if windows is None:
            return snapshot, artifact
        ill = windows.lately.start - windows.window < began.timestamp() + self.until
        return replace(snapshot, signals=ILL if ill else WELL), artifact


def held(told: Signals) -> tuple[Hypothesis, ...]:
    return triage([seen(healthy(), told)]).hypotheses


async def watch(gauges: Gauges, hypotheses: tuple[Hypothesis, ...]) -> Verification:
    watched = Watch(gauges.film.take, gauges.film, take_since=gauges.take_since)
    case = Case(hypotheses, hypotheses[0], BACK)
    verification, _ = await watched.run(Scope(namespaces=(SPACE,)), case)
    return verification


async def test_resolved_only_once_the_metrics_can_tell() -> None:
    gauges = Gauges(until=10)
    verification = await watch(gauges, held(ILL))
    assert verification.improvement is Improvement.RESOLVED
    assert 70 <= verification.seconds <= 110


async def test_requests_that_go_on_failing_are_no_better() -> None:
    verification = await watch(Gauges(until=1000), held(ILL))
    assert verification.improvement is Improvement.UNCHANGED
    assert verification.detail.startswith("After 180 s it is no better: api answers with errors of its own")


async def test_trouble_that_kubernetes_shows_does_not_wait_for_metrics() -> None:
    gauges = Gauges(until=1000)
    verification = await watch(gauges, before(sick()))
    assert verification.improvement is Improvement.RESOLVED
    assert verification.seconds < 20
    assert gauges.asked == 0
