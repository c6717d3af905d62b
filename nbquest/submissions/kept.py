"""The files of people's submissions and drafts, exactly as they came, and whose they are."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from nbquest.courses import api as courses
from nbquest.courses.views import AssignmentKey
from nbquest.files.store import BlobStore, digest_of
from nbquest.identity import api as identity
from nbquest.submissions.errors import FileNotKept, SubmissionNotFound
from nbquest.submissions.models import DraftFileRow, DraftRow, SubmissionFileRow, SubmissionRow
from nbquest.submissions.views import KeptFile


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """A submission by its names; `previous` is the one before it of the same person, None for the first."""

    submission_id: UUID
    person: str
    course: str
    assignment: str
    assignment_title: str
    number: int
    previous: UUID | None


@dataclass(frozen=True, kw_only=True)
class DraftFiles:
    """What somebody last saved to be handed in when it is due; `saved_at`: None where nothing is kept."""

    saved_at: datetime | None
    files: list[KeptFile]


def get_snapshot(session: Session, submission_id: UUID) -> Snapshot:
    """Return whose it is; whether the reader may see it is the caller's question. Raises SubmissionNotFound."""
    row = session.get(SubmissionRow, submission_id, populate_existing=True)
    if row is None:
        raise SubmissionNotFound
    label = courses.list_version_labels(session, [row.version_id])[row.version_id]
    earlier = select(SubmissionRow.id).where(
        SubmissionRow.person_id == row.person_id,
        SubmissionRow.assignment_id == row.assignment_id,
        SubmissionRow.number < row.number,
    )
    return Snapshot(
        submission_id=row.id,
        person=identity.list_names(session, [row.person_id])[row.person_id],
        course=label.course,
        assignment=label.assignment,
        assignment_title=label.title,
        number=row.number,
        previous=session.scalar(earlier.order_by(SubmissionRow.number.desc()).limit(1)),
    )


def list_files(session: Session, submission_ids: Collection[UUID]) -> dict[UUID, list[KeptFile]]:
    """Return the notebooks of these submissions, each one's by path."""
    found: dict[UUID, list[KeptFile]] = {submission_id: [] for submission_id in submission_ids}
    query = select(SubmissionFileRow).where(SubmissionFileRow.submission_id.in_(submission_ids))
    for row in session.scalars(query.order_by(SubmissionFileRow.path)):
        found[row.submission_id].append(_view(row))
    return found


def list_draft_files(session: Session, *, person: str, course: str, assignment: str) -> DraftFiles:
    """Return the person's draft of the assignment, also of one that is hidden now. Raises AssignmentNotFound."""
    courses.get_assignment(session, course, assignment)
    (assignment_id,) = courses.list_assignment_ids(session, course, assignment)
    person_id = identity.find_person_id(session, person)
    row = None if person_id is None else session.get(DraftRow, (person_id, assignment_id), populate_existing=True)
    if row is None:
        return DraftFiles(saved_at=None, files=[])
    query = select(DraftFileRow).where(DraftFileRow.person_id == person_id, DraftFileRow.assignment_id == assignment_id)
    return DraftFiles(
        saved_at=row.saved_at, files=[_view(file) for file in session.scalars(query.order_by(DraftFileRow.path))]
    )


def find_file(files: Collection[KeptFile], path: str) -> KeptFile:
    """Return the file at this path. Raises FileNotKept."""
    for file in files:
        if file.path == path:
            return file
    raise FileNotKept


def is_same_work(session: Session, row: SubmissionRow, target: AssignmentKey, notebooks: Mapping[str, bytes]) -> bool:
    """Return whether these notebooks (by path), for this assignment, are what was handed in as the submission."""
    if row.assignment_id != target.assignment_id:
        return False
    kept = {file.path: file.sha256 for file in list_files(session, [row.id])[row.id]}
    sent = {path: digest_of(content) for path, content in notebooks.items() if path in {*kept, *target.notebooks}}
    # A version that came since may know notebooks that the one before left out.
    return {path: sent.get(path) for path in kept} == kept if row.version_id != target.version_id else sent == kept


def read_files(session: Session, blobs: BlobStore, submission_id: UUID) -> dict[str, bytes]:
    """Return the submission's notebooks by path. Raises BlobNotFound, BlobDamaged, BlobStoreUnavailable."""
    return {file.path: blobs.get(file.sha256) for file in list_files(session, [submission_id])[submission_id]}


def _view(row: SubmissionFileRow | DraftFileRow) -> KeptFile:
    return KeptFile(path=row.path, sha256=row.sha256, size=row.size)
