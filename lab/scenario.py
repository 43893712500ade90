"""A scenario: one incident as data, with its truth, its repair, and what a grader checks.

One YAML file holds one scenario, or several that differ in a few words (`lab/variants.py`). Times count from the
start of the incident; history and noise lie before it, the question is asked `ask_after` seconds after it.
"""

import re
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from domain.base import Value
from domain.diagnosis import Cause, FaultType, SystemLevel
from lab.checks import Check
from lab.cluster.behaviour import Behaviours
from lab.operations import Operation
from lab.targets import CheckedManifest, Target
from lab.traffic.load import Load

Name = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", max_length=100)]
Namespace = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", max_length=63)]


class TaskType(StrEnum):
    """The four ways to ask about a scenario."""

    DETECTION = "detection"
    """Is anything wrong?"""
    LOCALIZATION = "localization"
    """Where?"""
    ANALYSIS = "analysis"
    """On which level, of which kind?"""
    MITIGATION = "mitigation"
    """Make it well, and say what it was."""


def _before(operation: Operation) -> Operation:
    if operation.at > 0:
        raise ValueError(f"at: {operation.at:g} lies after the incident's start; write a time of 0 or less")
    return operation


def _after(operation: Operation) -> Operation:
    if operation.at < 0:
        raise ValueError(f"at: {operation.at:g} lies before the incident's start; write a time of 0 or more")
    return operation


def _known_places(template: str) -> str:
    if set(re.findall(r"\{([^}]*)\}", template)) - {"ask"} or not re.fullmatch(r"[A-Za-z0-9_.{}-]+", template):
        raise ValueError(f"`{template}` is no task id; write letters, digits, `_`, `.`, `-` and `{{ask}}`")
    return template


Earlier = Annotated[Operation, AfterValidator(_before)]
Later = Annotated[Operation, AfterValidator(_after)]


class App(Value):
    """A sample application and the changes it went through before any incident."""

    name: Name
    title: str
    namespace: Namespace
    history: tuple[Earlier, ...] = ()
    """After this the application is healthy, and its Deployments have revisions to return to."""
    load: Load | None = None
    """What its users ask of it; metrics and traces follow from that. `None`: nobody uses it."""


class Truth(Value):
    """What a right answer says."""

    anomaly: bool
    causes: tuple[Cause, ...] = ()
    """Any of these is right."""
    components: tuple[Target, ...] = ()
    """The objects at fault; any of these is right as the first to blame."""
    system_level: SystemLevel | None = None
    fault_type: FaultType | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.anomaly and not (self.causes and self.components and self.system_level and self.fault_type):
            raise ValueError(
                "the truth of a fault is incomplete; give causes, components, system_level and fault_type"
            )
        if not self.anomaly and (self.causes or self.components):
            raise ValueError("the truth blames something though anomaly is false; remove causes and components")
        return self


class Harm(Value):
    """What else a repair may touch without being blamed."""

    allow: tuple[Target, ...] = ()
    """Besides the components of the truth."""


class Published(Value):
    """How AIOpsLab itself grades the problem, for comparison with papers; `lab/published.py` holds the rules."""

    services: tuple[str, ...] = ()
    """The answer to a localization, in this order."""
    accepted: tuple[str, ...] = ()
    """Services that count as well, where its grader accepts a coupled one."""
    system_level: SystemLevel | None = None
    """Where it differs from the truth's."""
    fault_type: FaultType | None = None
    healthy: tuple[Check, ...] = ()
    """What its mitigation grader looks at besides the pods."""
    polls: bool = False
    """Whether it passes at the first moment of a minute at which every pod is ready, instead of at once."""
    skips_pending: bool = False
    """Whether it passes over pods that have no container status yet, instead of breaking off."""


class NearMiss(Value):
    """A repair that looks right and must not pass."""

    name: str
    operations: tuple[Later, ...] = Field(min_length=1)


class Scenario(Value):
    """One incident."""

    name: Name
    title: str
    family: Name | None = None
    """The family of faults that it belongs to; `None`: its name is the family."""
    task_id: Annotated[str, AfterValidator(_known_places)] | None = None
    """Ids of its tasks, with `{ask}` for the way of asking; `None`: its name, and `-{ask}` where it asks in
    several ways."""
    app: Name | None = None
    """A built-in application; else `manifests`."""
    namespace: Namespace | None = None
    """`None`: the application's."""
    manifests: tuple[CheckedManifest, ...] = ()
    load: Load | None = None
    """What users ask of own manifests; metrics and traces follow. A built-in application brings its own."""
    behaviours: Behaviours = Behaviours()
    """Besides those of the application and of well-known images."""
    question: Annotated[str, Field(min_length=1, max_length=2000)] | None = None
    """As an engineer would ask; it must not give the answer away. `None`: the general question of the task's
    type (`lab/questions.py`)."""
    ask: tuple[TaskType, ...] = (TaskType.MITIGATION,)
    history: tuple[Earlier, ...] = ()
    """Changes before the incident that matter to it; after them everything is healthy."""
    noise: tuple[Earlier, ...] = ()
    """Things that happened before and are not the cause."""
    fault: tuple[Later, ...] = ()
    ask_after: Annotated[float, Field(ge=1, le=86_400)] = 180
    """Seconds from the incident's start to the question."""
    truth: Truth
    removed: tuple[Check, ...] = ()
    """What shows that the fault itself is gone; empty where recovery shows it."""
    recovery: tuple[Check, ...] = ()
    """What shows that the service works again."""
    harm: Harm = Harm()
    watch: Annotated[float, Field(ge=1, le=3600)] = 120
    """Seconds that the end world is watched before it is graded."""
    fix: tuple[Later, ...] = ()
    """The reference repair; times count from the question. Without one a mitigation is graded, and its grader
    cannot be validated."""
    near_misses: tuple[NearMiss, ...] = ()
    aiopslab: Published | None = None
    """`None`: it is no problem of AIOpsLab."""

    @property
    def fault_family(self) -> str:
        """The family of faults, for tables and splits."""
        return self.family or self.name

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if (self.app is None) == (not self.manifests):
            raise ValueError("a scenario runs on an app or on its own manifests; give exactly one of them")
        if self.app is None and self.namespace is None:
            raise ValueError("own manifests need a namespace; add `namespace:`")
        if self.truth.anomaly != bool(self.fault):
            raise ValueError("the truth and the fault disagree; an anomaly has a fault, and only an anomaly has")
        if self.app is not None and self.load is not None:
            raise ValueError("a built-in application brings its own load; remove `load:`")
        if self.truth.anomaly and TaskType.MITIGATION in self.ask and not self.recovery:
            raise ValueError("a mitigation task cannot be graded; add recovery")
        if self.task_id is not None and len(self.ask) > 1 and "{ask}" not in self.task_id:
            raise ValueError("the ways of asking share one task id; write `{ask}` into task_id")
        if any(operation.at > self.ask_after for operation in self.fault):
            raise ValueError("a fault happens after the question is asked; raise ask_after or lower its at")
        return self
