"""Turns in a real queue, and what is told of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from nbquest.clock import utc_now
from nbquest.jobs.app import GRADING_QUEUE
from nbquest.jobs.models import WorkerRow
from nbquest.jobs.queue import cancel_jobs, defer_in_turn, environment_queue, find_place
from nbquest.jobs.turns import WIDTH
from nbquest.jobs.workers import FORGOTTEN_AFTER, LOST_AFTER, forget_worker, list_workers, tell_worker

Fetch = Callable[[], int | None]
ADA, BOB, CID = 1, 2, 3


@pytest.fixture
def fetch(session: Session) -> Fetch:
    """Take the next job as a worker does; return its number. It stays as being run."""

    def take() -> int | None:
        return session.scalar(text("SELECT id FROM procrastinate_fetch_job_v2(NULL, NULL)"))

    return take


def _defer(session: Session, person: int, course: str = "squares", **options: str) -> int:
    return defer_in_turn(session, "some.task", course=course, person_id=person, **options)  # type: ignore[arg-type]


def _finish(session: Session, job: int | None) -> None:
    session.execute(text("DELETE FROM procrastinate_jobs WHERE id = :job"), {"job": job})


def _order(session: Session, fetch: Fetch) -> list[int]:
    """Run all jobs, one at a time; return them in the order in which that was."""
    order: list[int] = []
    while (job := fetch()) is not None:
        order.append(job)
        _finish(session, job)
    return order


def test_a_persons_second_waits_behind_anothers_first(session: Session, fetch: Fetch) -> None:
    adas = [_defer(session, ADA) for _ in range(3)]
    bobs = [_defer(session, BOB) for _ in range(2)]
    assert _order(session, fetch) == [adas[0], bobs[0], adas[1], bobs[1], adas[2]]


def test_courses_take_turns(session: Session, fetch: Fetch) -> None:
    large = [_defer(session, person, "large") for person in range(10, 16)]
    small = [_defer(session, person, "small") for person in range(20, 22)]
    order = _order(session, fetch)
    assert order[:5] == [large[0], large[1], small[0], large[2], small[1]]


def test_batch_work_waits_for_what_somebody_waits_for(session: Session, fetch: Fetch) -> None:
    regrades = [_defer(session, person, urgency="batch") for person in (ADA, BOB)]
    made = _defer(session, CID)
    assert _order(session, fetch) == [made, *regrades]


def test_a_newcomer_joins_the_round_that_is_served(session: Session, fetch: Fetch) -> None:
    adas = [_defer(session, ADA) for _ in range(4)]
    for _ in range(2):
        _finish(session, fetch())
    running = fetch()
    assert running == adas[2]
    bobs = [_defer(session, BOB) for _ in range(2)]
    _finish(session, running)
    assert _order(session, fetch) == [bobs[0], adas[3], bobs[1]]


def test_a_full_round_sends_newcomers_to_the_next(session: Session, fetch: Fetch) -> None:
    session.execute(
        text(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, args)"
            " SELECT 'grading', 'some.task', -n, 'person-' || (1000 + n), '{\"course\": \"squares\"}'"
            " FROM generate_series(0, :last) AS n"
        ),
        {"last": WIDTH - 1},
    )
    late, elsewhere = _defer(session, ADA), _defer(session, BOB, "small")
    priorities = dict(session.execute(text("SELECT id, priority FROM procrastinate_jobs")).all())
    assert priorities[late] == -WIDTH
    assert priorities[elsewhere] == -1
    assert _order(session, fetch)[-1] == late


def test_jobs_of_a_person_run_one_after_the_other(session: Session, fetch: Fetch) -> None:
    first, second = (_defer(session, ADA) for _ in range(2))
    assert (fetch(), fetch()) == (first, None)
    _finish(session, first)
    assert fetch() == second


def test_a_place_counts_what_the_same_workers_do(session: Session, fetch: Fetch) -> None:
    special = environment_queue("f" * 64)
    assert special == f"{GRADING_QUEUE}-{'f' * 16}"
    jobs = [_defer(session, person) for person in (ADA, BOB)]
    elsewhere = _defer(session, CID, queue=special)
    alone = find_place(session, elsewhere)
    assert alone is not None
    assert (alone.ahead, alone.slots) == (0, 0)
    _tell(session, [GRADING_QUEUE], slots=2)
    assert find_place(session, elsewhere) == alone
    _tell(session, [GRADING_QUEUE, special], slots=3)
    place = find_place(session, elsewhere)
    assert place is not None
    assert (place.ahead, place.slots) == (2, 3)
    place = find_place(session, jobs[1])
    assert place is not None
    assert (place.ahead, place.slots) == (1, 5)
    assert fetch() == jobs[0]
    assert find_place(session, jobs[0]) is None


def _tell(session: Session, queues: list[str], slots: int) -> UUID:
    worker = uuid4()
    tell_worker(session, worker, slots=slots, queues=queues, started_at=utc_now())
    return worker


def test_erasing_takes_a_persons_jobs_out_of_the_queue(session: Session, fetch: Fetch) -> None:
    running = _defer(session, ADA)
    assert fetch() == running
    _defer(session, ADA)
    _defer(session, ADA, queue=environment_queue("e" * 64))
    bobs = _defer(session, BOB)
    cancel_jobs(session, ADA)
    assert session.scalars(text("SELECT id FROM procrastinate_jobs ORDER BY id")).all() == [running, bobs]


def test_workers_are_told_of_lost_and_forgotten(session: Session) -> None:
    first, second = (_tell(session, [GRADING_QUEUE], slots=number) for number in (1, 2))
    assert [worker.slots for worker in list_workers(session)] == [1, 2]
    _age(session, first, LOST_AFTER)
    assert [worker.slots for worker in list_workers(session)] == [2]
    assert [(worker.slots, worker.lost) for worker in list_workers(session, lost=True)] == [(1, True), (2, False)]
    _age(session, first, FORGOTTEN_AFTER)
    tell_worker(session, second, slots=4, queues=[], started_at=utc_now())
    assert [worker.slots for worker in list_workers(session, lost=True)] == [4]
    forget_worker(session, second)
    assert list_workers(session, lost=True) == []


def _age(session: Session, worker: UUID, by: timedelta) -> None:
    aged = utc_now() - by - timedelta(seconds=1)
    session.execute(update(WorkerRow).where(WorkerRow.id == worker).values(seen_at=aged))
    session.expire_all()
