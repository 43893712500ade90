"""Set a stage once for all scenarios of an application; whoever plays one does it in a fork (`lab/apart.py`)."""

from dataclasses import dataclass, field, replace
from functools import lru_cache

from domain.base import digest_of
from lab.applications import Drillable
from lab.stage import Stage


@dataclass(frozen=True)
class _Setting:
    key: str
    """A digest of all that goes into a stage before its past is played."""
    drillable: Drillable = field(compare=False)
    seed: int


def stage_for(drillable: Drillable, seed: int) -> Stage:
    """A settled stage; the last one again where application, names and seed are the same.

    It must stay as it is: fork before anything is played on it. Raises BadInput as `Stage.set` does.
    """
    return replace(_set(_Setting(_key_of(drillable), drillable, seed)), drillable=drillable)


@lru_cache(maxsize=1)
def _set(setting: _Setting) -> Stage:
    stage = Stage.set(setting.drillable, setting.seed)
    stage.traffic.catch_up()
    return stage


def _key_of(drillable: Drillable) -> str:
    application = drillable.application
    values = (application.app, application.behaviours, drillable.scenario.behaviours)
    told = [value.model_dump(mode="json", exclude_unset=True) for value in values]
    return digest_of([drillable.namespace, list(application.manifests), *told])
