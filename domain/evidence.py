"""What was seen: raw output as artifacts, and the findings made of it."""

from datetime import datetime
from typing import Self

from domain.base import Value, digest_of
from domain.cluster import Ref, Severity
from domain.visible import one_line


class Artifact(Value):
    """A probe's raw output, already redacted; the Observer never reads it."""

    id: str
    """SHA-256 of `text`, so that equal outputs are stored once."""
    probe: str
    """The call in one line, for people."""
    text: str
    taken_at: datetime

    @classmethod
    def of(cls, probe: str, text: str, taken_at: datetime) -> Self:
        """Name the artifact by its content. `text` must have been redacted before."""
        return cls(id=digest_of(text), probe=probe, text=text, taken_at=taken_at)


class Finding(Value):
    """One sentence about one object, with the artifacts that show it."""

    id: str
    """Short content hash, the same for the same sentence about the same subject."""
    severity: Severity
    subject: Ref
    text: str
    artifacts: tuple[str, ...] = ()

    @classmethod
    def of(cls, severity: Severity, subject: Ref, text: str, artifacts: tuple[str, ...] = ()) -> Self:
        """Name the finding by its subject and text, which stays one line whatever it quotes."""
        text = one_line(text)
        name = "f-" + digest_of([str(subject), text])[:8]
        return cls(id=name, severity=severity, subject=subject, text=text, artifacts=artifacts)
