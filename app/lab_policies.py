"""Who can be put through a drill, and one run of each."""

from dataclasses import dataclass
from pathlib import Path

from app.lab_agent import run_agent
from app.lab_shell import kubectl
from app.settings import load_settings
from domain.decisions import Conclude
from domain.errors import BadInput, Misconfigured
from domain.journal import Decided, Trajectory
from domain.model import ModelCall
from lab.drill import Drill
from lab.scenario import TaskType
from store.build import open_store

AGAIN = "That reply cannot be used."
"""How a reply that goes back to the model is introduced, in `graph/prompts/repair.md`."""
REACT = "react"
POLICIES = ("playbook", "chat", REACT)


@dataclass(frozen=True)
class Run:
    """A finished run, and the calls of the model in it."""

    trajectory: Trajectory
    calls: tuple[ModelCall, ...]

    @property
    def steps(self) -> int:
        """Decisions; of the baseline, its turns."""
        decided = sum(isinstance(entry.step, Decided) for entry in self.trajectory.entries)
        return decided or len(self.calls)

    @property
    def asked_again(self) -> int:
        """Replies that could not be used and went back to the model."""
        return sum(AGAIN in call.messages[-1].content for call in self.calls)

    @property
    def stand_ins(self) -> int:
        """Steps that another policy decided because the model could not."""
        decided = (entry.step for entry in self.trajectory.entries if isinstance(entry.step, Decided))
        return sum(step.decision.stand_in is not None for step in decided)

    @property
    def confidence(self) -> float | None:
        """Of the last conclusion; `None` where there is none."""
        decided = (entry.step for entry in reversed(self.trajectory.entries) if isinstance(entry.step, Decided))
        conclusions = (step.decision for step in decided if isinstance(step.decision, Conclude))
        return next((conclusion.confidence for conclusion in conclusions), None)

    @property
    def tokens_in(self) -> int:
        """Tokens that the model was shown."""
        return sum(call.tokens_in for call in self.calls)

    @property
    def tokens_out(self) -> int:
        """Tokens that it wrote."""
        return sum(call.tokens_out for call in self.calls)


def check_policy(policy: str) -> None:
    """Refuse, before anything starts, what could not run.

    Raises:
        BadInput: there is no such policy.
        Misconfigured: the policy needs a model and none is named, or kubectl and there is none.
    """
    if policy not in POLICIES:
        raise BadInput(f"There is no policy {policy!r} here; known policies: {', '.join(POLICIES)}.")
    if policy == "playbook":
        return
    settings = load_settings()
    if not settings.model_url or settings.model_name is None:
        raise Misconfigured(f"The policy {policy} asks a model; set AOI_MODEL_URL and AOI_MODEL_NAME.")
    if policy == REACT:
        kubectl()


async def run_policy(drill: Drill, telemetry: str, policy: str, folder: Path, model: str = "") -> Run:
    """The question of a started drill to a policy; its databases are left in `folder`.

    `model` is asked in place of the one that the settings name.
    """
    # Only who asks for a repair gets one: to repair what was only asked about is harm.
    repairing = drill.case.type is TaskType.MITIGATION
    asked = (drill.cluster, telemetry, drill.question, drill.namespace)
    if policy == "playbook":
        return Run(await run_agent(*asked, policy, folder, read_only=not repairing), ())
    if policy == REACT:
        from app.lab_react import run_react  # brings the client of models, for which few runs have a use

        run = await run_react(*asked, folder, repairing)
    else:
        run = await run_agent(*asked, policy, folder, read_only=not repairing, model=model)
    store = await open_store(f"sqlite:///{folder}/aoi.db")
    try:
        return Run(run, await store.model_calls.of(run.incident.id))
    finally:
        await store.close()
