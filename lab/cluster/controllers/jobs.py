"""Jobs: pods that run to their end, as often as wanted (pkg/controller/job)."""

from collections import defaultdict
from collections.abc import Iterable

from lab.cluster.conditions import condition, is_true, set_condition
from lab.cluster.context import Context, place_of, soonest
from lab.cluster.controllers.job_pods import new_pods, restarts
from lab.cluster.controllers.retries import Retries
from lab.cluster.controllers.tallies import Tally, intervals
from lab.cluster.errors import ApiError
from lab.cluster.pods import controller_of, is_active, is_over, is_ready
from lab.cluster.ports import Object
from lab.cluster.queue import Key
from lab.cluster.store import StoreEvent
from lab.cluster.texts import Text

COMPONENT = "job-controller"
COUNTS = ("active", "ready", "succeeded", "failed", "terminating", "completedIndexes")


class Jobs:
    """Runs pods until enough have succeeded, or too many have failed."""

    kinds: tuple[str, ...] = ("Job", "Pod")

    def __init__(self, context: Context) -> None:
        self._store, self._index, self._clock = context.store, context.index, context.clock
        self._texts, self._recorder, self._admit = context.texts, context.recorder, context.admit
        self._tallies: dict[str, Tally] = defaultdict(Tally)
        """By the Job's uid."""
        self._retries = Retries()

    def keys(self, event: StoreEvent) -> Iterable[Key]:
        """The Job, or the one that a pod belongs to."""
        if event.kind == "Job":
            if event.type == "DELETED":
                self._tallies.pop(event.obj["metadata"]["uid"], None)
            yield place_of(event.obj)
            return
        owner = controller_of(event.obj)
        if owner is not None and owner["kind"] == "Job":
            ended = is_over(event.obj) or event.type == "DELETED"
            if ended and self._index.exists(owner["uid"]):
                self._tallies[owner["uid"]].note(event, self._clock.now())
            yield (event.obj["metadata"]["namespace"], owner["name"])

    def reconcile(self, key: Key) -> float | None:
        """Carry one Job on."""
        job = self._store.get("Job", *key)
        if job is None or "deletionTimestamp" in job["metadata"]:
            self._retries.succeeded(key)
            return None
        if (over_since := ended_at(job)) is not None:
            return self._expire(job, self._clock.parse(over_since))
        tally = self._tallies[job["metadata"]["uid"]]
        job = self._begin(job)
        if job["spec"].get("suspend"):
            self._delete(job, tally, self._active(job))
            self._write(job, tally)
            return None
        verdict = self._verdict(job, tally)
        if verdict is not None:
            self._delete(job, tally, self._active(job))
            self._end(job, tally, *verdict)
            return None
        wait = self._manage(key, job, tally)
        self._write(self._store.require("Job", *key), tally)
        return soonest(wait, self._until_deadline(job))

    # ---- beginning and end ----

    def _begin(self, job: Object) -> Object:
        """Set the start, and tell when the Job was suspended or resumed."""
        old = job.get("status") or {}
        conditions = [dict(each) for each in old.get("conditions") or ()]
        status, now = {**old, "conditions": conditions}, self._clock.iso()
        if job["spec"].get("suspend"):
            if not is_true(job, "Suspended"):
                message = self._texts.say(Text.JOB_SUSPENDED)
                set_condition(conditions, "Suspended", "True", now, "JobSuspended", message, lastProbeTime=now)
                self._recorder.normal(job, "Suspended", message, COMPONENT)
                status.pop("startTime", None)
        else:
            if is_true(job, "Suspended"):
                message = self._texts.say(Text.JOB_RESUMED)
                set_condition(conditions, "Suspended", "False", now, "JobResumed", message, lastProbeTime=now)
                self._recorder.normal(job, "Resumed", message, COMPONENT)
            status.setdefault("startTime", now)
        if not conditions:
            del status["conditions"]
        return self._store.update_status("Job", job, status)

    def _verdict(self, job: Object, tally: Tally) -> tuple[bool, str, Text] | None:
        """Whether the Job is through: success, reason, text; `None` while it goes on."""
        spec, active = job["spec"], self._active(job)
        if found := condition((job.get("status") or {}).get("conditions") or [], "FailureTarget"):
            deadline = found["reason"] == "DeadlineExceeded"
            return (False, found["reason"], Text.JOB_DEADLINE if deadline else Text.JOB_BACK_OFF_LIMIT)
        limit = int(spec.get("backoffLimit", 6))
        again = sum(restarts(pod) for pod in active) if _policy(spec) == "OnFailure" else 0
        if len(tally.failed) > limit or (again > 0 and again >= limit):
            return (False, "BackoffLimitExceeded", Text.JOB_BACK_OFF_LIMIT)
        left = self._until_deadline(job)
        if left is not None and left <= 0:
            return (False, "DeadlineExceeded", Text.JOB_DEADLINE)
        wanted = spec.get("completions")
        enough = bool(tally.succeeded) and not active if wanted is None else _done(spec, tally) >= wanted
        return (True, "CompletionsReached", Text.JOB_REACHED) if enough else None

    def _until_deadline(self, job: Object) -> float | None:
        seconds = job["spec"].get("activeDeadlineSeconds")
        if seconds is None:
            return None
        return self._clock.parse(job["status"]["startTime"]) + float(seconds) - self._clock.now()

    def _end(self, job: Object, tally: Tally, success: bool, reason: str, text: Text) -> None:
        """First the verdict; the end itself when the last pod has stopped (JobPodReplacementPolicy)."""
        job = self._store.require("Job", *place_of(job))
        still = [pod for pod in self._pods(job) if not is_over(pod)]
        conditions = [dict(each) for each in job["status"].get("conditions") or ()]
        message, now = self._texts.say(text), self._clock.iso()
        kinds = ("SuccessCriteriaMet", "Complete") if success else ("FailureTarget", "Failed")
        for kind in kinds if not still else kinds[:1]:
            set_condition(conditions, kind, "True", now, reason, message, lastProbeTime=now)
        status = {**job["status"], "conditions": conditions}
        if success and not still:
            status["completionTime"] = now
            self._recorder.normal(job, "Completed", self._texts.say(Text.JOB_COMPLETED), COMPONENT)
        elif not still:
            self._recorder.warning(job, reason, message, COMPONENT)
        self._write(job, tally, status)

    def _expire(self, job: Object, since: float) -> float | None:
        """Delete a Job whose time after its end is over (pkg/controller/ttlafterfinished)."""
        kept = job["spec"].get("ttlSecondsAfterFinished")
        if kept is None:
            return None
        left = since + float(kept) - self._clock.now()
        if left > 0:
            return left
        self._store.delete("Job", *place_of(job))
        return None

    # ---- pods ----

    def _pods(self, job: Object) -> list[Object]:
        return self._index.owned(job["metadata"]["uid"], "Pod")

    def _active(self, job: Object) -> list[Object]:
        return [pod for pod in self._pods(job) if is_active(pod)]

    def _manage(self, key: Key, job: Object, tally: Tally) -> float | None:
        """As many pods as may run now. Answers the seconds until more may be made."""
        spec, active = job["spec"], self._active(job)
        completions, wanted = spec.get("completions"), int(spec.get("parallelism", 1))
        if completions is not None:
            wanted = min(wanted, completions - _done(spec, tally))
        elif tally.succeeded:
            wanted = min(wanted, len(active))
        if len(active) > wanted:
            self._delete(job, tally, active[: len(active) - wanted])
        if len(active) >= wanted:
            return None
        now = self._clock.now()
        if wait := tally.back_off(now) or self._retries.wait(key, now):
            return wait
        for pod in new_pods(job, active, tally.indexes, wanted - len(active), self._store.suffix):
            try:
                made = self._store.create("Pod", self._admit("Pod", pod, "CREATE", False))
            except ApiError as refusal:
                text = self._texts.say(Text.CREATE_FAILED, error=refusal.message)
                self._recorder.warning(job, "FailedCreate", text, COMPONENT)
                return self._retries.failed(key, now)
            text = self._texts.say(Text.POD_CREATED, name=made["metadata"]["name"])
            self._recorder.normal(job, "SuccessfulCreate", text, COMPONENT)
        self._retries.succeeded(key)
        return None

    def _delete(self, job: Object, tally: Tally, pods: Iterable[Object]) -> None:
        for pod in pods:
            tally.spared.add(pod["metadata"]["uid"])
            self._store.delete("Pod", *place_of(pod))
            text = self._texts.say(Text.POD_DELETED, name=pod["metadata"]["name"])
            self._recorder.normal(job, "SuccessfulDelete", text, COMPONENT)

    # ---- status ----

    def _write(self, job: Object, tally: Tally, status: Object | None = None) -> None:
        pods = self._pods(job)
        active = [pod for pod in pods if is_active(pod)]
        ending = [pod for pod in pods if "deletionTimestamp" in pod["metadata"] and not is_over(pod)]
        old = job["status"] if status is None else status
        counts: Object = {
            "active": len(active),
            "succeeded": _done(job["spec"], tally),
            "failed": len(tally.failed),
            "completedIndexes": intervals(tally.indexes),
        }
        new = {key: value for key, value in old.items() if key not in COUNTS}
        new |= {name: count for name, count in counts.items() if count}
        new |= {"ready": sum(is_ready(pod) for pod in active), "terminating": len(ending)}
        self._store.update_status("Job", job, {**new, "uncountedTerminatedPods": {}})


def ended_at(job: Object) -> str | None:
    """When a Job completed or failed; `None` while it has not."""
    for each in (job.get("status") or {}).get("conditions") or ():
        if each["type"] in ("Complete", "Failed") and each["status"] == "True":
            return str(each["lastTransitionTime"])
    return None


def _done(spec: Object, tally: Tally) -> int:
    return len(tally.indexes if spec.get("completionMode") == "Indexed" else tally.succeeded)


def _policy(spec: Object) -> str:
    return str(spec["template"]["spec"].get("restartPolicy", "Always"))
