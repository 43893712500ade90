"""PostgreSQL: for several replicas."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self, TypeVar, cast

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.orm import Session as AnySession
from sqlmodel import Session
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.errors import Misconfigured
from store.errors import guarding
from store.urls import Address

T = TypeVar("T")

_LOCK_SECONDS = 5
"""How long a statement waits for another writer, and a connection for the server."""
_STATEMENT_SECONDS = 30
_OPTIONS = {
    "connect_timeout": _LOCK_SECONDS,
    "options": f"-c lock_timeout={_LOCK_SECONDS}s -c statement_timeout={_STATEMENT_SECONDS}s",
}


@dataclass(frozen=True)
class PostgresqlDatabase:
    """`store.engine.Database` over a pool of connections, each tried before it is used."""

    address: Address
    engine: AsyncEngine

    @classmethod
    def at(cls, address: Address) -> Self:
        """Prepare the pool. What the URL says, as in `?options=…`, comes before the defaults."""
        options = {name: value for name, value in _OPTIONS.items() if name not in address.url.query}
        try:
            engine = create_async_engine(
                address.url,
                hide_parameters=True,
                pool_pre_ping=True,
                pool_size=8,
                max_overflow=8,
                pool_timeout=_STATEMENT_SECONDS,
                connect_args=options,
            )
        except ModuleNotFoundError as e:
            raise Misconfigured(
                "AOI_DATABASE_URL names PostgreSQL; install its driver with the extra postgres."
            ) from e
        return cls(address, engine)

    async def read(self, work: Callable[[Session], T]) -> T:
        """Look."""
        return await self.write(work)

    async def write(self, work: Callable[[Session], T]) -> T:
        """Change; PostgreSQL locks rows as they are written, so reading needs no other way in."""
        with guarding(self.address.name):
            async with AsyncSession(self.engine, expire_on_commit=False) as session, session.begin():
                return await session.run_sync(cast(Callable[[AnySession], T], work))

    async def close(self) -> None:
        """Close the pool."""
        await self.engine.dispose()
