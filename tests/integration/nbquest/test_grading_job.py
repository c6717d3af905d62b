"""The grading job, with the real grader and without a worker around it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import sqlalchemy
from sqlalchemy import Engine, select

from grader.grading import GradeOutcome, GradeRequest, GraderOptions, Limits, SandboxUnavailable
from grader.options import Environment
from grader.pool import GraderPool
from nbquest.courses import api as courses
from nbquest.courses.environments import Packages
from nbquest.db.engine import session_scope
from nbquest.environments.errors import EnvironmentMissing
from nbquest.environments.requirements import AskedPackages
from nbquest.environments.store import EnvironmentStore
from nbquest.files.store import MemoryBlobStore
from nbquest.submissions import api as submissions
from nbquest.submissions.models import AttemptRow
from nbquest.submissions.tasks import MAX_RUNS, PACKAGES_MESSAGE, SANDBOX_MESSAGE, Tools, run_attempt
from nbquest.submissions.views import Submission
from tests.factories.courses import (
    SOLUTION,
    WRONG_FOR_NEGATIVES,
    cell,
    notebook,
    publish_squares,
    squares_source,
    squares_submission,
    write_course,
)
from tests.factories.package_index import write_wheel

pytestmark = pytest.mark.bubblewrap


@pytest.fixture(scope="module")
def graders() -> Iterator[GraderPool]:
    """Warm graders for the module, as a worker has them."""
    with GraderPool(GraderOptions()) as opened:
        yield opened


@pytest.fixture
def tools(database_url: str, tmp_path: Path, graders: GraderPool, store: EnvironmentStore) -> Iterator[Tools]:
    """A worker's tools, on a database in which `squares` is published."""
    engine = sqlalchemy.create_engine(database_url)
    made = Tools(engine=engine, blobs=MemoryBlobStore(), graders=graders, environments=store)
    with session_scope(engine) as session:
        publish_squares(session, made.blobs, tmp_path)
    yield made
    engine.dispose()


class BrokenSandbox(GraderPool):
    """The graders' edge where no sandbox is to be had: it refuses, as the real one does."""

    def grade(
        self, request: GradeRequest, *, environment: Environment | None = None, preload: Iterable[str] = ()
    ) -> GradeOutcome:
        """Refuse."""
        raise SandboxUnavailable("namespaces are switched off")


class Listening(GraderPool):
    """Graders that keep what they were asked."""

    requests: list[GradeRequest]

    def grade(
        self, request: GradeRequest, *, environment: Environment | None = None, preload: Iterable[str] = ()
    ) -> GradeOutcome:
        """Keep the request, then grade."""
        self.requests = [*getattr(self, "requests", []), request]
        return super().grade(request, environment=environment, preload=preload)


def _submit(tools: Tools, notebooks: dict[str, bytes], assignment: str = "first") -> tuple[UUID, int]:
    with session_scope(tools.engine) as session:
        made = submissions.submit(
            session,
            tools.blobs,
            person="ada",
            course="squares",
            assignment=assignment,
            notebooks=notebooks,
            key=str(uuid4()),
        )
        return made.id, session.scalars(select(AttemptRow.id).where(AttemptRow.submission_id == made.id)).one()


def _get(engine: Engine, submission: UUID) -> Submission:
    with session_scope(engine) as session:
        return submissions.get_submission(session, submission)


@pytest.mark.parametrize(("solution", "score"), [(SOLUTION, 5), (WRONG_FOR_NEGATIVES, 2), ("square = 3", 0)])
def test_a_submission_is_graded(tools: Tools, solution: str, score: int) -> None:
    """By visible and hidden tests."""
    made, attempt = _submit(tools, {"squares.ipynb": squares_submission(solution)})
    run_attempt(tools, attempt)
    graded = _get(tools.engine, made)
    assert graded.state == "graded"
    assert graded.result is not None
    assert (graded.result.score, graded.result.max_score) == (Decimal(score), Decimal(5))
    assert {cell.grade_id: cell.hidden for cell in graded.result.cells if cell.status != "passed"} == (
        {} if score == 5 else {"hidden": True} if score == 2 else {"visible": False, "hidden": False}
    )
    run_attempt(tools, attempt)
    assert _get(tools.engine, made) == graded


def test_what_is_no_notebook_is_a_verdict_not_a_failure(tools: Tools) -> None:
    """The learner hears what is wrong; the worker goes on."""
    made, attempt = _submit(tools, {"squares.ipynb": b"not a notebook"})
    run_attempt(tools, attempt)
    graded = _get(tools.engine, made)
    assert graded.result is not None
    assert (graded.result.status, graded.result.score) == ("rejected-invalid", Decimal(0))
    assert graded.result.max_score == Decimal(5)


def test_several_notebooks_with_files_beside_them(tools: Tools, tmp_path: Path) -> None:
    """One of them is not handed in: it counts nothing of what it is worth, and the learner is told."""
    reads = notebook(
        cell("### BEGIN SOLUTION\nn = 3\n### END SOLUTION", grade_id="n", solution=True),
        cell("assert int(open('data/n.txt').read()) == n", grade_id="same", grade=True, locked=True, points=1),
    )
    files = {"both/squares.ipynb": squares_source(), "both/reads.ipynb": reads, "both/data/n.txt": b"3"}
    with session_scope(tools.engine) as session:
        folder = write_course(tmp_path / "more" / "squares", {"first/squares.ipynb": squares_source(), **files})
        courses.publish_course(session, tools.blobs, folder, publisher=None, grader_options=GraderOptions())
    handed_in = notebook(
        cell("n = 3", grade_id="n", solution=True),
        cell("assert int(open('data/n.txt').read()) == n", grade_id="same", grade=True, locked=True, points=1),
    )
    made, attempt = _submit(tools, {"reads.ipynb": handed_in, "notes.ipynb": b"{}"}, "both")
    run_attempt(tools, attempt)
    result = _get(tools.engine, made).result
    assert result is not None
    assert (result.score, result.max_score) == (Decimal(1), Decimal(6))
    assert [(cell.notebook, cell.status) for cell in result.cells] == [
        ("reads.ipynb", "passed"),
        ("squares.ipynb", "not-run"),
        ("squares.ipynb", "not-run"),
    ]
    assert len(result.repairs) >= 2
    assert "notes.ipynb" in result.repairs[0]


def test_an_assignments_limits_hold_within_the_sites(tools: Tools, tmp_path: Path) -> None:
    """What course.toml gives, as far as the site allows it on the day of grading; the rest is as usual."""
    manifest = """
        title = "Squares"
        limits = {cell_seconds = 2, memory_mb = 300}
        [[assignments]]
        slug = "first"
        limits = {memory_mb = 700}
    """
    with session_scope(tools.engine) as session:
        folder = write_course(tmp_path / "limited" / "squares", {"first/squares.ipynb": squares_source()}, manifest)
        courses.publish_course(session, tools.blobs, folder, publisher=None, grader_options=GraderOptions())
    _, attempt = _submit(tools, {"squares.ipynb": squares_submission()})
    with Listening(GraderOptions(limits=Limits(disk_mb=32))) as listening:
        highest = Limits(cell_seconds=60, total_seconds=60, memory_mb=512)
        run_attempt(replace(tools, graders=listening, highest=highest), attempt)
        assert [request.limits for request in listening.requests] == [
            Limits(cell_seconds=2, total_seconds=60, memory_mb=512, disk_mb=32)
        ]


def test_a_courses_packages_are_there_when_it_is_graded(
    tools: Tools, store: EnvironmentStore, wheels: Path, tmp_path: Path
) -> None:
    """Without them nothing is scored: nobody loses points because a site lacks what its course brings."""
    write_wheel(wheels, "probe_one", "1.0")
    manifest = """
        title = "Squares"
        environment = {packages = ["probe-one"]}
        [[assignments]]
        slug = "first"
    """
    source = notebook(
        cell("### BEGIN SOLUTION\nn = 1\n### END SOLUTION", grade_id="n", solution=True),
        cell("import probe_one\nassert probe_one.VERSION == '1.0'", grade_id="t", grade=True, locked=True, points=5),
    )
    with session_scope(tools.engine) as session:
        folder = write_course(tmp_path / "packed" / "squares", {"first/squares.ipynb": source}, manifest)
        packages = Packages(store=store)
        courses.publish_course(
            session, tools.blobs, folder, publisher=None, grader_options=GraderOptions(), packages=packages
        )
    made, attempt = _submit(tools, {"squares.ipynb": notebook(cell("n = 1", grade_id="n", solution=True))})
    run_attempt(tools, attempt)
    result = _get(tools.engine, made).result
    assert result is not None
    assert result.score == 5

    (built,) = store.list_built()
    store.prune([])
    made, attempt = _submit(tools, {"squares.ipynb": notebook(cell("n = 2", grade_id="n", solution=True))})
    for _ in range(MAX_RUNS - 1):
        with pytest.raises(EnvironmentMissing):
            run_attempt(tools, attempt)
    run_attempt(tools, attempt)
    lost = _get(tools.engine, made)
    assert (lost.state, lost.message, lost.result) == ("could-not-grade", PACKAGES_MESSAGE, None)
    with session_scope(tools.engine) as session:
        (known,) = courses.list_environments(session)
        store.build(AskedPackages.from_text(known.asked), known.requirements, lambda _: None)
        assert [again.digest for again in store.list_built()] == [built.digest]
        submissions.regrade(session, made)
    run_attempt(tools, attempt)
    assert _get(tools.engine, made).state == "graded"


def test_without_a_sandbox_nothing_is_scored(tools: Tools) -> None:
    """Tried several times, then said; with a sandbox again, a regrade mends it."""
    made, attempt = _submit(tools, {"squares.ipynb": squares_submission()})
    broken = replace(tools, graders=BrokenSandbox(GraderOptions()))
    for _ in range(MAX_RUNS - 1):
        with pytest.raises(SandboxUnavailable):
            run_attempt(broken, attempt)
        assert _get(tools.engine, made).state == "grading"
    run_attempt(broken, attempt)
    failed = _get(tools.engine, made)
    assert (failed.state, failed.message, failed.result) == ("could-not-grade", SANDBOX_MESSAGE, None)
    run_attempt(tools, attempt)
    assert _get(tools.engine, made) == failed
    with session_scope(tools.engine) as session:
        submissions.regrade(session, made)
    run_attempt(tools, attempt)
    assert _get(tools.engine, made).state == "graded"


def test_a_regrade_is_graded_by_the_same_worker_and_shows_when_it_is_applied(tools: Tools, tmp_path: Path) -> None:
    """A wrong hidden test cost a right answer three points; the mended one gives them back, cell by cell."""
    good = {"first/squares.ipynb": squares_source()}
    wrong = {name: source.replace(b"square(-3) == 9", b"square(-3) == -9") for name, source in good.items()}
    for number, files in enumerate((wrong, good)):
        if number:
            made, attempt = _submit(tools, {"squares.ipynb": squares_submission()})
            run_attempt(tools, attempt)
        with session_scope(tools.engine) as session:
            folder = write_course(tmp_path / str(number) / "squares", files)
            courses.publish_course(session, tools.blobs, folder, publisher=None, grader_options=GraderOptions())
    before = _get(tools.engine, made)
    assert before.result is not None
    assert before.result.score == 2
    with session_scope(tools.engine) as session:
        regrade = submissions.start_regrade(
            session, course="squares", assignment="first", attempts="all", reason="It squared wrongly."
        )
        trial = session.scalars(select(AttemptRow.id).where(AttemptRow.trial)).one()
    run_attempt(tools, trial)
    run_attempt(tools, trial)
    assert _get(tools.engine, made) == before
    with session_scope(tools.engine) as session:
        (change,) = submissions.list_regrade_changes(session, "squares", regrade.id)
        assert [(cell.grade_id, cell.score_before, cell.score_after) for cell in change.submissions[0].cells] == [
            ("hidden", 0, 3)
        ]
        assert submissions.apply_regrade(session, "squares", regrade.id)
    after = _get(tools.engine, made)
    assert after.result is not None
    assert (after.version, after.result.score, after.result.xp_gained) == (3, 5, 75)
    with session_scope(tools.engine) as session:
        assert b"hidden" in submissions.get_feedback(session, tools.blobs, made)["squares.ipynb"]


def test_what_takes_the_worker_down_each_time_ends(tools: Tools) -> None:
    """A run that was begun and never ended counts; after some of them nobody tries again by itself."""
    made, attempt = _submit(tools, {"squares.ipynb": squares_submission()})
    for _ in range(MAX_RUNS):
        with session_scope(tools.engine) as session:
            assert submissions.start_attempt(session, attempt) is not None
    run_attempt(tools, attempt)
    assert _get(tools.engine, made).state == "could-not-grade"


def test_a_file_that_is_lost_is_no_score(database_url: str, tools: Tools) -> None:
    """Our storage's failure is ours."""
    made, attempt = _submit(tools, {"squares.ipynb": squares_submission()})
    empty = replace(tools, blobs=MemoryBlobStore())
    for _ in range(MAX_RUNS - 1):
        with pytest.raises(Exception, match="missing"):
            run_attempt(empty, attempt)
    run_attempt(empty, attempt)
    assert _get(tools.engine, made).state == "could-not-grade"
