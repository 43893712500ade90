"""Rows as Parquet, whose columns have the types that the rows declare, also where there is no row."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pyarrow as pa
from pyarrow import parquet
from pydantic import BaseModel

from learn.export.rows import Row

_BATCH = 500
_PLAIN = {str: pa.string(), float: pa.float64(), int: pa.int64(), bool: pa.bool_()}


def write_parquet(rows: Sequence[Row], kind: type[Row], file: Path) -> None:
    """Write them; equal rows make equal files."""
    schema = pa.schema(_fields(kind))
    with parquet.ParquetWriter(file, schema) as writer:
        for start in range(0, len(rows), _BATCH):
            batch = [row.model_dump(mode="json") for row in rows[start : start + _BATCH]]
            writer.write_table(pa.Table.from_pylist(batch, schema))


def _fields(kind: type[BaseModel]) -> list[Any]:
    return [pa.field(name, _type(field.annotation)) for name, field in kind.model_fields.items()]


def _type(annotation: Any) -> Any:
    """The type of a column: of a text, a number, a list of one type, or a value with fields of its own."""
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return pa.struct(_fields(annotation))
    if get_origin(annotation) is tuple:
        return pa.list_(_type(get_args(annotation)[0]))
    if get_origin(annotation) is Literal:
        return pa.string()
    raise TypeError(f"No column can hold {annotation}.")
