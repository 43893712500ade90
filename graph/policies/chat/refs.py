"""Objects as a model reads and writes them: `Kind namespace/name`, in one string."""

import re
from collections.abc import Iterable
from typing import Any

from domain.cluster import Ref
from domain.errors import BadReply

_REF = re.compile(
    r"(?P<kind>[A-Z][A-Za-z]*) (?:(?P<namespace>[a-z0-9][-a-z0-9]*)/)?(?P<name>[A-Za-z0-9][-A-Za-z0-9._:]*)"
)
_LABEL = re.compile(r"[a-z0-9][-a-z0-9]*")
REF_SCHEMA: dict[str, Any] = {"$ref": "#/$defs/object"}
"""An argument that names an object; `ref_schema` is what it refers to."""
_OF_THE_CLUSTER = frozenset(
    {
        "Node",
        "Namespace",
        "PersistentVolume",
        "StorageClass",
        "ClusterRole",
        "ClusterRoleBinding",
        "IngressClass",
        "PriorityClass",
        "CustomResourceDefinition",
    }
)
"""Kinds that live in no namespace."""


def ref_schema(namespaces: Iterable[str]) -> dict[str, Any]:
    """The form of an object in these namespaces, or in any while none is known."""
    known = [name for name in namespaces if _LABEL.fullmatch(name)]
    within = "|".join(known) or _LABEL.pattern
    return {"type": "string", "pattern": f"^[A-Z][A-Za-z]* (({within})/)?[A-Za-z0-9][-A-Za-z0-9._:]*$"}


def namespace_schema(namespaces: Iterable[str]) -> dict[str, Any]:
    """One of these namespaces, or any while none is known."""
    known = list(namespaces)
    return {"enum": known} if known else {"type": "string", "pattern": f"^{_LABEL.pattern}$"}


def read_ref(text: str, namespace: str, where: str) -> Ref:
    """The object; without a namespace of its own it lives in `namespace`.

    Raises:
        BadReply: it is not written like an object, or names another namespace than the decision.
    """
    match = _REF.fullmatch(text.strip())
    if match is None:
        raise BadReply(f"{where} is {text[:80]!r}; write an object as `Kind namespace/name`.")
    kind, own, name = match["kind"], match["namespace"], match["name"]
    if kind in _OF_THE_CLUSTER:
        return Ref(kind=kind, name=name)
    return Ref(kind=kind, name=name, namespace=own or namespace)
