"""What is kept of one person: each room declares its tables, and export and erasure follow from that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import ColumnElement, case, delete, select, update
from sqlalchemy.orm import Session

from nbquest.db.base import Base


@dataclass(frozen=True, kw_only=True)
class PersonalTable:
    """The rows of a table that are about one person, and what becomes of them.

    `rows`: the condition by which they are found, from the person's number. `erase`: `delete` the rows, or `forget`
    the person in them: columns of `forget` with their number are set to null. `withheld`: columns that an export leaves
    out, with the reason.
    """

    model: type[Base]
    rows: Callable[[int], ColumnElement[bool]]
    erase: Literal["delete", "forget"] = "delete"
    forget: tuple[str, ...] = ()
    withheld: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the table."""
        return str(self.model.__tablename__)


def read_rows(session: Session, table: PersonalTable, person_id: int) -> list[dict[str, Any]]:
    """Return the person's rows, ordered by key: values by column, without those that are withheld."""
    described = table.model.__table__
    columns = [column for column in described.columns if column.name not in table.withheld]
    keys = [column for column in described.columns if column.primary_key]
    query = select(*columns).where(table.rows(person_id)).order_by(*keys)
    return [dict(row) for row in session.execute(query).mappings()]


def erase_rows(session: Session, tables: Iterable[PersonalTable], person_id: int) -> dict[str, int]:
    """Delete the person's rows, or forget the person in them, table by table; return how many, by table."""
    done = {}
    for table in tables:
        chosen = table.rows(person_id)
        if table.erase == "delete":
            statement: Any = delete(table.model).where(chosen)
        else:
            columns = {name: table.model.__table__.columns[name] for name in table.forget}
            others = {name: case((column != person_id, column)) for name, column in columns.items()}
            statement = update(table.model).where(chosen).values(others)
        result: Any = session.execute(statement, execution_options={"synchronize_session": False})
        done[table.name] = int(result.rowcount)
    return done
