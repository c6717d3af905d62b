"""The XP ledger: rows are added, never changed."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from nbquest.clock import utc_now
from nbquest.progress.models import XpEntryRow

ASSIGNMENT_SCORE = "assignment_score"
FULL_MARKS = "full_marks"
DAILY_PRACTICE = "daily_practice"


def add_entry(
    session: Session,
    *,
    person_id: int,
    rule: str,
    object: str,
    label: str,
    points: int,
    assignment_id: int | None = None,
    submission_id: UUID | None = None,
) -> XpEntryRow:
    """Add an entry; the same (person, rule, object) returns the one that is there."""
    values = {
        "person_id": person_id,
        "rule": rule,
        "object": object,
        "label": label,
        "points": points,
        "assignment_id": assignment_id,
        "submission_id": submission_id,
        "created_at": utc_now(),
    }
    session.execute(
        insert(XpEntryRow).values(**values).on_conflict_do_nothing(index_elements=["person_id", "rule", "object"])
    )
    return session.scalars(
        select(XpEntryRow).where(
            XpEntryRow.person_id == person_id, XpEntryRow.rule == rule, XpEntryRow.object == object
        )
    ).one()


def paid_for_score(session: Session, person_id: int, assignment_id: int) -> int:
    """Return the XP that the person has had for their score on this assignment."""
    return _sum(
        session,
        XpEntryRow.person_id == person_id,
        XpEntryRow.assignment_id == assignment_id,
        XpEntryRow.rule == ASSIGNMENT_SCORE,
    )


def earned_by_submission(session: Session, submission_id: UUID) -> int:
    """Return the XP that this submission brought, by all rules."""
    return _sum(session, XpEntryRow.submission_id == submission_id)


def total(session: Session, person_id: int) -> int:
    """Return all XP of the person."""
    return _sum(session, XpEntryRow.person_id == person_id)


def practice_days(session: Session, person_id: int) -> frozenset[date]:
    """Return the person's days with graded work."""
    objects = session.scalars(
        select(XpEntryRow.object).where(XpEntryRow.person_id == person_id, XpEntryRow.rule == DAILY_PRACTICE)
    )
    return frozenset(date.fromisoformat(day) for day in objects)


def list_recent(session: Session, person_id: int, limit: int) -> list[XpEntryRow]:
    """Return the person's newest entries that are worth something, newest first."""
    return list(
        session.scalars(
            select(XpEntryRow)
            .where(XpEntryRow.person_id == person_id, XpEntryRow.points != 0)
            .order_by(XpEntryRow.id.desc())
            .limit(limit)
        )
    )


def _sum(session: Session, *conditions: object) -> int:
    return int(session.scalar(select(func.coalesce(func.sum(XpEntryRow.points), 0)).where(*conditions)) or 0)  # type: ignore[arg-type]  # column conditions, whatever their class
