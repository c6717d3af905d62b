"""Reads of submissions, attempts and grades."""

from __future__ import annotations

import base64
import binascii
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Select, and_, cast, func, select, true, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased

from nbquest.courses import api as courses
from nbquest.identity import api as identity
from nbquest.submissions.errors import InvalidCursor
from nbquest.submissions.models import AttemptRow, GradeCellRow, GradeRow, RegradeRow, SubmissionRow
from nbquest.submissions.policies import HandedIn

NEWEST_FIRST = (SubmissionRow.submitted_at.desc(), SubmissionRow.id.desc())


@dataclass(frozen=True, kw_only=True)
class Known:
    """A submission with its names, its latest attempt, and the grade of the latest attempt that has one.

    Trials of a regrade are no attempts here. `version`: the number of the version that the latest attempt grades by.
    """

    submission: SubmissionRow
    attempt: AttemptRow
    grade: GradeRow | None
    person: str
    course: str
    assignment: str
    assignment_title: str
    version: int

    @property
    def handed_in(self) -> HandedIn:
        """The submission as the rules of handing in see it."""
        return _handed_in(self.submission, self.attempt, self.grade)

    @property
    def score(self) -> Decimal | None:
        """The points that are left after the penalty, None before it is graded."""
        return self.handed_in.counted_score


def find_known(session: Session, submission_id: UUID) -> Known | None:
    """Return the submission, or None."""
    found = _name(session, _select().where(SubmissionRow.id == submission_id))
    return found[0] if found else None


def find_by_key(session: Session, person_id: int, key: str) -> SubmissionRow | None:
    """Return the person's submission of this key, or None."""
    return session.scalar(select(SubmissionRow).where(SubmissionRow.person_id == person_id, SubmissionRow.key == key))


def count_waiting(session: Session, person_id: int) -> int:
    """Return how many of the person's submissions are yet to be graded."""
    query = (
        select(func.count())
        .select_from(AttemptRow)
        .join(SubmissionRow, SubmissionRow.id == AttemptRow.submission_id)
        .where(SubmissionRow.person_id == person_id, AttemptRow.state.in_(("queued", "grading")), ~AttemptRow.trial)
    )
    return session.scalars(query).one()


def list_known(
    session: Session,
    *,
    course: str | None = None,
    assignment: str | None = None,
    person: str | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> list[Known]:
    """Return submissions, newest first, those after `cursor`."""
    conditions: list[ColumnElement[bool]] = []
    if person is not None:
        conditions.append(SubmissionRow.person_id == identity.find_person_id(session, person))
    if cursor is not None:
        conditions.append(tuple_(SubmissionRow.submitted_at, SubmissionRow.id) < tuple_(*read_cursor(cursor)))
    assignments = None
    if course is not None or assignment is not None:
        assignments = courses.list_assignment_ids(session, course, assignment)
    if limit is not None:
        conditions = [SubmissionRow.id.in_(_page(assignments, conditions, limit))]
    elif assignments is not None:
        conditions.append(SubmissionRow.assignment_id.in_(assignments))
    return _name(session, _select().where(*conditions).order_by(*NEWEST_FIRST))


def list_handed_in(session: Session, person_id: int, assignment_id: int) -> list[HandedIn]:
    """Return the person's submissions to the assignment as the rules of handing in see them, newest first."""
    query = _select().where(SubmissionRow.person_id == person_id, SubmissionRow.assignment_id == assignment_id)
    return [_handed_in(*row) for row in session.execute(query.order_by(*NEWEST_FIRST))]


def _handed_in(row: SubmissionRow, attempt: AttemptRow, grade: GradeRow | None) -> HandedIn:
    return HandedIn(
        submission_id=row.id,
        submitted_at=row.submitted_at,
        late=row.late,
        penalty=row.penalty,
        score=None if grade is None else grade.score,
        max_score=None if grade is None else grade.max_score,
        failed=attempt.state == "could-not-grade" and grade is None,
    )


def _page(assignments: Sequence[int] | None, conditions: Sequence[ColumnElement[bool]], limit: int) -> Select[UUID]:
    """Return the query of the newest `limit` submissions, which reads hardly more rows than it returns.

    Of each assignment the newest are looked up by themselves: what others have handed in since is not read.
    """
    if assignments is None:
        return select(SubmissionRow.id).where(*conditions).order_by(*NEWEST_FIRST).limit(limit)
    numbers = func.unnest(cast(list(assignments), ARRAY(BigInteger)))
    wanted = numbers.table_valued("assignment_id", name="wanted").render_derived()
    each = (
        select(SubmissionRow.id, SubmissionRow.submitted_at)
        .where(SubmissionRow.assignment_id == wanted.c.assignment_id, *conditions)
        .order_by(*NEWEST_FIRST)
        .limit(limit)
        .lateral("newest")
    )
    return (
        select(each.c.id)
        .join_from(wanted, each, true())
        .order_by(each.c.submitted_at.desc(), each.c.id.desc())
        .limit(limit)
    )


@functools.cache  # putting it together takes longer than Postgres takes for it
def _select() -> Select[SubmissionRow, AttemptRow, GradeRow]:
    other = aliased(AttemptRow)
    latest = (
        select(func.max(other.id))
        .where(other.submission_id == SubmissionRow.id, ~other.trial)
        .correlate(SubmissionRow)
        .scalar_subquery()
    )
    graded = (
        select(func.max(other.id))
        .join(GradeRow, GradeRow.attempt_id == other.id)
        .where(other.submission_id == SubmissionRow.id, ~other.trial)
        .correlate(SubmissionRow)
        .scalar_subquery()
    )
    return (
        select(SubmissionRow, AttemptRow, GradeRow)
        .select_from(SubmissionRow)
        .join(AttemptRow, and_(AttemptRow.submission_id == SubmissionRow.id, AttemptRow.id == latest))
        .outerjoin(GradeRow, GradeRow.attempt_id == graded)
        .execution_options(populate_existing=True)
    )


def _name(session: Session, query: Select[SubmissionRow, AttemptRow, GradeRow]) -> list[Known]:
    """Run the query, and ask the rooms of people and courses for the names, all at once."""
    rows = session.execute(query).all()
    people = identity.list_names(session, {submission.person_id for submission, _, _ in rows})
    labels = courses.list_version_labels(session, {attempt.version_id for _, attempt, _ in rows})
    return [
        Known(
            submission=submission,
            attempt=attempt,
            grade=grade,
            person=people[submission.person_id],
            course=labels[attempt.version_id].course,
            assignment=labels[attempt.version_id].assignment,
            assignment_title=labels[attempt.version_id].title,
            version=labels[attempt.version_id].number,
        )
        for submission, attempt, grade in rows
    ]


def list_cells(session: Session, attempt_ids: Sequence[int]) -> dict[int, list[GradeCellRow]]:
    """Return the graded cells of these attempts, by attempt."""
    found: dict[int, list[GradeCellRow]] = {number: [] for number in attempt_ids}
    query = select(GradeCellRow).where(GradeCellRow.attempt_id.in_(attempt_ids)).order_by(GradeCellRow.position)
    for row in session.scalars(query):
        found[row.attempt_id].append(row)
    return found


def list_grades(session: Session, submission_id: UUID) -> list[tuple[AttemptRow, GradeRow, RegradeRow | None]]:
    """Return all grades that the submission has or had, oldest first, each with the regrade that it is of, if any."""
    query = (
        select(AttemptRow, GradeRow, RegradeRow)
        .join(GradeRow, GradeRow.attempt_id == AttemptRow.id)
        .outerjoin(RegradeRow, RegradeRow.id == AttemptRow.regrade_id)
        .where(AttemptRow.submission_id == submission_id, ~AttemptRow.trial)
        .order_by(AttemptRow.id)
        .execution_options(populate_existing=True)
    )
    return [(attempt, grade, regrade) for attempt, grade, regrade in session.execute(query)]


def write_cursor(submission: SubmissionRow) -> str:
    """Return the cursor that leads to what comes after this submission."""
    text = f"{submission.submitted_at.isoformat()} {submission.id}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[datetime, UUID]:
    """Return the place that a cursor names. Raises InvalidCursor."""
    try:
        moment, identifier = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split(" ")
        when = datetime.fromisoformat(moment)
        if when.tzinfo is None:
            raise InvalidCursor
        return when, UUID(identifier)
    except (ValueError, binascii.Error):
        raise InvalidCursor from None
