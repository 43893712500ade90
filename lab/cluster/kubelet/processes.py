"""The life of a process: from its start, by its behaviour, to its end."""

from collections.abc import Iterable, Iterator

from lab.cluster.applications import Applications, Called
from lab.cluster.behaviour import Behaviour
from lab.cluster.context import Context, soonest
from lab.cluster.dependencies import Call
from lab.cluster.kubelet import configuration, databases, filling
from lab.cluster.kubelet.entries import spell_name
from lab.cluster.kubelet.shell import SHELLS, Script, TakesOver
from lab.cluster.kubelet.state import CallRecord, Ending, Run, Runtime, Spell
from lab.cluster.kubelet.surroundings import Surroundings
from lab.cluster.kubelet.templates import chance, fill, values_of
from lab.cluster.kubelet.tools import TOOLS, tool_of
from lab.cluster.kubelet.usage import leaked
from lab.cluster.ports import LogLine, Object
from lab.cluster.quantity import whole
from lab.cluster.when import When

MIB = 2**20
OOM_SECONDS = 2.0
"""How long a process takes to touch the memory it wants."""
LOOK_SECONDS = 5.0
"""How often an exit that waits for a failing call looks at it."""
RETRY_SECONDS = 2.0
"""How often a start tries a call again."""
LEAK_SECONDS = 15.0
PLAIN_MIB = 40.0
"""The working set of a process whose memory condition does not hold."""


def known_command(behaviour: Behaviour, command: str) -> bool:
    """Whether the image has the binary that a container's `command` names."""
    name = command.rsplit("/", 1)[-1]
    if behaviour.shell and (name in TOOLS or name in SHELLS):
        return True
    return behaviour.commands is None or command in behaviour.commands or name in behaviour.commands


class Processes:
    """Starts runs and carries them on."""

    def __init__(
        self, context: Context, runtime: Runtime, applications: Applications, surroundings: Surroundings
    ) -> None:
        self._store, self._clock = context.store, context.clock
        self._runtime, self._applications, self._surroundings = runtime, applications, surroundings

    def begin(self, pod: Object, spec: Object, run: Run) -> None:
        """Decide what the new run does: a script of the shell, or the image's program."""
        command = [*(spec.get("command") or ()), *(spec.get("args") or ())]
        programs = run.behaviour.commands
        name = command[0].rsplit("/", 1)[-1] if command else ""
        entrypointless = programs == () or bool(spec.get("command"))
        tool = name in SHELLS or tool_of(name, programs) is not None
        if entrypointless and tool and run.behaviour.shell:
            machine = self._surroundings.machine(pod, spec, run)
            script = Script(machine, None if programs is None else frozenset(programs))
            run.script = script.command([self._surroundings.expanded(word, run) for word in command])
            run.script_out = machine.out
            machine.err = machine.out  # a container's log holds both
            return
        self._program(pod, spec, run)

    def step(self, pod: Object, spec: Object, run: Run) -> float | None:
        """Carry a run on to now. Answers when something happens next; a run that ended has `finished_at`."""
        now = self._clock.now()
        if run.stop_at is not None:
            if now < run.stop_at:
                return run.stop_at
            self.finish(run, run.exit_code, "")
            return None
        wake = self._script(pod, spec, run) if run.script is not None else self._serve(pod, spec, run)
        if run.running and run.ending is not None:
            if now >= run.ending.at:
                ending = run.ending
                run.said += [LogLine(now, line) for line in ending.lines]
                self.finish(run, ending.code, ending.reason)
                return None
            wake = soonest(wake, run.ending.at)
        return wake if run.running else None

    def finish(self, run: Run, code: int, reason: str) -> None:
        """End a run now."""
        run.finished_at = self._clock.now()
        run.exit_code = code
        run.reason = reason or ("Completed" if code == 0 else "Error")

    def stop(self, run: Run, grace: float) -> None:
        """SIGTERM now, SIGKILL after the grace period (seconds)."""
        if run.stop_at is not None:
            return
        now = self._clock.now()
        run.stop_asked_at = now
        patient = run.behaviour.stop_seconds <= grace and run.script is None
        run.stop_at = now + (run.behaviour.stop_seconds if patient else grace)
        run.exit_code = run.behaviour.stop_code if patient else 137

    def look_around(self, pod: Object, spec: Object, run: Run) -> None:
        """Make every call once, judge every condition that comes and goes, and note what changed."""
        now = self._clock.now()
        if not run.listening(now):
            return
        for call in run.behaviour.calls:
            if not call.at_start_only:
                self._call(pod, run, call)
        filling.look(self._store, self._runtime, pod, spec, run, now)
        for name, when in _switches(run):
            run.spells.setdefault(name, Spell()).note(self._applications.holds(when, pod, spec, run), now)

    def _call(self, pod: Object, run: Run, call: Call, noted: bool = True) -> Called:
        """Make a call; a server that refuses it writes that down, and the caller where it is `noted`."""
        now, called = self._clock.now(), self._applications.call(pod, run, call)
        record = run.calls.setdefault(call.name, CallRecord())
        before = record.changes[-1][1] if record.changes else None
        if noted and called.error != before:
            record.changes.append((now, called.error, called.address))
            if called.answered and called.error is not None:
                record.answers.add(called.error)
        refusal = called.refusal
        if refusal is not None and refusal.server is not None and now >= record.told_at + call.every_seconds:
            refusal.server.said += [LogLine(now, line) for line in refusal.told.splitlines()]
            record.told_at = now
        return called

    # ---- the image's program ----

    def _program(self, pod: Object, spec: Object, run: Run) -> None:
        run.script = None
        now = self._clock.now()
        run.leak_from, run.listens_from = now, now + run.behaviour.start_seconds
        filling.begin(self._store, self._runtime, pod, spec, run, now)
        every = run.behaviour.log.every
        run.periodic = tuple(
            each
            for each in every
            if (each.when is not None and each.when.changes) or self._applications.holds(each.when, pod, spec, run)
        )
        ending = self._start_failure(pod, spec, run)
        if ending is not None:
            run.listens_from = float("inf")
        else:
            for each in run.behaviour.exits:
                if each.when is not None and (each.when.failing or each.when.full) is not None:
                    run.conditional.append(each)
                elif self._applications.holds(each.when, pod, spec, run):
                    lines = self._filled(each.lines, pod, spec, run)
                    ending = Ending(now + each.after_seconds, each.code, lines=tuple(lines))
                    break
        out_of_memory = self._out_of_memory(pod, spec, run)
        endings = [each for each in (ending, out_of_memory) if each is not None]
        run.ending = min(endings, key=lambda each: each.at, default=None)

    def _start_failure(self, pod: Object, spec: Object, run: Run) -> Ending | None:
        at = self._clock.now() + min(1.0, run.behaviour.start_seconds)
        for name in run.behaviour.requires_env:
            if not run.env.get(name):
                line = fill(run.behaviour.missing_env_line, values_of(pod, spec, run) | {"name": name}, run.env)
                return Ending(at, 1, lines=(line,))
        if run.behaviour.server == "mongodb":
            machine = self._surroundings.machine(pod, spec, run)
            try:
                run.mongod = databases.start(self._store, self._runtime, pod, spec, run, machine)
            except databases.CannotStart as cannot:
                return Ending(at, 1, lines=(str(cannot),))
        if not run.behaviour.config:
            return None
        shown = self._applications.files(pod, spec)
        for config in run.behaviour.config:
            try:
                configuration.check(config, run.env, shown)
            except configuration.Invalid as invalid:
                places = values_of(pod, spec, run) | {"where": configuration.where(config), "error": str(invalid)}
                return Ending(at, 1, lines=(fill(config.error, places, run.env),))
        return None

    def _out_of_memory(self, pod: Object, spec: Object, run: Run) -> Ending | None:
        memory = run.behaviour.memory
        if self._applications.holds(memory.when, pod, spec, run):
            run.base_mib, run.growth = memory.mib, memory.growth_per_minute
        else:
            run.base_mib, run.growth = PLAIN_MIB, 0.0
        limit = ((spec.get("resources") or {}).get("limits") or {}).get("memory")
        if limit is None:
            return None
        room = whole(limit) / MIB - run.base_mib
        if room < 0:
            return Ending(run.leak_from + OOM_SECONDS, 137, "OOMKilled")
        if run.growth > 0:
            return Ending(run.leak_from + OOM_SECONDS + room / run.growth * 60, 137, "OOMKilled")
        return None

    def _serve(self, pod: Object, spec: Object, run: Run) -> float | None:
        wake = None
        if not run.start_checked:
            if self._clock.now() < run.listens_from:
                return run.listens_from
            wake = self._begin_calls(pod, spec, run)
        wake = soonest(wake, self._levels(pod, spec, run))
        return soonest(wake, self._conditional_exits(pod, spec, run), self._leaks(spec, run))

    def _begin_calls(self, pod: Object, spec: Object, run: Run) -> float | None:
        """The calls that must get through before the program serves. Answers when to try again."""
        now, places = self._clock.now(), values_of(pod, spec, run)
        required = [call for call in run.behaviour.calls if call.required_at_start]
        for call in required[run.begun :]:
            called = self._call(pod, run, call, noted=call.patience > 0)
            if called.error is None:
                run.begun, run.trying_since = run.begun + 1, None
                self._applications.logged_in(pod, run, call)
                line = fill(call.connected or "", places | {"address": called.address}, run.env, now)
                run.said += [LogLine(now, each) for each in line.splitlines()]
                continue
            since = run.trying_since = now if run.trying_since is None else run.trying_since
            if now < since + call.patience:
                return min(now + RETRY_SECONDS, since + call.patience)
            told = places | {"name": call.name, "address": called.address, "error": called.error}
            lines = fill(call.fatal, told, run.env, now).splitlines()
            ending = Ending(now + called.seconds, call.exit_code, lines=tuple(lines))
            run.start_checked, run.listens_from = True, float("inf")
            if run.ending is None or ending.at < run.ending.at:
                run.ending = ending
            return None
        run.start_checked, run.listens_from = True, now
        self.look_around(pod, spec, run)
        return None

    def _levels(self, pod: Object, spec: Object, run: Run) -> float | None:
        """What fills and empties is looked at from time to time."""
        if not run.behaviour.levels:
            return None
        self.look_around(pod, spec, run)
        return self._clock.now() + filling.LOOK_SECONDS

    def _leaks(self, spec: Object, run: Run) -> float | None:
        """What leaks only while a condition holds is looked at from time to time."""
        if all(surge.growth_per_minute == 0 for surge in run.behaviour.surges):
            return None
        now = self._clock.now()
        limit = ((spec.get("resources") or {}).get("limits") or {}).get("memory")
        if limit is not None and run.base_mib + leaked(run, now) > whole(limit) / MIB:
            run.ending = Ending(now, 137, "OOMKilled")
        return now + LEAK_SECONDS

    def _conditional_exits(self, pod: Object, spec: Object, run: Run) -> float | None:
        """Exits that wait for a call to fail: looked at once their time has come, then whenever the run is."""
        now, wake = self._clock.now(), None
        for each in run.conditional:
            due = run.started_at + each.after_seconds
            if now < due:
                wake = soonest(wake, due)
            elif run.ending is None and self._applications.holds(each.when, pod, spec, run):
                run.ending = Ending(now, each.code, lines=tuple(self._filled(each.lines, pod, spec, run)))
            else:
                wake = soonest(wake, now + LOOK_SECONDS)
        return wake

    def _filled(self, lines: Iterable[str], pod: Object, spec: Object, run: Run) -> Iterator[str]:
        values = values_of(pod, spec, run) | chance(run.seed)
        return (fill(line, values, run.env, self._clock.now()) for line in lines)

    # ---- scripts ----

    def _script(self, pod: Object, spec: Object, run: Run) -> float | None:
        now = self._clock.now()
        while run.script is not None and now >= run.script_wakes_at:
            try:
                pause = next(run.script)
                run.script_wakes_at = now + pause
            except StopIteration as ended:
                self._write_out(run)
                self.finish(run, int(ended.value), "")
                return None
            except TakesOver:
                self._write_out(run)
                self._program(pod, spec, run)
                return self._serve(pod, spec, run)
            self._write_out(run)
        return None if run.script_wakes_at == float("inf") else run.script_wakes_at

    def _write_out(self, run: Run) -> None:
        text = "".join(run.script_out)
        run.script_out.clear()
        run.said += [LogLine(self._clock.now(), line) for line in text.splitlines()]


def _switches(run: Run) -> Iterator[tuple[str, When]]:
    """The conditions of a run that come and go, and the names under which it notes them."""
    for periodic in run.periodic:
        if periodic.when is not None and periodic.when.changes:
            yield spell_name(periodic), periodic.when
    for number, surge in enumerate(run.behaviour.surges):
        yield f"surge:{number}", surge.when
    for level in run.behaviour.levels:
        if level.when is not None:
            yield filling.growing(level), level.when
