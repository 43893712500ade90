"""One simple incident, from the question to the verified repair: what the model is shown and what AOI computes."""

import time
from dataclasses import dataclass
from types import MethodType

from app.lab_drill import answer
from lab.cluster.server import Cluster
from lab.drill import Drill
from lab.suite import load_suite

SUITE, TASK = "basics", "target-port"
"""A wrong targetPort in a shop of eleven workloads; nobody says where."""


@dataclass(frozen=True)
class Simple:
    """The figures of the incident."""

    solved: bool
    calls: int
    characters: int
    """Of all prompts together."""
    cpu_seconds: float
    """Of AOI's thread; the lab's cluster and its clock are not counted."""


def simple(policy: str = "chat") -> Simple:
    """Play it in this process, with the model that the settings name."""
    (task,) = load_suite(SUITE).matching(f"{TASK}*").tasks[:1]
    with Drill.prepare(task, seed=1) as drill:
        advancing = _timed(drill.cluster)
        before = time.thread_time()
        ran = answer(drill, policy)
        spent = time.thread_time() - before - sum(advancing)
        solved = drill.grade(ran.trajectory.diagnosis).success
    shown = sum(len(message.content) for call in ran.calls for message in call.messages)
    return Simple(solved, len(ran.calls), shown, spent)


def _timed(cluster: Cluster) -> list[float]:
    """CPU seconds of each advance of the cluster's clock, which runs on the thread of whoever waits."""
    taken: list[float] = []
    advance = cluster.advance

    def timed(self: Cluster, seconds: float) -> None:
        before = time.thread_time()
        advance(seconds)
        taken.append(time.thread_time() - before)

    cluster.advance = MethodType(timed, cluster)  # type: ignore[method-assign]
    return taken
