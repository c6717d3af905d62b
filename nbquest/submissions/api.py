"""Handing in, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.orm import Session

from nbquest.files.store import BlobStore
from nbquest.submissions.views import CourseWork, Page, Submission

MAX_PAGE = 200


def list_course_work(session: Session, person: str) -> list[CourseWork]:
    """Return the courses that this person may learn or teach, with their own work in each."""
    raise NotImplementedError


def get_course_work(session: Session, person: str, course: str) -> CourseWork:
    """Return one course with this person's own work. Raises CourseNotFound, also where they have no role."""
    raise NotImplementedError


def submit(
    session: Session,
    blobs: BlobStore,
    *,
    person: str,
    course: str,
    assignment: str,
    notebooks: Mapping[str, bytes],
    key: str,
    max_bytes: int = 20 * 1024 * 1024,
) -> Submission:
    """Store the notebooks (by path), a row and the grading job in this transaction; the same `key` stores once.

    Raises AssignmentNotFound, InvalidSubmission, SubmissionTooLarge, KeyReused (same key, other person or assignment).
    """
    raise NotImplementedError


def get_submission(session: Session, submission_id: UUID) -> Submission:
    """Return the submission. Raises SubmissionNotFound. Whether the reader may see it is the caller's question."""
    raise NotImplementedError


def list_submissions(
    session: Session,
    *,
    course: str | None = None,
    assignment: str | None = None,
    person: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Submission]:
    """Return submissions, newest first, `limit` at most (and never more than 200). Raises InvalidCursor."""
    raise NotImplementedError


def regrade(session: Session, submission_id: UUID) -> Submission:
    """Grade the submission again, by the assignment's newest version. What is being graded already stays as it is."""
    raise NotImplementedError
