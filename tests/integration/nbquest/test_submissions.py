"""Handing in, grading and what is shown of it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from grader.grading import GraderOptions
from nbquest.courses import api as courses
from nbquest.courses.errors import AssignmentNotFound, CourseNotFound
from nbquest.files.store import MemoryBlobStore
from nbquest.identity import api as identity
from nbquest.submissions import api as submissions
from nbquest.submissions.errors import (
    InvalidCursor,
    InvalidSubmission,
    KeyReused,
    SubmissionNotFound,
    TooManyWaiting,
)
from nbquest.submissions.models import AttemptRow, GradeRow
from nbquest.submissions.rules import MAX_WAITING
from nbquest.submissions.views import Submission
from tests.factories.courses import outcome, publish_squares, squares_source, squares_submission, write_course


@pytest.fixture
def blobs(session: Session, tmp_path: Path) -> MemoryBlobStore:
    """A store in which the course `squares` of two assignments is published."""
    store = MemoryBlobStore()
    publish_squares(session, store, tmp_path, "first", "second")
    return store


def _submit(
    session: Session,
    blobs: MemoryBlobStore,
    person: str = "ada",
    key: str | None = None,
    assignment: str = "first",
) -> Submission:
    return submissions.submit(
        session,
        blobs,
        person=person,
        course="squares",
        assignment=assignment,
        notebooks={"squares.ipynb": squares_submission()},
        key=key or str(uuid4()),
    )


def _attempt(session: Session, submission: UUID) -> int:
    query = select(func.max(AttemptRow.id)).where(AttemptRow.submission_id == submission)
    return session.scalars(query).one()


def _grade(session: Session, submission: Submission, cells: Mapping[str, tuple[float, float]]) -> Submission:
    attempt = _attempt(session, submission.id)
    submissions.start_attempt(session, attempt)
    submissions.record_outcome(session, attempt, {"squares.ipynb": outcome(cells)})
    return submissions.get_submission(session, submission.id)


def _jobs(session: Session) -> int:
    return session.scalar(text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'submissions.grade'")) or 0


def test_submitting_stores_all_of_it_or_nothing(session: Session, blobs: MemoryBlobStore) -> None:
    """Row, file and job are of one transaction."""
    savepoint = session.begin_nested()
    _submit(session, blobs)
    assert _jobs(session) == 1
    savepoint.rollback()
    assert _jobs(session) == 0
    assert submissions.list_submissions(session).items == []
    made = _submit(session, blobs)
    assert (made.state, made.number, made.version, made.late, made.result) == ("queued", 1, 1, False, None)
    assert _jobs(session) == 1


def test_the_same_key_stores_once(session: Session, blobs: MemoryBlobStore) -> None:
    """A retry after a lost answer gets the same submission; another person's key is another key."""
    made = _submit(session, blobs, key="k")
    assert _submit(session, blobs, key="k") == made
    assert _jobs(session) == 1
    assert _submit(session, blobs, "bob", key="k").id != made.id
    with pytest.raises(KeyReused):
        submissions.submit(
            session,
            blobs,
            person="ada",
            course="squares",
            assignment="second",
            notebooks={"squares.ipynb": squares_submission()},
            key="k",
        )
    assert _submit(session, blobs).number == 2


def test_what_can_not_be_taken_is_refused(session: Session, blobs: MemoryBlobStore) -> None:
    """Unknown assignment or course, a course of others, a key that is none, no notebook of the assignment."""
    good = {"squares.ipynb": squares_submission()}

    def submit(course: str, assignment: str, notebooks: Mapping[str, bytes] = good, key: str = "k") -> None:
        submissions.submit(
            session, blobs, person="ada", course=course, assignment=assignment, notebooks=notebooks, key=key
        )

    with pytest.raises(AssignmentNotFound):
        submit("squares", "third")
    with pytest.raises(CourseNotFound):
        submit("cubes", "first")
    for key in ("", "k" * 201, "a\0b"):
        with pytest.raises(InvalidSubmission):
            submit("squares", "first", key=key)
    with pytest.raises(InvalidSubmission):
        submit("squares", "first", {"other.ipynb": b""})
    session.execute(text("UPDATE courses SET enrolment = 'closed'"))
    session.expire_all()
    with pytest.raises(CourseNotFound):
        submit("squares", "first")
    assert submissions.list_course_work(session, "ada") == []
    with pytest.raises(CourseNotFound):
        submissions.get_course_work(session, "ada", "squares")


def test_a_flood_is_stopped(session: Session, blobs: MemoryBlobStore) -> None:
    """Of one person; others go on, a retry of what was taken too, and so does the person once some are graded."""
    made = [_submit(session, blobs, key=str(number)) for number in range(MAX_WAITING)]
    with pytest.raises(TooManyWaiting):
        _submit(session, blobs)
    assert _submit(session, blobs, key="0") == made[0]
    _submit(session, blobs, "bob")
    _grade(session, made[0], {"visible": (2, 2)})
    _submit(session, blobs)


def test_late_work_is_taken_and_marked(session: Session, blobs: MemoryBlobStore) -> None:
    """Nothing is lost by being late."""
    session.execute(text("UPDATE assignments SET due_at = now() - interval '1 second'"))
    session.expire_all()
    assert _submit(session, blobs).late


def test_an_attempt_is_queued_then_graded(session: Session, blobs: MemoryBlobStore) -> None:
    """With its cells, what it earned and what to do next."""
    made = _submit(session, blobs)
    work = submissions.start_attempt(session, _attempt(session, made.id))
    assert work is not None
    assert blobs.get(work.files["squares.ipynb"]) == squares_submission()
    assert submissions.get_submission(session, made.id).state == "grading"
    graded = _grade(session, made, {"visible": (2, 2), "hidden": (0.5, 3)})
    assert graded.state == "graded"
    assert graded.result is not None
    assert (graded.result.score, graded.result.max_score) == (Decimal("2.5"), Decimal(5))
    assert [(cell.grade_id, cell.status) for cell in graded.result.cells] == [
        ("visible", "passed"),
        ("hidden", "partial"),
    ]
    assert graded.result.xp_gained == 25 + 5
    assert graded.result.next_step is not None
    assert graded.result.next_step.assignment == "first"
    assert graded.model_dump(mode="json")["result"]["score"] == 2.5


def test_an_attempt_is_graded_once(session: Session, blobs: MemoryBlobStore) -> None:
    """A second outcome, from a job that ran twice, is dropped; a failure after a grade too."""
    made = _submit(session, blobs)
    graded = _grade(session, made, {"visible": (2, 2)})
    attempt = _attempt(session, made.id)
    assert submissions.start_attempt(session, attempt) is None
    submissions.record_outcome(session, attempt, {"squares.ipynb": outcome({"visible": (0, 2)})})
    submissions.record_failure(session, attempt, "no")
    assert submissions.get_submission(session, made.id) == graded


def test_a_failure_of_ours_is_no_score_and_can_be_mended(session: Session, blobs: MemoryBlobStore) -> None:
    """The learner is told; a regrade queues it again."""
    made = _submit(session, blobs)
    attempt = _attempt(session, made.id)
    submissions.start_attempt(session, attempt)
    submissions.record_failure(session, attempt, "The sandbox is not available.")
    failed = submissions.get_submission(session, made.id)
    assert (failed.state, failed.message, failed.result) == ("could-not-grade", "The sandbox is not available.", None)
    work = submissions.get_course_work(session, "ada", "squares").assignments[0]
    assert (work.state, work.best_score) == ("could-not-grade", None)
    assert submissions.regrade(session, made.id).state == "queued"
    assert submissions.regrade(session, made.id).state == "queued"
    assert _jobs(session) == 2
    assert _grade(session, made, {"visible": (2, 2)}).state == "graded"


def test_a_regrade_is_by_the_newest_version(session: Session, blobs: MemoryBlobStore, tmp_path: Path) -> None:
    """The same version is graded once; the old result shows until the new one is there."""
    made = _submit(session, blobs)
    _grade(session, made, {"visible": (2, 2), "hidden": (0, 3)})
    assert submissions.regrade(session, made.id).state == "graded"
    assert _jobs(session) == 1
    files = {f"{name}/squares.ipynb": squares_source((4, 4)) for name in ("first", "second")}
    folder = write_course(tmp_path / "again" / "squares", files)
    courses.publish_course(session, blobs, folder, publisher=None, grader_options=GraderOptions())
    queued = submissions.regrade(session, made.id)
    assert (queued.state, queued.version) == ("queued", 2)
    assert queued.result is not None
    again = _grade(session, made, {"visible": (4, 4), "hidden": (0, 4)})
    assert again.result is not None
    assert (again.result.score, again.result.max_score) == (Decimal(4), Decimal(8))
    assert again.result.xp_gained == 40 + 5


def test_ones_own_work(session: Session, blobs: MemoryBlobStore) -> None:
    """The best score over all submissions, the state of the latest."""
    first = _submit(session, blobs)
    _grade(session, first, {"visible": (2, 2), "hidden": (3, 3)})
    second = _submit(session, blobs)
    _grade(session, second, {"visible": (0, 2), "hidden": (0, 3)})
    third = _submit(session, blobs)
    (course,) = submissions.list_course_work(session, "ada")
    assert (course.course.slug, course.role) == ("squares", "learner")
    work, untouched = course.assignments
    assert (work.state, work.best_score, work.max_score) == ("grading", Decimal(5), Decimal(5))
    assert (work.latest_submission, work.submissions) == (third.id, 3)
    assert (untouched.state, untouched.best_score, untouched.submissions) == ("not-submitted", None, 0)
    (theirs,) = submissions.list_course_work(session, "teacher")
    assert theirs.role == "instructor"
    assert theirs.assignments[0].submissions == 0


def test_submissions_are_listed_newest_first_page_by_page(session: Session, blobs: MemoryBlobStore) -> None:
    """Every one of them once; bounded; filtered."""
    made = [_submit(session, blobs, person) for person in ("ada", "bob", "ada", "bob", "ada")]
    _grade(session, made[0], {"visible": (2, 2)})
    seen: list[UUID] = []
    cursor = None
    while True:
        page = submissions.list_submissions(session, course="squares", cursor=cursor, limit=2)
        seen += [item.id for item in page.items]
        assert len(page.items) <= 2
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == [item.id for item in reversed(made)]
    assert [item.person for item in submissions.list_submissions(session, person="bob").items] == ["bob", "bob"]
    assert submissions.list_submissions(session, assignment="second").items == []
    assert submissions.list_submissions(session, person="nobody").items == []
    assert submissions.list_submissions(session, limit=10**9).next_cursor is None
    for cursor in ("x", "é", "", "AAAA"):
        with pytest.raises(InvalidCursor):
            submissions.list_submissions(session, cursor=cursor)


def test_a_page_of_a_course_holds_the_newest_of_all_its_assignments(
    session: Session, blobs: MemoryBlobStore, tmp_path: Path
) -> None:
    """In the one order of time, whichever assignment they are of; other courses' are not among them."""
    path = write_course(tmp_path / "cubes", {"first/squares.ipynb": squares_source()})
    courses.publish_course(session, blobs, path, publisher="teacher", grader_options=GraderOptions())
    made = [
        _submit(session, blobs, person, assignment=assignment)
        for assignment in ("first", "second", "second", "first", "second")
        for person in ("ada", "bob")
    ]
    submissions.submit(
        session,
        blobs,
        person="ada",
        course="cubes",
        assignment="first",
        notebooks={"squares.ipynb": squares_submission()},
        key=str(uuid4()),
    )
    wanted = [item.id for item in reversed(made)]
    for limit in (1, 3, 20):
        seen: list[UUID] = []
        page = submissions.list_submissions(session, course="squares", limit=limit)
        while True:
            seen += [item.id for item in page.items]
            if page.next_cursor is None:
                break
            page = submissions.list_submissions(session, course="squares", cursor=page.next_cursor, limit=limit)
        assert seen == wanted
    bobs = submissions.list_submissions(session, course="squares", person="bob", limit=2)
    assert [item.id for item in bobs.items] == wanted[:4:2]
    # The assignments called `first` of both courses.
    firsts = submissions.list_submissions(session, assignment="first", person="ada").items
    assert [item.course for item in firsts] == ["cubes", "squares", "squares"]


def test_what_is_not_there_is_said_so(session: Session, blobs: MemoryBlobStore) -> None:
    """For whatever is asked of it."""
    for ask in (submissions.get_submission, submissions.regrade):
        with pytest.raises(SubmissionNotFound):
            ask(session, uuid4())
    assert submissions.start_attempt(session, 10**6) is None


def test_an_output_that_postgres_can_not_keep_does_not_stop_the_grade(session: Session, blobs: MemoryBlobStore) -> None:
    """Executed notebooks and feedback are kept as files."""
    made = _submit(session, blobs)
    graded = outcome({"vis\0ible": (2, 2)}, repairs=("\0",))
    full = type(graded)(report=graded.report, executed_notebook=b"{}", feedback_html="<p>\0</p>")
    submissions.record_outcome(session, _attempt(session, made.id), {"squares.ipynb": full}, blobs=blobs)
    assert submissions.get_feedback(session, blobs, made.id) == {"squares.ipynb": b"<p>\0</p>"}
    assert session.scalars(select(GradeRow)).one().executed.keys() == {"squares.ipynb"}


def test_a_person_with_a_role_of_their_own_sees_it(session: Session, blobs: MemoryBlobStore) -> None:
    """In their list of work."""
    identity.set_course_role(session, "mia", "squares", "mentor")
    assert [work.role for work in submissions.list_course_work(session, "mia")] == ["mentor"]
