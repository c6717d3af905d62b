"""Versions with corrected tests, regrades by them, and the events that applying one emits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from grader.grading import GraderOptions
from nbquest.courses import api as courses
from nbquest.events.submissions import RegradedSubmission, SubmissionsRegraded
from nbquest.files.store import BlobStore
from nbquest.submissions import api as submissions
from nbquest.submissions.models import AttemptRow
from nbquest.submissions.views import Submission
from tests.factories.courses import SQUARES, outcome, squares_source, squares_submission, write_course

ONE = UUID(int=1)
Cells = Mapping[str, tuple[float, float]]


def publish_version(
    session: Session,
    blobs: BlobStore,
    folder: Path,
    *,
    policy: str = "",
    points: tuple[int, int] = (2, 3),
    course: str = SQUARES,
    note: str | None = None,
) -> None:
    """Publish the course's one assignment, `first`, with these points; another `note` makes another version."""
    manifest = f'title = "Squares"\n[[assignments]]\nslug = "first"\n{policy}\n'
    files = {"first/squares.ipynb": squares_source(points, extra=note or uuid4().hex)}
    path = write_course(folder / uuid4().hex / course, files, manifest)
    courses.publish_course(session, blobs, path, publisher="teacher", grader_options=GraderOptions())


def submit_graded(
    session: Session, blobs: BlobStore, person: str, cells: Cells | None, *, course: str = SQUARES
) -> Submission:
    """Hand in, and record this grade unless it is None."""
    made = submissions.submit(
        session,
        blobs,
        person=person,
        course=course,
        assignment="first",
        notebooks={"squares.ipynb": squares_submission()},
        key=uuid4().hex,
        accept_penalty=Decimal(1),
    )
    if cells is None:
        return made
    record(session, session.scalars(select(func.max(AttemptRow.id))).one(), cells)
    return submissions.get_submission(session, made.id)


def record(session: Session, attempt: int, cells: Cells | str) -> None:
    """Run an attempt as a worker does; a text is why it could not be graded."""
    submissions.start_attempt(session, attempt)
    if isinstance(cells, str):
        submissions.record_failure(session, attempt, cells)
    else:
        submissions.record_outcome(session, attempt, {"squares.ipynb": outcome(cells)})


def try_all(session: Session, regrade: int, graded: Mapping[UUID, Cells | str]) -> None:
    """Record what the trials of a regrade came to, by submission."""
    rows = session.execute(select(AttemptRow.submission_id, AttemptRow.id).where(AttemptRow.regrade_id == regrade))
    trials = {row.submission_id: row.id for row in rows}
    assert set(trials) == set(graded)
    for submission, cells in graded.items():
        record(session, trials[submission], cells)


def regraded(before: float, after: float, *, maximum: float = 5, **changes: Any) -> SubmissionsRegraded:
    """Return the event of a person whose one submission went from `before` to `after` points."""
    score = Decimal(str(after))
    values: dict[str, Any] = {
        "submission_id": ONE,
        "person": "ada",
        "course": "squares",
        "assignment": "first",
        "regrade_id": 7,
        "attempt_id": 3,
        "assignment_id": 1,
        "assignment_title": "Squares",
        "reason": "A test was wrong.",
        "submissions": (
            RegradedSubmission(
                submission_id=ONE,
                attempt_id=3,
                submitted_at=datetime(2027, 3, 1, 23, 30, tzinfo=UTC),
                score=score,
                any_passed=score > 0,
            ),
        ),
        "counted_before": Decimal(str(before)),
        "counted_after": score,
        "highest_before": Decimal(str(before)),
        "highest_after": score,
        "had_full_marks": before >= maximum,
        "has_full_marks": after >= maximum,
        "max_score": Decimal(str(maximum)),
    }
    return SubmissionsRegraded(**{**values, **changes})
