"""Column types that the tables share."""

import zlib
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Column, Dialect, LargeBinary, Text
from sqlalchemy.types import TypeDecorator


class Stored(TypeDecorator[Any]):
    """A domain value as JSON text, byte for byte the same after a round trip."""

    impl = Text
    cache_ok = True

    def __init__(self, adapter: TypeAdapter[Any]) -> None:
        super().__init__()
        self.adapter = adapter

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """To JSON."""
        return None if value is None else self.adapter.dump_json(value).decode()

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """From JSON, validated."""
        return None if value is None else self.adapter.validate_json(value)


class Packed(TypeDecorator[Any]):
    """A large domain value as compressed JSON: a run of the lab is a tenth of its text."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, adapter: TypeAdapter[Any]) -> None:
        super().__init__()
        self.adapter = adapter

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        """To JSON, compressed."""
        return None if value is None else zlib.compress(self.adapter.dump_json(value))

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """From JSON, validated."""
        return None if value is None else self.adapter.validate_json(zlib.decompress(value))


class Prose(TypeDecorator[str]):
    """Words of people and machines; PostgreSQL takes no NUL in text, so it is replaced."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Without NUL."""
        return None if value is None else value.replace("\x00", "\ufffd")


def stored(of: Any, nullable: bool = False) -> Column[Any]:
    """A column that holds values of the type `of`; nothing at all stands for `None` where it may."""
    return Column(Stored(TypeAdapter(of)), nullable=nullable)


def packed(of: Any) -> Column[Any]:
    """A column that holds large values of the type `of`."""
    return Column(Packed(TypeAdapter(of)), nullable=False)


def prose() -> Column[str]:
    """A column of words."""
    return Column(Prose(), nullable=False, default="")
