"""Commands inside running containers, for `kubectl exec` and exec probes."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from lab.cluster.applications import Applications
from lab.cluster.context import Context
from lab.cluster.errors import ApiError
from lab.cluster.kubelet import filling
from lab.cluster.kubelet.shell import SHELLS, Script, TakesOver
from lab.cluster.kubelet.state import Run, Runtime
from lab.cluster.kubelet.surroundings import Surroundings
from lab.cluster.kubelet.tools import tool_of
from lab.cluster.network import Network
from lab.cluster.ports import ExecResult, Object
from lab.cluster.texts import Text

PATIENCE = 60.0
"""Seconds of sleep after which a command is ended, since nobody waits for it on the virtual clock."""


@dataclass(frozen=True)
class Ran:
    """What a command came to."""

    exit_code: int
    stdout: str = ""
    stderr: str = ""
    seconds: float = 0.0
    missing: str | None = None
    """The runtime's error when there is no such binary."""


class Executor:
    """Runs commands in containers."""

    def __init__(self, context: Context, runtime: Runtime, network: Network) -> None:
        self._store, self._clock, self._texts = context.store, context.clock, context.texts
        self._runtime = runtime
        self.applications = Applications(context, runtime, network)
        self.surroundings = Surroundings(context, runtime, network, self.applications)

    def run(self, pod: Object, container: str, command: list[str]) -> ExecResult:
        """Run a command to its end. Raises ApiError 500 when the container does not run.

        A binary that is not there gives exit code 126 or 127 with the runtime's text, as kubectl shows it.
        """
        if all(spec["name"] != container for spec, _ in self._runtime.running(pod)):
            raise ApiError.internal(f'unable to upgrade connection: container not found ("{container}")')
        ran = self.in_container(pod, container, command)
        if ran.missing is not None:
            return ExecResult(126, "", ran.missing + "\n")
        return ExecResult(ran.exit_code, ran.stdout, ran.stderr)

    def in_container(self, pod: Object, container: str, command: list[str]) -> Ran:
        """Run a command in a container that runs."""
        found = next(((spec, run) for spec, run in self._runtime.running(pod) if spec["name"] == container), None)
        if found is None or not command:
            return Ran(1, missing="container is not running")
        spec, run = found
        known = self._known(pod, spec, run, command)
        if known is not None:
            return known
        name = command[0].rsplit("/", 1)[-1]
        known_tool = name in SHELLS or tool_of(name, run.behaviour.commands) is not None
        if not run.behaviour.shell or not known_tool:
            text = Text.EXEC_STAT if command[0].startswith("/") else Text.EXEC_PATH
            return Ran(127, missing=self._texts.say(text, command=command[0]))
        return self._shell(pod, spec, run, command)

    def _known(self, pod: Object, spec: Object, run: Run, command: list[str]) -> Ran | None:
        """The image's own commands, also when wrapped in `sh -c`."""
        line = " ".join(command)
        inner = command[2] if len(command) == 3 and command[1] == "-c" else line
        for each in run.behaviour.exec:
            if fnmatchcase(line, each.pattern) or fnmatchcase(inner, each.pattern):
                broken = each.needs_listening and not run.listening(self._clock.now())
                if each.when is not None:
                    broken = broken or self.applications.holds(each.when, pod, spec, run)
                if broken:
                    return Ran(1, "", each.stderr)
                if each.empties is not None:
                    now = self._clock.now()
                    filling.empty(self._store, self._runtime, pod, spec, run, each.empties, now)
                return Ran(each.code, each.stdout, each.stderr)
        return None

    def _shell(self, pod: Object, spec: Object, run: Run, command: list[str]) -> Ran:
        machine = self.surroundings.machine(pod, spec, run)
        script = Script(machine, frozenset(run.behaviour.commands or ()))
        running, seconds = script.command(command), 0.0
        code = 0
        while True:
            try:
                seconds += next(running)
            except StopIteration as ended:
                code = int(ended.value)
                break
            except TakesOver:
                break  # a second copy of the image's program starts, and says nothing
            if seconds > PATIENCE:
                code = 137
                break
        return Ran(code, "".join(machine.out), "".join(machine.err), seconds)
