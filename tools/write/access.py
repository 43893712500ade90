"""The rights the writer needs, derived from the catalogue: manifests and the lab's role are made of them."""

from collections import defaultdict
from typing import Any

from tools.cluster.resources import resource_of
from tools.write.catalogue import CATALOGUE

_NAMED_ALONG = ("ConfigMap", "PersistentVolumeClaim")
"""Kinds of the objects that actions name besides their target."""


def writer_rules() -> tuple[dict[str, Any], ...]:
    """RBAC PolicyRules of the writer: each kind with the verbs of the actions on it and of their undoing.

    It may also read what it changes and what the guardrails judge by, because the executor judges for itself.
    Nothing grants subresources, Secrets, `deletecollection`, `update` or `escalate`. Nodes and volumes are
    cluster-scoped; the other rules fit a Role in each namespace that the team allows.
    """
    verbs: dict[str, set[str]] = defaultdict(set)
    for entry in CATALOGUE.values():
        for kind in entry.kinds:
            verbs[kind] |= {"get"}
        for kind in (entry.makes,) if entry.makes else entry.kinds:
            verbs[kind] |= {"get", entry.verb} | ({entry.back} if entry.back else set())
        for kind in entry.reads:
            verbs[kind] |= {"list"}
    for kind in _NAMED_ALONG:
        verbs[kind] |= {"get"}
    return tuple(
        {
            "apiGroups": [resource_of(kind).group],
            "resources": [resource_of(kind).plural],
            "verbs": sorted(allowed),
        }
        for kind, allowed in sorted(verbs.items())
    )
