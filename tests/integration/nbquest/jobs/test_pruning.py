"""What is deleted of the queue's rows, and what stays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
import sqlalchemy
from procrastinate import JobContext
from procrastinate.jobs import Job
from sqlalchemy import Engine, select, text

from nbquest import rooms
from nbquest.clock import utc_now
from nbquest.db.engine import session_scope
from nbquest.files.store import MemoryBlobStore
from nbquest.identity import api as identity
from nbquest.jobs.app import app, defer
from nbquest.jobs.pruning import JOBS_KEPT, prune_jobs
from nbquest.jobs.tasks import prune
from nbquest.notifications import api as notifications
from nbquest.notifications.models import NotificationRow
from nbquest.notifications.pruning import KEPT, prune_notifications
from nbquest.submissions import api as submissions
from nbquest.submissions.tasks import FAILURE_MESSAGE
from tests.factories.courses import publish_squares, squares_submission

ENDS = ("failed", "cancelled", "aborted")
LONG_AGO, LATELY = JOBS_KEPT + timedelta(hours=1), JOBS_KEPT - timedelta(hours=1)
HOURS = 3


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A site's database."""
    engine = sqlalchemy.create_engine(database_url)
    yield engine
    engine.dispose()


def _job(engine: Engine, status: str, ago: timedelta) -> int:
    """Make a job that got this status so long ago; return its number."""
    with session_scope(engine) as session:
        job = defer(session, "some.task", course="squares")
        session.execute(text("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = :job"), {"job": job})
        session.execute(
            text("UPDATE procrastinate_jobs SET status = CAST(:status AS procrastinate_job_status) WHERE id = :job"),
            {"job": job, "status": status},
        )
        at = {"job": job, "at": utc_now() - ago}
        session.execute(text("UPDATE procrastinate_events SET at = :at WHERE job_id = :job"), at)
        return job


def _jobs(engine: Engine) -> set[int]:
    with session_scope(engine) as session:
        return set(session.scalars(text("SELECT id FROM procrastinate_jobs")))


def _count(engine: Engine, table: str) -> int:
    with session_scope(engine) as session:
        return session.scalar(text(f"SELECT count(*) FROM {table}")) or 0


def test_jobs_that_are_long_over_go_with_their_events(engine: Engine) -> None:
    """Those that ended lately stay, and whatever waits or runs, however old it is."""
    old = [_job(engine, status, LONG_AGO) for status in ENDS for _ in range(2)]
    kept = {_job(engine, status, LATELY) for status in ENDS}
    kept |= {_job(engine, status, LONG_AGO) for status in ("todo", "doing")}
    assert prune_jobs(engine, batch=4) == len(old)
    assert _jobs(engine) == kept
    with session_scope(engine) as session:
        assert set(session.scalars(text("SELECT job_id FROM procrastinate_events"))) == kept
    assert prune_jobs(engine) == 0


def test_a_job_that_somebody_holds_is_left_for_the_next_time(engine: Engine) -> None:
    """Pruning waits for nobody."""
    held, free = _job(engine, "failed", LONG_AGO), _job(engine, "failed", LONG_AGO)
    with session_scope(engine) as session:
        session.execute(text("SELECT id FROM procrastinate_jobs WHERE id = :job FOR UPDATE"), {"job": held})
        assert prune_jobs(engine) == 1
    assert _jobs(engine) == {held}
    assert prune_jobs(engine) == 1
    assert free not in _jobs(engine)


def test_what_came_of_a_submission_stays(engine: Engine, tmp_path) -> None:
    """Its attempt tells of it without its job."""
    blobs = MemoryBlobStore()
    with session_scope(engine) as session:
        publish_squares(session, blobs, tmp_path)
        made = submissions.submit(
            session,
            blobs,
            person="ada",
            course="squares",
            assignment="first",
            notebooks={"squares.ipynb": squares_submission()},
            key=str(uuid4()),
        )
        attempt = session.scalar(text("SELECT id FROM attempts"))
        submissions.start_attempt(session, attempt)
        submissions.record_failure(session, attempt, FAILURE_MESSAGE)
        session.execute(text("UPDATE procrastinate_jobs SET status = 'failed'"))
        session.execute(text("UPDATE procrastinate_events SET at = :at"), {"at": utc_now() - LONG_AGO})
    assert prune_jobs(engine) == 1
    with session_scope(engine) as session:
        found = submissions.get_submission(session, made.id)
        assert (found.state, found.message) == ("could-not-grade", FAILURE_MESSAGE)
        assert [one.submission for one in submissions.describe_queue(session).set_aside] == [made.id]
        assert submissions.retry_set_aside(session) == 1
        assert submissions.get_submission(session, made.id).state == "queued"
    assert len(_jobs(engine)) == 1


def test_old_notifications_go_the_oldest_first(engine: Engine) -> None:
    """Whoever was away for less hears of all that they missed."""
    with session_scope(engine) as session:
        identity.get_or_create_person(session, "ada")
        told = [
            notifications.notify(session, person="ada", kind="some.kind", object=str(number), payload={})
            for number in range(9)
        ]
        for number, ago in zip(told[:5], (KEPT + timedelta(days=days) for days in (9, 7, 5, 3, 1)), strict=True):
            row = session.get_one(NotificationRow, number)
            row.created_at = utc_now() - ago
    assert prune_notifications(engine, batch=2) == 5
    with session_scope(engine) as session:
        assert [one.id for one in notifications.list_notifications(session, "ada", after_id=0)] == told[5:]
    assert prune_notifications(engine) == 0
    with session_scope(engine) as session:
        assert list(session.scalars(select(NotificationRow.id).order_by(NotificationRow.id))) == told[5:]


def test_every_worker_prunes_every_hour(engine: Engine) -> None:
    """Both tasks are periodic ones of the app that workers run, and do it with a worker's tools."""
    assert rooms.TASKS
    periodic = {entry.task.name: entry.cron for entry in app.periodic_registry.periodic_tasks.values()}
    assert periodic["jobs.prune"] == periodic["notifications.prune"] == "17 * * * *"
    _job(engine, "failed", LONG_AGO)
    job = Job(id=1, queue="grading", lock=None, queueing_lock=None, task_name="jobs.prune", task_kwargs={})
    tools = SimpleNamespace(engine=engine)
    context = JobContext(
        app=app, job=job, start_timestamp=0.0, additional_context={"tools": tools}, abort_reason=lambda: None
    )
    prune(context, timestamp=0)
    assert _jobs(engine) == set()


def test_periodic_jobs_leave_one_row_each(engine: Engine) -> None:
    """The queue remembers the last time of each periodic task, not every minute of the year."""
    defer_periodic = text(
        "SELECT procrastinate_defer_periodic_job_v2('grading', NULL, NULL, 'some.task', 0, '', :moment, '{}')"
    )
    for hour in range(HOURS):
        with session_scope(engine) as session:
            assert session.scalar(defer_periodic, {"moment": 3600 * hour}) is not None
            session.execute(text("DELETE FROM procrastinate_jobs"))
    assert _count(engine, "procrastinate_periodic_defers") == 1
    assert _count(engine, "procrastinate_events") == 0
