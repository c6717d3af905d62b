"""What other rooms and programs see of regrades."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from nbquest.courses.views import JsonDecimal, View
from nbquest.submissions.regrade_rules import Attempts, TrialOutcome

RegradeState = Literal["running", "ready", "applied", "dropped"]
PersonEffect = Literal["loses", "gains", "same"]


class Regrade(View):
    """A newer version tried on submissions that an older one had graded. `attempts`: which of each person's.

    `total` submissions are in it; `done` of them are through, `failed` of those could not be graded. `stale`: a version
    newer than its own is there, so it can't be applied. `message` says where it stands and what can be done.
    `started_by`, `ended_by`: null on the command line, and for people who were erased.
    """

    id: int
    course: str
    assignment: str
    assignment_title: str
    version: int
    attempts: Attempts
    reason: str
    state: RegradeState
    stale: bool
    only_gains: bool
    message: str
    total: int
    done: int
    failed: int
    started_by: str | None
    started_at: datetime
    ended_by: str | None
    ended_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether it can still be applied or dropped."""
        return self.state in {"running", "ready"}


class CellChange(View):
    """A graded cell whose outcome differs. A side is null where there is no such cell, or nothing was graded."""

    notebook: str
    grade_id: str
    score_before: JsonDecimal | None
    max_before: JsonDecimal | None
    status_before: str | None
    score_after: JsonDecimal | None
    max_after: JsonDecimal | None
    status_after: str | None


class SubmissionChange(View):
    """A submission in a regrade. Scores are what is left after its penalty, null where there is none.

    `outcome`: what applying does to it, or did. `left-out`: it would lose, and only gains are applied.
    `graded-meanwhile`: it has a grade by the newest version already. `message`: why it could not be graded.
    """

    submission: UUID
    number: int
    submitted_at: datetime
    outcome: TrialOutcome
    version_before: int | None
    score_before: JsonDecimal | None
    max_before: JsonDecimal | None
    score_after: JsonDecimal | None
    max_after: JsonDecimal | None
    message: str | None
    cells: list[CellChange]


class PersonChange(View):
    """What a regrade does to a person, or did: the score that counts, all of their XP, and each submission in it.

    Where an applied one changed nothing of theirs, the XP are those of now.
    """

    person: str
    effect: PersonEffect
    counted_before: JsonDecimal | None
    counted_after: JsonDecimal | None
    xp_before: int
    xp_after: int
    submissions: list[SubmissionChange]

    @property
    def counted_change(self) -> Decimal:
        """By how many points the score that counts changes."""
        return (self.counted_after or Decimal(0)) - (self.counted_before or Decimal(0))


class RegradeSummary(View):
    """How many people gain and lose, and how many submissions fare how. `missed`: submissions that are not in it.

    Those came in by an older version, or came to count, after it began; another regrade takes them.
    """

    people_lose: int
    people_gain: int
    people_same: int
    better: int
    worse: int
    same: int
    left_out: int
    could_not_grade: int
    graded_meanwhile: int
    waiting: int
    missed: int


class RegradeReport(View):
    """A regrade with what it changes, those who lose first. `items` is a page of it, the summary counts all."""

    regrade: Regrade
    only_gains: bool
    summary: RegradeSummary
    items: list[PersonChange]
    next_cursor: str | None = None
