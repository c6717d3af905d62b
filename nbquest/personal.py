"""All that the site keeps of one person: handed out as files, or erased."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from nbquest.clock import utc_now
from nbquest.db.personal import erase_rows, read_rows
from nbquest.errors import Conflict
from nbquest.files.errors import BlobDamaged, BlobNotFound
from nbquest.files.store import BlobStore
from nbquest.identity import api as identity
from nbquest.progress.personal import open_ledger
from nbquest.rooms import PERSONAL
from nbquest.submissions.personal import hold_grading, list_personal_files

FORMAT = 1
"""Of an export's data.json: raised when a reader of the last one would misunderstand it."""
DATA = "data.json"


class PersonBusy(Conflict):
    """Something of this person's is being stored or graded at this moment; nothing was erased. Please try again."""

    code = "person-busy"


@dataclass(kw_only=True)
class Exported:
    """What an export came to: rows by table, files by path, and the paths of files that are lost or damaged."""

    rows: dict[str, int] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)


def export_person(session: Session, blobs: BlobStore, name: str, write: Callable[[str, bytes], None]) -> Exported:
    """Give `write` every file of an export, by its relative path; data.json, which lists them all, comes last.

    data.json: `{"format", "person", "exported_at", "tables": {table: [row]}, "files": [{"path", "sha256"}],
    "unreadable": [path], "withheld": {table: {column: reason}}}`; times are ISO 8601 in UTC, points are numbers.
    Raises PersonNotFound, BlobStoreUnavailable.
    """
    person_id = identity.get_person_id(session, name)
    tables = {table.name: read_rows(session, table, person_id) for table in PERSONAL}
    exported = Exported(rows={name: len(rows) for name, rows in tables.items()})
    listed = []
    for file in list_personal_files(session, person_id):
        try:
            content = blobs.get(file.sha256)
        except (BlobNotFound, BlobDamaged):
            exported.unreadable.append(file.path)
            continue
        write(file.path, content)
        exported.files.append(file.path)
        listed.append({"path": file.path, "sha256": file.sha256})
    data = {
        "format": FORMAT,
        "person": name,
        "exported_at": utc_now(),
        "tables": tables,
        "files": listed,
        "unreadable": exported.unreadable,
        "withheld": {table.name: dict(table.withheld) for table in PERSONAL if table.withheld},
    }
    write(DATA, json.dumps(data, default=_plain, ensure_ascii=False, indent=1).encode())
    return exported


def erase_person(session: Session, name: str) -> dict[str, int]:
    """Erase all that is kept of the person, in this transaction; return how many rows, by table.

    Stored files follow at the next collection. What the Hub keeps, an account and a home, is the Hub's. Raises
    PersonNotFound, PersonBusy.
    """
    try:
        person_id = identity.get_person_id(session, name)
        # Attempts before the person, as a worker takes them; once more for what came until the person was held.
        hold_grading(session, person_id)
        identity.hold_person(session, name)
        hold_grading(session, person_id)
        open_ledger(session, person_id)
        done = erase_rows(session, PERSONAL, person_id)
    except (OperationalError, IntegrityError) as error:
        raise PersonBusy from error
    session.expire_all()
    return done


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} can't be exported")
