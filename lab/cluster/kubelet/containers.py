"""One container over all its runs: image, configuration, start, probes, end, back-off, next run."""

import hashlib

from lab.cluster import images
from lab.cluster.context import Context, soonest
from lab.cluster.kubelet.backoff import BackOff, spelled
from lab.cluster.kubelet.environment import ConfigError, environment
from lab.cluster.kubelet.logs import LogReader
from lab.cluster.kubelet.probes import LABELS, Prober
from lab.cluster.kubelet.processes import Processes, known_command
from lab.cluster.kubelet.pulls import EVENT_SECONDS, Puller
from lab.cluster.kubelet.state import ContainerState, Phase, PodState, Pull, Run, Runtime
from lab.cluster.kubelet.voice import Voice
from lab.cluster.ports import Object
from lab.cluster.scripted import behaviour_of
from lab.cluster.store import Store
from lab.cluster.texts import Text

RELIST_SECONDS = 1.0
"""How long the kubelet takes to notice an end."""
START_ERROR_CODE = 128


class Containers:
    """Carries containers on to now."""

    def __init__(
        self, context: Context, runtime: Runtime, processes: Processes, prober: Prober, logs: LogReader
    ) -> None:
        self._store: Store = context.store
        self._clock, self._texts, self._rng = context.clock, context.texts, context.rng
        self._runtime, self._processes, self._prober, self._logs = runtime, processes, prober, logs
        self._puller = Puller(context, runtime)

    def step(
        self, pod: Object, home: PodState, spec: Object, state: ContainerState, voice: Voice, policy: str
    ) -> float | None:
        """Carry a container on. `policy` is its restart policy. Answers when to look again (epoch seconds)."""
        if state.phase is Phase.RUNNING:
            wake = self._running(pod, spec, state, voice)
            if state.phase is Phase.RUNNING:
                return wake
        if state.phase is Phase.TERMINATED:
            wake = self._terminated(pod, state, policy)
            if wake is not None or state.phase is Phase.TERMINATED:
                return wake
        return self._waiting(pod, home, spec, state, voice)

    # ---- running ----

    def _running(self, pod: Object, spec: Object, state: ContainerState, voice: Voice) -> float | None:
        run = _current(state)
        wake = self._processes.step(pod, spec, run)
        if not run.running:
            self._ended(pod, spec, state)
            return None
        if run.stop_at is not None:
            return wake
        grace = float(pod["spec"].get("terminationGracePeriodSeconds", 30))
        if spec["image"] != state.image:
            voice.normal("Killing", self._texts.say(Text.DEFINITION_CHANGED, name=state.name))
            self._processes.stop(run, grace)
            return run.stop_at
        look, failed = self._prober.step(pod, spec, state, voice)
        if failed is None:
            return soonest(wake, look)
        probe = LABELS[failed].lower()
        voice.normal("Killing", self._texts.say(Text.PROBE_KILL, name=state.name, probe=probe))
        self._processes.stop(run, float(spec[failed].get("terminationGracePeriodSeconds") or grace))
        return run.stop_at

    def _ended(self, pod: Object, spec: Object, state: ContainerState) -> None:
        run = _current(state)
        state.phase, state.ready, state.started = Phase.TERMINATED, False, False
        wants_log = spec.get("terminationMessagePolicy") == "FallbackToLogsOnError"
        if wants_log and run.exit_code != 0:
            run.message = self._logs.tail(pod, state, spec)

    # ---- between two runs ----

    def _terminated(self, pod: Object, state: ContainerState, policy: str) -> float | None:
        """Decide on the next run; falls through to waiting when one is due or held back."""
        run, now = _current(state), self._clock.now()
        finished = run.finished_at or now
        if policy == "Never" or (policy == "OnFailure" and run.exit_code == 0):
            return None
        if now < finished + RELIST_SECONDS:
            return finished + RELIST_SECONDS
        state.phase = Phase.WAITING
        state.pull = Pull()  # the kubelet looks for the image before each run
        state.retry_at = state.back_off.holds_until(finished)
        if state.retry_at > now:
            self._hold_back(pod, state)
        else:
            state.waiting_reason, state.waiting_message = "ContainerCreating", ""
        return None

    def _hold_back(self, pod: Object, state: ContainerState) -> None:
        state.waiting_reason = "CrashLoopBackOff"
        delay = spelled(state.back_off.delay)
        state.waiting_message = self._texts.say(
            Text.BACK_OFF_RESTART_WAITING, delay=delay, name=state.name, pod=_full_name(pod)
        )
        state.next_event_at = self._clock.now()

    # ---- waiting ----

    def _waiting(
        self, pod: Object, home: PodState, spec: Object, state: ContainerState, voice: Voice
    ) -> float | None:
        now = self._clock.now()
        if state.run is not None and spec["image"] != state.image:
            # Another image is another container: it owes nothing for the ends of the one before.
            state.back_off, state.retry_at = BackOff(), now
            state.image, state.pull = spec["image"], Pull()
        if now < state.retry_at:
            if state.waiting_reason == "RunContainerError" and now >= state.next_event_at:
                self._hold_back(pod, state)
            if state.waiting_reason == "CrashLoopBackOff" and now >= state.next_event_at:
                text = self._texts.say(Text.BACK_OFF_RESTART_EVENT, name=state.name, pod=_full_name(pod))
                voice.warning("BackOff", text)
                state.next_event_at = now + EVENT_SECONDS
            return min(state.next_event_at, state.retry_at)
        wake = self._puller.step(pod, spec, state, voice)
        if wake is not None:
            return wake
        try:
            env = environment(self._store, self._texts, pod, spec, home.ip)
            self._check_user(pod, spec)
        except ConfigError as error:
            return self._config_error(state, voice, str(error))
        return self._start(pod, spec, state, voice, env)

    def _config_error(self, state: ContainerState, voice: Voice, message: str) -> float:
        now = self._clock.now()
        if now >= state.next_config_look_at:
            voice.warning("Failed", self._texts.say(Text.ERROR, error=message))
            state.next_config_look_at = now + EVENT_SECONDS
        state.waiting_reason, state.waiting_message = "CreateContainerConfigError", message
        return state.next_config_look_at

    def _check_user(self, pod: Object, spec: Object) -> None:
        context = (pod["spec"].get("securityContext") or {}) | (spec.get("securityContext") or {})
        as_root = self._runtime.behaviours.of(spec["image"]).user == "root"
        if context.get("runAsNonRoot") and as_root and not context.get("runAsUser"):
            raise ConfigError(self._texts.say(Text.RUN_AS_ROOT, pod=_full_name(pod), name=spec["name"]))

    def _start(
        self, pod: Object, spec: Object, state: ContainerState, voice: Voice, env: dict[str, str]
    ) -> float | None:
        now = self._clock.now()
        run = self._new_run(pod, spec, state, env)
        if state.run is not None:
            state.back_off.next(now)
        state.previous, state.run = state.run, run
        state.probes, state.ready, state.started = {}, False, False
        voice.normal("Created", self._texts.say(Text.CREATED, name=state.name))
        command = spec.get("command") or ()
        if command and not known_command(run.behaviour, command[0]):
            return self._start_error(state, voice, command[0])
        voice.normal("Started", self._texts.say(Text.STARTED, name=state.name))
        state.phase, state.waiting_reason, state.waiting_message = Phase.RUNNING, "", ""
        self._processes.begin(pod, spec, run)
        wake = self._running(pod, spec, state, voice)
        return wake if state.phase is Phase.RUNNING else now + RELIST_SECONDS

    def _new_run(self, pod: Object, spec: Object, state: ContainerState, env: dict[str, str]) -> Run:
        now, seed = self._clock.now(), self._rng.getrandbits(32)
        identity = hashlib.sha256(f"{state.name}:{seed}:{now}".encode()).hexdigest()
        return Run(
            number=0 if state.run is None else state.run.number + 1,
            started_at=now,
            seed=seed,
            container_id=f"containerd://{identity}",
            behaviour=behaviour_of(self._runtime.behaviours, pod, spec),
            env=env,
            listens_from=float("inf"),
        )

    def _start_error(self, state: ContainerState, voice: Voice, command: str) -> float:
        """The runtime cannot execute the command: the run ends before it began."""
        run, now = _current(state), self._clock.now()
        stem = Text.START_ERROR_STAT if command.startswith("/") else Text.START_ERROR_PATH
        message = self._texts.say(stem, command=command)
        voice.warning("Failed", self._texts.say(Text.ERROR, error=message))
        run.started_at, run.finished_at = 0.0, now
        run.exit_code, run.reason, run.message = START_ERROR_CODE, "StartError", message
        state.phase, state.pull = Phase.WAITING, Pull()
        state.waiting_reason, state.waiting_message = "RunContainerError", message
        # The first retry is immediate for a crash, but an error in the sync waits for the next one.
        state.next_event_at = now + RELIST_SECONDS
        state.retry_at = max(state.back_off.holds_until(now), now + EVENT_SECONDS)
        return state.next_event_at


def image_status(spec: Object, run: Run | None) -> tuple[str, str]:
    """Image and imageID of a container status: canonical once the runtime has seen it."""
    name = images.parse(spec["image"])
    if run is None or name is None:
        return spec["image"], ""
    return name.canonical, name.image_id


def _current(state: ContainerState) -> Run:
    if state.run is None:
        raise AssertionError(f"container {state.name} is {state.phase} without a run")
    return state.run


def _full_name(pod: Object) -> str:
    meta = pod["metadata"]
    return f"{meta['name']}_{meta['namespace']}({meta['uid']})"
