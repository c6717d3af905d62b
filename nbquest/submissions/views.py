"""What other rooms and programs see of submissions."""

from __future__ import annotations

from datetime import datetime
from typing import Generic, Literal, TypeVar
from uuid import UUID

from pydantic import Field

from grader.report import CellStatus, Isolation, ReportStatus
from nbquest.courses.policy import Counts
from nbquest.courses.views import Assignment, Course, JsonDecimal, View
from nbquest.identity.views import CourseRole
from nbquest.submissions.policies import State as HandInState

WorkState = Literal["not-submitted", "grading", "graded", "could-not-grade"]
SubmissionState = Literal["queued", "grading", "graded", "could-not-grade"]

Item = TypeVar("Item")


class Page(View, Generic[Item]):
    """One page of a list; `next_cursor` leads to the next one, None at the end."""

    items: list[Item]
    next_cursor: str | None = None


class Standing(View):
    """How one person may hand in an assignment now, with all that they were given (`extended`).

    `reason`: a sentence, with times in the person's `time_zone`. `penalty_percent`: what handing in now costs;
    `needs_consent`: it is taken only with `accept_penalty_percent`. `attempts`, `attempts_left`: null for any number.
    """

    state: HandInState
    reason: str
    opens_at: datetime | None
    due_at: datetime | None
    closes_at: datetime | None
    exam_ends_at: datetime | None
    attempts: int | None
    attempts_left: int | None
    next_allowed_at: datetime | None
    penalty_percent: JsonDecimal
    needs_consent: bool
    counts: Counts
    extended: bool
    time_zone: str

    @property
    def is_shut(self) -> bool:
        """Whether the person can hand in nothing, and waiting a little would not help."""
        return self.state in {"not-open-yet", "closed", "no-attempts-left"}


class Draft(View):
    """What becomes of what a person saves of an assignment. `wanted`: it is to be handed in for them when it is due.

    `saved_at`: when the site got what it would hand in now. `hands_in_at`: when that would be; null where it is never
    done, for nothing is due, or it was, or no submission is left.
    """

    wanted: bool
    saved_at: datetime | None
    hands_in_at: datetime | None


class SavedDraft(Draft):
    """A draft, as its sender needs it: until the site takes no other one, in seconds by its own clock.

    `missing`: notebooks whose content is to be sent as well; until then the draft is the one before.
    """

    seconds_left: float | None
    missing: list[str] = Field(default_factory=list)


class AssignmentWork(View):
    """An assignment, and how far one person is with it. `state` is the latest submission's.

    Scores are what is left after penalties: `best_score` of all submissions, `counted_score` of the one that the
    assignment's policy lets count.
    """

    assignment: Assignment
    standing: Standing
    draft: Draft
    state: WorkState
    best_score: JsonDecimal | None
    counted_score: JsonDecimal | None
    counted_submission: UUID | None
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
    """The outcome of grading. `seconds` is what grading took.

    `score` is automatic and manual points together, less the submission's penalty.
    """

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


class KeptFile(View):
    """A notebook as it was handed in or saved, by its path in the assignment's folder. `size` in bytes."""

    path: str
    sha256: str
    size: int


class GradeRecord(View):
    """A grade that a submission has or had. `since`: from when on; `reason`: why it was graded again, if it was."""

    version: int
    score: JsonDecimal
    max_score: JsonDecimal
    since: datetime
    reason: str | None


class Waiting(View):
    """Where a submission stands that waits to be graded, counted from 1.

    `seconds`: how long it may take, judged by the last ones; null where too little is known. Without `has_worker`
    nobody works on what this course needs at the moment.
    """

    place: int
    seconds: int | None
    has_worker: bool


class Submission(View):
    """An immutable snapshot that somebody handed in; `number` counts their submissions to the assignment from 1.

    `message` says why it could not be graded; `result` is there once it has been. `penalty_percent` of its points
    are taken off for being late; `penalty_percent_before`: what it was at first, where an extension or other dates have
    lowered it since. `waiting` and `history` are told of the one submission that somebody looks at, not in
    lists: where it stands in the queue, and all of its grades, the present one last.
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
    penalty_percent: JsonDecimal
    penalty_percent_before: JsonDecimal | None = None
    state: SubmissionState
    message: str | None = None
    waiting: Waiting | None = None
    result: Result | None
    history: list[GradeRecord] = Field(default_factory=list)
