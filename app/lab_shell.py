"""The shell of the lab's baseline: kubectl against the lab's cluster, and nothing else of this machine."""

import asyncio
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path

from domain.errors import Misconfigured

SECONDS = 30.0
"""Deadline of a command."""
_ELSEWHERE = (
    "--kubeconfig", "--context", "--cluster", "--server", "-s", "--token", "--user", "--as", "--as-group",
    "--filename", "-f", "--kustomize", "-k", "--from-file", "--from-env-file", "--patch-file", "--cache-dir",
    "--profile", "--profile-output", "--certificate-authority", "--client-certificate", "--client-key",
)  # fmt: skip
"""Options that lead to another cluster, another identity, or files of this machine."""
_ELSEWHERE_COMMANDS = (
    "cp",
    "config",
    "edit",
    "proxy",
    "port-forward",
    "plugin",
    "kustomize",
    "attach",
    "completion",
)


def kubectl() -> Path:
    """The one on PATH.

    Raises:
        Misconfigured: there is none.
    """
    found = shutil.which("kubectl")
    if found is None:
        raise Misconfigured("The policy react needs kubectl on PATH; install it, or take another policy.")
    return Path(found)


@dataclass(frozen=True)
class KubectlShell:
    """`domain.ports.Shell`: one kubectl command at a time, started without a shell of the system."""

    kubectl: Path
    kubeconfig: Path
    folder: Path
    """Where kubectl lives: its working folder and home."""

    async def run(self, command: str) -> str:
        """What the command printed, errors included; a command that is not allowed says so."""
        try:
            words = shlex.split(command)
        except ValueError as error:
            return f"The command cannot be read: {error}."
        if refusal := _refusal(words):
            return refusal
        process = await asyncio.create_subprocess_exec(
            self.kubectl,
            *words[1:],
            cwd=self.folder,
            env={"KUBECONFIG": str(self.kubeconfig), "HOME": str(self.folder), "PATH": ""},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            async with asyncio.timeout(SECONDS):
                printed, _ = await process.communicate()
        except TimeoutError:
            process.kill()
            await process.communicate()
            return f"The command did not end within {SECONDS:.0f} s and was stopped."
        return printed.decode(errors="replace")


def _refusal(words: list[str]) -> str | None:
    if words[:1] != ["kubectl"]:
        return "Only kubectl can be run here, one command without pipes, loops or redirections."
    if odd := [word for word in words if word in ("|", ">", ">>", "<", "<<", ";", "&&", "||", "&")]:
        return f"{odd[0]!r} is not possible here; run one kubectl command."
    options = {word.partition("=")[0] for word in words[: words.index("--") if "--" in words else None]}
    commands = [word for word in words[1:] if not word.startswith("-")]
    if wrong := sorted(options.intersection(_ELSEWHERE)):
        return f"{wrong[0]} is not possible here."
    if commands and commands[0] in _ELSEWHERE_COMMANDS:
        return f"kubectl {commands[0]} is not possible here."
    return None
