"""The two identities as Kubernetes manifests, made of the catalogues of what each may do.

`python -m app.rbac` prints them; `deploy/rbac.yaml` is its output, and a test keeps the two in step.
"""

import sys
from typing import Any

import yaml

from tools.cluster.access import reader_rules
from tools.write.access import writer_rules

NAMESPACE = "aoi"
READER = "aoi-reader"
WRITER = "aoi-writer"
RBAC = "rbac.authorization.k8s.io"

HEADER = """\
# AOI's two identities: the reader looks, the writer does what people approved. Made by `python -m app.rbac`.
# The writer's rights are cluster-wide here; bind its ClusterRole with RoleBindings instead to narrow them to the
# namespaces your team allows.
"""


def manifests() -> list[dict[str, Any]]:
    """The namespace, and for each identity a ServiceAccount, its ClusterRole and the binding."""
    objects: list[dict[str, Any]] = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}]
    for name, rules in ((READER, reader_rules()), (WRITER, writer_rules())):
        meta = {"name": name}
        objects += [
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {**meta, "namespace": NAMESPACE}},
            {"apiVersion": f"{RBAC}/v1", "kind": "ClusterRole", "metadata": meta, "rules": list(rules)},
            {
                "apiVersion": f"{RBAC}/v1",
                "kind": "ClusterRoleBinding",
                "metadata": meta,
                "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": name},
                "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": NAMESPACE}],
            },
        ]
    return objects


def user_of(identity: str) -> str:
    """The user name that the API server knows a ServiceAccount of ours by."""
    return f"system:serviceaccount:{NAMESPACE}:{identity}"


def rendered() -> str:
    """The manifests as one YAML file."""
    return HEADER + yaml.safe_dump_all(manifests(), sort_keys=False)


if __name__ == "__main__":
    sys.stdout.write(rendered())
