"""What somebody has earned."""

from __future__ import annotations

from sqlalchemy.orm import Session

from nbquest.clock import utc_now
from nbquest.identity import api as identity
from nbquest.progress import ledger, rules
from nbquest.progress.views import Progress, XpEntry

RECENT = 10


def get_progress(session: Session, person: str) -> Progress:
    """Return where this person stands, computed from the ledger; a person unknown so far stands at the beginning."""
    person_id = identity.find_person_id(session, person)
    zone = "UTC" if person_id is None else identity.get_person(session, person).time_zone
    number = -1 if person_id is None else person_id
    xp = ledger.total(session, number)
    level = rules.level_of(xp)
    return Progress(
        xp=xp,
        level=level,
        level_floor=rules.level_start(level),
        next_level_at=rules.level_start(level + 1),
        streak=rules.streak_of(ledger.practice_days(session, number), rules.local_day(utc_now(), zone)),
        recent=[
            XpEntry(rule=row.rule, label=row.label, points=row.points, created_at=row.created_at)
            for row in ledger.list_recent(session, number, RECENT)
        ],
    )
