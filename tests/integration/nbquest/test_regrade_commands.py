"""Regrades on the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy
from sqlalchemy import Engine, select

from nbquest.db.engine import session_scope
from nbquest.files.local import LocalBlobStore
from nbquest.settings import REPOSITORY
from nbquest.submissions import api as submissions
from nbquest.submissions.models import AttemptRow
from tests.factories.courses import squares_source, write_course
from tests.factories.regrades import Cells, publish_version, record, submit_graded, try_all

FULL: Cells = {"visible": (2, 2), "hidden": (3, 3)}
HALF: Cells = {"visible": (2, 2), "hidden": (0, 3)}
REASON = "A [hidden] test was wrong."
START = ("start", "squares", "first", "--reason", REASON)


@pytest.fixture
def environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    """A site's environment, without the site running."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith("NBQUEST_")}
    ours = {"NBQUEST_DATA_DIR": str(tmp_path / "data"), "NBQUEST_DATABASE_URL": database_url}
    return outside | ours | {"COLUMNS": "160"}


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = sqlalchemy.create_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def made(engine: Engine, tmp_path: Path) -> dict[str, UUID]:
    """What two learners handed in to version 1 of an assignment that has a second one, by their names."""
    blobs = LocalBlobStore(tmp_path / "data" / "files")
    with session_scope(engine) as session:
        publish_version(session, blobs, tmp_path)
        found = {name: submit_graded(session, blobs, name, cells).id for name, cells in (("ada", HALF), ("bob", FULL))}
        publish_version(session, blobs, tmp_path)
    return found


def run(environment: dict[str, str], *arguments: str, status: int = 0, said: str = "") -> str:
    """Run `nbquest regrade` and return what it wrote to where `status` says that it should."""
    command = [str(Path(sys.executable).with_name("nbquest")), "regrade", *arguments]
    done = subprocess.run(
        command, cwd=REPOSITORY, env=environment, input=said, capture_output=True, text=True, check=False
    )
    assert done.returncode == status, done.stderr
    return done.stderr if status else done.stdout


def test_from_begin_to_end(environment: dict[str, str], engine: Engine, made: dict[str, UUID]) -> None:
    """Begun, shown with those who lose first, asked about, applied with only gains, and applied again."""
    assert run(environment, "list", "squares") == "There was no regrade in squares yet.\n"
    begun = run(environment, *START)
    assert begun == (
        "Regrade 1: version 2 of first is tried on 2 submissions.\n"
        "No worker runs at the moment; it goes on as soon as one does, with `nbquest serve` for example.\n"
        "See what would change with `nbquest regrade show 1`. Nothing is changed yet.\n"
    )
    assert "0 of 2" in run(environment, "list", "squares")
    assert "still grades" in run(environment, "apply", "1", "--yes", status=1)
    with session_scope(engine) as session:
        try_all(session, 1, {made["ada"]: FULL, made["bob"]: HALF})
    shown = run(environment, "show", "1").splitlines()
    assert shown[:4] == [
        "Regrade 1 of first by version 2: Everything is graded. Nothing is changed until you apply it.",
        f"Why: {REASON}",
        "1 person loses, 1 person gains, 0 stay as they are.",
        "Submissions: 1 better, 1 worse, 0 the same.",
    ]
    rows = [line.split() for line in shown[5:]]
    assert rows[0] == ["bob", "loses", "5", "->", "2", "-50", "1:", "worse", "5", "->", "2", "hidden", "3", "->", "0"]
    assert rows[1] == ["ada", "gains", "2", "->", "5", "+50", "1:", "better", "2", "->", "5", "hidden", "0", "->", "3"]
    assert "0 people lose" in run(environment, "show", "1", "--only-gains")
    run(environment, "apply", "1", said="n\n", status=1)
    with session_scope(engine) as session:
        assert submissions.get_regrade(session, None, 1).state == "ready"
    applied = run(environment, "apply", "1", "--only-gains", said="y\n")
    assert "Apply regrade 1? [y/N]" in applied
    assert applied.endswith("Regrade 1 is applied. 0 people lose, 1 person gains, 1 stays as they are.\n")
    assert run(environment, "apply", "1").startswith("Nothing was changed: regrade 1 was applied before. Applied on ")
    listed = run(environment, "list", "squares")
    assert "applied" in listed
    assert REASON in listed
    assert "was applied" in run(environment, "drop", "1", status=1)
    with session_scope(engine) as session:
        scores = {name: submissions.get_submission(session, one).result for name, one in made.items()}
        assert {name: result.score for name, result in scores.items() if result} == {"ada": 5, "bob": 5}


def test_it_is_dropped(environment: dict[str, str], made: dict[str, UUID]) -> None:
    """While it runs; a second time says so."""
    run(environment, *START, "--attempts", "counted")
    assert run(environment, "drop", "1") == "Regrade 1 is dropped; no grade changed.\n"
    assert run(environment, "drop", "1") == "Regrade 1 was dropped before.\n"
    assert "Dropped on" in run(environment, "show", "1")


def test_waiting_shows_how_far_it_is_and_then_what_changes(
    environment: dict[str, str], engine: Engine, made: dict[str, UUID]
) -> None:
    """As lines where there is no terminal."""
    command = [str(Path(sys.executable).with_name("nbquest")), "regrade", *START, "--wait"]
    waiting = subprocess.Popen(command, cwd=REPOSITORY, env=environment, stdout=subprocess.PIPE, text=True)
    assert waiting.stdout is not None
    lines = [waiting.stdout.readline() for _ in range(3)]
    assert lines[2] == "0 of 2 graded\n"
    for cells, told in ((FULL, "1 of 2 graded\n"), ("The sandbox is away.", "2 of 2 graded\n")):
        with session_scope(engine) as session:
            trials = select(AttemptRow.id).where(AttemptRow.trial, AttemptRow.state == "queued")
            record(session, session.scalars(trials.order_by(AttemptRow.id).limit(1)).one(), cells)
        assert waiting.stdout.readline() == told
    rest, _ = waiting.communicate()
    assert waiting.returncode == 0
    assert "1 could not be graded, for which nothing changes" in rest
    assert "The sandbox is away." in rest


@pytest.mark.bubblewrap
def test_publishing_tells_what_a_regrade_would_try(
    environment: dict[str, str], made: dict[str, UUID], tmp_path: Path
) -> None:
    """Where there is a new version, and something that it has not graded."""
    folder = write_course(
        tmp_path / "third" / "squares", {"first/squares.ipynb": squares_source(extra="A third version.")}
    )
    command = [str(Path(sys.executable).with_name("nbquest")), "course", "publish", str(folder)]
    said = [
        subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert "first: 2 submissions have no grade by this version. `nbquest regrade start squares first`" in said[0]
    assert "regrade" not in said[1]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("show", "7"), "There is no such regrade"),
        (("list", "none"), "course"),
        (("start", "squares", "none", "--reason", "x"), "assignment"),
        (("start", "squares", "first", "--reason", " "), "needs a reason"),
    ],
)
def test_what_can_not_be_done_is_one_line(
    environment: dict[str, str], made: dict[str, UUID], arguments: tuple[str, ...], says: str
) -> None:
    error = run(environment, *arguments, status=1)
    assert error.startswith("nbquest: ")
    assert says in error
    assert len(error.splitlines()) == 1
