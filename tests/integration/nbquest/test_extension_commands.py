"""Extensions and groups on the command line, and what publishing a later due date gives back."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy import Engine

from grader.grading import GraderOptions
from nbquest.courses import api as courses
from nbquest.db.engine import session_scope
from nbquest.files.local import LocalBlobStore
from nbquest.identity import api as identity
from nbquest.settings import REPOSITORY
from nbquest.submissions import api as submissions
from nbquest.submissions.views import Standing, Submission
from tests.factories.courses import SQUARES, squares_source, squares_submission, write_course

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
POLICY = 'policy = { penalties = [{ after = "1 day", percent = 10 }], attempts = 2 }'


@pytest.fixture
def environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    """A site's environment, without the site running."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith("NBQUEST_")}
    ours = {"NBQUEST_DATA_DIR": str(tmp_path / "data"), "NBQUEST_DATABASE_URL": database_url}
    return outside | ours | {"COLUMNS": "160"}


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobStore:
    """The site's file store."""
    return LocalBlobStore(tmp_path / "data" / "files")


@pytest.fixture
def engine(database_url: str, blobs: LocalBlobStore, tmp_path: Path) -> Iterator[Engine]:
    """A database with the course `squares`, whose one assignment was due two days ago, and people who know it."""
    engine = sqlalchemy.create_engine(database_url)
    with session_scope(engine) as session:
        folder = _course(tmp_path, NOW - 2 * DAY)
        courses.publish_course(session, blobs, folder, publisher="teacher", grader_options=GraderOptions())
        for name in ("ada", "bob"):
            identity.get_or_create_person(session, name)
    yield engine
    engine.dispose()


def _course(folder: Path, due: datetime) -> Path:
    manifest = f'title = "Squares"\n[[assignments]]\nslug = "first"\ndue = {due.isoformat()}\n{POLICY}\n'
    return write_course(folder / SQUARES, {"first/squares.ipynb": squares_source()}, manifest)


def _run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("nbquest")), *arguments]
    return subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)


def _submit(engine: Engine, blobs: LocalBlobStore, person: str = "ada") -> Submission:
    with session_scope(engine) as session:
        return submissions.submit(
            session,
            blobs,
            person=person,
            course=SQUARES,
            assignment="first",
            notebooks={"squares.ipynb": squares_submission()},
            key=f"of {person}",
            accept_penalty=Decimal(1),
        )


def _again(engine: Engine, made: Submission) -> Submission:
    with session_scope(engine) as session:
        return submissions.get_submission(session, made.id)


def _standing(engine: Engine, person: str) -> Standing:
    with session_scope(engine) as session:
        return submissions.get_course_work(session, person, SQUARES).assignments[0].standing


def test_a_person_is_given_more_and_it_is_withdrawn(
    environment: dict[str, str], engine: Engine, blobs: LocalBlobStore
) -> None:
    """What it gives back is said; it is listed with its reason until it is withdrawn."""
    made = _submit(engine, blobs)
    assert made.penalty_percent == 10
    due = (NOW + DAY).replace(second=0)
    until = ("--until", f"{due.astimezone(UTC):%Y-%m-%d %H:%M}", "--zone", "UTC")
    extend = ("course", "extend", SQUARES, "first")
    done = _run(environment, *extend, "--person", "ada", *until, "--attempts", "1", "--reason", "Ill [sick note]")
    assert (done.returncode, done.stderr) == (0, "")
    number = re.match(r"Extension (\d+): ada has until ", done.stdout)
    assert number
    assert "1 more submission for first.\n1 late submission costs less now." in done.stdout
    assert (_again(engine, made).late, _again(engine, made).penalty_percent) == (False, 0)
    assert (_standing(engine, "ada").due_at, _standing(engine, "ada").attempts) == (due, 3)
    listed = _run(environment, "course", "extensions", SQUARES).stdout
    assert f"{due:%Y-%m-%d %H:%M} UTC" in listed
    assert "Ill [sick note]" in listed
    assert "withdrawn" in _run(environment, "course", "withdraw", number[1]).stdout
    assert _run(environment, "course", "extensions", SQUARES).stdout == "Nobody has an extension in squares.\n"
    assert _again(engine, made).penalty_percent == 0
    assert _run(environment, "course", "withdraw", number[1]).returncode == 1


def test_times_without_a_zone_are_the_courses(
    environment: dict[str, str], engine: Engine, blobs: LocalBlobStore, tmp_path: Path
) -> None:
    """Once it was published with one; how long late work is taken and that it costs nothing are given as well."""
    folder = _course(tmp_path, NOW - 2 * DAY)
    manifest = folder / "course.toml"
    text = manifest.read_text().replace("[[assignments]]", 'time_zone = "Europe/Berlin"\n[[assignments]]')
    manifest.write_text(text.replace("policy = {", 'policy = { late_until = "3 days",'))
    with session_scope(engine) as session:
        courses.publish_course(session, blobs, folder, publisher="teacher", grader_options=GraderOptions())
    made = _submit(engine, blobs)
    extend = ("course", "extend", SQUARES, "first", "--person", "ada", "--reason", "Ill")
    done = _run(environment, *extend, "--until", "2099-07-01 23:59", "--late-until", "2099-12-24 12:00", "--no-penalty")
    assert (done.returncode, done.stderr) == (0, "")
    says = "until 2099-07-01 21:59 UTC, for late work until 2099-12-24 11:00 UTC, no penalty for being late for first."
    assert says in done.stdout
    assert "1 late submission costs less now." in done.stdout
    assert _again(engine, made).penalty_percent_before == 10
    done = _run(environment, *extend, "--late-until", "soon")
    assert "--late-until needs a date and a time" in done.stderr


def test_a_group_is_given_more(environment: dict[str, str], engine: Engine, blobs: LocalBlobStore) -> None:
    """Also who comes into it afterwards, for what they handed in before."""
    made = _submit(engine, blobs, "bob")
    group = ("people", "group")
    assert _run(environment, *group, "ada", SQUARES, "tuesday").stdout == "ada is in the group tuesday of squares.\n"
    until = f"{NOW + DAY:%Y-%m-%dT%H:%M}+00:00"
    extend = ("course", "extend", SQUARES, "first", "--group", "tuesday", "--until", until, "--reason", "Room closed")
    done = _run(environment, *extend)
    assert (done.returncode, done.stderr) == (0, "")
    assert "group tuesday has until" in done.stdout
    assert "group tuesday" in _run(environment, "course", "extensions", SQUARES).stdout
    assert not _standing(engine, "bob").extended
    assert "1 late submission costs less now." in _run(environment, *group, "bob", SQUARES, "tuesday").stdout
    assert _again(engine, made).penalty_percent == 0
    done = _run(environment, *group, "bob", SQUARES, "tuesday", "--remove")
    assert done.stdout == "bob is no longer in the group tuesday of squares.\n"
    assert not _standing(engine, "bob").extended


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--person", "ada", "--until", "2099-03-10 23:59"), "--zone"),
        (("--person", "ada", "--until", "1999-03-10 23:59", "--zone", "UTC"), "must be later"),
        (("--person", "nobody", "--attempts", "1"), "nobody named nobody"),
    ],
)
def test_what_can_not_be_given_is_one_line(
    environment: dict[str, str], engine: Engine, *, arguments: tuple[str, ...], says: str
) -> None:
    """That says what to do; nothing is stored."""
    done = _run(environment, "course", "extend", SQUARES, "first", "--reason", "Ill", *arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("nbquest: ")
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1
    with session_scope(engine) as session:
        assert submissions.list_extensions(session, SQUARES) == []


@pytest.mark.bubblewrap
def test_publishing_a_later_due_date_gives_back_what_lateness_took(
    environment: dict[str, str], engine: Engine, blobs: LocalBlobStore, tmp_path: Path
) -> None:
    """For all who were late by the old one; said once."""
    made = _submit(engine, blobs)
    folder = _course(tmp_path, NOW + DAY)
    done = _run(environment, "course", "publish", str(folder))
    assert (done.returncode, done.stderr) == (0, "")
    assert "late submissions that cost less by the new dates and penalties: 1\n" in done.stdout
    assert (_again(engine, made).late, _again(engine, made).penalty_percent) == (False, 0)
    assert "cost less" not in _run(environment, "course", "publish", str(folder)).stdout
