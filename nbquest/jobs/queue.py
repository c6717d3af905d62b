"""The queue's rows: giving a job its turn, and telling where it stands."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from nbquest.clock import utc_now
from nbquest.jobs.app import GRADING_QUEUE, defer
from nbquest.jobs.turns import Turn, Urgency, from_priority, next_round, next_turn, priorities, to_priority
from nbquest.jobs.workers import LOST_AFTER

_ROUNDS = text(
    """
    SELECT
      (SELECT min(priority) FROM procrastinate_jobs
        WHERE status = 'doing' AND priority BETWEEN :low AND :high) AS served,
      (SELECT priority FROM procrastinate_jobs
        WHERE status = 'todo' AND priority BETWEEN :low AND :high ORDER BY priority DESC, id LIMIT 1) AS waiting,
      (SELECT min(priority) FROM procrastinate_jobs
        WHERE status IN ('todo', 'doing') AND lock = :lock AND priority BETWEEN :low AND :high) AS own
    """
)
_LAST_OF_COURSE = text(
    """
    SELECT min(priority) FROM procrastinate_jobs
    WHERE status IN ('todo', 'doing') AND args ->> 'course' = :course AND priority BETWEEN :low AND :high
    """
)
_AHEAD = text(
    """
    SELECT count(*) FROM procrastinate_jobs AS other, procrastinate_jobs AS mine
    WHERE mine.id = :job AND mine.status = 'todo' AND other.status = 'todo' AND other.queue_name IN :queues
      AND (other.priority > mine.priority OR (other.priority = mine.priority AND other.id < mine.id))
    """
).bindparams(bindparam("queues", expanding=True))
_NEXT = text(
    """
    SELECT id FROM procrastinate_jobs WHERE status = 'todo' AND queue_name IN :queues
    ORDER BY priority DESC, id LIMIT :limit
    """
).bindparams(bindparam("queues", expanding=True))
_CANCEL = text("DELETE FROM procrastinate_jobs WHERE lock = :lock AND status <> 'doing'")
_REMOVE = text("DELETE FROM procrastinate_jobs WHERE id = ANY(:jobs) AND status <> 'doing'")
_ABLE = text(
    """
    SELECT job.status, job.queue_name, worker.slots, worker.queues FROM procrastinate_jobs AS job
    LEFT JOIN workers AS worker ON job.queue_name = ANY(worker.queues) AND worker.seen_at >= :alive_since
    WHERE job.id = :job
    """
)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a waiting job stands: `ahead` of it wait so many for the same workers, which run `slots` at a time."""

    ahead: int
    slots: int


@dataclass(frozen=True, kw_only=True)
class _Able:
    """Of a job: its status, the queues that its workers serve, and how many jobs those do at a time."""

    status: str
    rivals: list[str]
    slots: int


def environment_queue(environment: str | None) -> str:
    """Return the queue of work that needs the environment with this digest; None: the one that every worker has."""
    return GRADING_QUEUE if environment is None else f"{GRADING_QUEUE}-{environment[:16]}"


def defer_in_turn(
    session: Session,
    task_name: str,
    *,
    course: str,
    person_id: int,
    urgency: Urgency = "interactive",
    queue: str = GRADING_QUEUE,
    **arguments: Any,
) -> int:
    """Put a job into the queue where its course's and its person's turn is (see `turns`), in this transaction.

    A person's jobs run one after the other. Two that are given their turn at once may share it: then the older one is
    first. The task gets `course`, too. Returns the job's number.
    """
    lock = person_lock(person_id)
    low, high = priorities(urgency)
    found = session.execute(_ROUNDS, {"low": low, "high": high, "lock": lock}).one()
    now, own = _turn(found.served if found.served is not None else found.waiting), _turn(found.own)
    round_, turn = next_round(now, own), None
    while turn is None:
        low, high = priorities(urgency, round_)
        last = _turn(session.scalar(_LAST_OF_COURSE, {"course": course, "low": low, "high": high}))
        turn = next_turn(now, round_, last)
        round_ += 1
    priority = to_priority(turn, urgency)
    return defer(session, task_name, queue=queue, lock=lock, priority=priority, course=course, **arguments)


def _turn(priority: int | None) -> Turn | None:
    return None if priority is None else from_priority(priority)[0]


def person_lock(person_id: int) -> str:
    """Return the lock of a person's jobs."""
    return f"person-{person_id}"


def list_next(session: Session, job_id: int, limit: int) -> tuple[list[int], int]:
    """Return the jobs that wait longest for the workers that could take (or took) this one, and those workers' slots.

    They are in their order, `limit` at most.
    """
    able = _find_able(session, job_id)
    if able is None:
        return [], 0
    return list(session.scalars(_NEXT, {"queues": able.rivals, "limit": limit})), able.slots


def cancel_jobs(session: Session, person_id: int) -> None:
    """Take the person's jobs out of the queue, but for one that runs already."""
    session.execute(_CANCEL, {"lock": person_lock(person_id)})


def remove_jobs(session: Session, job_ids: Collection[int]) -> None:
    """Take these jobs out of the queue, but for those that run already."""
    session.execute(_REMOVE, {"jobs": list(job_ids)})


def find_place(session: Session, job_id: int) -> Place | None:
    """Return where a job stands that waits; None where it doesn't wait (any more)."""
    able = _find_able(session, job_id)
    if able is None or able.status != "todo":
        return None
    ahead = session.scalar(_AHEAD, {"job": job_id, "queues": able.rivals}) or 0
    return Place(ahead=ahead, slots=able.slots)


def _find_able(session: Session, job_id: int) -> _Able | None:
    """Return what is to be known of the workers that can take this job; None where there is no such job."""
    rows = session.execute(_ABLE, {"job": job_id, "alive_since": utc_now() - LOST_AFTER}).all()
    if not rows:
        return None
    served = {queue for row in rows for queue in row.queues or ()}
    return _Able(
        status=rows[0].status,
        rivals=sorted({rows[0].queue_name, *served}),
        slots=sum(row.slots or 0 for row in rows),
    )
