"""AOI in a drill: the whole product on a prepared cluster, with somebody who approves whatever it proposes."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from app.hands import working
from app.house import House, SilentBoard, build_house
from app.model import model_fields
from app.parts import open_parts
from app.rbac import READER, WRITER, manifests, user_of
from app.settings import Settings, load_settings
from domain.approval import Verdict
from domain.incident import Origin, Request
from domain.journal import Trajectory
from domain.ports import Policy
from lab.cluster.server import Cluster

APPROVER = "terminal:lab"
DRIVES = 40
"""Waits for a decision that a drill may have before it is stopped."""
VERIFY_EVERY = 10.0
"""Seconds: looks cost a drill more than all the rest, and twice in the settle window is enough."""


class _DrillSettings(Settings):
    """Settings that are given and read from nowhere else: what a team has set must not change a drill."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is passed."""
        return (init_settings,)


@dataclass(frozen=True)
class LabClock:
    """The cluster's clock: to sleep is to let its time pass."""

    cluster: Cluster

    def now(self) -> datetime:
        """The cluster's time."""
        return self.cluster.clock.now_utc()

    def monotonic(self) -> float:
        """Seconds of the cluster's time."""
        return self.cluster.clock.now()

    async def sleep(self, seconds: float) -> None:
        """Advance the cluster."""
        self.cluster.advance(seconds)


async def run_agent(
    cluster: Cluster,
    telemetry: str,
    question: str,
    namespace: str,
    policy: str,
    folder: Path,
    decider: Policy | None = None,
    read_only: bool = False,
    model: str = "",
) -> Trajectory:
    """Ask AOI the question on a started cluster; every proposal is approved. The finished run.

    `telemetry` is the URL of the cluster's metrics, traces and logs; `decider` stands in for the named policy;
    with `read_only` AOI looks and says, and proposes nothing. `model` is asked in place of that of the settings.
    """
    settings = drill_settings(cluster, telemetry, folder, policy, model)
    async with open_parts(settings, LabClock(cluster)) as parts:
        house = build_house(parts, SilentBoard(), decider)
        async with working(parts.bell, *house.jobs):
            return await _drive(house, question, namespace, read_only)


def drill_settings(cluster: Cluster, telemetry: str, folder: Path, policy: str, model: str = "") -> Settings:
    """Settings of an AOI that lives in `folder` and knows the cluster by two ServiceAccounts of its own.

    `telemetry` is the URL of its metrics, traces and logs. Only the model, where the policy asks one, is that of
    the environment.
    """
    cluster.apply(manifests())
    asked = {} if policy == "playbook" else model_fields(load_settings())
    if model:
        asked["model_name"] = model
    return _DrillSettings(
        data_dir=folder,
        policy=policy,
        reader_kubeconfig=cluster.kubeconfig(user_of(READER), folder / "reader.yaml"),
        writer_kubeconfig=cluster.kubeconfig(user_of(WRITER), folder / "writer.yaml"),
        prometheus_url=telemetry,
        jaeger_url=telemetry,
        loki_url=telemetry,
        verify_every_seconds=VERIFY_EVERY,
        **asked,
    )


async def _drive(house: House, question: str, namespace: str, read_only: bool) -> Trajectory:
    request = Request(
        key="drill",
        origin=Origin(surface="lab", user=APPROVER),
        question=question,
        namespaces=(namespace,),
        read_only=read_only,
    )
    incident = await house.service.open(request)
    for _ in range(DRIVES):
        await house.driver.drive(incident.id)
        trajectory = await house.record.trajectory(incident.id)
        if trajectory.pending is None:
            return trajectory
        await house.service.decide(trajectory.pending.id, Verdict.APPROVED, APPROVER)
    return trajectory
