"""What this room keeps of a person: what they handed in, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import ScalarSelect, or_, select
from sqlalchemy.orm import Session

from nbquest.courses import api as courses
from nbquest.db.personal import PersonalTable
from nbquest.jobs.queue import cancel_jobs
from nbquest.submissions.counting import select_submission_ids
from nbquest.submissions.models import (
    AttemptRow,
    DraftFileRow,
    DraftRow,
    GradeCellRow,
    GradeRow,
    KeptBytesRow,
    PolicyExceptionRow,
    RegradeChangeRow,
    RegradeRow,
    SubmissionFileRow,
    SubmissionRow,
)

_TESTS = "holds what hidden tests do, which is not about the person"


def _attempts(person_id: int) -> ScalarSelect[Any]:
    return select(AttemptRow.id).where(AttemptRow.submission_id.in_(select_submission_ids(person_id))).scalar_subquery()


PERSONAL = (
    PersonalTable(model=GradeCellRow, rows=lambda person_id: GradeCellRow.attempt_id.in_(_attempts(person_id))),
    PersonalTable(
        model=GradeRow,
        rows=lambda person_id: GradeRow.attempt_id.in_(_attempts(person_id)),
        withheld={"executed": _TESTS, "details": _TESTS, "warnings": _TESTS},
    ),
    PersonalTable(
        model=AttemptRow, rows=lambda person_id: AttemptRow.submission_id.in_(select_submission_ids(person_id))
    ),
    PersonalTable(
        model=SubmissionFileRow,
        rows=lambda person_id: SubmissionFileRow.submission_id.in_(select_submission_ids(person_id)),
    ),
    PersonalTable(model=SubmissionRow, rows=lambda person_id: SubmissionRow.person_id == person_id),
    PersonalTable(model=DraftFileRow, rows=lambda person_id: DraftFileRow.person_id == person_id),
    PersonalTable(model=DraftRow, rows=lambda person_id: DraftRow.person_id == person_id),
    PersonalTable(model=KeptBytesRow, rows=lambda person_id: KeptBytesRow.person_id == person_id),
    PersonalTable(model=RegradeChangeRow, rows=lambda person_id: RegradeChangeRow.person_id == person_id),
    # A regrade is about an assignment; who began and ended it is forgotten.
    PersonalTable(
        model=RegradeRow,
        rows=lambda person_id: or_(RegradeRow.started_by == person_id, RegradeRow.ended_by == person_id),
        erase="forget",
        forget=("started_by", "ended_by"),
    ),
    # Who gave and withdrew one is forgotten with them, by the keys themselves; what is exported is whom it is for.
    PersonalTable(model=PolicyExceptionRow, rows=lambda person_id: PolicyExceptionRow.person_id == person_id),
)


@dataclass(frozen=True, kw_only=True)
class PersonalFile:
    """A stored file of a person's, and the path that it gets in an export."""

    path: str
    sha256: str


def list_personal_files(session: Session, person_id: int) -> Iterator[PersonalFile]:
    """Give what the person handed in, the feedback that they were shown, and their drafts, by course and assignment."""
    query = select(SubmissionRow).where(SubmissionRow.person_id == person_id).order_by(SubmissionRow.submitted_at)
    rows = session.scalars(query).all()
    labels = courses.list_version_labels(session, {row.version_id for row in rows})
    for row in rows:
        label = labels[row.version_id]
        folder = PurePosixPath("submissions", label.course, label.assignment, str(row.number))
        files = select(SubmissionFileRow).where(SubmissionFileRow.submission_id == row.id)
        for file in session.scalars(files.order_by(SubmissionFileRow.path)):
            yield PersonalFile(path=str(folder / "notebooks" / file.path), sha256=file.sha256)
        grades = select(GradeRow).join(AttemptRow, AttemptRow.id == GradeRow.attempt_id)
        # What only a regrade tried, nobody was shown.
        shown = grades.where(AttemptRow.submission_id == row.id, ~AttemptRow.trial)
        for grade in session.scalars(shown.order_by(GradeRow.attempt_id)):
            for path, sha256 in sorted(grade.feedback.items()):
                name = str(folder / "feedback" / str(grade.attempt_id) / f"{path}.html")
                yield PersonalFile(path=name, sha256=sha256)
    yield from _draft_files(session, person_id)


def _draft_files(session: Session, person_id: int) -> Iterator[PersonalFile]:
    query = select(DraftFileRow).where(DraftFileRow.person_id == person_id)
    for file in session.scalars(query.order_by(DraftFileRow.assignment_id, DraftFileRow.path)):
        version = courses.get_newest_version_id(session, file.assignment_id)
        label = courses.list_version_labels(session, [version])[version]
        yield PersonalFile(path=f"drafts/{label.course}/{label.assignment}/{file.path}", sha256=file.sha256)


def hold_grading(session: Session, person_id: int) -> None:
    """Keep workers from the person's attempts until the transaction ends, and take their jobs out of the queue."""
    chosen = select(AttemptRow.id).where(AttemptRow.submission_id.in_(select_submission_ids(person_id)))
    session.execute(chosen.with_for_update().order_by(AttemptRow.id)).all()
    # A job that runs finds its attempt gone, and ends.
    cancel_jobs(session, person_id)
