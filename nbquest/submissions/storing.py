"""Stores what was accepted as a submission, and has it graded."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from nbquest.courses.views import AssignmentKey
from nbquest.files.keeping import keep
from nbquest.files.store import BlobStore
from nbquest.submissions import grades
from nbquest.submissions.models import SubmissionFileRow, SubmissionRow
from nbquest.submissions.quotas import count_kept
from nbquest.submissions.rules import Accepted


def store_submission(
    session: Session,
    blobs: BlobStore,
    *,
    person_id: int,
    course: str,
    target: AssignmentKey,
    accepted: Accepted,
    key: str,
    submitted_at: datetime,
    late: bool = False,
    penalty: Decimal = Decimal(0),
) -> SubmissionRow:
    """Store the rows, the files and the grading job in this transaction. The person is held by the caller.

    Raises BlobStoreUnavailable.
    """
    row = SubmissionRow(
        id=uuid4(),
        person_id=person_id,
        assignment_id=target.assignment_id,
        version_id=target.version_id,
        number=_next_number(session, person_id, target.assignment_id),
        key=key,
        submitted_at=submitted_at,
        late=late,
        penalty=penalty,
        repairs=accepted.repairs,
    )
    session.add(row)
    session.flush()
    session.add_all(
        SubmissionFileRow(submission_id=row.id, path=path, sha256=keep(session, blobs, content), size=len(content))
        for path, content in accepted.notebooks.items()
    )
    size = sum(len(content) for content in accepted.notebooks.values())
    count_kept(session, person_id=person_id, course=course, size=size)
    grades.queue_attempt(session, row, target.version_id)
    return row


def _next_number(session: Session, person_id: int, assignment_id: int) -> int:
    return (
        1
        + session.scalars(
            select(func.coalesce(func.max(SubmissionRow.number), 0)).where(
                SubmissionRow.person_id == person_id, SubmissionRow.assignment_id == assignment_id
            )
        ).one()
    )
