"""What each identity may do and must not, asked of the API server itself."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tools.cluster.resources import RESOURCES
from tools.write.access import writer_rules

WRITES = ("create", "update", "patch", "delete")
_AT_ONCE = 16
_CLUSTER_SCOPED = frozenset((r.group, r.plural) for r in RESOURCES.values() if not r.namespaced)


class Asks(Protocol):
    """An identity that asks about itself, `tools.cluster.reader.Reader`."""

    async def may(self, verb: str, group: str, resource: str, namespace: str | None) -> bool:
        """Whether the identity has the right; `namespace` is `None` for cluster-scoped kinds."""


@dataclass(frozen=True)
class Right:
    """One verb on one kind in one place."""

    verb: str
    group: str
    resource: str
    namespace: str | None

    def __str__(self) -> str:
        place = f" in {self.namespace}" if self.namespace else ""
        return f"{self.verb} {self.resource}{place}"


def forbidden_to_reader(namespaces: Sequence[str]) -> tuple[Right, ...]:
    """Every write on a kind that AOI's actions touch, running commands in pods, and reading Secrets."""
    rules = [{**rule, "verbs": WRITES} for rule in writer_rules()]
    rules.append({"apiGroups": [""], "resources": ["secrets"], "verbs": ("get", "list", *WRITES)})
    rules.append({"apiGroups": [""], "resources": ["pods/exec", "pods/eviction"], "verbs": ("create",)})
    return _spread(rules, namespaces)


def needed_by_writer(namespaces: Sequence[str]) -> tuple[Right, ...]:
    """What the actions and their undoing take."""
    return _spread(writer_rules(), namespaces)


async def held(asks: Asks, rights: Sequence[Right]) -> tuple[Right, ...]:
    """Those of the rights that the identity has. Raises the `Cluster*` errors."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def ask(right: Right) -> bool:
        async with gate:
            return await asks.may(right.verb, right.group, right.resource, right.namespace)

    answers = await asyncio.gather(*map(ask, rights))
    return tuple(right for right, has in zip(rights, answers, strict=True) if has)


def _spread(rules: Iterable[Mapping[str, Any]], namespaces: Sequence[str]) -> tuple[Right, ...]:
    """The rules as single rights, in each namespace or once for the cluster."""
    return tuple(
        Right(verb, group, resource, place)
        for rule in rules
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for place in ((None,) if (group, resource) in _CLUSTER_SCOPED else namespaces)
        for verb in rule["verbs"]
    )
