"""The rights the reader needs, derived from the table of kinds: manifests and the lab's role are made of them."""

from collections import defaultdict
from typing import Any

from tools.cluster.resources import RESOURCES

READ = ("get", "list", "watch")


def reader_rules() -> tuple[dict[str, Any], ...]:
    """RBAC PolicyRules of the reader: every known kind, logs, and the questions about its own rights.

    Secrets are not among the kinds. Nodes, volumes and storage classes are cluster-scoped, so a ClusterRole
    must carry these rules.
    """
    by_group: dict[str, list[str]] = defaultdict(list)
    for resource in RESOURCES.values():
        by_group[resource.group].append(resource.plural)
    rules = [
        {"apiGroups": [group], "resources": sorted(plurals), "verbs": list(READ)}
        for group, plurals in sorted(by_group.items())
    ]
    rules.append({"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]})
    rules.append(
        {
            "apiGroups": ["authorization.k8s.io"],
            "resources": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
            "verbs": ["create"],
        }
    )
    return tuple(rules)
