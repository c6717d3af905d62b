"""Publishing courses and releasing assignments."""

from __future__ import annotations

import base64
import hashlib
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from grader.grading import GraderOptions
from nbquest.courses import api as courses
from nbquest.courses.errors import AssignmentNotFound, CourseFolderError, CourseNotFound
from nbquest.courses.models import VersionRow
from nbquest.courses.views import PublishResult
from nbquest.files.store import MemoryBlobStore
from nbquest.identity import api as identity
from nbquest.settings import REPOSITORY
from tests.factories.courses import cell, notebook, squares_source, write_course

MANIFEST = """
    title = "Squares"
    enrolment = "{enrolment}"
    [[assignments]]
    slug = "first"
    title = "{title}"
    points = {points}
    skills = ["functions"]
"""


@pytest.fixture
def blobs() -> MemoryBlobStore:
    """A store of the test's own."""
    return MemoryBlobStore()


def _publish(session: Session, blobs: MemoryBlobStore, folder: Path) -> PublishResult:
    return courses.publish_course(session, blobs, folder, publisher="teacher", grader_options=GraderOptions())


def _manifest(title: str = "First", points: int = 5, enrolment: str = "open") -> str:
    return MANIFEST.format(title=title, points=points, enrolment=enrolment)


def test_publishing_makes_a_version_and_its_release(session: Session, blobs: MemoryBlobStore, tmp_path: Path) -> None:
    """Learners get the notebook without solution and hidden tests, and the files beside it as they are."""
    files = {"first/squares.ipynb": squares_source(), "first/data/numbers.csv": b"1,2\n"}
    result = _publish(session, blobs, write_course(tmp_path / "squares", files, _manifest()))
    assert [(item.slug, item.version, item.created, item.points) for item in result.assignments] == [
        ("first", 1, True, Decimal(5))
    ]
    release = courses.get_release(session, blobs, "squares", "first")
    assert (release.title, release.version) == ("First", 1)
    contents = {file.path: base64.b64decode(file.content_base64) for file in release.files}
    assert set(contents) == {"squares.ipynb", "data/numbers.csv"}
    assert contents["data/numbers.csv"] == b"1,2\n"
    for secret in (b"x * x", b"square(-3)", b"HIDDEN", b"SOLUTION"):
        assert secret not in contents["squares.ipynb"]
    for file in release.files:
        assert file.size == len(contents[file.path])
        assert file.sha256 == hashlib.sha256(contents[file.path]).hexdigest()


def test_grading_gets_the_instructors_notebook(session: Session, blobs: MemoryBlobStore, tmp_path: Path) -> None:
    """With its hidden tests."""
    files = {"first/squares.ipynb": squares_source(), "first/numbers.csv": b"1"}
    _publish(session, blobs, write_course(tmp_path / "squares", files))
    key = courses.get_assignment_key(session, "squares", "first")
    assert key.notebooks == {"squares.ipynb"}
    version = courses.get_grading_version(session, blobs, key.version_id)
    assert b"square(-3)" in version.notebooks["squares.ipynb"]
    assert version.resources == {"numbers.csv": b"1"}


def test_republishing_an_unchanged_folder_changes_nothing(
    session: Session, blobs: MemoryBlobStore, tmp_path: Path
) -> None:
    """No new version, no new row, no new file."""
    folder = write_course(tmp_path / "squares", {"first/squares.ipynb": squares_source()}, _manifest())
    _publish(session, blobs, folder)
    before = courses.list_assignments(session, "squares")
    again = _publish(session, blobs, folder)
    assert [(item.version, item.created, item.points) for item in again.assignments] == [(1, False, Decimal(5))]
    assert courses.list_assignments(session, "squares") == before
    assert session.scalar(select(func.count()).select_from(VersionRow)) == 1


def test_another_title_is_told_without_another_version(
    session: Session, blobs: MemoryBlobStore, tmp_path: Path
) -> None:
    """What learners have fetched stays the newest."""
    files = {"first/squares.ipynb": squares_source()}
    _publish(session, blobs, write_course(tmp_path / "squares", files, _manifest()))
    result = _publish(session, blobs, write_course(tmp_path / "squares", files, _manifest("Better")))
    assert not result.assignments[0].created
    assert courses.get_assignment(session, "squares", "first").title == "Better"


def test_a_changed_source_is_a_new_version(session: Session, blobs: MemoryBlobStore, tmp_path: Path) -> None:
    """Numbered from 1; going back to what was there before is new again. Learners get the newest."""
    contents = [squares_source(), squares_source((1, 1)), squares_source()]
    for number, content in enumerate(contents, start=1):
        result = _publish(session, blobs, write_course(tmp_path / "squares", {"first/squares.ipynb": content}))
        assert [(item.version, item.created) for item in result.assignments] == [(number, True)]
        assert courses.get_release(session, blobs, "squares", "first").version == number
    assert courses.get_assignment(session, "squares", "first").points == Decimal(5)


def test_an_assignment_that_is_gone_is_hidden_and_comes_back(
    session: Session, blobs: MemoryBlobStore, tmp_path: Path
) -> None:
    """Its versions stay."""
    files = {"first/squares.ipynb": squares_source(), "second/squares.ipynb": squares_source()}
    _publish(session, blobs, write_course(tmp_path / "squares", files))
    smaller = write_course(tmp_path / "other" / "squares", {"first/squares.ipynb": squares_source()})
    assert _publish(session, blobs, smaller).hidden == ["second"]
    assert _publish(session, blobs, smaller).hidden == []
    assert [item.slug for item in courses.list_assignments(session, "squares")] == ["first"]
    with pytest.raises(AssignmentNotFound):
        courses.get_release(session, blobs, "squares", "second")
    assert courses.get_assignment(session, "squares", "second").version == 1
    back = _publish(session, blobs, tmp_path / "squares")
    assert [(item.slug, item.created) for item in back.assignments] == [("first", False), ("second", False)]
    assert courses.get_release(session, blobs, "squares", "second").version == 1


def test_limits_are_kept_with_the_version(session: Session, blobs: MemoryBlobStore, tmp_path: Path) -> None:
    """Other limits are another version; too high ones are refused."""
    files = {"first/squares.ipynb": squares_source()}
    for number, limits in enumerate(["", "limits = {cell_seconds = 5, memory_mb = 256}"], start=1):
        folder = write_course(tmp_path / "squares", files, _manifest() + f"    {limits}\n")
        assert _publish(session, blobs, folder).assignments[0].version == number
    session.expire_all()
    key = courses.get_assignment_key(session, "squares", "first")
    assert courses.get_grading_version(session, blobs, key.version_id).limits == {"cell_seconds": 5, "memory_mb": 256}
    folder = write_course(tmp_path / "squares", files, _manifest() + "    limits = {memory_mb = 100000}\n")
    with pytest.raises(CourseFolderError, match=r"course\.toml: assignment first, limits\.memory_mb: 100000 is more"):
        _publish(session, blobs, folder)


def test_points_that_do_not_add_up_are_told(session: Session, blobs: MemoryBlobStore, tmp_path: Path) -> None:
    """Both numbers are named."""
    folder = write_course(tmp_path / "squares", {"first/squares.ipynb": squares_source()}, _manifest(points=7))
    with pytest.raises(CourseFolderError, match=r"course\.toml: assignment first: points says 7, .* add up to 5"):
        _publish(session, blobs, folder)


def test_an_error_names_file_and_cell(session: Session, blobs: MemoryBlobStore, tmp_path: Path) -> None:
    """So that the author finds it."""
    twice = [cell("assert True", grade_id="same", grade=True, locked=True, points=1) for _ in range(2)]
    negative = cell("assert True", grade_id="negative", grade=True, locked=True, points=-1)
    for name, content in (("same", notebook(*twice)), ("negative", notebook(negative))):
        folder = write_course(tmp_path / name / "squares", {"first/squares.ipynb": content})
        with pytest.raises(CourseFolderError) as caught:
            _publish(session, blobs, folder)
        assert caught.value.file == "source/first/squares.ipynb"
        assert caught.value.message.startswith("source/first/squares.ipynb")
        assert name in caught.value.message
    assert caught.value.cell == "negative"


@pytest.mark.parametrize("content", [b"", b"not json", b"[]", b'{"cells": 1}', b"\xff\xfe"])
def test_what_is_no_notebook_is_told(session: Session, blobs: MemoryBlobStore, tmp_path: Path, content: bytes) -> None:
    """The file is named."""
    folder = write_course(tmp_path / "squares", {"first/squares.ipynb": content})
    with pytest.raises(CourseFolderError, match=r"source/first/squares\.ipynb"):
        _publish(session, blobs, folder)


def test_who_sees_a_course(session: Session, blobs: MemoryBlobStore, tmp_path: Path) -> None:
    """Everybody an open one, only those with a role a closed one."""
    files = {"first/squares.ipynb": squares_source()}
    _publish(session, blobs, write_course(tmp_path / "open", files, _manifest()))
    _publish(session, blobs, write_course(tmp_path / "closed", files, _manifest(enrolment="closed")))
    assert [course.slug for course in courses.list_courses(session, "ada")] == ["open"]
    identity.set_course_role(session, "ada", "closed", "learner")
    assert [course.slug for course in courses.list_courses(session, "ada")] == ["closed", "open"]
    assert len(courses.list_all_courses(session)) == 2


def test_what_is_not_there_is_said_so(session: Session, blobs: MemoryBlobStore) -> None:
    """For courses and assignments."""
    with pytest.raises(CourseNotFound):
        courses.get_course(session, "none")
    with pytest.raises(CourseNotFound):
        courses.list_assignments(session, "none")
    for ask in (courses.get_assignment, courses.get_assignment_key):
        with pytest.raises(AssignmentNotFound):
            ask(session, "none", "none")
    with pytest.raises(AssignmentNotFound):
        courses.get_release(session, blobs, "none", "none")


@pytest.mark.corpus
def test_autotest_templates_may_lie_in_the_courses_folder(
    session: Session, blobs: MemoryBlobStore, tmp_path: Path
) -> None:
    """Where nbgrader looks for them too; other templates make another version, and learners don't get them."""
    source = REPOSITORY.parent / "shared" / "corpus" / "jupyter__nbgrader" / "autotest-simple" / "source"
    folder = write_course(tmp_path / "auto", {"ps/ps.ipynb": (source / "autotest-simple.ipynb").read_bytes()})
    with pytest.raises(CourseFolderError, match=r"autotests\.yml"):
        _publish(session, blobs, folder)
    templates = (source / "autotests.yml").read_bytes()
    (folder / "autotests.yml").write_bytes(templates)
    assert _publish(session, blobs, folder).assignments[0].created
    assert [file.path for file in courses.get_release(session, blobs, "auto", "ps").files] == ["ps.ipynb"]
    (folder / "autotests.yml").write_bytes(templates + b"\n# another\n")
    assert _publish(session, blobs, folder).assignments[0].version == 2
