"""A workload may not do at the Kubernetes API what it tries to do."""

import re
from collections.abc import Iterator

from domain.diagnosis import Cause
from tools.analyzers.complaints import CURRENT_SECONDS, recent_lines
from tools.analyzers.containers import containers_of, is_failing, last_words
from tools.analyzers.logs import clean
from tools.analyzers.objects import Workload, name_of, workloads
from tools.analyzers.revisions import last_change, roll_back
from tools.analyzers.suspicion import Directness, Suspicion, seen, suspect
from tools.snapshot import Snapshot

_CANNOT = re.compile(
    r"system:serviceaccount:(?P<space>[a-z0-9-]+):(?P<account>[a-z0-9.-]+)\\?\"? cannot (?P<verb>[a-z]+)"
    r" (?:resource \\?\"(?P<resource>[a-z./]+)|path)",
    re.IGNORECASE,
)


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each workload whose log says that the API server forbids something."""
    for workload in workloads(snapshot):
        for pod, line in _lines(snapshot, workload):
            match = _CANNOT.search(line)
            if match:
                yield _case(snapshot, workload, pod, line, match)
                break


def _lines(snapshot: Snapshot, workload: Workload) -> Iterator[tuple[str, str]]:
    yield from recent_lines(snapshot, workload, CURRENT_SECONDS)
    for container in containers_of(snapshot, workload):
        if is_failing(snapshot, container):
            yield from ((name_of(container.pod), line) for line in last_words(snapshot, container))


def _case(snapshot: Snapshot, workload: Workload, pod: str, line: str, match: re.Match[str]) -> Suspicion:
    account, verb = match["account"], match["verb"]
    resource = match["resource"] or "this path"
    back = roll_back(workload, ("serviceAccountName",), ("serviceAccount",))
    change = last_change(workload)
    findings = [seen(snapshot, workload.ref, f"The API server forbids a call of pod {pod}: {clean(line)}")]
    if back:
        findings.append(seen(snapshot, workload.ref, f"The last revision made it run as {account}."))
    return suspect(
        Cause.RBAC_FORBIDDEN,
        workload.ref,
        f"{workload.ref.name} runs as the service account {account}, which may not {verb} {resource}.",
        findings,
        confidence=0.93,
        actions=back,
        directness=Directness.STATED,
        changed_at=change.made_at if change and back else None,
    )
