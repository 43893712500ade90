"""A Deployment's status: counts, Available, Progressing, ReplicaFailure (deployment/sync.go, progress.go)."""

from lab.cluster.conditions import condition, set_condition
from lab.cluster.context import Context, place_of
from lab.cluster.controllers.rollout import limits
from lab.cluster.ports import Object
from lab.cluster.texts import Text

COUNTS = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas")
DEFAULT_DEADLINE_SECONDS = 600
UNLIMITED = 2**31 - 1
"""A progress deadline that means none."""


class DeploymentStatus:
    """Writes the status of Deployments and watches their progress deadlines."""

    def __init__(self, context: Context) -> None:
        self._store, self._clock, self._texts = context.store, context.clock, context.texts
        self._progressed_at: dict[str, float] = {}
        """By uid: when a rollout last got on."""

    def progressed(self, deployment: Object, new: Object, reason: str, text: Text) -> None:
        """Note that a rollout began or went back to a known set."""
        current = self._store.require("Deployment", *place_of(deployment))
        self._progressed_at[current["metadata"]["uid"]] = self._clock.now()
        status = dict(current.get("status") or {})
        conditions = [dict(each) for each in status.get("conditions") or ()]
        self._put(conditions, "Progressing", "True", reason, self._texts.say(text, name=new["metadata"]["name"]))
        self._store.update_status("Deployment", current, {**status, "conditions": conditions})

    @staticmethod
    def is_complete(deployment: Object) -> bool:
        """Whether only pods of the current template run, all wanted ones are there and available."""
        status, wanted = deployment.get("status") or {}, int(deployment["spec"].get("replicas", 1))
        return bool(
            status.get("updatedReplicas", 0) == wanted
            and status.get("replicas", 0) == wanted
            and status.get("availableReplicas", 0) == wanted
            and status.get("observedGeneration", 0) >= deployment["metadata"].get("generation", 0)
        )

    def write(self, deployment: Object, new: Object | None, sets: list[Object]) -> float | None:
        """Write the status. Answers the seconds until the progress deadline, if one runs."""
        old = deployment.get("status") or {}
        counts = _counts(deployment, new, sets)
        status: Object = {key: value for key, value in old.items() if key not in COUNTS}
        status |= {name: count for name, count in counts.items() if count}
        status["observedGeneration"] = deployment["metadata"].get("generation", 1)
        status["conditions"] = conditions = [dict(each) for each in old.get("conditions") or ()]
        self._set_available(conditions, deployment, counts["availableReplicas"])
        wait = self._set_progressing(conditions, deployment, new, old, counts)
        self._copy_failure(conditions, new, sets)
        self._store.update_status("Deployment", deployment, status)
        return wait

    def _set_available(self, conditions: list[Object], deployment: Object, available: int) -> None:
        spec = deployment["spec"]
        replicas, missing = int(spec.get("replicas", 1)), 0
        if (spec.get("strategy") or {}).get("type", "RollingUpdate") == "RollingUpdate":
            rolling = (spec.get("strategy") or {}).get("rollingUpdate") or {}
            missing = limits(
                replicas, rolling.get("maxSurge", "25%"), rolling.get("maxUnavailable", "25%")
            ).unavailable
        if available >= replicas - missing:
            text, reason, holds = Text.AVAILABLE, "MinimumReplicasAvailable", "True"
        else:
            text, reason, holds = Text.UNAVAILABLE, "MinimumReplicasUnavailable", "False"
        self._put(conditions, "Available", holds, reason, self._texts.say(text))

    def _set_progressing(
        self, conditions: list[Object], deployment: Object, new: Object | None, old: Object, counts: dict[str, int]
    ) -> float | None:
        spec, uid, now = deployment["spec"], deployment["metadata"]["uid"], self._clock.now()
        current = condition(conditions, "Progressing")
        reason = "" if current is None else current.get("reason", "")
        if spec.get("paused"):
            self._put(conditions, "Progressing", "Unknown", "DeploymentPaused", self._texts.say(Text.PAUSED))
            return None
        if reason == "DeploymentPaused":
            self._progressed_at[uid] = now
            self._put(conditions, "Progressing", "Unknown", "DeploymentResumed", self._texts.say(Text.RESUMED))
        name = "" if new is None else new["metadata"]["name"]
        wanted = int(spec.get("replicas", 1))
        done = counts["updatedReplicas"] == wanted == counts["replicas"] and counts["availableReplicas"] == wanted
        if done:
            message = self._texts.say(Text.PROGRESSED, name=name)
            self._put(conditions, "Progressing", "True", "NewReplicaSetAvailable", message)
            return None
        if reason == "NewReplicaSetAvailable" and counts["replicas"] == counts["updatedReplicas"]:
            return None  # complete before: pods that fail later do not start a new rollout
        gone = _replicas_of_old(old) > counts["replicas"] - counts["updatedReplicas"]
        more = any(counts[each] > old.get(each, 0) for each in ("updatedReplicas", "readyReplicas"))
        if more or gone or counts["availableReplicas"] > old.get("availableReplicas", 0):
            self._progressed_at[uid] = now
            message = self._texts.say(Text.PROGRESSING, name=name)
            self._put(conditions, "Progressing", "True", "ReplicaSetUpdated", message)
        since = self._progressed_at.setdefault(uid, now)
        deadline = spec.get("progressDeadlineSeconds", DEFAULT_DEADLINE_SECONDS)
        if deadline >= UNLIMITED:
            return None
        left = since + float(deadline) - now
        if left > 0:
            return left
        message = self._texts.say(Text.TIMED_OUT, name=name)
        self._put(conditions, "Progressing", "False", "ProgressDeadlineExceeded", message)
        return None

    def _copy_failure(self, conditions: list[Object], new: Object | None, sets: list[Object]) -> None:
        """ReplicaFailure of the new set, or else of any."""
        conditions[:] = [each for each in conditions if each["type"] != "ReplicaFailure"]
        for each in [*([] if new is None else [new]), *sets]:
            failure = condition(each.get("status", {}).get("conditions") or [], "ReplicaFailure")
            if failure is not None:
                conditions.append({**failure, "lastUpdateTime": failure["lastTransitionTime"]})
                return

    def _put(self, conditions: list[Object], kind: str, status: str, reason: str, message: str) -> None:
        """Set a condition; `lastUpdateTime` moves whenever anything in it changes."""
        old, now = condition(conditions, kind), self._clock.iso()
        same = old is not None and (old["status"], old.get("reason"), old.get("message")) == (
            status,
            reason,
            message,
        )
        updated = old["lastUpdateTime"] if same and old is not None else now
        set_condition(conditions, kind, status, now, reason, message, lastUpdateTime=updated)


def _counts(deployment: Object, new: Object | None, sets: list[Object]) -> dict[str, int]:
    def total(field: str) -> int:
        return sum(int(each.get("status", {}).get(field, 0)) for each in sets)

    wanted = int(deployment["spec"].get("replicas", 1))
    available = total("availableReplicas")
    asked = sum(int(each["spec"].get("replicas", 0)) for each in sets)
    return {
        "replicas": total("replicas"),
        "updatedReplicas": 0 if new is None else int(new.get("status", {}).get("replicas", 0)),
        "readyReplicas": total("readyReplicas"),
        "availableReplicas": available,
        "unavailableReplicas": max(0, max(asked, wanted) - available),
    }


def _replicas_of_old(status: Object) -> int:
    return int(status.get("replicas", 0)) - int(status.get("updatedReplicas", 0))
