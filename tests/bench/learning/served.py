"""The trained model behind the real `aoi model serve`, its adapter brought up as a promotion does it."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.adapters import switch_to
from app.ambient import SystemClock
from app.model import adapters_of
from app.settings import Settings, load_settings

ROOT = Path(__file__).parents[3]
PYTHON = ROOT / "build" / "serving-venv" / "bin" / "python"
BASE, ADAPTER = "tiny", "aoi-observer-v1"


@contextmanager
def serving(folder: Path, model: Path) -> Iterator[Settings]:
    """The settings of an AOI whose model server has this base, from `with` to its end."""
    settings = settings_for(folder, model)
    names = ("data_dir", "model_name", "model_path", "model_python")
    own = {name: value for name, value in os.environ.items() if not name.startswith("AOI_")}
    own |= {f"AOI_{name.upper()}": str(getattr(settings, name)) for name in names}
    port = settings.model_url[0].rsplit(":", 1)[1].removesuffix("/v1")
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "model", "serve", "--port", port],
        cwd=folder,
        env={**own, "PYTHONPATH": str(ROOT), "VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_CPU_OMP_THREADS_BIND": "nobind"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        if not said.startswith("vLLM is ready"):
            raise RuntimeError(said + process.stdout.read())
        yield settings
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=90)


def settings_for(folder: Path, model: Path) -> Settings:
    """Settings of an AOI that lives in a folder and asks this base in the compact form, freely."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return load_settings(
        None,
        data_dir=folder / ".aoi",
        policy="chat",
        model_url=f"http://127.0.0.1:{port}/v1",
        model_name=BASE,
        model_path=str(model),
        model_python=PYTHON,
        train_python=PYTHON,
        model_form="compact",
        model_temperature=1.0,
        model_reply_tokens=100,
        model_call_seconds=300,
        model_incident_seconds=3_600,
    )


def register(settings: Settings, adapter: Path) -> None:
    """Put the adapter on record; vLLM has to know its rank when it starts."""
    adapters_of(settings).register(ADAPTER, adapter, BASE, SystemClock().now())


async def promote(settings: Settings) -> None:
    """Load, list, canary, switch."""
    await switch_to(settings, ADAPTER)
