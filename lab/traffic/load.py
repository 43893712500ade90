"""What users ask of an application, as its `app.yaml` says it."""

from typing import Annotated

from pydantic import Field

from domain.base import Value
from lab.cluster.when import When

Path = Annotated[str, Field(pattern=r"^(/\S*)?$", max_length=200)]


class Flood(Value):
    """Requests beyond the usual, while a condition holds at their source."""

    when: When
    rate: float = Field(gt=0, le=100_000)
    """More requests a second."""


class Route(Value):
    """One kind of request."""

    path: Path
    """Empty for a protocol without paths."""
    rate: float = Field(gt=0, le=100_000)
    """Requests a second."""
    surges: tuple[Flood, ...] = ()
    """Only where the load has a `source`; of several that hold the largest counts."""


class Load(Value):
    """The requests that enter an application, and where."""

    service: str
    """The Service at the front."""
    port: int = Field(default=80, ge=1, le=65535)
    """Of the Service."""
    source: str | None = None
    """App label (`app`, `app.kubernetes.io/name`, `io.kompose.service` or `service`) of the pods that make the
    requests; without one of them ready there is no load. `None`: users outside the cluster."""
    routes: tuple[Route, ...] = Field(min_length=1)
