"""Readiness, liveness and startup probes (pkg/kubelet/prober, pkg/probe)."""

from dataclasses import dataclass

from lab.cluster.applications import Applications
from lab.cluster.context import Context, soonest
from lab.cluster.kubelet.execute import Executor
from lab.cluster.kubelet.state import ContainerState, ProbeRecord
from lab.cluster.kubelet.voice import Voice
from lab.cluster.network import Network
from lab.cluster.pods import port_named
from lab.cluster.ports import Object
from lab.cluster.texts import Text

LABELS = {"startupProbe": "Startup", "livenessProbe": "Liveness", "readinessProbe": "Readiness"}
FIRST_SECONDS = 1.0
"""The first look comes this long after the start even without a delay; the prober is not faster."""


@dataclass(frozen=True)
class Failure:
    """Why a probe failed."""

    text: str
    errored: bool = False
    """The probe itself could not be made; it counts for nothing."""


class Prober:
    """Looks at containers as their probes ask."""

    def __init__(self, context: Context, network: Network, applications: Applications, executor: Executor) -> None:
        self._clock, self._texts = context.clock, context.texts
        self._network, self._applications, self._executor = network, applications, executor

    def step(
        self, pod: Object, spec: Object, state: ContainerState, voice: Voice
    ) -> tuple[float | None, str | None]:
        """Make the probes that are due. Answers when to look again, and the probe that wants a restart."""
        run = state.run
        if run is None:
            return None, None
        wake = None
        for field in LABELS:
            probe = spec.get(field)
            if probe is None or not self._is_its_turn(field, spec, state):
                continue
            delay = max(float(probe.get("initialDelaySeconds", 0)), FIRST_SECONDS)
            record = state.probes.setdefault(field, ProbeRecord(run.started_at + delay))
            if self._clock.now() >= record.next_at:
                self._look(field, probe, pod, spec, record, voice)
                if record.passed is False and field != "readinessProbe":
                    return None, field
            if field != "startupProbe" or not record.passed:
                wake = soonest(wake, record.next_at)
        started = state.probes.get("startupProbe")
        state.started = "startupProbe" not in spec or (started is not None and started.passed is True)
        readiness = state.probes.get("readinessProbe")
        passed = "readinessProbe" not in spec or (readiness is not None and readiness.passed is True)
        if state.started and not state.ready and not passed and wake is None:
            wake = self._clock.now() + FIRST_SECONDS  # the others begin once the startup probe is through
        state.ready = state.started and passed
        return wake, None

    @staticmethod
    def _is_its_turn(field: str, spec: Object, state: ContainerState) -> bool:
        started = state.probes.get("startupProbe")
        through = "startupProbe" not in spec or (started is not None and started.passed is True)
        return not through if field == "startupProbe" else through

    def _look(
        self, field: str, probe: Object, pod: Object, spec: Object, record: ProbeRecord, voice: Voice
    ) -> None:
        record.next_at = self._clock.now() + probe.get("periodSeconds", 10)
        failure = self.failure(probe, pod, spec)
        label = LABELS[field]
        if failure is None:
            record.successes, record.failures = record.successes + 1, 0
            if record.successes >= probe.get("successThreshold", 1):
                record.passed = True
            return
        if failure.errored:
            voice.warning("Unhealthy", self._texts.say(Text.PROBE_ERRORED, probe=label, error=failure.text))
            return
        record.failures, record.successes = record.failures + 1, 0
        voice.warning("Unhealthy", self._texts.say(Text.PROBE_FAILED, probe=label, error=failure.text))
        if record.failures >= probe.get("failureThreshold", 3):
            record.passed = False

    def failure(self, probe: Object, pod: Object, spec: Object) -> Failure | None:
        """Make one probe now; `None` when it succeeds."""
        timeout = float(probe.get("timeoutSeconds", 1))
        if "exec" in probe:
            return self._exec(probe["exec"].get("command") or [], pod, spec, timeout)
        if "httpGet" in probe:
            return self._http(probe["httpGet"], pod, timeout)
        target = probe.get("tcpSocket") or probe.get("grpc") or {}
        port = port_named(pod["spec"], target.get("port", 0))
        address = f"{target.get('host') or pod['status'].get('podIP')}:{port}"
        netem = self._network.netem(pod)
        silent = netem.lost or netem.late > timeout
        if port is not None and not silent and self._network.listens(pod, port):
            return None
        if "grpc" in probe:
            return Failure(self._texts.say(Text.GRPC_TIMEOUT, address=address, timeout=f"{timeout:g}"))
        said = Text.TIMEOUT_GO if silent else Text.TCP_REFUSED
        return Failure(self._texts.say(said, address=address))

    def _http(self, get: Object, pod: Object, timeout: float) -> Failure | None:
        port, path = port_named(pod["spec"], get.get("port", 80)), get.get("path") or "/"
        if port is None:
            return Failure(f'couldn\'t find port: "{get.get("port")}"', errored=True)
        address = f"{get.get('host') or pod['status'].get('podIP')}:{port}"
        url = f"{get.get('scheme', 'HTTP').lower()}://{address}{path}"
        netem = self._network.netem(pod)
        answered = None if netem.lost else self._applications.answer(pod, port, path)
        if answered is None and not netem.lost:
            return Failure(self._texts.say(Text.HTTP_REFUSED, url=url, address=address))
        if answered is None or answered.seconds + netem.late > timeout:
            return Failure(self._texts.say(Text.HTTP_TIMEOUT, url=url))
        if not 200 <= answered.status < 400:
            return Failure(self._texts.say(Text.HTTP_STATUS, status=answered.status))
        return None

    def _exec(self, command: list[str], pod: Object, spec: Object, timeout: float) -> Failure | None:
        ran = self._executor.in_container(pod, spec["name"], command)
        if ran.missing is not None:
            return Failure(ran.missing, errored=True)
        if ran.seconds > timeout:
            text = self._texts.say(Text.EXEC_PROBE_TIMEOUT, command=" ".join(command), timeout=f"{timeout:g}")
            return Failure(text)
        return None if ran.exit_code == 0 else Failure(ran.stdout + ran.stderr)
