"""The controller of experiments (chaos-mesh/controllers/common, 2.6): hold, select, inject, recover, let go."""

from collections.abc import Iterable
from typing import Final

from lab.cluster.chaos import words
from lab.cluster.chaos.effects import Effects, Wake
from lab.cluster.chaos.experiment import is_one_shot, is_paused, length, targets
from lab.cluster.chaos.records import INJECTED, NOT_INJECTED, RUN, STOP, record, status, turned
from lab.cluster.context import Context
from lab.cluster.kubelet.state import Runtime
from lab.cluster.ports import Object
from lab.cluster.queue import Key
from lab.cluster.randomness import seeded
from lab.cluster.store import StoreEvent

FINALIZER: Final = "chaos-mesh/records"
INIT, PHASE, RECORDS, CLEAN = "initFinalizers", "desiredphase", "records", "cleanFinalizers"
"""Who says what; each of Chaos Mesh's loops has a name of its own."""


class ChaosMesh:
    """Carries experiments out for as long as they last, and no longer."""

    kinds: tuple[str, ...] = ("PodChaos", "NetworkChaos")

    def __init__(self, context: Context, runtime: Runtime, wake: Wake) -> None:
        self._store, self._clock, self._recorder = context.store, context.clock, context.recorder
        self._effects = Effects(context, runtime, wake)

    def keys(self, event: StoreEvent) -> Iterable[Key]:
        """The experiment."""
        if event.type != "DELETED":
            meta = event.obj["metadata"]
            yield (event.kind, meta["namespace"], meta["name"])

    def reconcile(self, key: Key) -> float | None:
        """Bring one experiment nearer to what it should be now. Answers the seconds until its time is up."""
        chaos = self._store.get(*key)
        if chaos is None:
            return None
        chaos = self._held(chaos)
        phase, wait = self._wanted(chaos)
        experiment = (chaos.get("status") or {}).get("experiment") or {}
        if experiment.get("desiredPhase") != phase:
            self._updated(chaos, "desiredPhase", PHASE)
        records = self._carried(chaos, phase, list(experiment.get("containerRecords") or ()))
        chaos = self._store.update(chaos["kind"], {**chaos, "status": status(phase, records, is_paused(chaos))})
        if "deletionTimestamp" in chaos["metadata"] and chaos["metadata"].get("finalizers"):
            self._recorder.normal(chaos, *words.RELEASED, CLEAN)
            self._store.update(chaos["kind"], {**chaos, "metadata": {**chaos["metadata"], "finalizers": []}})
            return None
        return wait

    def _held(self, chaos: Object) -> Object:
        """With the finalizer that keeps the object until its targets are let go."""
        meta = chaos["metadata"]
        if "deletionTimestamp" in meta or FINALIZER in (meta.get("finalizers") or ()):
            return chaos
        self._recorder.normal(chaos, *words.HELD, INIT)
        self._updated(chaos, "finalizer", INIT)
        finalizers = [*(meta.get("finalizers") or ()), FINALIZER]
        return self._store.update(chaos["kind"], {**chaos, "metadata": {**meta, "finalizers": finalizers}})

    def _wanted(self, chaos: Object) -> tuple[str, float | None]:
        """Whether it should run, and in how many seconds that changes."""
        before = ((chaos.get("status") or {}).get("experiment") or {}).get("desiredPhase")
        if "deletionTimestamp" in chaos["metadata"]:
            return self._stopped(chaos, before, words.DELETED), None
        if is_one_shot(chaos):
            return RUN, None
        lasts, left = length(chaos), None
        if lasts is not None:
            left = self._clock.parse(chaos["metadata"]["creationTimestamp"]) + lasts - self._clock.now()
            if left <= 0:
                return self._stopped(chaos, before, words.TIME_UP), None
        if is_paused(chaos):
            return self._stopped(chaos, before, words.PAUSED), left
        if before != RUN:
            self._recorder.normal(chaos, *words.STARTED, PHASE)
        return RUN, left

    def _stopped(self, chaos: Object, before: str | None, said: words.Said) -> str:
        if before != STOP:
            self._recorder.normal(chaos, *said, PHASE)
        return STOP

    def _carried(self, chaos: Object, phase: str, records: list[Object]) -> list[Object]:
        """The records after every target has been met or let go as the phase asks."""
        changed = not records
        if not records:
            rng = seeded(chaos["metadata"]["uid"])
            records = [record(each) for each in targets(self._store, chaos, rng)] if phase == RUN else []
            if not records:
                if phase == RUN:
                    self._recorder.warning(chaos, *words.NO_TARGET, RECORDS)
                return []
        goal, now = INJECTED if phase == RUN else NOT_INJECTED, self._clock.iso()
        for number, each in enumerate(records):
            if each["phase"] == goal:
                continue
            act = self._effects.apply if goal == INJECTED else self._effects.recover
            act(chaos, each["id"])
            records[number], changed = turned(each, goal, now), True
            said = words.applied if goal == INJECTED else words.recovered
            self._recorder.normal(chaos, *said(each["id"]), RECORDS)
        if changed:
            self._updated(chaos, "records", RECORDS)
        return records

    def _updated(self, chaos: Object, field: str, by: str) -> None:
        self._recorder.normal(chaos, *words.updated(field), by)
