"""The two identities as Kubernetes manifests, made of the catalogues of what each may do.

`python -m app.rbac deploy` writes them into that folder: `rbac.yaml`, and the rules that the Helm chart binds. A
test keeps files and catalogues in step.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from tools.cluster.access import reader_rules
from tools.cluster.resources import RESOURCES
from tools.write.access import writer_rules

NAMESPACE = "aoi"
READER = "aoi-reader"
WRITER = "aoi-writer"
RBAC = "rbac.authorization.k8s.io"
CHART = Path("helm/aoi/files")

HEADER = """\
# AOI's two identities: the reader looks, the writer does what people approved.
# Made by `python -m app.rbac deploy`.
# The writer's rights are cluster-wide here; bind its ClusterRole with RoleBindings instead to narrow them to the
# namespaces your team allows.
"""
_MADE = "# Made by `python -m app.rbac deploy`.\n"

Rules = Sequence[dict[str, Any]]


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


def files() -> dict[Path, str]:
    """Every generated file, by its place in the folder `deploy`.

    The chart binds the writer's rules for nodes and volumes apart, since those belong to no namespace.
    """
    everywhere = {(r.group, r.plural) for r in RESOURCES.values() if not r.namespaced}
    whole = [rule for rule in writer_rules() if (rule["apiGroups"][0], rule["resources"][0]) in everywhere]
    return {
        Path("rbac.yaml"): HEADER + yaml.safe_dump_all(manifests(), sort_keys=False),
        CHART / "reader.yaml": _rules(reader_rules()),
        CHART / "writer.yaml": _rules([rule for rule in writer_rules() if rule not in whole]),
        CHART / "writer-cluster.yaml": _rules(whole),
    }


def _rules(rules: Rules) -> str:
    return _MADE + yaml.safe_dump(list(rules), sort_keys=False)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Say where to: python -m app.rbac deploy")
    for path, text in files().items():
        (Path(sys.argv[1]) / path).write_text(text)
