"""`nbquest worker` and `nbquest queue`, as an operator types them."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy
from sqlalchemy import Engine, func, select

from nbquest.cli.main import main
from nbquest.db.engine import session_scope
from nbquest.files.local import LocalBlobStore
from nbquest.jobs.workers import list_workers
from nbquest.settings import REPOSITORY
from nbquest.submissions import api as submissions
from nbquest.submissions.models import AttemptRow
from tests.factories.courses import publish_squares, squares_submission

NBQUEST = str(Path(sys.executable).with_name("nbquest"))
WAIT_SECONDS = 240


@pytest.fixture
def environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    """A site's environment, without the site running."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith("NBQUEST_")}
    ours = {"NBQUEST_DATA_DIR": str(tmp_path / "data"), "NBQUEST_DATABASE_URL": database_url}
    return outside | ours | {"COLUMNS": "200"}


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobStore:
    """The site's file store."""
    return LocalBlobStore(tmp_path / "data" / "files")


@pytest.fixture
def engine(database_url: str, blobs: LocalBlobStore, tmp_path: Path) -> Iterator[Engine]:
    """A database in which `squares` is published."""
    engine = sqlalchemy.create_engine(database_url)
    with session_scope(engine) as session:
        publish_squares(session, blobs, tmp_path)
    yield engine
    engine.dispose()


def _submit(engine: Engine, blobs: LocalBlobStore, person: str = "ada") -> UUID:
    with session_scope(engine) as session:
        return submissions.submit(
            session,
            blobs,
            person=person,
            course="squares",
            assignment="first",
            notebooks={"squares.ipynb": squares_submission()},
            key=str(uuid4()),
        ).id


def _state(engine: Engine, submission: UUID) -> str:
    with session_scope(engine) as session:
        return submissions.get_submission(session, submission).state


def _set_aside(engine: Engine, submission: UUID) -> None:
    with session_scope(engine) as session:
        attempt = session.scalars(select(func.max(AttemptRow.id)).where(AttemptRow.submission_id == submission)).one()
        submissions.record_failure(session, attempt, "The sandbox [broke].")


@dataclass(frozen=True)
class Done:
    """What a command said, and how it ended."""

    returncode: int
    stdout: str
    stderr: str


def _run(environment: dict[str, str], *arguments: str) -> Done:
    """Run `nbquest` in this process, which has imported it already."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.setattr(sys, "argv", ["nbquest", *arguments])
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
    return Done(code, out.getvalue(), err.getvalue())


def _show(environment: dict[str, str]) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(_run(environment, "queue", "show", "--json").stdout)
    return told


def _wait(what: Any) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.bubblewrap
@pytest.mark.slow
def test_workers_come_and_go(environment: dict[str, str], engine: Engine, blobs: LocalBlobStore) -> None:
    made = _submit(engine, blobs)
    with session_scope(engine) as session:
        waiting = submissions.get_submission(session, made).waiting
    assert waiting is not None
    assert (waiting.place, waiting.seconds, waiting.has_worker) == (1, None, False)
    shown = _run(environment, "queue", "show").stdout
    assert "No worker runs" in shown
    assert "none: nobody grades this" in shown
    worker = subprocess.Popen(
        [NBQUEST, "worker", "--slots", "3"], cwd=REPOSITORY, env=environment, stderr=subprocess.DEVNULL
    )
    try:
        _wait(lambda: _state(engine, made) == "graded")
        [told] = _show(environment)["workers"]
        assert (told["process"], told["slots"], told["queues"], told["lost"]) == (worker.pid, 3, ["grading"], False)
        assert str(worker.pid) in _run(environment, "queue", "show").stdout
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(WAIT_SECONDS) == 0
    finally:
        with contextlib.suppress(ProcessLookupError):
            worker.kill()
        worker.wait()
    with session_scope(engine) as session:
        assert list_workers(session, lost=True) == []


def test_a_worker_that_could_grade_nothing_says_so(environment: dict[str, str], engine: Engine) -> None:
    command = [NBQUEST, "worker", "--environments", "0123456789abcdef"]
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "nbquest environments build" in done.stderr


def test_what_was_set_aside_is_shown_and_tried_again(
    environment: dict[str, str], engine: Engine, blobs: LocalBlobStore
) -> None:
    failed = [_submit(engine, blobs, name) for name in ("ada", "bob", "cid")]
    waits = _submit(engine, blobs, "dan")
    for submission in failed:
        _set_aside(engine, submission)
    told = _show(environment)
    assert [one["submission"] for one in told["set_aside"]] == [str(one) for one in reversed(failed)]
    assert told["set_aside_count"] == 3
    shown = _run(environment, "queue", "show").stdout
    assert "Could not be graded: 3" in shown
    assert "The sandbox [broke]." in shown
    assert _run(environment, "queue", "retry", str(failed[0])).stdout == "1 put back into the queue.\n"
    assert [_state(engine, one) for one in failed] == ["queued", "could-not-grade", "could-not-grade"]
    assert _run(environment, "queue", "retry", "--all").stdout == "2 put back into the queue.\n"
    assert _run(environment, "queue", "retry", "--all").stdout == "Nothing was set aside.\n"
    assert {_state(engine, one) for one in (*failed, waits)} == {"queued"}


def test_what_is_not_set_aside_is_not_tried_again(
    environment: dict[str, str], engine: Engine, blobs: LocalBlobStore
) -> None:
    waits = _submit(engine, blobs)
    for arguments in ([], ["--all", str(waits)], [str(waits)], [str(uuid4())]):
        done = _run(environment, "queue", "retry", *arguments)
        assert done.returncode == 1
        assert done.stderr.startswith("nbquest: ")
        assert "Traceback" not in done.stderr
