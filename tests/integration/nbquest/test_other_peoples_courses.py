"""Courses that were not written for nbquest: nbgrader's own example, and real ones."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy
from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.grading import GraderOptions
from grader.pool import GraderPool
from nbquest.courses import api as courses
from nbquest.courses.errors import CourseFolderError
from nbquest.db.engine import session_scope
from nbquest.environments.store import EnvironmentStore
from nbquest.files.store import MemoryBlobStore
from nbquest.settings import REPOSITORY
from nbquest.submissions import api as submissions
from nbquest.submissions.models import AttemptRow
from nbquest.submissions.tasks import Tools, run_attempt
from nbquest.submissions.views import Result
from tests.factories.courses import write_course

CORPUS = REPOSITORY.parent / "shared" / "corpus"
OWNERS = sorted(path.name for path in CORPUS.glob("*__*") if path.is_dir())
BAD = sorted(path for path in (CORPUS / "bad_input").glob("*/*.ipynb"))


@pytest.fixture
def tools(database_url: str, store: EnvironmentStore) -> Iterator[Tools]:
    """A worker's tools, on an empty site."""
    engine = sqlalchemy.create_engine(database_url)
    with GraderPool(GraderOptions()) as graders:
        yield Tools(engine=engine, blobs=MemoryBlobStore(), graders=graders, environments=store)
    engine.dispose()


def _grade(tools: Tools, course: str, assignment: str, notebooks: dict[str, bytes]) -> Result:
    with session_scope(tools.engine) as session:
        made = submissions.submit(
            session,
            tools.blobs,
            person="ada",
            course=course,
            assignment=assignment,
            notebooks=notebooks,
            key=str(uuid4()),
        )
        attempt = session.scalars(select(AttemptRow.id).where(AttemptRow.submission_id == made.id)).one()
    run_attempt(tools, attempt)
    with session_scope(tools.engine) as session:
        result = submissions.get_submission(session, made.id).result
    assert result is not None
    return result


@pytest.mark.bubblewrap
@pytest.mark.slow
def test_the_course_of_nbgrader_quickstart(tools: Tools, tmp_path: Path) -> None:
    """It publishes as it is made, and its own solution gets every point that needs no human."""
    nbgrader = Path(sys.executable).with_name("nbgrader")
    subprocess.run([nbgrader, "quickstart", "course101"], cwd=tmp_path, check=True, capture_output=True)
    folder = tmp_path / "course101"
    with session_scope(tools.engine) as session:
        result = courses.publish_course(
            session, tools.blobs, folder, publisher="teacher", grader_options=GraderOptions()
        )
        release = courses.get_release(session, tools.blobs, "course101", "ps1")
    assert (result.course.slug, result.course.title) == ("course101", "Course101")
    assert [(item.slug, item.points) for item in result.assignments] == [("ps1", Decimal(13))]
    assert {file.path for file in release.files} == {"problem1.ipynb", "problem2.ipynb", "jupyter.png"}
    notebooks = {path.name: path.read_bytes() for path in (folder / "source" / "ps1").glob("*.ipynb")}
    graded = _grade(tools, "course101", "ps1", notebooks)
    assert graded.status == "graded"
    automatic = [cell for cell in graded.cells if cell.grade_id not in graded.needs_manual and cell.status != "manual"]
    assert automatic
    assert all(cell.status == "passed" and cell.score == cell.max_score for cell in automatic)
    # What nbgrader gives the same notebooks: 3 of 10 and 0 of 3, the rest being for a human to grade.
    assert (graded.score, graded.max_score) == (Decimal(3), Decimal(13))


@pytest.mark.corpus
@pytest.mark.bubblewrap
@pytest.mark.slow
@pytest.mark.parametrize("owner", OWNERS)
def test_real_courses_publish(session: Session, tmp_path: Path, owner: str) -> None:
    """Every assignment of the owner as one course; the points are those that nbgrader counts."""
    folder = tmp_path / owner.replace("__", "-")
    assignments = sorted(path.parent for path in (CORPUS / owner).glob("*/source"))
    for assignment in assignments:
        shutil.copytree(assignment / "source", folder / "source" / assignment.name)
    result = courses.publish_course(session, MemoryBlobStore(), folder, publisher=None, grader_options=GraderOptions())
    published = {item.slug: item.points for item in result.assignments}
    expected = {}
    for assignment in assignments:
        oracle = json.loads((assignment / "oracle.json").read_text())
        expected[assignment.name] = sum(
            (Decimal(str(graded["max_score"])) for graded in oracle["instructor"].values()), Decimal(0)
        )
    assert published == expected


@pytest.mark.corpus
@pytest.mark.parametrize("path", BAD, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_bad_input_publishes_or_says_what_is_wrong(session: Session, tmp_path: Path, path: Path) -> None:
    """Old schemas are upgraded; what can't be is an error that names the file, never a crash."""
    folder = write_course(tmp_path / "bad", {f"ps/{path.name}": path.read_bytes()})
    said = None
    try:
        courses.publish_course(session, MemoryBlobStore(), folder, publisher=None, grader_options=GraderOptions())
    except CourseFolderError as error:
        said = (error.file, error.message)
    if said is None:
        assert [item.slug for item in courses.list_assignments(session, "bad")] == ["ps"]
    else:
        assert said[0] == f"source/ps/{path.name}"
        assert said[1].startswith(f"{said[0]}")
        assert len(said[1]) > len(said[0]) + 2
