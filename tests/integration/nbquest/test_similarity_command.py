"""`nbquest course similarity`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import sqlalchemy

from nbquest.db.engine import session_scope
from nbquest.files.local import LocalBlobStore
from nbquest.settings import REPOSITORY
from tests.factories.similarity import ANSWER, OTHER, RENAMED, publish_runs, runs_submission, submit_runs


@pytest.fixture
def environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    """A site's environment, without the site running: the course `runs`, to which three people handed in."""
    engine = sqlalchemy.create_engine(database_url)
    blobs = LocalBlobStore(tmp_path / "data" / "files")
    with session_scope(engine) as session:
        publish_runs(session, blobs, tmp_path)
        for person, answer in (("ada", ANSWER), ("bob", RENAMED), ("cyd", OTHER)):
            submit_runs(session, blobs, person, runs_submission(answer))
    engine.dispose()
    outside = {name: value for name, value in os.environ.items() if not name.startswith("NBQUEST_")}
    ours = {"NBQUEST_DATA_DIR": str(tmp_path / "data"), "NBQUEST_DATABASE_URL": database_url}
    return outside | ours | {"COLUMNS": "160"}


def _run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("nbquest")), "course", "similarity", "runs", *arguments]
    return subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)


def test_it_lists_pairs_for_people_and_for_programs(environment: dict[str, str]) -> None:
    shown = _run(environment, "runs").stdout
    assert "100 %, 100 %" in shown
    assert "in 2 of 3" in shown
    assert "There may be many reasons" in shown
    report = json.loads(_run(environment, "runs", "--json", "--apart-groups").stdout)
    assert (report["compared"], report["found"]) == (3, 1)
    failed = _run(environment, "nothing")
    assert (failed.returncode, failed.stdout) == (1, "")
    assert "There is no such assignment" in failed.stderr


def test_it_writes_what_jplag_reads(environment: dict[str, str], tmp_path: Path) -> None:
    """As a folder or as a zip file; nothing that is there is overwritten."""
    done = _run(environment, "runs", "--export-jplag", str(tmp_path / "out"))
    assert "3 of 3 submissions written" in done.stdout
    assert "java -jar jplag.jar -l python3 -bc base-code submissions" in done.stdout
    assert len(list((tmp_path / "out" / "submissions").iterdir())) == 3
    assert (tmp_path / "out" / "base-code" / "runs.py").is_file()
    _run(environment, "runs", "--export-jplag", str(tmp_path / "out.zip"))
    assert len(zipfile.ZipFile(tmp_path / "out.zip").namelist()) == 4
    assert _run(environment, "runs", "--export-jplag", str(tmp_path / "out")).returncode == 1
