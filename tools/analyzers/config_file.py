"""A program that cannot read a file of its configuration, which a ConfigMap holds."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from domain.actions import SetConfigKey
from domain.base import Json
from domain.diagnosis import Cause
from tools.analyzers.applied import applied
from tools.analyzers.containers import containers_of, is_failing
from tools.analyzers.environment import complaint_of, names
from tools.analyzers.objects import Workload, changed_at, dig, ref_of
from tools.analyzers.suspicion import Directness, Suspicion, seen, suspect
from tools.analyzers.wiring import Wiring
from tools.snapshot import Snapshot

_REDACTED = "[redacted:"


@dataclass(frozen=True)
class _File:
    """One key of a ConfigMap that a workload mounts."""

    config: Json
    key: str
    text: str
    declared: str | None
    """What was last declared for it; `None` when there is no record, or something in it is hidden."""

    @property
    def error(self) -> str:
        """Why it is no JSON, when it should be; empty when nothing is wrong with it."""
        if not self.key.endswith(".json") or _REDACTED in self.text:
            return ""
        try:
            json.loads(self.text)
        except ValueError as e:
            return str(e)
        return ""


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each workload that fails and names a file that is broken, or not as it was declared."""
    wiring = Wiring.of(snapshot)
    for workload in wiring.workloads:
        if not any(is_failing(snapshot, each) for each in containers_of(snapshot, workload)):
            continue
        said = complaint_of(snapshot, workload)
        named = [file for file in _files(snapshot, workload) if said and names(said, file.key)]
        wrong = next((f for f in named if f.error or f.declared not in (None, f.text)), None)
        if said and wrong:
            yield _case(wiring, workload, said, wrong)


def _files(snapshot: Snapshot, workload: Workload) -> Iterator[_File]:
    for volume in workload.pod_spec.get("volumes") or ():
        config = snapshot.named("ConfigMap", str(dig(volume, "configMap", "name")))
        if config is None:
            continue
        for key, text in (config.get("data") or {}).items():
            declared = (applied(config, "data") or {}).get(key)
            known = declared if isinstance(declared, str) and _REDACTED not in declared else None
            yield _File(config, key, str(text), known)


def _case(wiring: Wiring, workload: Workload, said: str, file: _File) -> Suspicion:
    snapshot = wiring.snapshot
    target = ref_of(snapshot, "ConfigMap", file.config)
    findings = [seen(snapshot, workload.ref, f"{workload.ref.name} complains: {said}")]
    if file.error:
        findings.append(
            seen(snapshot, target, f"Key {file.key} of ConfigMap {target.name} is no JSON: {file.error}.")
        )
    differs = file.declared is not None and file.declared != file.text
    if differs:
        findings.append(
            seen(snapshot, target, f"Key {file.key} of ConfigMap {target.name} is not what was declared.")
        )
    return suspect(
        Cause.BAD_ENVIRONMENT,
        target,
        f"{workload.ref.name} cannot read {file.key} of ConfigMap {target.name}: “{said}”.",
        findings,
        confidence=0.93 if file.error else 0.85,
        actions=(SetConfigKey(target=target, key=file.key, value=file.declared),)
        if differs and file.declared
        else (),
        affected=[workload.ref, *wiring.dependents_of(workload.ref)],
        directness=Directness.INFERRED,
        changed_at=changed_at(file.config),
    )
