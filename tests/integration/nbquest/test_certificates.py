"""What is kept of certifying, and what grading gets of it."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from grader.certificate import FORMAT, Certificate, Policy, Reason
from grader.grading import GraderOptions
from grader.pool import GraderPool
from grader.sandbox import bubblewrap
from grader.source import load_source
from nbquest.courses import api as courses
from nbquest.courses.errors import CourseNotFound
from nbquest.courses.models import PreparedNotebookRow, VersionRow
from nbquest.courses.tasks import run_certifying
from nbquest.courses.views import GradingVersion
from nbquest.db.engine import session_scope
from nbquest.environments.store import EnvironmentStore
from nbquest.files.store import MemoryBlobStore
from nbquest.submissions.tasks import Tools
from tests.factories.courses import SQUARES, keep_certificate, publish_squares, squares_source, write_course

CERTIFICATE = Certificate(
    engine="shared",
    policy=Policy(imports={"np": ("numpy", None)}),
    reasons=(Reason(text="It calls eval.", grade_id="hidden"),),
    warnings=(Reason(text="It may check nothing.", grade_id="visible"), Reason(text="Trying took too long.")),
    seconds={"visible": 0.01},
    preload=("numpy",),
    tried=24,
)


@pytest.fixture
def blobs(session: Session, tmp_path: Path) -> MemoryBlobStore:
    """A store that holds the published course `squares`."""
    made = MemoryBlobStore()
    publish_squares(session, made, tmp_path)
    return made


def _grading_version(session: Session, blobs: MemoryBlobStore) -> GradingVersion:
    key = courses.get_assignment_key(session, SQUARES, "first")
    return courses.get_grading_version(session, blobs, key.version_id)


def test_a_worker_gets_what_it_need_not_read_again(session: Session, blobs: MemoryBlobStore) -> None:
    """The notebook as the grader reads it, and the certificate once there is one."""
    version = _grading_version(session, blobs)
    assert version.prepared == {"squares.ipynb": load_source(version.notebooks["squares.ipynb"])}
    assert version.certificates == {}
    keep_certificate(session, SQUARES, "first", CERTIFICATE)
    assert _grading_version(session, blobs).certificates == {"squares.ipynb": CERTIFICATE}


def test_a_certificate_of_another_format_counts_for_nothing(session: Session, blobs: MemoryBlobStore) -> None:
    """The notebook is then graded as if it had never been certified."""
    keep_certificate(session, SQUARES, "first", CERTIFICATE)
    session.execute(update(PreparedNotebookRow).values(format=FORMAT - 1))
    version = _grading_version(session, blobs)
    assert (version.prepared, version.certificates) == ({}, {})
    (assignment,) = courses.list_certificates(session, SQUARES)
    assert [(notebook.certified, notebook.engine) for notebook in assignment.notebooks] == [(False, "shared")]


def test_what_an_older_version_published_is_graded_all_the_same(
    session: Session, blobs: MemoryBlobStore, tmp_path: Path
) -> None:
    """It has no prepared notebooks; publishing its unchanged folder again makes them, and no new version."""
    session.query(PreparedNotebookRow).delete()
    version = _grading_version(session, blobs)
    assert (version.prepared, version.certificates, set(version.notebooks)) == ({}, {}, {"squares.ipynb"})
    (assignment,) = courses.list_certificates(session, SQUARES)
    assert assignment.notebooks == []
    publish_squares(session, blobs, tmp_path)
    assert set(_grading_version(session, blobs).prepared) == {"squares.ipynb"}
    assert session.scalar(select(func.count()).select_from(VersionRow)) == 1


def test_publishing_again_keeps_certificates(session: Session, blobs: MemoryBlobStore, tmp_path: Path) -> None:
    """As long as nothing changes."""
    keep_certificate(session, SQUARES, "first", CERTIFICATE)
    publish_squares(session, blobs, tmp_path)
    assert session.scalar(select(func.count()).select_from(VersionRow)) == 1
    assert _grading_version(session, blobs).certificates == {"squares.ipynb": CERTIFICATE}
    (tmp_path / SQUARES / "source" / "first" / "squares.ipynb").write_bytes(squares_source((1, 1)))
    path = tmp_path / SQUARES
    courses.publish_course(session, blobs, path, publisher=None, grader_options=GraderOptions())
    assert _grading_version(session, blobs).certificates == {}


def test_what_an_instructor_is_told(session: Session, blobs: MemoryBlobStore) -> None:
    """Engine, reasons and warnings, by notebook."""
    keep_certificate(session, SQUARES, "first", CERTIFICATE)
    (assignment,) = courses.list_certificates(session, SQUARES)
    (notebook,) = assignment.notebooks
    assert (assignment.assignment, assignment.version) == ("first", 1)
    assert (notebook.notebook, notebook.engine, notebook.certified, notebook.tried) == (
        "squares.ipynb",
        "shared",
        True,
        24,
    )
    assert [(found.grade_id, found.text) for found in notebook.reasons] == [("hidden", "It calls eval.")]
    assert [found.grade_id for found in notebook.warnings] == ["visible", None]
    with pytest.raises(CourseNotFound):
        courses.list_certificates(session, "cubes")


@pytest.mark.bubblewrap
def test_a_worker_certifies_what_is_not(database_url: str, tmp_path: Path, store: EnvironmentStore) -> None:
    """A course that was published without waiting for it; once all of it is certified, there is nothing to do."""
    engine = sqlalchemy.create_engine(database_url)
    blobs = MemoryBlobStore()
    with GraderPool(GraderOptions(), size=1) as graders:
        tools = Tools(engine=engine, blobs=blobs, graders=graders, environments=store)
        with session_scope(engine) as session:
            publish_squares(session, blobs, tmp_path)
            courses.defer_certifying(session, SQUARES)
        assert _jobs(engine) == 1
        run_certifying(tools, SQUARES)
        with session_scope(engine) as session:
            version = _grading_version(session, blobs)
            assert [certificate.engine for certificate in version.certificates.values()] == ["separate"]
            courses.defer_certifying(session, SQUARES)
        assert _jobs(engine) == 1
    engine.dispose()


def _jobs(engine: sqlalchemy.Engine) -> int:
    with engine.connect() as connection:
        query = sqlalchemy.text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'courses.certify'")
        return int(connection.scalar(query) or 0)


def test_without_a_sandbox_publishing_goes_on(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The notebook is graded as before, and its author is told why nobody knows better."""
    monkeypatch.setattr(bubblewrap, "find_bubblewrap", lambda: None)
    path = write_course(tmp_path / "course" / SQUARES, {"first/squares.ipynb": squares_source()})
    result = courses.publish_course(
        session, MemoryBlobStore(), path, publisher=None, grader_options=GraderOptions(), certify=True
    )
    (notebook,) = result.assignments[0].notebooks
    assert (notebook.certified, notebook.engine) == (False, "shared")
    assert notebook.problem is not None
    assert notebook.problem.startswith("The sandbox can’t be used on this machine")
