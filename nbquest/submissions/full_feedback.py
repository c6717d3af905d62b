"""The instructor's version of a notebook's feedback, made from what is stored when somebody asks for it."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy.orm import Session

from grader.errors import InvalidSubmission
from grader.instructor import instructor_html
from grader.report import CellResult, Report
from grader.source import load_source
from nbquest.courses import api as courses
from nbquest.files.store import BlobStore
from nbquest.submissions import queries
from nbquest.submissions.models import AttemptRow, GradeCellRow, GradeRow, SubmissionFileRow
from nbquest.submissions.queries import Known


def render_full_feedback(session: Session, blobs: BlobStore, known: Known, notebook: str) -> str | None:
    """Return the page on one notebook of a graded submission; None where it isn't graded, or has no such notebook."""
    grade = known.grade
    handed_in = session.get(SubmissionFileRow, (known.submission.id, notebook))
    attempt = session.get(AttemptRow, grade.attempt_id) if grade is not None else None
    if grade is None or attempt is None or handed_in is None:
        return None
    version = courses.get_grading_version(session, blobs, attempt.version_id)
    if notebook not in version.notebooks:
        return None
    source = version.prepared.get(notebook) or load_source(version.notebooks[notebook])
    executed, details = grade.executed.get(notebook), grade.details.get(notebook)
    cells = queries.list_cells(session, [grade.attempt_id])[grade.attempt_id]
    try:
        return instructor_html(
            source,
            blobs.get(handed_in.sha256),
            _report(grade, [cell for cell in cells if cell.notebook == notebook]),
            executed=None if executed is None else blobs.get(executed),
            details=None if details is None else blobs.get(details),
        )
    except InvalidSubmission:
        return None


def _report(grade: GradeRow, cells: list[GradeCellRow]) -> Report:
    results = tuple(
        CellResult(
            grade_id=cell.grade_id,
            score=cell.score,
            max_score=cell.max_score,
            status=cell.status,  # type: ignore[arg-type]
            message=cell.message,
            hidden=cell.hidden,
        )
        for cell in cells
    )
    return Report(
        status=grade.status,  # type: ignore[arg-type]
        isolation=grade.isolation,  # type: ignore[arg-type]
        score=sum((cell.score for cell in results), Decimal(0)),
        max_score=sum((cell.max_score for cell in results), Decimal(0)),
        needs_manual=(),
        repairs=tuple(grade.repairs),
        message=grade.message,
        seconds=grade.seconds,
        cells=results,
    )
