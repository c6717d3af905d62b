"""The queue as an operator sees it: who works, what waits, and what was set aside because it could not be graded."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select, text
from sqlalchemy.orm import Session

from nbquest.clock import utc_now
from nbquest.courses import api as courses
from nbquest.courses.views import VersionLabel, View
from nbquest.identity import api as identity
from nbquest.jobs.queue import environment_queue
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
    """The jobs that need the same packages. `workers`: how many live that have them, with `slots` altogether.

    `environment`: the name of packages that courses bring, null for those that every course has; `courses`: which
    courses' newest versions need it.
    """

    queue: str
    environment: str | None
    courses: list[str]
    waiting: int
    running: int
    workers: int
    slots: int

    @property
    def is_stuck(self) -> bool:
        """Whether something waits that no worker takes."""
        return self.waiting > 0 and not self.workers


class SetAside(View):
    """A submission that could not be graded, and why. `number`: the person's how many-eth to the assignment."""

    submission: UUID
    number: int
    person: str
    course: str
    assignment: str
    assignment_title: str
    runs: int
    message: str
    since: datetime


class SetAsideList(View):
    """What could not be graded: the newest hundred of `set_aside_count`."""

    set_aside: list[SetAside]
    set_aside_count: int


class QueueOverview(SetAsideList):
    """All of the queue. `oldest_seconds`: how long the one that waits longest does; null where none waits."""

    lanes: list[Lane]
    oldest_seconds: int | None
    workers: list[Worker]

    @property
    def living(self) -> list[Worker]:
        """The workers that tell of themselves."""
        return [worker for worker in self.workers if not worker.lost]

    @property
    def is_well(self) -> bool:
        """Whether there is nothing to look after: workers run, none was lost, and each lane and submission has one."""
        stuck = any(lane.is_stuck for lane in self.lanes)
        return bool(self.workers) and len(self.living) == len(self.workers) and not stuck and not self.set_aside_count


def describe_queue(session: Session) -> QueueOverview:
    """Return what there is to see."""
    workers = list_workers(session, lost=True)
    # What a regrade tries, learners do not wait for.
    queued = AttemptRow.state == "queued", ~AttemptRow.trial
    oldest = session.scalar(select(func.min(AttemptRow.queued_at)).where(*queued))
    found = list_set_aside(session)
    return QueueOverview(
        lanes=_lanes(session, [worker for worker in workers if not worker.lost]),
        oldest_seconds=None if oldest is None else int((utc_now() - oldest).total_seconds()),
        workers=workers,
        set_aside=found.set_aside,
        set_aside_count=found.set_aside_count,
    )


def list_set_aside(session: Session, course: str | None = None) -> SetAsideList:
    """Return what could not be graded, of the whole site or of one course, newest first."""
    query = _select_set_aside(session, course)
    count = session.scalars(select(func.count()).select_from(query.subquery())).one()
    rows = session.execute(query.order_by(AttemptRow.id.desc()).limit(SHOWN)).all()
    people = identity.list_names(session, {submission.person_id for submission, _ in rows})
    labels = courses.list_version_labels(session, {attempt.version_id for _, attempt in rows})
    return SetAsideList(
        set_aside=[
            _set_aside(submission, attempt, people[submission.person_id], labels[attempt.version_id])
            for submission, attempt in rows
        ],
        set_aside_count=count,
    )


def retry_set_aside(session: Session, submissions: Collection[UUID] | None = None, *, course: str | None = None) -> int:
    """Queue what could not be graded again: these submissions, or all, of one course or of the site; return how many.

    Raises SubmissionNotFound, also where one of them is of another course or was not set aside.
    """
    query = _select_set_aside(session, course).order_by(AttemptRow.id)
    if submissions is not None:
        query = query.where(SubmissionRow.id.in_(submissions))
    found = session.execute(query).all()
    if submissions is not None and {row.id for row, _ in found} != set(submissions):
        raise SubmissionNotFound
    for submission, attempt in found:
        grades.queue_attempt(session, submission, attempt.version_id)
    return len(found)


def _select_set_aside(session: Session, course: str | None) -> Select[SubmissionRow, AttemptRow]:
    query = (
        select(SubmissionRow, AttemptRow)
        .join(AttemptRow, AttemptRow.submission_id == SubmissionRow.id)
        .where(AttemptRow.state == "could-not-grade", ~AttemptRow.trial)
    )
    if course is None:
        return query
    return query.where(SubmissionRow.assignment_id.in_(courses.list_assignment_ids(session, course, None)))


def _lanes(session: Session, workers: list[Worker]) -> list[Lane]:
    counted = {queue: (waiting, running) for queue, waiting, running in session.execute(_LANES)}
    needed = {environment_queue(found.digest): found.courses for found in courses.list_environments(session)}
    queues = sorted(set(counted).union(*(worker.queues for worker in workers)))
    lanes = []
    for queue in queues:
        waiting, running = counted.get(queue, (0, 0))
        able = [worker for worker in workers if queue in worker.queues]
        lanes.append(
            Lane(
                queue=queue,
                environment=queue.partition("-")[2] or None,
                courses=needed.get(queue, []),
                waiting=waiting,
                running=running,
                workers=len(able),
                slots=sum(worker.slots for worker in able),
            )
        )
    return lanes


def _set_aside(submission: SubmissionRow, attempt: AttemptRow, person: str, label: VersionLabel) -> SetAside:
    return SetAside(
        submission=submission.id,
        number=submission.number,
        person=person,
        course=label.course,
        assignment=label.assignment,
        assignment_title=label.title,
        runs=attempt.runs,
        message=attempt.message or "",
        since=attempt.finished_at or attempt.queued_at,
    )
