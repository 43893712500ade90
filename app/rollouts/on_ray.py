"""Runs on a Ray cluster whose nodes have AOI: a share of the jobs is a task, in a process of its own there.

Of its own, because a run forks, and Ray's workers have threads.
"""

import importlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.rollouts.port import Order, jobs_of
from domain.episodes import Episode
from domain.errors import AoiError, Misconfigured

_JOBS = 8
"""Runs of one task, about: a run takes seconds, so a lost task costs little."""
_LAST_WORDS = 400


class ShareFailed(AoiError):
    """A share of the runs broke."""


@dataclass(frozen=True)
class OnRay:
    """`Rollouts` on the cluster at an address, such as `ray://head:10001`; Ray is imported when it is asked."""

    address: str

    def episodes(self, order: Order) -> Iterator[Episode]:
        """The runs as they finish. Raises BadInput, Misconfigured and ShareFailed."""
        _, jobs = jobs_of(order)
        shares = max(1, len(jobs) // _JOBS)
        ray = _ray()
        ray.init(address=self.address)
        try:
            task = ray.remote(num_cpus=1)(run_share)
            waiting = [task.remote(order, index, shares) for index in range(shares)]
            while waiting:
                ready, waiting = ray.wait(waiting, num_returns=1)
                for line in ray.get(ready[0]).splitlines():
                    yield Episode.model_validate_json(line)
        finally:
            ray.shutdown()


def run_share(order: Order, index: int, of: int) -> str:
    """A share in a process of its own; its episodes, a line each. Raises ShareFailed."""
    with tempfile.TemporaryDirectory(prefix="aoi-share-") as folder:
        out = Path(folder) / "episodes.jsonl"
        ended = subprocess.run(command_of(order, index, of, out), capture_output=True, text=True, check=False)  # noqa: S603
        if ended.returncode != 0:
            raise ShareFailed(f"The share {index}/{of} of the runs broke: {ended.stderr.strip()[-_LAST_WORDS:]}")
        return out.read_text(encoding="utf-8")


def command_of(order: Order, index: int, of: int, out: Path) -> list[str]:
    """The same command that a Kubernetes Job runs."""
    said = ["--suite", order.suite, "--policy", order.policy, "--tasks", order.tasks, "--seed", str(order.seed)]
    said += ["--epochs", str(order.epochs), *(["--rename"] if order.rename else [])]
    share = ["--shard", f"{index}/{of}", "--workers", "1", "--out", str(out)]
    return [sys.executable, "-m", "app", "learn", "rollouts", *said, *share]


def _ray() -> Any:
    try:
        return importlib.import_module("ray")
    except ImportError as e:
        raise Misconfigured("--ray needs the package ray, in the version of the cluster; install it.") from e
