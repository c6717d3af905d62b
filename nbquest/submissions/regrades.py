"""Regrades: begun as a dry run, shown, dropped. See regrade_applying.py, and regrade_plans.py for what they change.

A regrade's gradings are attempts like others, but trials: they run when nothing else waits, and nothing that learners
see, and no rule, knows of them before it is applied.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from nbquest.clock import utc_now
from nbquest.courses import api as courses
from nbquest.courses.policy import Counts
from nbquest.identity import api as identity
from nbquest.jobs.queue import remove_jobs
from nbquest.submissions import grades, queries, regrade_rules
from nbquest.submissions.errors import (
    InvalidCursor,
    InvalidRegrade,
    RegradeEnded,
    RegradeNotFound,
    RegradeNotNeeded,
    RegradeOpen,
)
from nbquest.submissions.models import AttemptRow, GradeCellRow, GradeRow, RegradeRow
from nbquest.submissions.queries import Known
from nbquest.submissions.regrade_rules import Attempts
from nbquest.submissions.regrade_views import Regrade, RegradeState
from nbquest.submissions.views import Page

MAX_REASON = 500
MAX_LIST = 100


def start_regrade(
    session: Session, *, course: str, assignment: str, attempts: Attempts, reason: str, by: str | None = None
) -> Regrade:
    """Have what an older version graded tried by the newest one; nothing changes before it is applied.

    Raises CourseNotFound, AssignmentNotFound, InvalidRegrade, RegradeOpen, RegradeNotNeeded.
    """
    courses.get_course(session, course)
    target = courses.get_assignment_key(session, course, assignment)
    reason = " ".join(reason.split())
    if not 0 < len(reason) <= MAX_REASON or not reason.isprintable():
        raise InvalidRegrade
    regrade_id = session.scalar(
        insert(RegradeRow)
        .values(
            assignment_id=target.assignment_id,
            version_id=target.version_id,
            attempts=attempts,
            reason=reason,
            state="open",
            started_by=None if by is None else identity.get_person_id(session, by),
            started_at=utc_now(),
        )
        .on_conflict_do_nothing(index_elements=["assignment_id"], index_where=RegradeRow.state == "open")
        .returning(RegradeRow.id)
    )
    if regrade_id is None:
        raise RegradeOpen(regrade=_open_one(session, target.assignment_id))
    known = queries.list_known(session, course=course, assignment=assignment)
    counts = target.policy.counts
    chosen = [one for theirs in by_person(known).values() for one in choose_known(theirs, attempts, counts)]
    tried = [one for one in chosen if needs_grading(one, target.version_id)]
    if not tried:
        raise RegradeNotNeeded
    _queue_trials(session, regrade_id, target.version_id, tried)
    return get_regrade(session, course, regrade_id)


def count_outdated(session: Session, course: str, assignment: str) -> int:
    """Return how many submissions to the assignment have no grade by its newest version: what a regrade would try.

    Raises AssignmentNotFound.
    """
    target = courses.get_assignment_key(session, course, assignment)
    known = queries.list_known(session, course=course, assignment=assignment)
    return sum(needs_grading(one, target.version_id) for one in known)


def get_regrade(session: Session, course: str | None, regrade_id: int) -> Regrade:
    """Return a regrade of this course (None: of any). Raises RegradeNotFound."""
    return view(session, get_row(session, course, regrade_id))


def list_regrades(session: Session, course: str, *, cursor: str | None = None, limit: int = 50) -> Page[Regrade]:
    """Return the course's regrades, newest first, 100 at most. Raises CourseNotFound, InvalidCursor."""
    courses.get_course(session, course)
    limit = max(1, min(limit, MAX_LIST))
    query = (
        select(RegradeRow)
        .where(RegradeRow.assignment_id.in_(courses.list_assignment_ids(session, course, None)))
        .order_by(RegradeRow.id.desc())
        .limit(limit + 1)
        .execution_options(populate_existing=True)
    )
    if cursor is not None:
        query = query.where(RegradeRow.id < read_regrade_cursor(cursor))
    rows = session.scalars(query).all()
    return Page[Regrade](
        items=[view(session, row) for row in rows[:limit]],
        next_cursor=str(rows[limit - 1].id) if len(rows) > limit else None,
    )


def drop_regrade(session: Session, course: str | None, regrade_id: int, *, by: str | None = None) -> bool:
    """Forget a regrade's trial gradings, those that wait included; False where it was dropped before.

    Raises RegradeNotFound, RegradeEnded (it was applied).
    """
    row = get_row(session, course, regrade_id, lock=True)
    if row.state == "dropped":
        return False
    if row.state == "applied":
        raise RegradeEnded("This regrade was applied, so it can't be dropped.")
    attempt_ids = lock_trials(session, row.id)
    jobs = session.scalars(select(AttemptRow.job_id).where(AttemptRow.id.in_(attempt_ids))).all()
    for statement in (
        delete(GradeCellRow).where(GradeCellRow.attempt_id.in_(attempt_ids)),
        delete(GradeRow).where(GradeRow.attempt_id.in_(attempt_ids)),
        delete(AttemptRow).where(AttemptRow.id.in_(attempt_ids)),
    ):
        session.execute(statement, execution_options={"synchronize_session": False})
    # A job that runs finds its attempt gone, and ends.
    remove_jobs(session, [job for job in jobs if job is not None])
    end(session, row, "dropped", by)
    return True


def get_row(session: Session, course: str | None, regrade_id: int, *, lock: bool = False) -> RegradeRow:
    """Return the regrade's row, held until the transaction ends if `lock`. Raises RegradeNotFound."""
    query = select(RegradeRow).where(RegradeRow.id == regrade_id)
    if course is not None:
        query = query.where(RegradeRow.assignment_id.in_(courses.list_assignment_ids(session, course, None)))
    if lock:
        query = query.with_for_update()
    row = session.scalar(query.execution_options(populate_existing=True))
    if row is None:
        raise RegradeNotFound(regrade=regrade_id)
    return row


def lock_trials(session: Session, regrade_id: int) -> Sequence[int]:
    """Hold the regrade's trials against workers and erasures; return their numbers."""
    query = select(AttemptRow.id).where(AttemptRow.regrade_id == regrade_id, AttemptRow.trial)
    return session.scalars(query.order_by(AttemptRow.id).with_for_update()).all()


def end(session: Session, row: RegradeRow, state: str, by: str | None) -> None:
    """Note that the regrade is over, and by whom."""
    row.state, row.ended_at = state, utc_now()
    row.ended_by = None if by is None else identity.get_person_id(session, by)
    session.flush()


def choose_known(theirs: Sequence[Known], attempts: Attempts, counts: Counts) -> list[Known]:
    """Return those of a person's submissions that a regrade takes."""
    known = {one.submission.id: one for one in theirs}
    chosen = regrade_rules.choose([one.handed_in for one in theirs], attempts, counts)
    return [known[one.submission_id] for one in chosen]


def needs_grading(known: Known, version_id: int) -> bool:
    """Return whether the submission has no grade by the version, and isn't about to get one."""
    return known.attempt.version_id != version_id or known.attempt.state == "could-not-grade"


def by_person(known: Iterable[Known]) -> dict[str, list[Known]]:
    """Return the submissions by the names of those who handed them in, in the order of the names."""
    found: dict[str, list[Known]] = {}
    for one in known:
        found.setdefault(one.person, []).append(one)
    return dict(sorted(found.items()))


def count_states(session: Session, regrade_id: int) -> dict[str, int]:
    """Return how many of the regrade's attempts are in which state."""
    query = select(AttemptRow.state, func.count()).where(AttemptRow.regrade_id == regrade_id)
    return {row.state: row[1] for row in session.execute(query.group_by(AttemptRow.state))}


def is_stale(session: Session, row: RegradeRow) -> bool:
    """Return whether an open regrade's version is no longer the newest."""
    return row.state == "open" and courses.get_newest_version_id(session, row.assignment_id) != row.version_id


def view(session: Session, row: RegradeRow) -> Regrade:
    """Return the regrade as it is shown."""
    states = count_states(session, row.id)
    waiting = states.get("queued", 0) + states.get("grading", 0)
    total = sum(states.values())
    state = cast(RegradeState, ("running" if waiting else "ready") if row.state == "open" else row.state)
    stale = is_stale(session, row)
    label = courses.list_version_labels(session, {row.version_id})[row.version_id]
    people = identity.list_names(session, {one for one in (row.started_by, row.ended_by) if one is not None})
    ended_by = people.get(row.ended_by or 0)
    return Regrade(
        id=row.id,
        course=label.course,
        assignment=label.assignment,
        assignment_title=label.title,
        version=label.number,
        attempts=cast(Attempts, row.attempts),
        reason=row.reason,
        state=state,
        stale=stale,
        only_gains=row.only_gains,
        message=_message(state, stale=stale, total=total, waiting=waiting, ended_at=row.ended_at, ended_by=ended_by),
        total=total,
        done=total - waiting,
        failed=states.get("could-not-grade", 0),
        started_by=people.get(row.started_by or 0),
        started_at=row.started_at,
        ended_by=ended_by,
        ended_at=row.ended_at,
    )


def _message(
    state: RegradeState, *, stale: bool, total: int, waiting: int, ended_at: datetime | None, ended_by: str | None
) -> str:
    if ended_at is not None:
        who = "" if ended_by is None else f" by {ended_by}"
        when = f"{ended_at:%d %b %Y, %H:%M} UTC"
        if state == "applied":
            return f"Applied on {when}{who}. Applying it again changes nothing."
        return f"Dropped on {when}{who}. Nothing was changed."
    if stale:
        return "A newer version was published since it began, so it can't be applied. Drop it and begin again."
    if state == "running":
        return f"{total - waiting} of {total} submissions are graded. Nothing is changed meanwhile."
    return "Everything is graded. Nothing is changed until you apply it."


def read_regrade_cursor(cursor: str) -> int:
    """Return the number that a cursor of regrades is. Raises InvalidCursor."""
    if not cursor.isascii() or not cursor.isdecimal() or len(cursor) > 18:
        raise InvalidCursor("This cursor does not come from a list of regrades.")
    return int(cursor)


def _open_one(session: Session, assignment_id: int) -> int | None:
    query = select(RegradeRow.id).where(RegradeRow.assignment_id == assignment_id, RegradeRow.state == "open")
    return session.scalar(query)


def _queue_trials(session: Session, regrade_id: int, version_id: int, tried: Sequence[Known]) -> None:
    now = utc_now()
    attempts = [
        AttemptRow(
            submission_id=one.submission.id,
            version_id=version_id,
            state="queued",
            queued_at=now,
            regrade_id=regrade_id,
            trial=True,
        )
        for one in tried
    ]
    session.add_all(attempts)
    session.flush()
    for one, attempt in zip(tried, attempts, strict=True):
        person_id = one.submission.person_id
        grades.defer_grading(session, attempt.id, person_id=person_id, version_id=version_id, urgency="batch")
