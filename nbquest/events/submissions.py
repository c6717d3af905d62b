"""What happens to submissions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class SubmissionEvent:
    """What every event about a submission says."""

    submission_id: UUID
    person: str
    course: str
    assignment: str


@dataclass(frozen=True, kw_only=True)
class GradingStarted(SubmissionEvent):
    """A worker has begun to grade a submission."""


@dataclass(frozen=True, kw_only=True)
class PlaceChanged(SubmissionEvent):
    """A submission that waits to be graded has moved up. `place` counts from 1; `seconds`: an estimate, if any."""

    place: int
    seconds: int | None


@dataclass(frozen=True, kw_only=True)
class GradingFailed(SubmissionEvent):
    """A submission could not be graded, and won't be tried again by itself. `attempt_id`: the attempt that failed."""

    attempt_id: int
    failed_at: datetime


@dataclass(frozen=True, kw_only=True)
class SubmissionGraded(SubmissionEvent):
    """A submission has its grade. `any_passed`: at least one test passed, in part or in full.

    `score`: less any penalty. `counted_score`: what the person now has on the assignment, of whichever submission.
    """

    attempt_id: int
    assignment_id: int
    assignment_title: str
    version: int
    is_regrade: bool
    submitted_at: datetime
    score: Decimal
    counted_score: Decimal
    max_score: Decimal
    any_passed: bool


@dataclass(frozen=True, kw_only=True)
class PenaltyLowered(SubmissionEvent):
    """A later due date or a milder penalty came after a late submission, which costs less now or is no longer late.

    `penalty`, `penalty_before`: fractions, equal where it only is no longer late. See SubmissionGraded.
    """

    attempt_id: int
    assignment_id: int
    assignment_title: str
    penalty: Decimal
    penalty_before: Decimal
    counted_score: Decimal
    max_score: Decimal


@dataclass(frozen=True, kw_only=True)
class DraftHandedIn(SubmissionEvent):
    """What somebody had last saved was handed in for them when it was due, as they had wished."""

    assignment_title: str
    saved_at: datetime


@dataclass(frozen=True, kw_only=True)
class DraftLeft:
    """What somebody had last saved was due, but could not be handed in for them. `reason`: a sentence."""

    person: str
    course: str
    assignment: str
    assignment_title: str
    reason: str
    due_at: datetime
    saved_at: datetime


@dataclass(frozen=True, kw_only=True)
class RegradedSubmission:
    """One submission of SubmissionsRegraded, as it is graded now; its fields are those of SubmissionGraded."""

    submission_id: UUID
    attempt_id: int
    submitted_at: datetime
    score: Decimal
    any_passed: bool


@dataclass(frozen=True, kw_only=True)
class SubmissionsRegraded(SubmissionEvent):
    """A regrade was applied to what a person handed in for an assignment: told once for each person.

    `submission_id`, `attempt_id`: of the submission that counts now, out of `max_score`. `highest_before`,
    `highest_after`: the most points that counted at any time, by the grades of before and of now; the full marks
    likewise.
    """

    regrade_id: int
    attempt_id: int
    assignment_id: int
    assignment_title: str
    reason: str
    submissions: tuple[RegradedSubmission, ...]
    counted_before: Decimal | None
    counted_after: Decimal
    highest_before: Decimal
    highest_after: Decimal
    had_full_marks: bool
    has_full_marks: bool
    max_score: Decimal
