"""Reading course folders."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from nbquest.courses.errors import CourseFolderError
from nbquest.courses.folder import MAX_FILE_BYTES, read_course_folder
from nbquest.courses.publishing import content_digest
from tests.factories.courses import squares_source, write_course

GOOD = """
    title = "Squares and more"
    description = "Numbers."
    enrolment = "closed"

    [[assignments]]
    slug = "second"
    title = "The second comes first"
    due = 2027-03-07T23:59:00+01:00
    skills = ["functions"]
    points = 5

    [[assignments]]
    slug = "first"
"""
FILES = {"first/a.ipynb": b"{}", "second/b.ipynb": b"{}"}


def test_a_course_of_ours(tmp_path: Path) -> None:
    """In the order of course.toml, moments in UTC."""
    course = read_course_folder(write_course(tmp_path / "squares", FILES, GOOD))
    assert (course.slug, course.title, course.enrolment) == ("squares", "Squares and more", "closed")
    assert [(item.slug, item.title) for item in course.assignments] == [
        ("second", "The second comes first"),
        ("first", "First"),
    ]
    due = course.assignments[0].policy.due_at
    assert due is not None
    assert due.astimezone(UTC) == datetime(2027, 3, 7, 22, 59, tzinfo=UTC)


def test_a_plain_nbgrader_folder(tmp_path: Path) -> None:
    """Title from the folder's name, order by the alphabet, configuration left alone, loose files too."""
    folder = write_course(tmp_path / "course 101", {**FILES, "header.ipynb": b"{}", "Problem Set 3/c.ipynb": b"{}"})
    (folder / "nbgrader_config.py").write_text("raise SystemExit")
    course = read_course_folder(folder)
    assert (course.slug, course.title, course.enrolment) == ("course-101", "Course 101", "open")
    assert [item.slug for item in course.assignments] == ["Problem-Set-3", "first", "second"]


def test_files_beside_the_notebooks_belong_to_them(tmp_path: Path) -> None:
    """Subfolders included; what an editor or Python leaves behind is not."""
    rest = {
        "first/data/numbers.csv": b"1",
        "first/data/extra.ipynb": b"{}",
        "first/.ipynb_checkpoints/a-checkpoint.ipynb": b"{}",
        "first/__pycache__/x.pyc": b"",
        "first/.DS_Store": b"",
    }
    course = read_course_folder(write_course(tmp_path / "c", {"first/a.ipynb": b"{}", **rest}))
    assert set(course.assignments[0].notebooks) == {"a.ipynb"}
    assert set(course.assignments[0].resources) == {"data/numbers.csv", "data/extra.ipynb"}


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        ("title = ", "course.toml: can't be read"),
        ("[[assignments]]\nslug = 'first'", "title: is missing"),
        ("title = 'x'", "assignments: is missing"),
        ("title = 'x'\nassignments = []", "assignments"),
        ("title = 'x'\ncolour = 'red'\n[[assignments]]\nslug = 'first'", "colour: is not a key of course.toml"),
        ("title = 'x'\n[[assignments]]\nslug = 'first'\ndue = 2027-03-07T23:59:00", "assignment first, due: needs"),
        ("title = 'x'\n[[assignments]]\nslug = 'first'\ndue = 2027-03-07", "assignment first, due: needs"),
        ("title = 'x'\n[[assignments]]\nslug = 'first'\ndue = '2027-03-07T23:59:00Z'", "assignment first, due: needs"),
        ("title = 'x'\n[[assignments]]\nslug = 'third'", "there is no folder source/third"),
        ("title = 'x'\n[[assignments]]\nslug = '../first'", "assignment ../first, slug: must be made of"),
        ("title = 'x'\n[[assignments]]\nslug = 'first'\n[[assignments]]\nslug = 'first'", "first is listed twice"),
        ("title = 'x'\nassignments = 3", "assignments"),
        ("title = 'x'\nassignments = [3]", "assignment 1"),
        ("title = 'x'\nenrolment = 'maybe'\n[[assignments]]\nslug = 'first'", "enrolment"),
    ],
)
def test_what_is_wrong_with_a_manifest_is_said(tmp_path: Path, manifest: str, said: str) -> None:
    """The file, the assignment and the key."""
    with pytest.raises(CourseFolderError) as caught:
        read_course_folder(write_course(tmp_path / "c", FILES, manifest))
    assert caught.value.message.startswith("course.toml: ")
    assert said in caught.value.message


def test_links_are_not_followed(tmp_path: Path) -> None:
    """Neither to files nor to folders."""
    (tmp_path / "secret").write_text("x")
    for name, target in (("data.csv", tmp_path / "secret"), ("data", tmp_path)):
        folder = write_course(tmp_path / f"c-{name}", {"first/a.ipynb": b"{}"})
        (folder / "source" / "first" / name).symlink_to(target)
        with pytest.raises(CourseFolderError, match=f"source/first/{name}: is a symbolic link"):
            read_course_folder(folder)


def test_a_huge_file_is_refused(tmp_path: Path) -> None:
    """Before it is read."""
    folder = write_course(tmp_path / "c", {"first/a.ipynb": b"{}"})
    with (folder / "source" / "first" / "film.mp4").open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    with pytest.raises(CourseFolderError, match=r"source/first/film\.mp4: is 50 MiB large"):
        read_course_folder(folder)


def test_solutions_in_subfolders_are_refused(tmp_path: Path) -> None:
    """nbgrader would hand them out as they are, solution and hidden tests included."""
    folder = write_course(tmp_path / "c", {"first/a.ipynb": b"{}", "first/more/b.ipynb": squares_source()})
    with pytest.raises(CourseFolderError, match=r"source/first/more/b\.ipynb"):
        read_course_folder(folder)


@pytest.mark.parametrize("files", [{"first/data.csv": b""}, {}])
def test_an_assignment_needs_a_notebook(tmp_path: Path, files: dict[str, bytes]) -> None:
    """And a course an assignment."""
    folder = write_course(tmp_path / "c", files)
    (folder / "source").mkdir(exist_ok=True, parents=True)
    with pytest.raises(CourseFolderError):
        read_course_folder(folder)


def test_what_is_no_course_folder_is_said_so(tmp_path: Path) -> None:
    """Missing, a file, or without source."""
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "nothing", tmp_path / "file", tmp_path):
        with pytest.raises(CourseFolderError):
            read_course_folder(path)


def test_the_digest_is_of_what_makes_a_version(tmp_path: Path) -> None:
    """Files and points; not titles or due dates."""
    points = "title = 'x'\n[[assignments]]\nslug = 'first'\npoints = {}"

    def digest(files: dict[str, bytes], manifest: str) -> str:
        folder = write_course(tmp_path / str(len(list(tmp_path.iterdir()))) / "c", files, manifest)
        return content_digest(read_course_folder(folder).assignments[0])

    same = digest(FILES, points.format(5))
    assert digest(FILES, points.format("5.0") + "\ntitle = 'Other'") == same
    assert digest(FILES, points.format(6)) != same
    assert digest({**FILES, "first/x": b""}, points.format(5)) != same
    assert digest({**FILES, "first/a.ipynb": b"{ }"}, points.format(5)) != same
