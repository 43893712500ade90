"""Objects as a model reads and writes them: `Kind namespace/name`, in one string."""

import re
from typing import Any

from domain.cluster import Ref
from domain.errors import BadReply

_REF = re.compile(
    r"(?P<kind>[A-Z][A-Za-z]*) (?:(?P<namespace>[a-z0-9][-a-z0-9]*)/)?(?P<name>[A-Za-z0-9][-A-Za-z0-9._:]*)"
)
REF_SCHEMA: dict[str, Any] = {"type": "string", "pattern": "^[A-Z][A-Za-z]* [-A-Za-z0-9._:/]+$"}
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
