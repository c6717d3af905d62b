"""The queue as an operator sees it: who works, what waits, and what was set aside because it could not be graded."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from nbquest.clock import utc_now
from nbquest.courses import api as courses
from nbquest.courses.views import View
from nbquest.identity import api as identity
from nbquest.jobs.workers import Worker, list_workers
from nbquest.submissions import grades
from nbquest.submissions.errors import SubmissionNotFound
from nbquest.submissions.models import AttemptRow, SubmissionRow

SHOWN = 100

_LANES = text(
    """
    SELECT queue_name, count(*) FILTER (WHERE status = 'todo'), count(*) FILTER (WHERE status = 'doing')
    FROM procrastinate_jobs WHERE status IN ('todo', 'doing') GROUP BY queue_name ORDER BY queue_name
    """
)


class Lane(View):
    """The jobs that need the same packages. `workers`: how many live that have them, with `slots` altogether."""

    queue: str
    waiting: int
    running: int
    workers: int
    slots: int


class SetAside(View):
    """A submission that could not be graded, and why."""

    submission: UUID
    person: str
    course: str
    assignment: str
    runs: int
    message: str
    since: datetime


class QueueOverview(View):
    """All of the queue. `oldest_seconds`: how long the one that waits longest does; null where none waits.

    `set_aside` holds the newest hundred of `set_aside_count`.
    """

    lanes: list[Lane]
    oldest_seconds: int | None
    workers: list[Worker]
    set_aside: list[SetAside]
    set_aside_count: int


def describe_queue(session: Session) -> QueueOverview:
    """Return what there is to see."""
    workers = list_workers(session, lost=True)
    # What a regrade tries, learners do not wait for.
    queued = AttemptRow.state == "queued", ~AttemptRow.trial
    failed = AttemptRow.state == "could-not-grade", ~AttemptRow.trial
    oldest = session.scalar(select(func.min(AttemptRow.queued_at)).where(*queued))
    count = select(func.count()).select_from(AttemptRow).where(*failed)
    return QueueOverview(
        lanes=_lanes(session, [worker for worker in workers if not worker.lost]),
        oldest_seconds=None if oldest is None else int((utc_now() - oldest).total_seconds()),
        workers=workers,
        set_aside=_set_aside(session),
        set_aside_count=session.scalars(count).one(),
    )


def retry_set_aside(session: Session, submissions: Collection[UUID] | None = None) -> int:
    """Queue what could not be graded again: these submissions, or all; return how many. Raises SubmissionNotFound."""
    query = (
        select(SubmissionRow, AttemptRow)
        .join(AttemptRow, AttemptRow.submission_id == SubmissionRow.id)
        .where(AttemptRow.state == "could-not-grade", ~AttemptRow.trial)
        .order_by(AttemptRow.id)
    )
    if submissions is not None:
        query = query.where(SubmissionRow.id.in_(submissions))
    found = session.execute(query).all()
    if submissions is not None and {row.id for row, _ in found} != set(submissions):
        raise SubmissionNotFound
    for submission, attempt in found:
        grades.queue_attempt(session, submission, attempt.version_id)
    return len(found)


def _lanes(session: Session, workers: list[Worker]) -> list[Lane]:
    counted = {queue: (waiting, running) for queue, waiting, running in session.execute(_LANES)}
    queues = sorted(set(counted).union(*(worker.queues for worker in workers)))
    lanes = []
    for queue in queues:
        waiting, running = counted.get(queue, (0, 0))
        able = [worker for worker in workers if queue in worker.queues]
        slots = sum(worker.slots for worker in able)
        lanes.append(Lane(queue=queue, waiting=waiting, running=running, workers=len(able), slots=slots))
    return lanes


def _set_aside(session: Session) -> list[SetAside]:
    query = (
        select(SubmissionRow, AttemptRow)
        .join(AttemptRow, AttemptRow.submission_id == SubmissionRow.id)
        .where(AttemptRow.state == "could-not-grade", ~AttemptRow.trial)
        .order_by(AttemptRow.id.desc())
        .limit(SHOWN)
    )
    rows = session.execute(query).all()
    people = identity.list_names(session, {submission.person_id for submission, _ in rows})
    labels = courses.list_version_labels(session, {attempt.version_id for _, attempt in rows})
    return [
        SetAside(
            submission=submission.id,
            person=people[submission.person_id],
            course=labels[attempt.version_id].course,
            assignment=labels[attempt.version_id].assignment,
            runs=attempt.runs,
            message=attempt.message or "",
            since=attempt.finished_at or attempt.queued_at,
        )
        for submission, attempt in rows
    ]
