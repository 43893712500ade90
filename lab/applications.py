"""Applications and scenarios as they lie on disk, read into values."""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from pydantic import Field

from domain.base import Value
from domain.cluster import Ref
from domain.located import BadFile, Document, Mistake, parse, read, read_one
from lab.checks import Served
from lab.cluster.behaviour import Behaviours
from lab.operations import Apply, Operation
from lab.scenario import App, Scenario
from lab.targets import CheckedManifest, Manifest, ref_of
from lab.variants import spread

APPS: Final = Path(__file__).parent / "apps"
"""The built-in applications, a folder each: `app.yaml`, `behaviours.yaml`, `manifests/*.yaml`."""


class _Manifests(Value):
    """Wraps a manifest, so that its mistakes are located like a scenario's."""

    manifest: CheckedManifest = Field()


@dataclass(frozen=True)
class Application:
    """All that a cluster needs to run an application."""

    app: App
    manifests: tuple[Manifest, ...]
    behaviours: Behaviours


@dataclass(frozen=True)
class Drillable:
    """A scenario together with the application it happens to."""

    scenario: Scenario
    application: Application

    @property
    def namespace(self) -> str:
        """Where the incident is."""
        return self.scenario.namespace or self.application.app.namespace


def builtin_apps() -> tuple[str, ...]:
    """Names of the built-in applications."""
    return tuple(sorted(path.parent.name for path in APPS.glob("*/app.yaml")))


def load_application(folder: Path) -> Application:
    """An application's folder. Raises BadFile."""
    app = read_one(folder / "app.yaml", App)
    manifests: list[Manifest] = []
    for path in sorted((folder / "manifests").glob("*.yaml")):
        manifests += [_manifest(document) for document in read(path)]
    return Application(app, tuple(manifests), read_one(folder / "behaviours.yaml", Behaviours))


def load(path: Path) -> tuple[Drillable, ...]:
    """The scenarios of a file, one a variant, with their application. Raises BadFile with every mistake found."""
    return _resolved(read(path), str(path))


def loads(text: str, file: str = "scenario") -> tuple[Drillable, ...]:
    """As `load`, from text; `file` names it in errors."""
    return _resolved(parse(text, file), file)


def _resolved(documents: tuple[Document, ...], file: str) -> tuple[Drillable, ...]:
    if len(documents) != 1:
        what = "the file is empty" if not documents else "the file holds several documents"
        raise BadFile([Mistake(file, 1, what, "write one scenario a file, or one with `variants:`")])
    found: dict[str, Drillable] = {}
    for number, document in enumerate(spread(documents[0])):
        drillable = resolve(document)
        if drillable.scenario.name in found:
            what = f"two variants are the scenario {drillable.scenario.name}"
            raise BadFile([document.mistake(("variants", number), what, "write ${variant} into its name")])
        found[drillable.scenario.name] = drillable
    return tuple(found.values())


def resolve(document: Document) -> Drillable:
    """The scenario of a document with its application. Raises BadFile."""
    scenario = document.parse(Scenario)
    if scenario.app is None:
        application = _own(scenario)
    elif scenario.app in builtin_apps():
        application = _builtin(scenario.app)
    else:
        what = f"`{scenario.app}` is not a built-in application"
        raise BadFile([document.mistake(("app",), what, f"write one of {', '.join(builtin_apps())}")])
    drillable = Drillable(scenario, application)
    mistakes = (*_unknown_targets(document, drillable), *_unknown_routes(document, drillable))
    if mistakes:
        raise BadFile(sorted(mistakes, key=lambda mistake: mistake.line))
    return drillable


@cache
def _builtin(name: str) -> Application:
    """Read once: every scenario of a suite runs on the same files."""
    return load_application(APPS / name)


def _own(scenario: Scenario) -> Application:
    namespace = scenario.namespace or scenario.name
    app = App(name=scenario.name, title=scenario.title, namespace=namespace, load=scenario.load)
    return Application(app, scenario.manifests, Behaviours())


def _manifest(document: Document) -> Manifest:
    wrapped = Document(document.file, {"manifest": document.data}, document.node)
    return wrapped.parse(_Manifests).manifest


def _unknown_targets(document: Document, drillable: Drillable) -> Iterator[Mistake]:
    """Operations, checks and truths about objects that neither the application nor the scenario makes."""
    known = set(_made(drillable))
    for location, target in _targets(document.data, ()):
        ref = ref_of(target, drillable.namespace)
        if ref.namespace is None or ref.kind in ("Endpoints", "Pod", "ReplicaSet") or ref in known:
            continue
        near = difflib.get_close_matches(target, [f"{ref.kind}/{ref.name}" for ref in known], 1)
        remedy = f"write `{near[0]}`" if near else "name an object of the application's manifests"
        yield document.mistake(location, f"there is no {target}", remedy)


def _unknown_routes(document: Document, drillable: Drillable) -> Iterator[Mistake]:
    """Checks of users' requests that no user makes."""
    load = drillable.application.app.load
    known = [] if load is None else [route.path for route in load.routes]
    for part, checks in (("removed", drillable.scenario.removed), ("recovery", drillable.scenario.recovery)):
        for number, check in enumerate(checks):
            if isinstance(check, Served) and (not known or check.path not in (None, *known)):
                what = f"users do not ask for {check.path}" if known and check.path else "there are no users"
                remedy = f"write one of {', '.join(known)}" if known else "add `load:`"
                yield document.mistake((part, number), what, remedy)


def _made(drillable: Drillable) -> Iterator[Ref]:
    scenario, application = drillable.scenario, drillable.application
    applied: list[Manifest] = list(application.manifests)
    for operation in _operations(scenario, application):
        applied += operation.manifests if isinstance(operation, Apply) else ()
    for manifest in applied:
        yield ref_of(f"{manifest['kind']}/{manifest['metadata']['name']}", drillable.namespace)


def _operations(scenario: Scenario, application: Application) -> Iterator[Operation]:
    yield from application.app.history
    for operations in (scenario.history, scenario.noise, scenario.fault, scenario.fix):
        yield from operations
    for miss in scenario.near_misses:
        yield from miss.operations


def _targets(data: Any, location: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every place of the file that names an object, but inside manifests and patches."""
    if isinstance(data, dict):
        for key, value in data.items():
            here = (*location, key)
            if key in ("target", "source") and isinstance(value, str):
                yield here, value
            elif key in ("components", "allow") and isinstance(value, list):
                yield from (((*here, i), item) for i, item in enumerate(value))
            elif key not in ("manifests", "body", "behaviours", "behaviour"):
                yield from _targets(value, here)
    elif isinstance(data, Sequence) and not isinstance(data, str):
        for i, item in enumerate(data):
            yield from _targets(item, (*location, i))
