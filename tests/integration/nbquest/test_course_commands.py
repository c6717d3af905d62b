"""`nbquest course` and `nbquest people`, as one types them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy

from nbquest.db.engine import session_scope
from nbquest.files.local import LocalBlobStore
from nbquest.settings import REPOSITORY
from tests.factories.courses import SQUARES, publish_squares, squares_source, weak_source, write_course
from tests.factories.package_index import only_wheels_of, write_wheel


@pytest.fixture
def environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    """A site's environment, without the site running."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith("NBQUEST_")}
    ours = {"NBQUEST_DATA_DIR": str(tmp_path / "data"), "NBQUEST_DATABASE_URL": database_url}
    return outside | ours | {"COLUMNS": "120"}


def _run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("nbquest")), *arguments]
    return subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.bubblewrap
def test_publish_list_and_give_a_role(environment: dict[str, str], tmp_path: Path) -> None:
    """What was done is said; doing it again says that nothing changed."""
    folder = write_course(tmp_path / SQUARES, {"first/squares.ipynb": squares_source()})
    done = _run(environment, "course", "publish", str(folder), "--instructor", "teacher")
    assert (done.returncode, done.stderr) == (0, "")
    assert "first: version 1, 5 points" in done.stdout
    assert "Trying first/squares.ipynb" in done.stdout
    assert "squares.ipynb: tests run in a process of their own (separate); " in done.stdout
    assert "version 1, unchanged" in _run(environment, "course", "publish", str(folder)).stdout
    listed = _run(environment, "course", "list").stdout
    assert "squares (open)" in listed
    assert "first" in listed
    assert _run(environment, "people", "role", "ada", SQUARES, "mentor").stdout == "ada is mentor in squares.\n"
    assert "no role" in _run(environment, "people", "role", "ada", SQUARES, "none").stdout


@pytest.mark.bubblewrap
def test_a_course_is_tried_at_the_desk(environment: dict[str, str], tmp_path: Path) -> None:
    """With everything publishing would say, and nothing stored: there isn't even a database."""
    files = {"first/squares.ipynb": squares_source(), "weak/weak.ipynb": weak_source()}
    folder = write_course(tmp_path / SQUARES, files)
    alone = {name: value for name, value in environment.items() if name != "NBQUEST_DATABASE_URL"}
    done = _run(alone, "course", "check", str(folder), "--assignment", "weak")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Trying weak/weak.ipynb" in done.stdout
    assert "first" not in done.stdout
    assert "weak.ipynb: tests run in the same process as the learner's code (shared)" in done.stdout
    assert "runs: It calls eval" in done.stdout
    assert "nothing: It passes with each of the" in done.stdout
    assert not (tmp_path / "data").exists()
    assert _run(alone, "course", "check", str(folder), "--assignment", "none").returncode == 1


@pytest.mark.bubblewrap
def test_what_was_published_before_is_certified(environment: dict[str, str], tmp_path: Path) -> None:
    """By hand; a second time there is nothing to do."""
    engine = sqlalchemy.create_engine(environment["NBQUEST_DATABASE_URL"])
    with session_scope(engine) as session:
        publish_squares(session, LocalBlobStore(tmp_path / "data" / "files"), tmp_path)
    engine.dispose()
    done = _run(environment, "course", "certify", SQUARES)
    assert (done.returncode, done.stderr) == (0, "")
    assert "First (first, version 1)" in done.stdout
    assert "Trying first/squares.ipynb" in done.stdout
    assert "(separate)" in done.stdout
    again = _run(environment, "course", "certify", SQUARES).stdout
    assert "Trying" not in again
    assert "(separate)" in again
    assert _run(environment, "course", "certify", "none").returncode == 1


def test_what_is_wrong_is_one_line(environment: dict[str, str], tmp_path: Path) -> None:
    """On stderr, with status 1, without a traceback."""
    for arguments in (("course", "publish", str(tmp_path)), ("people", "role", "ada", "cubes", "mentor")):
        done = _run(environment, *arguments)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("nbquest: ")
        assert len(done.stderr.splitlines()) == 1


@pytest.mark.bubblewrap
def test_packages_on_the_command_line(environment: dict[str, str], wheels: Path, tmp_path: Path) -> None:
    """Shown as they come; a failure is pip's reason in words, and the course stays as it was."""
    environment = {name: value for name, value in environment.items() if not name.startswith("PIP_")}
    environment |= only_wheels_of(wheels) | {"NBQUEST_SPAWNER": "local"}
    write_wheel(wheels, "probe_one")
    manifest = 'title = "Squares"\n{}\n[[assignments]]\nslug = "first"\n'
    asked = 'environment = {packages = ["probe-one"]}'
    files = {"first/squares.ipynb": squares_source()}
    folder = write_course(tmp_path / SQUARES, files, manifest.format(asked))
    done = _run(environment, "course", "publish", str(folder))
    assert (done.returncode, done.stderr) == (0, "")
    assert "Finding versions of probe-one\n" in done.stdout
    assert "packages: probe-one==1.0" in done.stdout
    listed = _run(environment, "environments", "list").stdout
    assert "squares" in listed
    assert "installed" in listed

    write_course(tmp_path / SQUARES, files, manifest.format('environment = {packages = ["probe-one", "probe-none"]}'))
    done = _run(environment, "course", "publish", str(folder))
    assert done.returncode == 1
    assert done.stderr.startswith("nbquest: course.toml: environment: probe-none: the package index has none")
    assert "Traceback" not in done.stderr
    assert "probe-one==1.0" in _run(environment, "environments", "list").stdout

    (place,) = [path for path in (tmp_path / "data" / "environments").iterdir() if len(path.name) == 16]
    assert _run(environment, "environments", "prune").stdout == "Nothing to remove.\n"
    place.with_suffix(".json").unlink()
    assert "missing" in _run(environment, "environments", "list").stdout
    assert "1 installed" in _run(environment, "environments", "build").stdout
    assert _run(environment, "environments", "build").stdout == "Nothing is missing.\n"
    write_course(tmp_path / SQUARES, files, manifest.format(""))
    assert _run(environment, "course", "publish", str(folder)).returncode == 0
    assert f"{place.name} is removed.\n" in _run(environment, "environments", "prune").stdout
