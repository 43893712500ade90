"""CronJobs: Jobs at their times (pkg/controller/cronjob)."""

from collections.abc import Iterable

from lab.cluster.conditions import is_true
from lab.cluster.context import Context, place_of, soonest
from lab.cluster.controllers.jobs import ended_at
from lab.cluster.controllers.retries import Retries
from lab.cluster.errors import ApiError
from lab.cluster.pods import controller_of, controller_reference
from lab.cluster.ports import Object
from lab.cluster.queue import Key
from lab.cluster.schedules import BadSchedule, BadTimeZone, Schedule
from lab.cluster.store import StoreEvent, copy_of
from lab.cluster.texts import Text

COMPONENT = "cronjob-controller"
SCHEDULED_AT = "batch.kubernetes.io/cronjob-scheduled-timestamp"
TOO_MANY = 100
"""Missed starts from which the controller complains."""


class CronJobs:
    """Starts Jobs when they are due and forgets old ones."""

    kinds: tuple[str, ...] = ("CronJob", "Job")

    def __init__(self, context: Context) -> None:
        self._store, self._index, self._clock = context.store, context.index, context.clock
        self._texts, self._recorder, self._admit = context.texts, context.recorder, context.admit
        self._retries = Retries()

    def keys(self, event: StoreEvent) -> Iterable[Key]:
        """The CronJob, or the one that a Job came from."""
        if event.kind == "CronJob":
            yield place_of(event.obj)
            return
        owner = controller_of(event.obj)
        if owner is not None and owner["kind"] == "CronJob":
            yield (event.obj["metadata"]["namespace"], owner["name"])

    def reconcile(self, key: Key) -> float | None:
        """Look after one CronJob's Jobs; start the next one if it is due."""
        owner = self._store.get("CronJob", *key)
        if owner is None or "deletionTimestamp" in owner["metadata"]:
            return None
        jobs = self._index.owned(owner["metadata"]["uid"], "Job")
        owner = self._take_stock(owner, jobs)
        self._clean_up(owner, jobs)
        if owner["spec"].get("suspend"):
            return None
        try:
            schedule = Schedule.parse(owner["spec"]["schedule"], owner["spec"].get("timeZone"))
        except (BadSchedule, BadTimeZone) as error:
            text = self._texts.say(Text.CRON_UNPARSEABLE, schedule=owner["spec"]["schedule"], error=error)
            self._recorder.warning(owner, "UnparseableSchedule", text, COMPONENT)
            return None
        now = self._clock.now()
        again = self._retries.wait(key, now) or self._start_if_due(owner, schedule)
        return soonest(again, schedule.after(now) - now)

    # ---- what there is ----

    def _take_stock(self, owner: Object, jobs: list[Object]) -> Object:
        """Write which Jobs are active, and tell of those that have ended or vanished."""
        status = dict(owner.get("status") or {})
        by_uid = {each["metadata"]["uid"]: each for each in jobs}
        active = []
        for reference in status.pop("active", ()):
            job = by_uid.get(reference["uid"])
            if job is None:
                text = self._texts.say(Text.CRON_JOB_MISSING, name=reference["name"])
                self._recorder.normal(owner, "MissingJob", text, COMPONENT)
            elif (ended := ended_at(job)) is None:
                active.append(reference)
            else:
                outcome = "Complete" if is_true(job, "Complete") else "Failed"
                text = self._texts.say(Text.CRON_JOB_SEEN, name=reference["name"], outcome=outcome)
                self._recorder.normal(owner, "SawCompletedJob", text, COMPONENT)
                if outcome == "Complete":
                    status["lastSuccessfulTime"] = max(status.get("lastSuccessfulTime", ""), ended)
        if active:
            status["active"] = active
        return self._store.update_status("CronJob", owner, status)

    def _clean_up(self, owner: Object, jobs: list[Object]) -> None:
        """Keep the last few Jobs that ended, by how they ended."""
        for kind, field in (("Complete", "successfulJobsHistoryLimit"), ("Failed", "failedJobsHistoryLimit")):
            limit = owner["spec"].get(field)
            if limit is None:
                continue
            ended = [each for each in jobs if is_true(each, kind) and "deletionTimestamp" not in each["metadata"]]
            ended.sort(key=lambda each: (each["status"].get("startTime", ""), each["metadata"]["name"]))
            for job in ended[: max(0, len(ended) - int(limit))]:
                self._delete(owner, job)

    def _delete(self, owner: Object, job: Object) -> None:
        self._store.delete("Job", *place_of(job))
        text = self._texts.say(Text.CRON_JOB_DELETED, name=job["metadata"]["name"])
        self._recorder.normal(owner, "SuccessfulDelete", text, COMPONENT)

    # ---- the next one ----

    def _start_if_due(self, owner: Object, schedule: Schedule) -> float | None:
        """Answers the seconds until the next try when the API server refuses a Job."""
        spec, status, now = owner["spec"], owner.get("status") or {}, self._clock.now()
        since = self._clock.parse(status.get("lastScheduleTime") or owner["metadata"]["creationTimestamp"])
        deadline = spec.get("startingDeadlineSeconds")
        if deadline is not None:
            since = max(since, now - float(deadline))
        due = schedule.latest(since, now)
        if due is None:
            return None
        if schedule.count(since, now, TOO_MANY + 1) > TOO_MANY:
            self._recorder.warning(owner, "TooManyMissedTimes", self._texts.say(Text.CRON_TOO_MANY), COMPONENT)
        active = status.get("active") or []
        if active and spec.get("concurrencyPolicy") == "Forbid":
            text = self._texts.say(Text.CRON_STILL_ACTIVE)
            self._recorder.normal(owner, "JobAlreadyActive", text, COMPONENT)
            return None
        if active and spec.get("concurrencyPolicy") == "Replace":
            for reference in active:
                job = self._index.by_uid(reference["uid"])
                if job is not None:
                    self._delete(owner, job)
            active = []
        return self._start(owner, due, active)

    def _start(self, owner: Object, due: float, active: list[Object]) -> float | None:
        namespace, name = place_of(owner)
        template = copy_of(owner["spec"]["jobTemplate"])
        given = template.get("metadata") or {}
        meta = {
            "name": f"{name}-{int(due) // 60}",
            "namespace": namespace,
            "labels": given.get("labels") or {},
            "annotations": {**(given.get("annotations") or {}), SCHEDULED_AT: self._clock.iso(due)},
            "ownerReferences": [controller_reference(owner)],
        }
        try:
            body = self._admit("Job", {"metadata": meta, "spec": template["spec"]}, "CREATE", False)
            job = self._store.create("Job", body)
        except ApiError as refusal:
            text = self._texts.say(Text.CRON_CREATE_FAILED, error=refusal.message)
            self._recorder.warning(owner, "FailedCreate", text, COMPONENT)
            return self._retries.failed((namespace, name), self._clock.now())
        self._retries.succeeded((namespace, name))
        text = self._texts.say(Text.CRON_JOB_CREATED, name=job["metadata"]["name"])
        self._recorder.normal(owner, "SuccessfulCreate", text, COMPONENT)
        reference = {
            "kind": "Job",
            "apiVersion": "batch/v1",
            "namespace": namespace,
            "name": job["metadata"]["name"],
            "uid": job["metadata"]["uid"],
            "resourceVersion": job["metadata"]["resourceVersion"],
        }
        status = {**(owner.get("status") or {}), "active": [*active, reference]}
        self._store.update_status("CronJob", owner, status | {"lastScheduleTime": self._clock.iso(due)})
        return None
