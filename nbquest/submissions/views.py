"""What other rooms and programs see of submissions."""

from __future__ import annotations

from datetime import datetime
from typing import Generic, Literal, TypeVar
from uuid import UUID

from grader.report import CellStatus, Isolation, ReportStatus
from nbquest.courses.views import Assignment, Course, JsonDecimal, View
from nbquest.identity.views import CourseRole

WorkState = Literal["not-submitted", "grading", "graded", "could-not-grade"]
SubmissionState = Literal["queued", "grading", "graded", "could-not-grade"]

Item = TypeVar("Item")


class Page(View, Generic[Item]):
    """One page of a list; `next_cursor` leads to the next one, None at the end."""

    items: list[Item]
    next_cursor: str | None = None


class AssignmentWork(View):
    """An assignment, and how far one person is with it. `state` is the latest submission's, `best_score` over all."""

    assignment: Assignment
    state: WorkState
    best_score: JsonDecimal | None
    max_score: JsonDecimal
    latest_submission: UUID | None
    submissions: int
    late: bool


class CourseWork(View):
    """A course, one person's role in it, and their own work."""

    course: Course
    role: CourseRole
    assignments: list[AssignmentWork]


class CellOutcome(View):
    """One graded cell. `message` is what the learner may see; `hidden`: the failure came from a hidden test."""

    notebook: str
    grade_id: str
    score: JsonDecimal
    max_score: JsonDecimal
    status: CellStatus
    message: str | None
    hidden: bool


class NextStep(View):
    """What to do next, and why."""

    course: str
    assignment: str
    title: str
    reason: str


class Result(View):
    """The outcome of grading. `seconds` is what grading took; `score` is automatic and manual points together."""

    status: ReportStatus
    isolation: Isolation
    auto_score: JsonDecimal
    manual_score: JsonDecimal | None
    score: JsonDecimal
    max_score: JsonDecimal
    needs_manual: list[str]
    repairs: list[str]
    message: str | None
    cells: list[CellOutcome]
    graded_at: datetime
    seconds: float
    xp_gained: int
    next_step: NextStep | None


class Submission(View):
    """An immutable snapshot that somebody handed in; `number` counts their submissions to the assignment from 1.

    `message` says why it could not be graded; `result` is there once it has been.
    """

    id: UUID
    course: str
    assignment: str
    assignment_title: str
    person: str
    number: int
    version: int
    submitted_at: datetime
    late: bool
    state: SubmissionState
    message: str | None = None
    result: Result | None
