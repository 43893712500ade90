"""What each identity may do and must not, asked of the API server itself."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from domain.cluster import Granted
from tools.cluster.access import READ
from tools.cluster.resources import RESOURCES
from tools.write.access import writer_rules

WRITES = ("create", "update", "patch", "delete")
_AT_ONCE = 16
_CLUSTER_SCOPED = frozenset((r.group, r.plural) for r in RESOURCES.values() if not r.namespaced)
_QUESTIONS = frozenset(
    {
        ("authorization.k8s.io", "selfsubjectaccessreviews"),
        ("authorization.k8s.io", "selfsubjectrulesreviews"),
        ("authentication.k8s.io", "selfsubjectreviews"),
    }
)
"""Kubernetes lets every identity ask these about itself; they change nothing."""
_SECRETS = ("", "secrets")
_ALL = "*"


class Asks(Protocol):
    """An identity that asks about itself, `tools.cluster.reader.Reader`."""

    async def may(self, verb: str, group: str, resource: str, namespace: str | None) -> bool:
        """Whether the identity has the right; `namespace` is `None` for cluster-scoped kinds."""

    async def granted(self, namespace: str) -> Granted:
        """All its rights in a namespace, and those on cluster-scoped kinds."""


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


def forbidden_to_writer(namespaces: Sequence[str]) -> tuple[Right, ...]:
    """Every write on a kind that AOI knows and that no action takes, Secrets, tokens, and commands in pods."""
    allowed = set(needed_by_writer(namespaces))
    kinds = [{"apiGroups": [r.group], "resources": [r.plural], "verbs": WRITES} for r in RESOURCES.values()]
    kinds.append({"apiGroups": [""], "resources": ["secrets"], "verbs": ("get", "list", *WRITES)})
    kinds.append({"apiGroups": [""], "resources": ["pods/exec", "serviceaccounts/token"], "verbs": ("create",)})
    return tuple(right for right in _spread(kinds, namespaces) if right not in allowed)


async def held(asks: Asks, rights: Sequence[Right]) -> tuple[Right, ...]:
    """Those of the rights that the identity has. Raises the `Cluster*` errors."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def ask(right: Right) -> bool:
        async with gate:
            return await asks.may(right.verb, right.group, right.resource, right.namespace)

    answers = await asyncio.gather(*map(ask, rights))
    return tuple(right for right, has in zip(rights, answers, strict=True) if has)


async def beyond_reading(reader: Asks, namespaces: Sequence[str]) -> tuple[Right, ...]:
    """Whatever the reader may do but look, Secrets included; also on kinds that AOI does not know."""
    found, _ = await _listed(reader, namespaces)
    return tuple(right for right in found if right.verb not in READ or _touches_secrets(right))


async def beyond_the_catalogue(writer: Asks, namespaces: Sequence[str]) -> tuple[Right, ...]:
    """Whatever the writer may do and no action takes; also on kinds that AOI does not know.

    Where the API server cannot list all rights, those that would do most harm are asked for one by one.
    """
    allowed = {(right.verb, right.group, right.resource) for right in needed_by_writer(namespaces)}
    found, complete = await _listed(writer, namespaces)
    extra = tuple(right for right in found if (right.verb, right.group, right.resource) not in allowed)
    return extra if extra or complete else await held(writer, forbidden_to_writer(namespaces))


async def _listed(asks: Asks, namespaces: Sequence[str]) -> tuple[tuple[Right, ...], bool]:
    """Every right that the API server lists, once for all namespaces where it holds, and whether that is all."""
    answers = await asyncio.gather(*(asks.granted(namespace) for namespace in namespaces))
    told: dict[tuple[str, str, str], Right] = {}
    for namespace, granted in zip(namespaces, answers, strict=True):
        for right in _single(granted, namespace):
            told.setdefault((right.verb, right.group, right.resource), right)
    rights = tuple(right for key, right in told.items() if (key[1], key[2]) not in _QUESTIONS)
    return rights, all(granted.complete for granted in answers)


def _single(granted: Granted, namespace: str) -> Iterator[Right]:
    for rule in granted.rules:
        for group in rule.groups:
            for resource in rule.resources:
                for verb in rule.verbs:
                    yield Right(verb, group, resource, namespace)


def _touches_secrets(right: Right) -> bool:
    group, resource = _SECRETS
    return right.resource in (resource, _ALL) and right.group in (group, _ALL)


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
