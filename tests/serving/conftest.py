"""A tiny random model on a real vLLM, started by the real `aoi model serve`, for all tests of a module."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from app.settings import Settings, load_settings

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / "build" / "serving-venv" / "bin" / "python"
"""Made by `make test-serving`: vLLM and AOI do not share an environment."""
MODEL = "tiny"


@dataclass
class Served:
    """The running command and what it serves."""

    process: "subprocess.Popen[str]"
    settings: Settings
    weights: Path
    """Folder with the adapters as they were trained."""

    @property
    def url(self) -> str:
        return self.settings.model_url[0]

    def vllm(self) -> psutil.Process:
        """VLLM's own process."""
        (child,) = psutil.Process(self.process.pid).children()
        return child


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny")
    script = ROOT / "tests" / "serving" / "tiny.py"
    subprocess.run(
        [PYTHON, script, folder, *sorted(ROOT.glob("graph/prompts/*.md")), *sorted(ROOT.glob("domain/*.py"))],
        check=True,
        capture_output=True,
        timeout=300,
    )
    return folder


@pytest.fixture(scope="module")
def served(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(weights, tmp_path_factory.mktemp("served")) as there:
        yield there


@contextmanager
def serving(weights: Path, folder: Path, **more: Any) -> Iterator[Served]:
    """The command, and the settings of an AOI whose model it serves, with `more` of them."""
    port = _free_port()
    settings = load_settings(
        None,
        data_dir=folder / ".aoi",
        policy="chat",
        model_url=f"http://127.0.0.1:{port}/v1",
        model_name=MODEL,
        model_path=str(weights / "base"),
        model_python=PYTHON,
        model_call_seconds=120,
        **({"model_temperature": 1.0} | more),
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "model", "serve", "--port", str(port)],
        cwd=folder,
        env=environment(settings) | {"VLLM_CPU_KVCACHE_SPACE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        assert said.startswith("vLLM is ready"), said + (process.stdout.read() if process.poll() else "")
        yield Served(process, settings, weights)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def environment(settings: Settings) -> dict[str, str]:
    """Of a process with these settings and no other ones."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("AOI_")}
    return others | told(settings) | {"PYTHONPATH": str(ROOT)}


def told(settings: Settings) -> dict[str, str]:
    """The settings that were set, as a process reads them."""
    values = {name: getattr(settings, name) for name in settings.model_fields_set}
    return {
        f"AOI_{name.upper()}": ",".join(value) if isinstance(value, tuple) else str(value)
        for name, value in values.items()
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
