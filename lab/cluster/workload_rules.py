"""The rules of workloads that a schema cannot say (kubernetes/pkg/apis: apps, batch, autoscaling)."""

from collections.abc import Iterator
from typing import Final

from lab.cluster.errors import Cause
from lab.cluster.ports import Object
from lab.cluster.schedules import BadSchedule, BadTimeZone, Schedule

SET_MUTABLE: Final = (
    *("replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit"),
    *("persistentVolumeClaimRetentionPolicy", "minReadySeconds"),
)
SET_IMMUTABLE: Final = (
    "Forbidden: updates to statefulset spec for fields other than "
    f"{', '.join(repr(each) for each in SET_MUTABLE[:-1])} and 'minReadySeconds' are forbidden"
)
CONCURRENCY: Final = ("Allow", "Forbid", "Replace")
LONGEST_CRON_NAME: Final = 52
"""A Job's name adds a dash and the minutes since 1970."""


def workload_causes(kind: str, obj: Object, old: Object | None) -> Iterator[Cause]:
    """What is wrong with an object of one of these kinds."""
    spec = obj.get("spec") or {}
    match kind:
        case "StatefulSet":
            if old and _fixed(old["spec"]) != _fixed(spec):
                yield Cause("spec", SET_IMMUTABLE, "FieldValueForbidden")
        case "Job":
            yield from _job_causes(spec, "spec")
            if old and old["spec"]["template"] != spec["template"]:
                yield Cause("spec.template", "Invalid value: field is immutable")
            if old and old["spec"].get("completions") != spec.get("completions") and not _is_indexed(spec):
                yield Cause("spec.completions", f"Invalid value: {spec.get('completions')}: field is immutable")
        case "CronJob":
            yield from _cron_causes(obj, spec)
        case "HorizontalPodAutoscaler":
            yield from _autoscaler_causes(spec)


def _autoscaler_causes(spec: Object) -> Iterator[Cause]:
    least, most = spec.get("minReplicas", 1), spec["maxReplicas"]
    if least < 1:
        yield Cause("spec.minReplicas", f"Invalid value: {least}: must be greater than or equal to 1")
    if most < 1:
        yield Cause("spec.maxReplicas", f"Invalid value: {most}: must be greater than 0")
    if most < least:
        text = f"Invalid value: {most}: must be greater than or equal to `minReplicas`"
        yield Cause("spec.maxReplicas", text)


def _fixed(spec: Object) -> Object:
    return {key: value for key, value in spec.items() if key not in SET_MUTABLE}


def _is_indexed(spec: Object) -> bool:
    return bool(spec.get("completionMode") == "Indexed")


def _job_causes(spec: Object, path: str) -> Iterator[Cause]:
    for name in ("completions", "parallelism", "backoffLimit", "activeDeadlineSeconds", "ttlSecondsAfterFinished"):
        value = spec.get(name)
        if value is not None and value < 0:
            yield Cause(f"{path}.{name}", f"Invalid value: {value}: must be greater than or equal to 0")
    if _is_indexed(spec) and spec.get("completions") is None:
        text = "Required value: when completion mode is Indexed"
        yield Cause(f"{path}.completions", text, "FieldValueRequired")
    policy = ((spec.get("template") or {}).get("spec") or {}).get("restartPolicy")
    if policy not in ("OnFailure", "Never"):
        text = 'Required value: valid values: "OnFailure", "Never"'
        yield Cause(f"{path}.template.spec.restartPolicy", text, "FieldValueRequired")


def _cron_causes(obj: Object, spec: Object) -> Iterator[Cause]:
    name, schedule = obj["metadata"]["name"], spec.get("schedule", "")
    if len(name) > LONGEST_CRON_NAME:
        text = f'Invalid value: "{name}": must be no more than {LONGEST_CRON_NAME} characters'
        yield Cause("metadata.name", text)
    try:
        Schedule.parse(schedule, spec.get("timeZone"))
    except BadSchedule as error:
        yield Cause("spec.schedule", f'Invalid value: "{schedule}": {error}')
    except BadTimeZone as error:
        yield Cause("spec.timeZone", f'Invalid value: "{spec["timeZone"]}": {error}')
    policy = spec.get("concurrencyPolicy")
    if policy not in CONCURRENCY:
        known = ", ".join(f'"{each}"' for each in CONCURRENCY)
        text = f'Unsupported value: "{policy}": supported values: {known}'
        yield Cause("spec.concurrencyPolicy", text, "FieldValueNotSupported")
    yield from _job_causes((spec.get("jobTemplate") or {}).get("spec") or {}, "spec.jobTemplate.spec")
