"""A variable or a setting that a workload is given is wrong: by its log, and by what changed or what exists."""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from domain.actions import Action, SetConfigKey, SetEnv
from domain.base import Json
from domain.cluster import Ref
from domain.diagnosis import Cause
from tools.analyzers.applied import applied
from tools.analyzers.complaints import CURRENT_SECONDS, blamed, recent_lines, service_in
from tools.analyzers.containers import containers, containers_of, is_failing, last_words
from tools.analyzers.logs import clean, is_error, telling, trouble_of
from tools.analyzers.objects import Workload, changed_at, dig, is_ready, name_of
from tools.analyzers.revisions import LastChange, last_change, recent_change, roll_back
from tools.analyzers.suspicion import Directness, Suspicion, seen, suspect
from tools.analyzers.wiring import Wiring, host_tokens
from tools.snapshot import Snapshot

_REDACTED = "[redacted:"
_ADDRESS = re.compile(r"(?:^|//|@)([a-z0-9][a-z0-9.-]*):(\d{2,5})(?=/|$|\?)", re.IGNORECASE)


@dataclass(frozen=True)
class Setting:
    """One variable as a container gets it."""

    container: str
    name: str
    value: str
    """Empty when it is unset or hidden."""
    config_map: str | None
    """The ConfigMap that it comes from."""
    key: str | None


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each setting that a workload's complaint leads to."""
    wiring = Wiring.of(snapshot)
    for workload in wiring.workloads:
        said = complaint_of(snapshot, workload)
        if said is None:
            continue
        found = _wrong(wiring, workload, said)
        if found is not None:
            yield found


def complaint_of(snapshot: Snapshot, workload: Workload) -> str | None:
    """What the workload says about its trouble: the last words of a failing container, else its newest error."""
    for container in containers_of(snapshot, workload):
        if is_failing(snapshot, container):
            return telling(last_words(snapshot, container))
    errors = [
        line for _, line in recent_lines(snapshot, workload, CURRENT_SECONDS) if is_error(line) or trouble_of(line)
    ]
    if errors:
        return clean(errors[-1])
    unready = [pod for pod in workload.pods if not is_ready(pod)]
    lines = [line for pod in unready for c in containers(pod) for line in last_words(snapshot, c)]
    return telling(lines) if lines else None


def _wrong(wiring: Wiring, workload: Workload, said: str) -> Suspicion | None:
    change = last_change(workload)
    touched = _touched(wiring.snapshot, workload, change, said) if change else None
    if change and touched:
        return _changed(wiring, workload, said, change, touched)
    settings = list(settings_of(wiring.snapshot, workload))
    for setting in settings:
        near = _unknown_address(wiring, setting, said)
        if near is not None:
            return _misdirected(wiring, workload, said, setting, near)
    for setting in settings:
        if setting.config_map and names(said, setting.name, setting.key or ""):
            return _from_config(wiring, workload, said, setting)
    return None


def settings_of(snapshot: Snapshot, workload: Workload) -> Iterator[Setting]:
    """The variables of a workload's containers, those of ConfigMaps included."""
    for container in workload.pod_spec.get("containers") or ():
        name = str(container["name"])
        for source in container.get("envFrom") or ():
            whole: str | None = dig(source, "configMapRef", "name")
            for key, value in _data(snapshot, whole).items():
                yield Setting(name, f"{source.get('prefix') or ''}{key}", value, whole, key)
        for env in container.get("env") or ():
            origin = dig(env, "valueFrom", "configMapKeyRef") or {}
            config: str | None = origin.get("name")
            value = (
                _data(snapshot, config).get(str(origin.get("key")), "") if config else str(env.get("value") or "")
            )
            yield Setting(name, str(env["name"]), value, config, origin.get("key"))


def _touched(snapshot: Snapshot, workload: Workload, change: LastChange, said: str) -> tuple[str, str] | None:
    """Container and variable that the last revision changed and the complaint is about.

    The complaint names the variable, or its old or new value. While the workload is not well, a fresh revision
    that changed this one variable and nothing else is enough.
    """
    pairs = [(path[1], path[3], values) for path, values in change.under("*", "*", "env").items() if len(path) > 3]
    for container, name, values in pairs:
        words = [str(v) for v in values if isinstance(v, str) and len(v) > 2 and not v.isdigit()]
        hosts = [host for word in words for host in host_tokens(word) if len(host) > 2]
        if names(said, name, *words, *hosts):
            return container, name
    only = {(container, name) for container, name, _ in pairs}
    alone = len(only) == 1 and all(path[2:3] == ("env",) for path in change.changed)
    unwell = workload.ready < workload.wanted and recent_change(snapshot, workload) is not None
    return next(iter(only)) if alone and unwell and not trouble_of(said) else None


def names(said: str, *words: str) -> bool:
    """Whether one of the words is in the text as a word of its own."""
    return any(word and re.search(rf"(?<![\w]){re.escape(word)}(?![\w])", said, re.IGNORECASE) for word in words)


def _changed(
    wiring: Wiring, workload: Workload, said: str, change: LastChange, touched: tuple[str, str]
) -> Suspicion:
    container, name = touched
    service = service_in(wiring, workload, said) if trouble_of(said) else None
    old = change.under("*", container, "env", name).get(("containers", container, "env", name, "value"), (None,))[
        0
    ]
    narrow: tuple[Action, ...] = ()
    if isinstance(old, str) and _REDACTED not in old:
        narrow = (SetEnv(target=workload.ref, container=container, name=name, value=old),)
    findings = [
        seen(wiring.snapshot, workload.ref, f"{workload.ref.name} complains: {said}"),
        seen(wiring.snapshot, workload.ref, f"The last revision changed the variable {name} of {container}."),
    ]
    return suspect(
        Cause.BAD_ENVIRONMENT,
        workload.ref,
        f"{workload.ref.name} fails since the last revision changed its variable {name}: “{said}”.",
        findings,
        confidence=0.92,
        actions=(*roll_back(workload, ("containers", container, "env", name)), *narrow),
        affected=wiring.dependents_of(workload.ref),
        directness=Directness.INFERRED,
        follows=service is not None,
        blames=blamed(wiring, {service} if service else set()),
        changed_at=change.made_at,
    )


def _unknown_address(wiring: Wiring, setting: Setting, said: str) -> str | None:
    """The value corrected, when it names a host that is nearly a Service, or a port that the Service has not."""
    if _REDACTED in setting.value or not setting.value:
        return None
    for host in host_tokens(setting.value):
        if wiring.host(host) is None and names(said, host) and "." not in host:
            services = [name_of(service) for service in wiring.snapshot.of("Service")]
            near = difflib.get_close_matches(host, services, n=1, cutoff=0.6)
            return setting.value.replace(host, near[0], 1) if near else None
    match = _ADDRESS.search(setting.value)
    service = wiring.host(match[1].lower()) if match else None
    if match is None or service is None or not names(said, match[1]) or not trouble_of(said):
        return None
    backing = wiring.backings.get(service)
    ports = [str(p["port"]) for p in backing.ports] if backing else []
    if match[2] in ports or len(ports) != 1:
        return None
    return setting.value.replace(f"{match[1]}:{match[2]}", f"{match[1]}:{ports[0]}", 1)


def _misdirected(wiring: Wiring, workload: Workload, said: str, setting: Setting, right: str) -> Suspicion:
    snapshot = wiring.snapshot
    place = f"the ConfigMap {setting.config_map}" if setting.config_map else f"its container {setting.container}"
    findings = [
        seen(snapshot, workload.ref, f"{workload.ref.name} complains: {said}"),
        seen(
            snapshot, workload.ref, f"Variable {setting.name} in {place} says {setting.value}; that leads nowhere."
        ),
    ]
    subject = _holder(snapshot, workload, setting)
    action: Action
    if setting.config_map and setting.key:
        action = SetConfigKey(target=subject, key=setting.key, value=right)
    else:
        action = SetEnv(target=workload.ref, container=setting.container, name=setting.name, value=right)
    config = snapshot.named("ConfigMap", setting.config_map) if setting.config_map else None
    return suspect(
        Cause.BAD_ENVIRONMENT,
        subject,
        f"{workload.ref.name} is told to call {setting.value} by {setting.name}, and there is no such address;"
        f" {right} exists.",
        findings,
        confidence=0.88,
        actions=(action,),
        affected=[workload.ref, *wiring.dependents_of(workload.ref)],
        directness=Directness.INFERRED,
        changed_at=changed_at(config or workload.object),
    )


def _from_config(wiring: Wiring, workload: Workload, said: str, setting: Setting) -> Suspicion | None:
    """A complaint that names a ConfigMap's variable whose value is not the declared one."""
    snapshot = wiring.snapshot
    config = snapshot.named("ConfigMap", setting.config_map or "")
    before = (applied(config, "data") or {}).get(setting.key)
    if config is None or before is None or before == setting.value or _REDACTED in before:
        return None
    target = _holder(snapshot, workload, setting)
    findings = [
        seen(snapshot, workload.ref, f"{workload.ref.name} complains: {said}"),
        seen(
            snapshot, target, f"Key {setting.key} of ConfigMap {name_of(config)} is not what was declared for it."
        ),
    ]
    return suspect(
        Cause.BAD_ENVIRONMENT,
        target,
        f"{workload.ref.name} fails on the value of {setting.key} in ConfigMap {name_of(config)}: “{said}”.",
        findings,
        confidence=0.85,
        actions=(SetConfigKey(target=target, key=str(setting.key), value=str(before)),),
        affected=[workload.ref, *wiring.dependents_of(workload.ref)],
        directness=Directness.INFERRED,
        changed_at=changed_at(config),
    )


def _holder(snapshot: Snapshot, workload: Workload, setting: Setting) -> Ref:
    if setting.config_map is None:
        return workload.ref
    return Ref(kind="ConfigMap", name=setting.config_map, namespace=snapshot.namespace)


def _data(snapshot: Snapshot, config_map: str | None) -> dict[str, str]:
    config: Json | None = snapshot.named("ConfigMap", config_map) if config_map else None
    return {str(k): str(v) for k, v in (dig(config, "data") or {}).items()}
