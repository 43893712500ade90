"""What the programs in containers do when asked, or when they ask others: answers, calls, conditions."""

import re
from dataclasses import dataclass

from lab.cluster.behaviour import Answer, Call, When
from lab.cluster.context import Context
from lab.cluster.kubelet.mounts import files
from lab.cluster.kubelet.state import Run, Runtime, ports_of
from lab.cluster.network import Network, error_text
from lab.cluster.ports import Object
from lab.cluster.texts import Text

DEEPEST_CALL = 6
"""Requests that cause requests are followed this far; a circle answers 200 there."""
_TARGET = re.compile(r"(?:[a-z][a-z0-9+.:-]*://)?(?:[^@/]*@)?([^:/,?]+)(?::(\d+))?")


@dataclass(frozen=True)
class Called:
    """What came of a call."""

    address: str
    """`host:port` as configured."""
    error: str | None = None
    """In the program's words; `None` when it went well."""
    seconds: float = 0.0


@dataclass(frozen=True)
class Answered:
    """An HTTP answer."""

    status: int
    body: str
    seconds: float


class Applications:
    """The programs of all running containers."""

    def __init__(self, context: Context, runtime: Runtime, network: Network) -> None:
        self._store, self._texts, self._clock = context.store, context.texts, context.clock
        self._runtime, self._network = runtime, network

    def answer(self, pod: Object, port: int, path: str, depth: int = 0) -> Answered | None:
        """The answer of whichever container listens on the port; `None` when none does."""
        now = self._clock.now()
        for spec, run in self._runtime.running(pod):
            if run.listening(now) and port in ports_of(spec, run):
                answer = find_answer(run.behaviour.http, path)
                broken = any(not self._gets_through(pod, spec, run, name, depth) for name in answer.needs)
                if answer.when is not None and self.holds(answer.when, pod, spec, run, depth):
                    broken = True
                return Answered(answer.otherwise if broken else answer.status, answer.body, answer.seconds)
        return None

    def call(self, pod: Object, run: Run, call: Call, depth: int = 0) -> Called:
        """Make a call as the container is configured to."""
        where = address_of(run, call)
        if not where:
            return Called("", f"{call.env} is not set")
        target = target_of(run, call)
        if target is None:
            return Called(where, f"invalid address {where!r}")
        host, port = target
        outcome = self._network.connect(pod, host, port)
        address = f"{host}:{port}"
        if not outcome.ok:
            text = error_text(self._texts, outcome, run.behaviour.dialect)
            return Called(address, text, outcome.seconds)
        if call.path is None or outcome.pod is None or depth >= DEEPEST_CALL:
            return Called(address)
        answered = self.answer(outcome.pod, outcome.pod_port, call.path, depth + 1)
        if answered is None or answered.status < 500:
            return Called(address)
        url = f"http://{address}{call.path}"
        text = self._texts.say(Text(f"bad-status-{run.behaviour.dialect}"), status=answered.status, url=url)
        return Called(address, text, answered.seconds)

    def holds(self, when: When | None, pod: Object, spec: Object, run: Run, depth: int = 0) -> bool:
        """Whether a condition holds in a container now; `None` always does."""
        if when is None:
            return True
        if when.missing_env is not None and run.env.get(when.missing_env):
            return False
        if when.env is not None and not re.match(when.matches, run.env.get(when.env, "")):
            return False
        if when.missing_file is not None or when.file is not None:
            shown = files(self._store, pod, spec)
            if when.missing_file is not None and when.missing_file in shown:
                return False
            if when.file is not None and not re.search(when.matches, shown.get(when.file, "")):
                return False
        return when.failing is None or not self._gets_through(pod, spec, run, when.failing, depth)

    def _gets_through(self, pod: Object, spec: Object, run: Run, name: str, depth: int) -> bool:
        call = next((each for each in run.behaviour.calls if each.name == name), None)
        return call is None or self.call(pod, run, call, depth).error is None


def address_of(run: Run, call: Call) -> str:
    """Where a call goes, as configured; empty when nothing says it."""
    return (run.env.get(call.env) if call.env else None) or call.address or ""


def target_of(run: Run, call: Call) -> tuple[str, int] | None:
    """Host and port of a call; `None` for what is no address."""
    found = _TARGET.match(address_of(run, call).removeprefix("jdbc:"))
    return None if found is None else (found[1], int(found[2] or call.default_port))


def find_answer(answers: dict[str, Answer], path: str) -> Answer:
    """What a program says at a path; a query string does not matter."""
    bare = path.partition("?")[0] or "/"
    if bare in answers:
        return answers[bare]
    return Answer() if not answers or bare == "/" else Answer(status=404, body="404 page not found\n")
