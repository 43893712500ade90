"""The shell of the lab's baseline: kubectl against the lab's cluster, and nothing else of this machine."""

import asyncio
import shlex
import shutil
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from domain.errors import Misconfigured

SECONDS = 30.0
"""Deadline of a command."""
_OPERATORS = ";|&<>"
_COMMANDS = (
    "annotate", "api-resources", "api-versions", "auth", "autoscale", "cluster-info", "cordon", "create", "delete",
    "describe", "drain", "events", "exec", "explain", "expose", "get", "label", "logs", "patch", "rollout", "run",
    "scale", "set", "taint", "top", "uncordon", "version", "wait",
)  # fmt: skip
"""Those that talk to the cluster and to nothing else."""
_ELSEWHERE = (
    "--kubeconfig", "--context", "--cluster", "--server", "--token", "--user", "--username", "--password", "--as",
    "--as-group", "--as-uid", "--filename", "--kustomize", "--from-file", "--from-env-file", "--patch-file",
    "--overrides-file", "--cache-dir", "--profile", "--profile-output", "--certificate-authority",
    "--client-certificate", "--client-key", "--output-directory", "--cert", "--key", "--template",
)  # fmt: skip
"""Options that lead to another cluster, another identity, or files of this machine."""
_SHORT_ELSEWHERE = frozenset("sfk")
"""The same in one letter: server, filename, kustomize. (`logs -f` would never end.)"""
_SHORT_WITH_VALUE = frozenset("nolcpL")
"""One-letter options after which a value may follow without a space."""


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
            words = _split(command)
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


def _split(command: str) -> list[str]:
    """Words as a shell has them; an operator outside quotes is a word of its own. Raises ValueError."""
    lexer = shlex.shlex(command, posix=True, punctuation_chars=_OPERATORS)
    lexer.whitespace_split = True
    lexer.commenters = ""
    return list(lexer)


def _refusal(words: list[str]) -> str | None:
    """Why a command is not run; `None` when it is."""
    if words[:1] != ["kubectl"]:
        return "Only kubectl can be run here, one command without pipes, loops or redirections."
    if odd := [word for word in words if set(word) <= set(_OPERATORS)]:
        return f"{odd[0]!r} is not possible here; run one kubectl command."
    own = words[1 : words.index("--") if "--" in words else None]
    if wrong := [word for word in own if _leads_elsewhere(word)]:
        return f"{wrong[0].partition('=')[0]} is not possible here."
    while own[:1] == ["-n"]:
        own = own[2:]
    if not own or own[0] not in _COMMANDS:
        return f"Not possible here; begin with kubectl and one of: {', '.join(_COMMANDS)}."
    return None


def _leads_elsewhere(word: str) -> bool:
    if "-file=" in word:
        return True  # as in `-o jsonpath-file=`
    if word.startswith("--"):
        return word.partition("=")[0] in _ELSEWHERE
    if not word.startswith("-"):
        return False
    letters = takewhile(lambda letter: letter not in _SHORT_WITH_VALUE and letter != "=", word[1:])
    return bool(_SHORT_ELSEWHERE.intersection(letters))
