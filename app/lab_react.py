"""The plain baseline in a drill: the same model and budgets, with kubectl in place of everything else."""

from pathlib import Path

from app.house import SilentBoard
from app.lab_agent import APPROVER, LabClock, drill_settings
from app.lab_policies import REACT
from app.lab_shell import KubectlShell, kubectl
from app.model import model_client
from app.parts import open_parts
from app.rbac import NAMESPACE, RBAC, READER, WRITER
from domain.cluster import Scope
from domain.diagnosis import Diagnosis
from domain.errors import BadReply, ModelDown, ModelRefused, ModelSlow, ModelSpent
from domain.incident import Incident, Origin, Status
from domain.journal import Broke, Concluded, Opened, Trajectory
from graph.policies.react.agent import ReactAgent
from graph.record import Record
from graph.state import GRAPH_VERSION
from lab.cluster.server import Cluster

_WRITER_READS = {
    "apiVersion": f"{RBAC}/v1",
    "kind": "ClusterRoleBinding",
    "metadata": {"name": "baseline-reads"},
    "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": READER},
    "subjects": [{"kind": "ServiceAccount", "name": WRITER, "namespace": NAMESPACE}],
}
"""One shell cannot be two identities, so in this drill the writer may also look."""


async def run_react(
    cluster: Cluster, telemetry: str, question: str, namespace: str, folder: Path, repairing: bool
) -> Trajectory:
    """Ask the baseline the question on a started cluster; only to repair does it get the writer's kubeconfig."""
    settings = drill_settings(cluster, telemetry, folder, "chat")
    if repairing:
        cluster.apply([_WRITER_READS])
    kubeconfig = settings.writer_kubeconfig if repairing else settings.reader_kubeconfig
    assert kubeconfig is not None
    shell = KubectlShell(kubectl(), kubeconfig, folder)
    async with open_parts(settings, LabClock(cluster)) as parts:
        record = Record(parts.store.incidents, parts.store.journal, SilentBoard(), parts.clock)
        now = parts.clock.now()
        incident = Incident(
            id=parts.ids.new("inc"),
            origin=Origin(surface="lab", user=APPROVER),
            question=question,
            scope=Scope(namespaces=(namespace,)),
            budget=settings.budget,
            policy=REACT,
            graph_version=GRAPH_VERSION,
            status=Status.INVESTIGATING,
            created_at=now,
            updated_at=now,
        )
        await parts.store.incidents.open(incident, REACT)
        await record.add(incident.id, "opened", Opened(question=question, user=APPROVER))
        agent = ReactAgent(model_client(settings, parts.model, parts.store.model_calls), shell, repairing)
        try:
            found = await agent.run(incident, namespace)
            await _conclude(record, incident, found)
        except (ModelDown, ModelSlow, ModelRefused, ModelSpent, BadReply) as error:
            await record.add(incident.id, "broke", Broke(where="model", error=str(error)), status=Status.FAILED)
        return await record.trajectory(incident.id)


async def _conclude(record: Record, incident: Incident, found: Diagnosis | None) -> None:
    if found is None:
        broke = Broke(where="react", error="The budget of steps ended before there was an answer.")
        await record.add(incident.id, "broke", broke, status=Status.FAILED)
        return
    status = Status.RESOLVED if not found.anomaly else Status.HANDED_OVER
    step = Concluded(status=status, diagnosis=found, text=found.root_cause)
    await record.add(incident.id, "concluded", step, status=status)
