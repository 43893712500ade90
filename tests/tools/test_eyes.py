"""The eyes that the graph is given."""

from datetime import UTC, datetime

from domain.cluster import Ref, Scope
from domain.evidence import Artifact
from domain.ports import Eyes
from domain.probes import Events, ProbeCall, ProbeResult
from tests.tools.analyzers.build import SPACE, healthy, ref
from tests.tools.api import TinyApi
from tests.tools.hands import Workshop
from tests.tools.samples import SAMPLES
from tests.tools.test_verify import BACK, Film, before, sick
from tools.cluster.dryrun import DryRun
from tools.eyes import ClusterEyes
from tools.snapshot import Snapshot
from tools.verify import Watch


async def take(namespace: str) -> tuple[Snapshot, Artifact]:
    return sick().snapshot(), Artifact.of(f"snapshot {namespace}", "…", datetime(2026, 3, 4, tzinfo=UTC))


async def probe(scope: Scope, call: ProbeCall) -> ProbeResult:
    return ProbeResult(call=call, status="empty", note=f"Nothing in {scope.namespaces[0]}.")


async def names() -> tuple[str, ...]:
    return "shop", "kube-system", "kube-public", "default", "blog"


def eyes(allowed: tuple[str, ...] = (), api: TinyApi | None = None) -> Eyes:
    api = api or TinyApi.shop()
    film = Film((0, healthy))
    return ClusterEyes(take, probe, names, api.writer.get, Watch(film.take, film), allowed)


async def test_namespaces_leave_out_those_of_kubernetes_itself() -> None:
    assert await eyes().namespaces() == ("blog", "default", "shop")


async def test_namespaces_keep_to_what_the_settings_allow() -> None:
    assert await eyes(("shop", "elsewhere", "kube-system")).namespaces() == ("shop",)


async def test_triage_hands_the_artifacts_over() -> None:
    seen = await eyes().triage(Scope(namespaces=(SPACE,)))
    assert [h.subject for h in seen.hypotheses] == [ref("Deployment", "api")]
    assert [a.probe for a in seen.artifacts] == [f"snapshot {SPACE}"]


async def test_probes_go_to_the_runner() -> None:
    call = Events(namespace=SPACE, subject=Ref(kind="Pod", name="x", namespace=SPACE))
    assert (await eyes().probe(Scope(namespaces=(SPACE,)), call)).note == f"Nothing in {SPACE}."


async def test_verify_watches_by_the_clock() -> None:
    held = before(sick())
    verification, _ = await eyes().verify(Scope(namespaces=(SPACE,)), held, held[0], BACK)
    assert verification.seconds >= 10


async def test_what_has_changed_since_it_was_shown_is_told() -> None:
    """By anybody's change of the spec, by another object of the name, by its end; never by a status update."""
    api = TinyApi.shop()
    shop = Workshop(source=api.writer, dry_run=DryRun(api.connection), hands=api.writer)
    look = eyes(api=api).changed
    plan = await shop.planned(SAMPLES["set_image"])
    proposal = shop.approvals.proposals[await shop.approved(plan)]
    target = plan.change.target
    assert await look(proposal) is None
    api.edit(target, lambda thing: thing.update(status={"readyReplicas": 0}), status=True)
    assert await look(proposal) is None
    api.edit(target, lambda thing: thing["spec"].update(replicas=5))
    assert await look(proposal) == f"{target} has changed since it was shown."
    api.objects.clear()
    assert await look(proposal) == f"{target} is not there any more."
