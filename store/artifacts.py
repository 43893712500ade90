"""Raw, redacted probe outputs by content hash."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from domain.evidence import Artifact
from store.engine import Database
from store.insert import insert
from store.tables import ArtifactRow


@dataclass(frozen=True)
class SqlArtifacts:
    """`domain.ports.Artifacts` in SQL."""

    database: Database

    async def put(self, artifacts: Sequence[Artifact]) -> None:
        """Store those that are not there."""
        rows = [{"id": artifact.id, "value": artifact} for artifact in artifacts]
        if not rows:
            return

        def work(session: Session) -> None:
            new = insert(session, ArtifactRow).on_conflict_do_nothing(index_elements=["id"])
            session.exec(new, params=rows)

        await self.database.write(work)

    async def get(self, artifact_id: str) -> Artifact | None:
        """The artifact, or `None`."""
        row = await self.database.read(lambda session: session.get(ArtifactRow, artifact_id))
        return row.value if row else None
