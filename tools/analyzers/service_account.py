"""A workload names a ServiceAccount that does not exist, so its pods are refused."""

import difflib
import re
from collections.abc import Iterator

from domain.diagnosis import Cause
from tools.analyzers.creation import uncreated
from tools.analyzers.logs import clean
from tools.analyzers.objects import name_of
from tools.analyzers.revisions import last_change, roll_back
from tools.analyzers.suspicion import Suspicion, seen, suspect
from tools.snapshot import Snapshot

_SAYS = re.compile(r"service ?account \"?(?:[a-z0-9-]+/)?([a-z0-9.-]+)\"?.*not found", re.IGNORECASE)


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each workload whose account is missing."""
    for refused in uncreated(snapshot):
        match = _SAYS.search(refused.said)
        if match is None:
            continue
        workload = refused.workload
        name = str(workload.pod_spec.get("serviceAccountName") or match[1].rstrip(":"))
        back = roll_back(workload, ("serviceAccountName",), ("serviceAccount",))
        change = last_change(workload)
        findings = [
            seen(snapshot, workload.ref, f"Its pods are refused: {clean(refused.said)}"),
            seen(snapshot, workload.ref, f"It runs as the service account {name}, which does not exist."),
        ]
        near = difflib.get_close_matches(name, [name_of(a) for a in snapshot.of("ServiceAccount")], n=1)
        if near:
            findings.append(seen(snapshot, workload.ref, f"There is an account {near[0]} with nearly that name."))
        yield suspect(
            Cause.SERVICE_ACCOUNT_MISSING,
            workload.ref,
            f"{workload.ref.name} gets no pods because its service account {name} does not exist.",
            findings,
            confidence=0.96,
            actions=back,
            changed_at=change.made_at if change and back else None,
        )
