"""Give everything in a scenario other names, the same everywhere, so that no name can be recognised.

Names of objects and of the namespace change wherever they occur: in manifests, host names, images, log lines,
checks, truths and the question; in capitals also inside names of environment variables. Names of containers and
volumes, and label values, change only where they stand as such, because words like `http` or `data` mean other
things elsewhere. Nodes, storage classes and label keys belong to the cluster and stay.
"""

import random
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from lab.applications import Application, Drillable
from lab.cluster.behaviour import Behaviours
from lab.cluster.resources import by_kind
from lab.cluster.scripted import PREFIX
from lab.operations import Apply, Operation
from lab.scenario import App, Scenario
from lab.targets import Manifest

SYLLABLES: Final = ("ba", "de", "fi", "go", "hu", "ka", "le", "mi", "no", "pu", "ra", "se", "ti", "vo", "zu")
LABELS: Final = frozenset({"labels", "matchLabels", "selector"})
NAMED: Final = frozenset({"containers", "initContainers", "volumes", "volumeMounts"})
CONTAINERS: Final = frozenset({"container", "containerNames"})
"""Fields that name containers of objects elsewhere."""
FREE_KEYS: Final = frozenset({"data", "stringData", "http"})
"""Maps whose keys are the author's own words."""
KEPT: Final = frozenset(
    {"apiVersion", "kind", "op", "check", "causes", "ask", "type", "title", "storageClassName", "action"}
)
"""Fields whose values are fixed words."""
WORD: Final = re.compile(r"[a-z][a-z0-9-]*")


@dataclass(frozen=True)
class Renaming:
    """Old names to new ones."""

    everywhere: Mapping[str, str]
    """Replaced in every text, as whole words."""
    local: Mapping[str, str]
    """Replaced as the name of a container or volume, or as the value of a label."""

    @cached_property
    def _words(self) -> dict[str, str]:
        shouted = {_shout(old): _shout(new) for old, new in self.everywhere.items()}
        return {**shouted, **self.everywhere}

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        longest_first = sorted(self._words, key=lambda word: (-len(word), word))
        return re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(map(re.escape, longest_first))})(?![A-Za-z0-9])")

    def text(self, text: str) -> str:
        """The text with every name in it replaced."""
        return self._pattern.sub(lambda found: self._words[found[0]], text)

    def tree(self, data: Any, field: str = "") -> Any:
        """The same tree with other names; `field` is the name under which it stands."""
        if isinstance(data, str):
            return data if field in KEPT or data.partition("/")[0] in CLUSTER_KINDS else self.text(data)
        if isinstance(data, list):
            return self._path(data) if field == "path" else [self._value(field, item, field) for item in data]
        if isinstance(data, dict):
            if data.get("kind") in CLUSTER_KINDS:
                return data
            return {self._key(key, field): self._value(key, value, field) for key, value in data.items()}
        return data

    def _key(self, key: str, field: str) -> str:
        if field == "annotations" and key.startswith(PREFIX):  # a script may name its container
            word, dot, container = key.removeprefix(PREFIX).partition(".")
            return f"{PREFIX}{word}{dot}{self.local.get(container, self.text(container))}"
        return self.text(key) if field in FREE_KEYS else key

    def _value(self, key: str, value: Any, field: str) -> Any:
        stands_alone = field in LABELS or (field in NAMED and key == "name") or key in CONTAINERS
        if stands_alone and isinstance(value, str) and value in self.local:
            return self.local[value]
        return self.tree(value, key)

    def _path(self, steps: list[Any]) -> list[Any]:
        """Steps into an object: container names follow the name of their list."""
        before = ["", *steps]
        return [
            self.local[step] if last in NAMED and step in self.local else self.tree(step)
            for last, step in zip(before, steps, strict=False)
        ]


CLUSTER_KINDS: Final = frozenset({"Node", "StorageClass", "PersistentVolume", "PriorityClass"})


def rename(drillable: Drillable, rng: random.Random) -> Drillable:
    """The same incident with other names, chosen by `rng`."""
    renaming = _renaming(drillable, rng)
    application, scenario = drillable.application, drillable.scenario
    app = renaming.tree(application.app.model_dump(mode="json", exclude_unset=True))
    behaviours = renaming.tree(application.behaviours.model_dump(mode="json", exclude_unset=True))
    # The scenario keeps what names the task and its application: none of it is in the cluster.
    told = scenario.model_dump(mode="json", exclude_unset=True)
    kept = {key: told[key] for key in ("name", "app", "family", "task_id") if key in told}
    return Drillable(
        Scenario.model_validate(renaming.tree(told) | kept),
        Application(
            App.model_validate(app | {"name": application.app.name}),
            tuple(renaming.tree(manifest) for manifest in application.manifests),
            Behaviours.model_validate(behaviours),
        ),
    )


def _renaming(drillable: Drillable, rng: random.Random) -> Renaming:
    """The application's names come first: with equal random numbers they are the same in all its scenarios."""
    application, scenario = drillable.application, drillable.scenario
    fresh = _fresh_names(rng)
    everywhere: dict[str, str] = {}
    local: dict[str, str] = {}
    own = [*application.manifests, *_applied(application.app.history)]
    added = _applied((*scenario.history, *scenario.noise, *scenario.fault))
    for namespace, manifests in ((application.app.namespace, own), (drillable.namespace, list(added))):
        names = {namespace, *(m["metadata"]["name"] for m in manifests if _is_named_by_author(m))}
        everywhere |= {name: next(fresh) for name in sorted(names - everywhere.keys())}
        words = sorted(set(_local_words(manifests)) - local.keys())
        local |= {word: everywhere.get(word) or next(fresh) for word in words}
    return Renaming(everywhere, local)


def _fresh_names(rng: random.Random) -> Iterator[str]:
    used: set[str] = set()
    while True:
        name = "".join(rng.choice(SYLLABLES) for _ in range(3))
        if name not in used:
            used.add(name)
            yield name


def _applied(operations: Iterable[Operation]) -> Iterator[Manifest]:
    """The objects that operations bring."""
    for operation in operations:
        if isinstance(operation, Apply):
            yield from operation.manifests


def _is_named_by_author(manifest: Manifest) -> bool:
    return manifest["kind"] == "Namespace" or by_kind(manifest["kind"]).namespaced


def _local_words(data: Any, field: str = "") -> Iterator[str]:
    """Names of containers and volumes, and label values that are words."""
    if isinstance(data, list):
        for item in data:
            yield from _local_words(item, field)
    elif isinstance(data, dict) and data.get("kind") not in CLUSTER_KINDS:
        for key, value in data.items():
            if isinstance(value, str):
                local = field in LABELS or (field in NAMED and key == "name")
                if local and WORD.fullmatch(value) and value not in ("true", "false"):
                    yield value
            else:
                yield from _local_words(value, key)


def _shout(name: str) -> str:
    """As inside the name of an environment variable."""
    return name.upper().replace("-", "_").replace(".", "_")
