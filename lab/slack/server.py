"""Runs local-slack on loopback.

The binary listens on every interface and has no option against it. It is a Bun program that reads `bunfig.toml`
from its working folder, so a preloaded script sets the host name before the server starts; after the start we look
at who listens, and stop the server when it is more than loopback.
"""

import asyncio
import re
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import yaml

from lab.slack.errors import LocalSlackFailed

WORKSPACE = Path(__file__).with_name("workspace.yaml")
_LOOPBACK = Path(__file__).with_name("loopback.js")
_START_SECONDS = 20.0
_STOP_SECONDS = 5.0
_ADDRESS = re.compile(rb"Web UI:\s+http://127\.0\.0\.1:(\d+)")
_LISTEN = "0A"
_LOOPBACK_ADDRESSES = ("0100007F", "00000000000000000000000001000000", "0000000000000000FFFF00000100007F")
"""127.0.0.1, ::1 and the mapped 127.0.0.1 as `/proc/net/tcp` writes them."""


@dataclass(frozen=True)
class LocalSlack:
    """A running workspace. State is in memory: a new start is a new workspace."""

    url: str
    """Of the web page; the Web API is below `api/`."""
    bot_token: str
    app_token: str
    bot_user: str
    channel: str
    """Id of #incidents."""
    users: tuple[str, ...]
    """Ids of the engineers."""

    def thread_url(self, ts: str) -> str:
        """The page of a thread in #incidents, by the timestamp of its first message."""
        return f"{self.url}/archives/{self.channel}/p{ts.replace('.', '')}?thread_ts={ts}"

    @property
    def api(self) -> str:
        """Base URL for slack_sdk."""
        return f"{self.url}/api/"


@asynccontextmanager
async def local_slack(
    binary: Path, folder: Path, port: int = 0, workspace: Path = WORKSPACE
) -> AsyncIterator[LocalSlack]:
    """Run the server while the context lasts; port 0 takes any that is free, and `folder` is for its files.

    Raises:
        LocalSlackFailed: it does not start, or others than this machine could reach it.
    """
    run = _prepare(folder, workspace)
    options = [
        "--config",
        "workspace.yaml",
        "--port",
        str(port),
        "--base-host",
        "127.0.0.1",
        "--files-dir",
        "files",
    ]
    process = await asyncio.create_subprocess_exec(
        str(binary), *options, cwd=run, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    assert process.stdout is not None
    try:
        actual = await _started(process.stdout, port)
        _only_loopback(actual)
        drain = asyncio.create_task(_drain(process.stdout), name="local-slack output")
        try:
            yield _described(f"http://127.0.0.1:{actual}", workspace)
        finally:
            drain.cancel()
    finally:
        await _stop(process)


def _prepare(folder: Path, workspace: Path) -> Path:
    run = folder / "local-slack"
    (run / "files").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(workspace, run / "workspace.yaml")
    shutil.copyfile(_LOOPBACK, run / "loopback.js")
    (run / "bunfig.toml").write_text('preload = ["./loopback.js"]\n')
    return run


async def _started(output: asyncio.StreamReader, port: int) -> int:
    """The port, once the server says that it runs."""
    said = b""
    try:
        async with asyncio.timeout(_START_SECONDS):
            while line := await output.readline():
                said += line
                if found := _ADDRESS.search(line):
                    return int(found[1])
    except TimeoutError as e:
        raise LocalSlackFailed(f"local-slack did not start within {_START_SECONDS:.0f} s; try again.") from e
    last = said.decode(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
    hint = f" Is port {port} taken?" if port else ""
    raise LocalSlackFailed(f"local-slack ended at its start: {last[0].strip()[:200]}.{hint}")


def _only_loopback(port: int) -> None:
    """Look at the sockets, not at the wish.

    Raises:
        LocalSlackFailed: the port is open to others.
    """
    tables = [Path("/proc/net/tcp"), Path("/proc/net/tcp6")]
    if tables[0].exists():
        open_to_others = any(foreign(table.read_text(), port) for table in tables if table.exists())
    else:
        open_to_others = _answers(socket.gethostname(), port)
    if open_to_others:
        raise LocalSlackFailed(
            f"local-slack listens on more than loopback (port {port}) and was stopped: anybody who reaches "
            "it can act as any user; run it in a network namespace or behind a firewall of your own."
        )


def foreign(table: str, port: int) -> bool:
    """Whether a `/proc/net/tcp` table has a listener on that port beyond loopback."""
    for line in table.splitlines()[1:]:
        _, local, _, state, *_ = line.split()
        address, _, hexport = local.partition(":")
        if state == _LISTEN and int(hexport, 16) == port and address not in _LOOPBACK_ADDRESSES:
            return True
    return False


def _answers(host: str, port: int) -> bool:
    """Whether the port answers on the machine's own name, when that is not loopback."""
    with suppress(OSError):
        address = socket.gethostbyname(host)
        if address.startswith("127."):
            return False
        with socket.create_connection((address, port), timeout=1):
            return True
    return False


def _described(url: str, workspace: Path) -> LocalSlack:
    config = yaml.safe_load(workspace.read_text())
    app = config["apps"][0]
    return LocalSlack(
        url=url,
        bot_token=app["botToken"],
        app_token=app["appToken"],
        bot_user=app["botUserId"],
        channel=config["channels"][0]["id"],
        users=tuple(user["id"] for user in config["users"]),
    )


async def _drain(output: asyncio.StreamReader) -> None:
    """Keep the pipe empty, or the server would stop on a full one."""
    while await output.readline():
        pass


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), _STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()
