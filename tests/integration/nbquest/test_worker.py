"""Real worker processes: one is killed in the middle of grading, one is asked to stop."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import sqlalchemy
from sqlalchemy import Engine, text

from nbquest.db.engine import session_scope
from nbquest.files.errors import BlobNotFound
from nbquest.files.local import LocalBlobStore
from nbquest.housekeeping import COLLECT_TASK
from nbquest.jobs.app import defer
from nbquest.settings import REPOSITORY
from nbquest.submissions import api as submissions
from tests.factories.courses import SOLUTION, publish_squares, squares_submission
from tests.factories.drafts import keep_draft

pytestmark = [pytest.mark.bubblewrap, pytest.mark.slow]

SLOW = f"import time\ntime.sleep(4)\n{SOLUTION}"
WAIT_SECONDS = 240
DOING = "SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing' AND task_name = 'submissions.grade'"


@dataclass(frozen=True, kw_only=True)
class Place:
    """A database with a published course, and the folder of its files."""

    engine: Engine
    blobs: LocalBlobStore
    environment: dict[str, str]
    log: Path

    def submit(self, solution: str) -> UUID:
        """Hand in."""
        with session_scope(self.engine) as session:
            return submissions.submit(
                session,
                self.blobs,
                person="ada",
                course="squares",
                assignment="first",
                notebooks={"squares.ipynb": squares_submission(solution)},
                key=str(uuid4()),
            ).id

    def state(self, submission: UUID) -> str:
        """Return how far grading is."""
        with session_scope(self.engine) as session:
            return submissions.get_submission(session, submission).state

    def wait(self, what: Callable[[], bool]) -> None:
        """Wait until it is so."""
        deadline = time.monotonic() + WAIT_SECONDS
        while not what():
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)

    @contextlib.contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        """Run a worker that gives lost jobs back quickly; it is killed at the end if it still runs."""
        command = [sys.executable, "-m", "nbquest.worker", "--heartbeat-seconds", "0.5", "--stalled-seconds", "3"]
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                command, cwd=REPOSITORY, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def count(self, query: str) -> int:
        """Return a query's number."""
        with session_scope(self.engine) as session:
            return session.scalar(text(query)) or 0


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Iterator[Place]:
    """A database in which `squares` is published."""
    engine = sqlalchemy.create_engine(database_url)
    outside = {name: value for name, value in os.environ.items() if not name.startswith("NBQUEST_")}
    ours = {"NBQUEST_DATA_DIR": str(tmp_path / "data"), "NBQUEST_DATABASE_URL": database_url}
    made = Place(
        engine=engine,
        blobs=LocalBlobStore(tmp_path / "data" / "files"),
        environment=outside | ours,
        log=tmp_path / "worker.log",
    )
    with session_scope(engine) as session:
        publish_squares(session, made.blobs, tmp_path)
    yield made
    engine.dispose()


def test_killing_the_worker_in_the_middle_ends_in_one_grade(place: Place) -> None:
    """Another worker finds the lost job: one grade, and XP once by each rule."""
    made = place.submit(SLOW)
    with place.worker() as worker:
        place.wait(lambda: place.state(made) == "grading")
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
    assert place.state(made) == "grading"
    assert place.count(DOING) == 1
    with place.worker():
        place.wait(lambda: place.state(made) == "graded")
    assert place.count("SELECT runs FROM attempts") == 2
    assert place.count("SELECT count(*) FROM grades") == 1
    assert place.count("SELECT count(*) FROM notifications") == 1
    assert place.count("SELECT count(*) FROM xp_entries") == 3
    assert place.count("SELECT sum(points) FROM xp_entries") == 50 + 20 + 5


def test_a_worker_that_is_asked_to_stop_finishes_first(place: Place) -> None:
    """It takes no more work, ends well, and says what it did in JSON, one object a line."""
    quick = [place.submit(SOLUTION) for _ in range(3)]
    with place.worker() as worker:
        place.wait(lambda: all(place.state(made) == "graded" for made in quick))
        made = place.submit(SLOW)
        place.wait(lambda: place.state(made) == "grading")
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(WAIT_SECONDS) == 0
    assert place.state(made) == "graded"
    lines = [json.loads(line) for line in place.log.read_text().splitlines()]
    assert lines[-1]["event"] == "worker stopped"
    assert all({"event", "level", "timestamp"} <= line.keys() for line in lines)
    assert place.count("SELECT count(*) FROM procrastinate_workers") == 0


def test_a_worker_hands_in_what_was_due_while_none_ran(place: Place) -> None:
    """As soon as it is there, and once, however many there are."""
    with session_scope(place.engine) as session:
        keep_draft(session, place.blobs, "ada", squares_submission(SOLUTION))
        session.execute(text("UPDATE assignments SET due_at = now() - interval '2 days'"))
        session.execute(text("UPDATE drafts SET saved_at = now() - interval '3 days'"))
    with place.worker(), place.worker():
        place.wait(lambda: place.count("SELECT count(*) FROM attempts WHERE state = 'graded'") == 1)
    assert place.count("SELECT count(*) FROM submissions WHERE NOT late") == 1
    assert place.count("SELECT count(*) FROM submissions") == 1
    assert place.count("SELECT count(*) FROM notifications WHERE kind = 'submission.handed-in'") == 1


def test_a_worker_collects_files_in_the_sites_hour(place: Place) -> None:
    """What nothing names goes, what a row names stays, and the log says so; in any other hour nothing happens."""
    made = place.submit(SOLUTION)
    lost = place.blobs.put(b"named by nothing")
    place.environment.update(NBQUEST_FILES_COLLECT_HOUR="5", NBQUEST_FILES_GRACE_HOURS="0")
    with place.worker():
        place.wait(lambda: place.state(made) == "graded")
        for hour in (4, 5):
            assert place.blobs.get(lost)
            with session_scope(place.engine) as session:
                timestamp = int(datetime(2027, 3, 7, hour, 23, tzinfo=UTC).timestamp())
                defer(session, COLLECT_TASK, timestamp=timestamp)
            waiting = f"SELECT count(*) FROM procrastinate_jobs WHERE task_name = '{COLLECT_TASK}'"
            place.wait(lambda query=waiting: place.count(query) == 0)  # type: ignore[misc]
    with pytest.raises(BlobNotFound):
        place.blobs.get(lost)
    with session_scope(place.engine) as session:
        for digest in session.scalars(text("SELECT sha256 FROM submission_files")):
            assert place.blobs.get(digest)
    collected = [json.loads(line) for line in place.log.read_text().splitlines() if '"removed"' in line]
    assert [line["removed"] for line in collected] == [1]


def test_a_worker_without_a_sandbox_tells_who_hands_in(place: Place) -> None:
    """It doesn't die of it: what is handed in is tried again for a while, then said to be ungraded, never scored."""
    place.environment["PATH"] = "/nowhere"  # where no bubblewrap is
    made = place.submit(SOLUTION)
    with place.worker() as worker:
        place.wait(lambda: place.state(made) == "could-not-grade")
        assert worker.poll() is None
    with session_scope(place.engine) as session:
        message = submissions.get_submission(session, made).message
    assert message is not None
    assert "nbquest doctor" in message
    assert place.count("SELECT count(*) FROM grades") == 0


def test_a_worker_without_a_database_says_so(place: Place) -> None:
    """In one line, with a status that is not 0."""
    environment = {name: value for name, value in place.environment.items() if name != "NBQUEST_DATABASE_URL"}
    command = [sys.executable, "-m", "nbquest.worker"]
    done = subprocess.run(
        command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False, timeout=WAIT_SECONDS
    )
    assert done.returncode == 1
    assert "NBQUEST_DATABASE_URL" in json.loads(done.stderr.splitlines()[-1])["reason"]
