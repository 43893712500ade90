"""The equivalent command lines, correct enough to paste into a shell."""

import json
import shlex
from typing import Any, Literal

from domain.actions import Change
from domain.cluster import Ref


def kubectl(ref: Ref, *words: str) -> str:
    """`kubectl -n shop scale deployment/checkout --replicas=3`; the words are quoted where a shell needs it."""
    place = ("-n", ref.namespace) if ref.namespace else ()
    return shlex.join(("kubectl", *place, *words))


def named(ref: Ref) -> str:
    """`deployment/checkout`."""
    return f"{ref.kind.lower()}/{ref.name}"


def patch_line(ref: Ref, body: dict[str, Any], kind: Literal["strategic", "merge"] = "strategic") -> str:
    """A patch that says only what is to be; `strategic` finds entries of lists by their names."""
    return kubectl(ref, "patch", named(ref), f"--type={kind}", "-p", _compact(body))


def container_line(ref: Ref, part: str, container: str, fields: dict[str, Any]) -> str:
    """A patch of one container of a workload; `part` is `containers` or `initContainers`."""
    spec = {part: [{"name": container, **fields}]}
    return patch_line(ref, {"spec": {"template": {"spec": spec}}})


def line_of(change: Change) -> str:
    """The line for any change; the values that a patch expects to find are left out, to keep it readable."""
    match change.verb:
        case "delete":
            return kubectl(change.target, "delete", named(change.target))
        case "create":
            return (
                f"printf %s {shlex.quote(_compact(change.body))} | {kubectl(change.target, 'create', '-f', '-')}"
            )
        case "patch":
            steps = [step for step in change.body if not (isinstance(step, dict) and step.get("op") == "test")]
            words = ("patch", named(change.target), f"--type={change.patch_type}", "-p", _compact(steps))
            return kubectl(change.target, *words)


def _compact(body: object) -> str:
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False)
