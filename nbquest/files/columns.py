"""Column types of tables that name stored files: what is declared with these, a collection leaves alone."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any

from sqlalchemy import Column, Select, Text, any_, func, literal, select, true
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Session, mapped_column

from nbquest.db.base import Base

MARK = "blobs"
BlobName = Annotated[str, mapped_column(Text, info={MARK: "one"})]
"""The SHA-256 of a stored file."""
BlobNames = Annotated[dict[str, str], mapped_column(JSONB, info={MARK: "values"})]
"""SHA-256s of stored files, by path."""


def blob_columns() -> list[Column[Any]]:
    """Return every column that names stored files, of the tables that are imported; `nbquest.rooms` imports all."""
    return [column for table in Base.metadata.sorted_tables for column in table.columns if MARK in column.info]


def list_named(session: Session, digests: Collection[str]) -> set[str]:
    """Return which of these blobs a row names, as far as this transaction sees."""
    wanted = literal(list(digests), ARRAY(Text))
    found: set[str] = set()
    for column in blob_columns():
        found.update(session.scalars(_named(column, wanted)))
    return found


def _named(column: Column[Any], wanted: Any) -> Select[Any]:
    if column.info[MARK] == "one":
        return select(column).where(column == any_(wanted)).distinct()
    values = func.jsonb_each_text(column).table_valued("key", "value")
    query = select(values.c.value).select_from(column.table).join(values, true())
    return query.where(values.c.value == any_(wanted)).distinct()
