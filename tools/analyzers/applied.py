"""What people last declared: the object that `kubectl apply` recorded in an annotation."""

import json
from typing import Any

from domain.base import Json
from tools.analyzers.objects import dig

_ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration"


def applied(obj: Json | None, *path: str) -> Any:
    """A field of the last applied form of an object, or `None` when there is no record of it."""
    text = dig(obj, "metadata", "annotations", _ANNOTATION)
    if not isinstance(text, str):
        return None
    try:
        return dig(json.loads(text), *path)
    except ValueError:
        return None
