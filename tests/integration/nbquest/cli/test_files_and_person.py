"""`nbquest files` and `nbquest person`, as one types them, with the files on an S3 server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
import zipfile
from pathlib import Path

import pytest
import sqlalchemy

from nbquest.db.engine import session_scope
from nbquest.files.store import DIGITS, BlobStore
from nbquest.settings import REPOSITORY
from nbquest.submissions import api as submissions
from tests.factories.courses import publish_squares, squares_submission
from tests.factories.s3 import BUCKET, S3Server


def _run(environment: dict[str, str], *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("nbquest")), *arguments]
    return subprocess.run(
        command, cwd=REPOSITORY, env=environment, input=typed, capture_output=True, text=True, check=False
    )


@pytest.fixture
def prefix() -> str:
    return uuid.uuid4().hex


@pytest.fixture
def environment(database_url: str, tmp_path: Path, s3: S3Server, prefix: str) -> dict[str, str]:
    """A site's environment; its files lie in a bucket, and every unnamed one counts as old."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith("NBQUEST_")}
    return outside | {
        "NBQUEST_DATA_DIR": str(tmp_path / "data"),
        "NBQUEST_DATABASE_URL": database_url,
        "NBQUEST_FILES_URL": f"s3://{BUCKET}/{prefix}",
        "NBQUEST_FILES_ENDPOINT": s3.endpoint,
        "NBQUEST_FILES_CREDENTIALS": str(s3.credentials),
        "NBQUEST_FILES_GRACE_HOURS": "0",
    }


@pytest.fixture
def blobs(database_url: str, tmp_path: Path, s3: S3Server, prefix: str) -> BlobStore:
    """The site's store, in which ada handed something in."""
    store = s3.store(prefix)
    engine = sqlalchemy.create_engine(database_url)
    with session_scope(engine) as session:
        publish_squares(session, store, tmp_path)
        submissions.submit(
            session,
            store,
            person="ada",
            course="squares",
            assignment="first",
            notebooks={"squares.ipynb": squares_submission()},
            key="key",
        )
    engine.dispose()
    return store


def test_export_erase_and_collect(environment: dict[str, str], blobs: BlobStore, tmp_path: Path) -> None:
    """In this order, as for somebody who leaves."""
    whole = sum(len(blobs.list_blobs(digit)) for digit in DIGITS)
    archive = tmp_path / "ada.zip"
    done = _run(environment, "person", "export", "ada", "--to", str(archive))
    assert done.returncode == 0, done.stderr
    assert "1 files of ada" in done.stdout
    with zipfile.ZipFile(archive) as opened:
        assert json.loads(opened.read("data.json"))["person"] == "ada"
        assert opened.read("submissions/squares/first/1/notebooks/squares.ipynb") == squares_submission()
    assert "is there already" in _run(environment, "person", "export", "ada", "--to", str(archive)).stderr

    assert "0 of " in _run(environment, "files", "collect").stdout
    assert _run(environment, "person", "erase", "ada", typed="n\n").returncode == 1
    erased = _run(environment, "person", "erase", "ada", "--yes")
    assert erased.returncode == 0, erased.stderr
    assert "submissions: 1" in erased.stdout
    assert "nobody named ada" in _run(environment, "person", "erase", "ada", "--yes").stderr

    assert "1 of " in _run(environment, "files", "collect", "--dry-run").stdout
    assert sum(len(blobs.list_blobs(digit)) for digit in DIGITS) == whole
    assert f"1 of {whole} stored files removed" in _run(environment, "files", "collect").stdout
    assert sum(len(blobs.list_blobs(digit)) for digit in DIGITS) == whole - 1


def test_a_store_that_does_not_answer_is_one_clear_line(environment: dict[str, str], blobs: BlobStore) -> None:
    done = _run(environment | {"NBQUEST_FILES_URL": "s3://no-such-bucket"}, "files", "collect")
    assert done.returncode == 1
    assert "bucket does not exist" in done.stderr
    assert "Traceback" not in done.stderr
