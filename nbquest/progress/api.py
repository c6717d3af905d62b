"""What somebody has earned."""

from __future__ import annotations

from sqlalchemy.orm import Session

from nbquest.progress.views import Progress


def get_progress(session: Session, person: str) -> Progress:
    """Return where this person stands, computed from the ledger; a person unknown so far stands at the beginning."""
    raise NotImplementedError
