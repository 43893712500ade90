"""The same task, seed and answers give byte-equal worlds and telemetry: in one process and in others."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.lab.replay import replay

TASK = ("aiopslab-86", "k8s_target_port-misconfig-mitigation-1")


def elsewhere(hash_seed: str) -> dict[str, str]:
    """The digests of another process, in which sets and dictionaries of strings are hashed otherwise."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.lab.replay", *TASK],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=True,
        timeout=120,
    )
    found: dict[str, str] = json.loads(ran.stdout)
    return found


def test_runs_of_one_process_are_byte_equal_and_follow_from_the_seed() -> None:
    once = replay(*TASK)
    assert replay(*TASK) == once
    other = replay(*TASK, seed=2)
    told = ("objects", "events", "logs", "kept logs", "page")
    assert all(other[name] != once[name] for name in told)


def test_runs_of_processes_with_different_hashing_are_byte_equal() -> None:
    assert elsewhere("1") == elsewhere("4711")
