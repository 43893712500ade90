"""Play a scenario once, so that what only a cluster can refuse is told by file and line as well."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from domain.errors import BadInput
from domain.located import BadFile, Document, Location, Mistake, read
from lab.apart import apart
from lab.applications import Drillable, load, resolve
from lab.hands import Refused
from lab.operations import Operation
from lab.scenario import Scenario
from lab.stage import Stage
from lab.variants import spread

SEED = 0


def check(path: Path) -> tuple[Drillable, ...]:
    """The scenarios of a file that is in order and can be played. Raises BadFile with every mistake found."""
    drillables = load(path)
    mistakes = [
        mistake
        for whole in read(path)
        for document in spread(whole)
        for mistake in _rehearsed(document, resolve(document))
    ]
    if mistakes:
        raise BadFile(list(dict.fromkeys(mistakes)))
    return drillables


def _rehearsed(document: Document, drillable: Drillable) -> Iterator[Mistake]:
    """What the past and the incident run into, or else the repairs, each on a world of its own."""
    scenario = drillable.scenario
    try:
        stage = Stage.set(drillable, SEED)
    except BadInput as error:
        yield _told(document, drillable, error)
        return
    try:
        stage.past()
        stage.incident()
        for repair in (scenario.fix, *(miss.operations for miss in scenario.near_misses)):
            try:
                apart(partial(stage.repair, repair))
            except BadInput as error:
                yield _told(document, drillable, error)
    except BadInput as error:
        yield _told(document, drillable, error)
    finally:
        stage.cluster.stop()


def _told(document: Document, drillable: Drillable, error: BadInput) -> Mistake:
    if isinstance(error, Refused):
        return document.mistake(_place(drillable.scenario, error.operation), error.what, error.remedy)
    what, _, remedy = str(error).rstrip(".").partition("; ")
    for number, manifest in enumerate(drillable.scenario.manifests):
        if f"The manifest {manifest['kind']}/{manifest['metadata']['name']} " in what:
            return document.mistake(("manifests", number), what, remedy)
    return document.mistake((), what, remedy or "correct it")


def _place(scenario: Scenario, operation: Operation) -> Location:
    """Where an operation stands in its file; of equal ones the first."""
    parts: list[tuple[Location, tuple[Operation, ...]]] = [
        (("history",), scenario.history),
        (("noise",), scenario.noise),
        (("fault",), scenario.fault),
        (("fix",), scenario.fix),
    ]
    parts += [
        (("near_misses", number, "operations"), miss.operations)
        for number, miss in enumerate(scenario.near_misses)
    ]
    places = ((*part, found.index(operation)) for part, found in parts if operation in found)
    return next(places, ())
