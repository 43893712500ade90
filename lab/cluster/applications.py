"""What the programs in containers do when asked, or when they ask others: answers, calls, conditions."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from lab.cluster.admittance import Party, crowded_out, expired, pool_of, utc
from lab.cluster.behaviour import Answer
from lab.cluster.context import Context
from lab.cluster.dependencies import Call
from lab.cluster.flags import variant
from lab.cluster.kubelet.mounts import files
from lab.cluster.kubelet.state import Run, Runtime, ports_of
from lab.cluster.memo import Memo
from lab.cluster.network import Network, Outcome
from lab.cluster.ports import LogLine, Object
from lab.cluster.randomness import seeded
from lab.cluster.refusals import Refusal, bad_answer, login, unreachable, use_mongo
from lab.cluster.texts import Text
from lab.cluster.when import When

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
    refusal: Refusal | None = None
    """Of a server that writes its own log about it."""
    answered: bool = False
    """The error is an answer: the other side could be reached."""


@dataclass(frozen=True)
class Answered:
    """An HTTP answer, or that of a remote procedure call."""

    status: int
    body: str
    seconds: float
    error: str = ""
    """What was wrong, as callers repeat it."""


class Applications:
    """The programs of all running containers."""

    def __init__(self, context: Context, runtime: Runtime, network: Network) -> None:
        self._store, self._texts, self._clock = context.store, context.texts, context.clock
        self._runtime, self._network = runtime, network
        self._files = Memo[Mapping[str, str]](context.store, "ConfigMap", "Secret")

    def answer(self, pod: Object, port: int, path: str, depth: int = 0) -> Answered | None:
        """The answer of whichever container listens on the port; `None` when none does."""
        now = self._clock.now()
        for spec, run in self._runtime.running(pod):
            if run.listening(now) and port in ports_of(spec, run):
                return self._said(pod, spec, run, path, depth)
        return None

    def _said(self, pod: Object, spec: Object, run: Run, path: str, depth: int) -> Answered:
        answer = find_answer(run.behaviour.http, path)
        error, seconds = None, answer.seconds
        for name in answer.needs:
            error, waited = self._met(pod, run, name, depth)
            seconds += waited
            if error is not None:
                break
        if answer.when is not None and self.holds(answer.when, pod, spec, run, depth):
            drawn = seeded(f"{run.seed}:{path}:{int(self._clock.now())}").random()
            error = answer.error if error is None and drawn < self.share(answer, pod, run) else error
        seconds += self.delay(answer, pod, spec, run, depth)
        if error is None:
            return Answered(answer.status, answer.body, seconds)
        return Answered(answer.otherwise, answer.body, seconds, error)

    def share(self, answer: Answer, pod: Object, run: Run) -> float:
        """Of the requests that the condition of an answer breaks, where it holds."""
        flag = None if answer.when is None else answer.when.flag
        variant = self.flag(pod, run, flag) if answer.shares and flag is not None else ""
        return answer.shares.get(variant, answer.share)

    def delay(self, answer: Answer, pod: Object, spec: Object, run: Run, depth: int = 0) -> float:
        """Seconds by which an answer is late now."""
        slow = answer.slow_when is not None and self.holds(answer.slow_when, pod, spec, run, depth)
        more = sum(each.seconds for each in answer.delays if self.holds(each.when, pod, spec, run, depth))
        return more + (answer.slow_seconds if slow else 0.0)

    def call(self, pod: Object, run: Run, call: Call, depth: int = 0) -> Called:
        """Make a call as the container is configured to."""
        dialect = run.behaviour.dialect
        where = address_of(run, call)
        target = target_of(run, call) if call.registered is None else self.registered(pod, call.registered)
        if target is None and call.registered is not None:
            return Called(where or call.registered, self._texts.say(Text.GRPC_NO_ADDRESS))
        if not where and target is None:
            return Called("", f"{call.env} is not set")
        if target is None:
            return Called(where, f"invalid address {where!r}")
        host, port = target
        outcome = self._network.connect(pod, host, port)
        address = f"{host}:{port}"
        if not outcome.ok:
            return Called(address, unreachable(self._texts, call, dialect, outcome), outcome.seconds)
        barred = self.barred(pod, run, call, outcome)
        if barred is not None:
            return Called(address, barred.error, refusal=barred, answered=True)
        server = self.server(outcome)
        refusal = None if server is None else use_mongo(self._texts, call, dialect, server, outcome)
        if refusal is not None:
            return Called(address, refusal.error, refusal=refusal)
        if call.path is None or outcome.pod is None or depth >= DEEPEST_CALL:
            return Called(address, seconds=outcome.seconds)
        answered = self.answer(outcome.pod, outcome.pod_port, call.path, depth + 1)
        if answered is None or answered.status < 500:
            return Called(address, seconds=outcome.seconds + (0.0 if answered is None else answered.seconds))
        url = f"http://{address}{call.path}"
        text = bad_answer(self._texts, call, dialect, answered.status, url, answered.error)
        return Called(address, text, answered.seconds, answered=True)

    def logged_in(self, pod: Object, run: Run, call: Call) -> None:
        """Let the server of a call that has got through write down who logged in."""
        target = target_of(run, call) if call.mongo is not None and call.registered is None else None
        outcome = None if target is None else self._network.connect(pod, *target)
        server = None if outcome is None or not outcome.ok else self.server(outcome)
        if outcome is not None and server is not None:
            now = self._clock.now()
            server.said += [LogLine(now, line) for line in login(self._texts, call, server, outcome)]

    def registered(self, pod: Object, name: str) -> tuple[str, int] | None:
        """Where a name of the service registry leads from a pod: a pod's IP and port; `None`: nobody has it."""
        now = self._clock.now()
        for other in self._store.list("Pod", pod["metadata"]["namespace"]):
            for spec, run in self._runtime.running(other):
                if run.behaviour.registers == name and run.listening(now):
                    return other["status"]["podIP"], min(ports_of(spec, run))
        return None

    def barred(self, pod: Object, run: Run, call: Call, outcome: Outcome) -> Refusal | None:
        """Why a connection that stands is of no use: an expired certificate, or no room; `None` when it is."""
        pooled = pool_of(call, run) > 0
        server = self._party(outcome) if call.tls or pooled else None
        if server is None:
            return None
        shown = server.run.behaviour.certificate
        if call.tls and shown is not None:
            pem, now = self.files(server.pod, server.spec).get(shown), utc(self._clock.now())
            if (refusal := expired(self._texts, call, run.behaviour.dialect, server, pem, now)) is not None:
                return refusal
        return crowded_out(server, run, self._parties(), self._end_of) if pooled else None

    def _parties(self) -> Iterator[Party]:
        for pod in self._store.list("Pod"):
            for spec, run in self._runtime.running(pod):
                yield Party(pod, spec, run)

    def _end_of(self, party: Party, call: Call) -> Object | None:
        target = target_of(party.run, call)
        return None if target is None else self._network.connect(party.pod, *target).pod

    def _party(self, outcome: Outcome) -> Party | None:
        if outcome.pod is None:
            return None
        running = self._runtime.running(outcome.pod)
        found = ((spec, run) for spec, run in running if outcome.pod_port in ports_of(spec, run))
        return next((Party(outcome.pod, spec, run) for spec, run in found), None)

    def server(self, outcome: Outcome) -> Run | None:
        """The container that a connection ended at; `None` outside the cluster."""
        party = self._party(outcome)
        return None if party is None else party.run

    def files(self, pod: Object, spec: Object) -> Mapping[str, str]:
        """The files that a container's volumes show now, those that its pod has written among them."""
        home = self._runtime.pods.get(pod["metadata"]["uid"])
        scratch, writes = ({}, 0) if home is None else (home.scratch, home.writes)
        return self._files.of(pod, (spec["name"], writes), lambda: files(self._store, pod, spec, scratch))

    def holds(self, when: When | None, pod: Object, spec: Object, run: Run, depth: int = 0) -> bool:
        """Whether a condition holds in a container now; `None` always does."""
        if when is None:
            return True
        if when.missing_env is not None and run.env.get(when.missing_env):
            return False
        if when.env is not None and not re.match(when.matches, run.env.get(when.env, "")):
            return False
        if when.missing_file is not None or when.file is not None:
            shown = self.files(pod, spec)
            if when.missing_file is not None and when.missing_file in shown:
                return False
            if when.file is not None and not re.search(when.matches, shown.get(when.file, "")):
                return False
        if when.full is not None and not _was(run, f"full:{when.full}", self._clock.now()):
            return False
        if when.flag is not None and not re.match(when.matches, self.flag(pod, run, when.flag)):
            return False
        if when.working is not None and self._error(pod, run, when.working, depth) is not None:
            return False
        return when.failing is None or self._error(pod, run, when.failing, depth) is not None

    def flag(self, pod: Object, run: Run, name: str) -> str:
        """The variant of a feature flag; empty when nobody tells."""
        call = next((each for each in run.behaviour.calls if each.flags), None)
        target = None if call is None else target_of(run, call)
        if target is None:
            return ""
        outcome = self._network.connect(pod, *target)
        if not outcome.ok or outcome.pod is None:
            return ""
        for spec, server in self._runtime.running(outcome.pod):
            if server.behaviour.flags is not None and outcome.pod_port in ports_of(spec, server):
                return variant(self.files(outcome.pod, spec).get(server.behaviour.flags, ""), name)
        return ""

    def _error(self, pod: Object, run: Run, name: str, depth: int) -> str | None:
        return self._met(pod, run, name, depth)[0]

    def _met(self, pod: Object, run: Run, name: str, depth: int) -> tuple[str | None, float]:
        """What the program makes of a call's error, and how long the call took."""
        call = next((each for each in run.behaviour.calls if each.name == name), None)
        if call is None:
            return None, 0.0
        called = self.call(pod, run, call, depth)
        return None if called.error is None else call.wrapped.replace("{error}", called.error), called.seconds


def _was(run: Run, name: str, at: float) -> bool:
    """Whether something that the run notes held at a time."""
    spell = run.spells.get(name)
    return spell is not None and spell.held_at(at)


def address_of(run: Run, call: Call) -> str:
    """Where a call goes, as configured; empty when nothing says it."""
    return (run.env.get(call.env) if call.env else None) or call.address or ""


def target_of(run: Run, call: Call) -> tuple[str, int] | None:
    """Host and port of a call; `None` for what is no address."""
    return _parsed(address_of(run, call), call.default_port)


@lru_cache(maxsize=4096)
def _parsed(address: str, default_port: int) -> tuple[str, int] | None:
    found = _TARGET.match(address.removeprefix("jdbc:"))
    return None if found is None else (found[1], int(found[2] or default_port))


def find_answer(answers: dict[str, Answer], path: str) -> Answer:
    """What a program says at a path; a query string does not matter."""
    bare = path.partition("?")[0] or "/"
    if bare in answers:
        return answers[bare]
    return Answer() if not answers or bare == "/" else Answer(status=404, body="404 page not found\n")
