"""The XP ledger: rows are added, never changed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
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


@dataclass(frozen=True, kw_only=True)
class Held:
    """What the ledger holds of a person: all XP, and for one assignment those for its score and for full marks.

    `full_marks_entries`: how often full marks were paid or taken back. `days`: which of some days are practised.
    """

    total: int = 0
    for_score: int = 0
    for_full_marks: int = 0
    full_marks_entries: int = 0
    days: frozenset[date] = frozenset()


def list_held(
    session: Session, person_ids: Collection[int], assignment_id: int, days: Collection[date] = ()
) -> dict[int, Held]:
    """Return what these people have, by their numbers; `days` are those that are asked about."""
    here = XpEntryRow.assignment_id == assignment_id
    marks = here & (XpEntryRow.rule == FULL_MARKS)
    query = select(
        XpEntryRow.person_id,
        func.sum(XpEntryRow.points),
        func.coalesce(func.sum(XpEntryRow.points).filter(here & (XpEntryRow.rule == ASSIGNMENT_SCORE)), 0),
        func.coalesce(func.sum(XpEntryRow.points).filter(marks), 0),
        func.count().filter(marks),
    ).where(XpEntryRow.person_id.in_(person_ids))
    practised: dict[int, set[date]] = {}
    asked = select(XpEntryRow.person_id, XpEntryRow.object).where(
        XpEntryRow.person_id.in_(person_ids),
        XpEntryRow.rule == DAILY_PRACTICE,
        XpEntryRow.object.in_([day.isoformat() for day in days]),
    )
    for person_id, day in session.execute(asked):
        practised.setdefault(person_id, set()).add(date.fromisoformat(day))
    found = dict.fromkeys(person_ids, Held())
    for person_id, whole, score, full_marks, entries in session.execute(query.group_by(XpEntryRow.person_id)):
        found[person_id] = Held(
            total=int(whole),
            for_score=int(score),
            for_full_marks=int(full_marks),
            full_marks_entries=entries,
            days=frozenset(practised.get(person_id, ())),
        )
    return found


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
