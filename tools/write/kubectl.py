"""The equivalent command lines, correct enough to paste into a shell."""

import json
import shlex

from domain.actions import Change
from domain.cluster import Ref


def kubectl(ref: Ref, *words: str) -> str:
    """`kubectl -n shop scale deployment/checkout --replicas=3`; the words are quoted where a shell needs it."""
    place = ("-n", ref.namespace) if ref.namespace else ()
    return shlex.join(("kubectl", *place, *words))


def named(ref: Ref) -> str:
    """`deployment/checkout`."""
    return f"{ref.kind.lower()}/{ref.name}"


def line_of(change: Change) -> str:
    """The line for any change, for those that have no subcommand of their own."""
    body = json.dumps(change.body, separators=(",", ":"), ensure_ascii=False)
    match change.verb:
        case "delete":
            return kubectl(change.target, "delete", named(change.target))
        case "create":
            return f"echo {shlex.quote(body)} | {kubectl(change.target, 'create', '-f', '-')}"
        case "patch":
            return kubectl(change.target, "patch", named(change.target), f"--type={change.patch_type}", "-p", body)
