"""Running pods still have values of a ConfigMap from before its last change; variables are read at the start."""

from collections.abc import Iterator

from domain.actions import Restart
from domain.diagnosis import Cause
from tools.analyzers.complaints import blamed, service_in
from tools.analyzers.containers import containers_of
from tools.analyzers.environment import complaint_of, names, settings_of
from tools.analyzers.logs import trouble_of
from tools.analyzers.objects import Workload, changed_at, dig, name_of, when
from tools.analyzers.suspicion import Directness, Suspicion, seen, suspect
from tools.analyzers.wiring import Wiring, host_tokens
from tools.snapshot import Snapshot


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each workload that complains about a value which has been changed since it started."""
    wiring = Wiring.of(snapshot)
    for workload in wiring.workloads:
        said = complaint_of(snapshot, workload)
        if said is None or workload.ref.kind in ("Job", "Pod"):
            continue
        for config in _newer(snapshot, workload):
            if _is_about(snapshot, workload, config, said):
                yield _case(wiring, workload, config, said)
                break


def _newer(snapshot: Snapshot, workload: Workload) -> Iterator[str]:
    """ConfigMaps whose variables a running container has not read since they were changed."""
    started = [
        at
        for container in containers_of(snapshot, workload)
        if not container.init and (at := when(dig(container.status, "state", "running", "startedAt")))
    ]
    for config in snapshot.of("ConfigMap"):
        changed, made = changed_at(config), when(config["metadata"].get("creationTimestamp"))
        if changed and made and changed > made and any(at < changed for at in started):
            yield name_of(config)


def _is_about(snapshot: Snapshot, workload: Workload, config: str, said: str) -> bool:
    own = [setting for setting in settings_of(snapshot, workload) if setting.config_map == config]
    hosts = [host for setting in own for host in host_tokens(setting.value) if len(host) > 2]
    return names(said, *hosts, *(setting.name for setting in own))


def _case(wiring: Wiring, workload: Workload, config: str, said: str) -> Suspicion:
    snapshot = wiring.snapshot
    service = service_in(wiring, workload, said) if trouble_of(said) else None
    findings = [
        seen(snapshot, workload.ref, f"{workload.ref.name} complains: {said}"),
        seen(snapshot, workload.ref, f"Its pods started before ConfigMap {config} was changed last."),
    ]
    return suspect(
        Cause.BAD_ENVIRONMENT,
        workload.ref,
        f"{workload.ref.name} still runs with values from before the last change of ConfigMap {config}: “{said}”.",
        findings,
        confidence=0.7,
        actions=(Restart(target=workload.ref),),
        affected=wiring.dependents_of(workload.ref),
        directness=Directness.INFERRED,
        follows=service is not None,
        blames=blamed(wiring, {service} if service else set()),
    )
