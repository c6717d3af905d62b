"""Which submission of each person counts, with its files: for rooms that look at a whole class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ScalarSelect, select
from sqlalchemy.orm import Session

from nbquest.courses import api as courses
from nbquest.courses.errors import AssignmentNotFound
from nbquest.submissions import policies, queries
from nbquest.submissions.models import SubmissionFileRow, SubmissionRow
from nbquest.submissions.queries import Known


@dataclass(frozen=True, kw_only=True)
class CountedSubmission:
    """A person's submission, and the version that it was made for. `files`: digests of its notebooks, by path."""

    submission_id: UUID
    person_id: int
    person: str
    number: int
    version_id: int
    files: Mapping[str, str]


def list_counted(session: Session, course: str, assignment: str) -> list[CountedSubmission]:
    """Return each person's submission to the assignment that counts, or the latest while none has a grade; by name.

    Raises CourseNotFound, AssignmentNotFound.
    """
    courses.get_course(session, course)
    entry = next((found for found in courses.list_policies(session, course) if found.slug == assignment), None)
    if entry is None:
        raise AssignmentNotFound(course=course, assignment=assignment)
    theirs: dict[str, list[Known]] = {}
    for known in queries.list_known(session, course=course, assignment=assignment):
        theirs.setdefault(known.person, []).append(known)
    chosen: dict[str, SubmissionRow] = {}
    for person, history in theirs.items():
        counted = policies.counted([known.handed_in for known in history], entry.policy.counts)
        chosen[person] = next(
            (known.submission for known in history if counted and known.submission.id == counted.submission_id),
            history[0].submission,
        )
    files: dict[UUID, dict[str, str]] = {row.id: {} for row in chosen.values()}
    for file in session.scalars(select(SubmissionFileRow).where(SubmissionFileRow.submission_id.in_(files))):
        files[file.submission_id][file.path] = file.sha256
    return [
        CountedSubmission(
            submission_id=row.id,
            person_id=row.person_id,
            person=person,
            number=row.number,
            version_id=row.version_id,
            files=files[row.id],
        )
        for person, row in sorted(chosen.items())
    ]


def select_submission_ids(person_id: int) -> ScalarSelect[Any]:
    """Return the query of the person's submissions, for the tables of other rooms that refer to them."""
    return select(SubmissionRow.id).where(SubmissionRow.person_id == person_id).scalar_subquery()
