"""The job that collects files: what it knows, when it runs, what it says."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy import Engine
from structlog.testing import capture_logs

from nbquest import housekeeping, rooms
from nbquest.db.engine import session_scope
from nbquest.files.columns import blob_columns
from nbquest.files.errors import BlobStoreUnavailable
from nbquest.files.store import DIGITS, BlobStore, MemoryBlobStore, StoredBlob
from nbquest.jobs.app import app
from nbquest.settings import REPOSITORY, Settings
from tests.factories.courses import publish_squares

SETTINGS = Settings(files_grace_hours=0)
KNOWN = """
import json
import nbquest.worker
from nbquest.files.columns import blob_columns
from nbquest.jobs.app import app
tasks = [periodic.task.name for periodic in app.periodic_registry.periodic_tasks.values()]
print(json.dumps([[f"{column.table.name}.{column.name}" for column in blob_columns()], tasks]))
"""


@dataclass(frozen=True)
class Tools:
    """What the job needs of a worker's tools."""

    engine: Engine
    blobs: BlobStore


@pytest.fixture
def tools(database_url: str, tmp_path: Path) -> Iterator[Tools]:
    """A site whose course is published, with two files that nothing names."""
    assert rooms.MODELS
    engine = sqlalchemy.create_engine(database_url)
    blobs = MemoryBlobStore()
    with session_scope(engine) as session:
        publish_squares(session, blobs, tmp_path)
    blobs.put(b"one")
    blobs.put(b"three")
    yield Tools(engine, blobs)
    engine.dispose()


class _Unreachable(MemoryBlobStore):
    def list_blobs(self, digit: str) -> list[StoredBlob]:
        raise BlobStoreUnavailable("s3.example does not answer")


def test_a_worker_knows_every_table_that_names_files() -> None:
    """In a process of its own, as it is started: or it would remove what a table names that it never heard of."""
    done = subprocess.run([sys.executable, "-c", KNOWN], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    columns, tasks = json.loads(done.stdout)
    assert columns == [f"{column.table.name}.{column.name}" for column in blob_columns()]
    assert tasks.count(housekeeping.COLLECT_TASK) == 1


def test_it_is_a_task_of_the_workers() -> None:
    assert housekeeping in rooms.TASKS
    assert app.tasks[housekeeping.COLLECT_TASK].queueing_lock


def test_the_hour_is_the_sites() -> None:
    """In UTC, whatever clock it is told by; and never, where it is set so."""
    night = datetime(2027, 3, 7, 3, 23, tzinfo=UTC)
    hours = [night + timedelta(hours=hour) for hour in range(24)]
    assert [moment for moment in hours if housekeeping.is_time(Settings(), moment)] == [night]
    assert housekeeping.is_time(
        Settings(files_collect_hour=22), night.astimezone(timezone(timedelta(hours=5))) - timedelta(hours=5)
    )
    assert not any(housekeeping.is_time(Settings(files_collect_hour=-1), moment) for moment in hours)


def test_it_does_what_the_command_does_and_says_so(tools: Tools) -> None:
    before = sum(len(tools.blobs.list_blobs(digit)) for digit in DIGITS)
    with capture_logs() as logs:
        housekeeping.run_collection(tools, SETTINGS, stop=lambda: False)
    (said,) = logs
    assert (said["log_level"], said["looked_at"], said["removed"], said["bytes"]) == ("info", before, 2, 8)
    assert sum(len(tools.blobs.list_blobs(digit)) for digit in DIGITS) == before - 2


def test_a_store_that_is_away_is_said_and_no_failure(tools: Tools) -> None:
    """The next day it is tried again; the queue keeps no failed job of it."""
    with capture_logs() as logs:
        away = Tools(tools.engine, _Unreachable())
        assert housekeeping.run_collection(away, SETTINGS, stop=lambda: False) is None
    (said,) = logs
    assert (said["log_level"], said["reason"]) == ("error", "s3.example does not answer")
