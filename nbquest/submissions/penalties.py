"""Gives back what lateness took where a later due date or a milder penalty comes afterwards. Nobody loses by it."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from nbquest.courses import api as courses
from nbquest.courses.views import AssignmentPolicy
from nbquest.events.bus import emit
from nbquest.events.submissions import PenaltyLowered
from nbquest.identity import api as identity
from nbquest.submissions import policies, queries
from nbquest.submissions.grades import counted_score
from nbquest.submissions.models import SubmissionRow
from nbquest.submissions.standing import apply_policies


def reconsider_penalties(session: Session, course: str, assignment: str | None = None) -> int:
    """Lower what late submissions of the course cost, where less holds now; return how many cost less.

    Each that is graded and costs less, or is no longer late, emits PenaltyLowered. Raises CourseNotFound.
    """
    courses.get_course(session, course)
    return sum(
        _reconsider(session, course, entry)
        for entry in courses.list_policies(session, course)
        if assignment in {None, entry.slug}
    )


def _reconsider(session: Session, course: str, entry: AssignmentPolicy) -> int:
    query = select(SubmissionRow.person_id).where(
        SubmissionRow.assignment_id == entry.assignment_id, or_(SubmissionRow.late, SubmissionRow.penalty > 0)
    )
    names = identity.list_names(session, set(session.scalars(query)))
    return sum(_reconsider_person(session, course, entry, name) for name in sorted(names.values()))


def _reconsider_person(session: Session, course: str, entry: AssignmentPolicy, person: str) -> int:
    # Held, as when they hand in and when they are given XP: neither may come between reading and writing.
    person_id = identity.lock_person(session, person)
    applied = apply_policies(session, person=person, course=course, role="learner", of=[entry])[entry.assignment_id]
    rows = session.scalars(
        select(SubmissionRow)
        .where(SubmissionRow.assignment_id == entry.assignment_id, SubmissionRow.person_id == person_id)
        .where(or_(SubmissionRow.late, SubmissionRow.penalty > 0))
        .order_by(SubmissionRow.number)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    changed = []
    for row in rows:
        terms = applied.terms
        late = row.late and policies.is_late(entry.policy, terms.due_at, row.submitted_at)
        penalty = min(row.penalty, policies.penalty_under(entry.policy, terms, row.submitted_at))
        if (late, penalty) != (row.late, row.penalty):
            changed.append((row, row.penalty))
            if penalty < row.penalty and row.penalty_before is None:
                row.penalty_before = row.penalty
            row.late, row.penalty = late, penalty
    session.flush()
    for row, before in changed:
        _tell(session, row, before)
    return sum(row.penalty < before for row, before in changed)


def _tell(session: Session, row: SubmissionRow, before: Decimal) -> None:
    known = queries.find_known(session, row.id)
    assert known is not None, "an accepted submission has an attempt"
    if known.grade is None:  # its grade will tell
        return
    emit(
        session,
        PenaltyLowered(
            submission_id=row.id,
            person=known.person,
            course=known.course,
            assignment=known.assignment,
            attempt_id=known.grade.attempt_id,
            assignment_id=row.assignment_id,
            assignment_title=known.assignment_title,
            penalty=Decimal(row.penalty),
            penalty_before=Decimal(before),
            counted_score=counted_score(session, known),
            max_score=known.grade.max_score,
        ),
    )
