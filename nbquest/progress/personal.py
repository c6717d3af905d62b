"""What this room keeps of a person. The ledger is only ever added to, but for a person who is to be forgotten."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from nbquest.db.personal import PersonalTable
from nbquest.progress.models import XpEntryRow

PERSONAL = (PersonalTable(model=XpEntryRow, rows=lambda person_id: XpEntryRow.person_id == person_id),)


def open_ledger(session: Session, person_id: int) -> None:
    """Let this transaction delete this person's entries, which Postgres refuses otherwise."""
    session.execute(text("SELECT set_config('nbquest.erased_person', :person, true)"), {"person": str(person_id)})
