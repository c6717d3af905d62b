"""`policy` of course.toml, of the course and of an assignment: what it may say, and what it comes to."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, model_validator

from nbquest.courses.local_time import find_zone, to_utc
from nbquest.courses.policy import CoolDown, Counts, PenaltyStep, Policy

_DURATION = re.compile(r"(\d{1,6}) (second|minute|hour|day|week)s?")
_MOST_ATTEMPTS = 10_000
_LONGEST = timedelta(days=5 * 366)
ZONE = "zone"
"""Under this name the course's `time_zone` comes with what is validated."""


def read_duration(value: Any) -> timedelta:
    """Return the length of time that a text such as `3 days` means. Raises ValueError."""
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError('needs a number and a unit in quotes, as in "90 minutes", "36 hours", "3 days", "2 weeks"')
    length = timedelta(**{f"{match[2]}s": int(match[1])})
    if length > _LONGEST:
        raise ValueError("must not be longer than five years")
    return length


def read_moment(value: Any, info: ValidationInfo) -> datetime:
    """Return the moment of a date and time as TOML has them, in the course's zone where they have no offset."""
    name = (info.context or {}).get(ZONE)
    if not isinstance(value, datetime):
        raise ValueError("needs a date, a time and an offset, unquoted, as in 2027-03-07T23:59:00+01:00")
    return to_utc(value, find_zone(name) if isinstance(name, str) else None)


def _read_end(value: Any, info: ValidationInfo) -> datetime | timedelta:
    return read_duration(value) if isinstance(value, str) else read_moment(value, info)


def _read_cool_down(value: Any) -> Any:
    if not isinstance(value, str | dict):
        raise ValueError('needs a time in quotes, as in "10 minutes", or { first = ..., factor = ..., most = ... }')
    return {"first": value} if isinstance(value, str) else value


def _read_attempts(value: Any) -> Any:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if value != "unlimited" and not (whole and 1 <= value <= _MOST_ATTEMPTS):
        raise ValueError(f'needs a number from 1 to {_MOST_ATTEMPTS}, or "unlimited"')
    return value


Duration = Annotated[timedelta, BeforeValidator(read_duration)]
"""A length of time, written `3 days`; a day is 24 hours."""
Moment = Annotated[datetime, BeforeValidator(read_moment)]
"""A moment, in UTC once read."""


class PenaltyEntry(BaseModel):
    """One of `penalties`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    after: Duration = Field(description='How much later than the due date: `"1 day"`. A day is 24 hours.')
    percent: Decimal = Field(ge=0, le=100, decimal_places=2, description="What is then taken off the points.")


class CoolDownEntry(BaseModel):
    """`cool_down`, where the wait grows."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    first: Duration = Field(description="The wait after the first submission.")
    factor: Decimal = Field(
        default=Decimal(1), ge=1, le=100, decimal_places=2, description="How many times as long each next one is."
    )
    most: Duration | None = Field(default=None, description="The longest wait; needed where it grows.")

    @model_validator(mode="after")
    def _growth_ends(self) -> Self:
        if self.factor > 1 and self.most is None:
            raise ValueError('needs most, the longest wait, as in most = "1 hour"')
        return self


class PolicyEntry(BaseModel):
    """`policy` of course.toml. What an assignment doesn't say is as its course says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    late_until: Annotated[datetime | timedelta | None, BeforeValidator(_read_end)] = Field(
        default=None,
        description='Until when late work is taken: so long after the due date (`"1 week"`; `"0 days"`: no late work), '
        "or, for an assignment, a moment, unquoted. Unset: without end.",
    )
    penalties: list[PenaltyEntry] | None = Field(
        default=None,
        max_length=20,
        description='What late work costs: `[{ after = "1 day", percent = 10 }, { after = "3 days", percent = 30 }]`, '
        "told from the due date. `[]`: nothing.",
    )
    grace_seconds: int | None = Field(
        default=None,
        ge=0,
        le=3600,
        strict=True,
        description="How much later than the due date, or the closing, something may arrive and still be in time. "
        "Unset: 0.",
    )
    attempts: Annotated[int | Literal["unlimited"] | None, BeforeValidator(_read_attempts)] = Field(
        default=None, description='Submissions that each person has, or `"unlimited"`, which is usual.'
    )
    cool_down: Annotated[CoolDownEntry | None, BeforeValidator(_read_cool_down)] = Field(
        default=None,
        description='The wait after each submission: `"10 minutes"`, or one that grows: `{ first = "1 minute", factor = '
        '2, most = "1 hour" }`. `"0 minutes"`: none.',
    )
    counts: Counts | None = Field(
        default=None,
        description="Which submission gives the score: `best` (usual), `latest`, or `last-before-due`: the last one in "
        "time, or the last late one where none was.",
    )

    @model_validator(mode="after")
    def _penalties_grow(self) -> Self:
        steps = self.penalties or []
        for earlier, later in zip(steps, steps[1:], strict=False):
            if later.after <= earlier.after or later.percent < earlier.percent:
                raise ValueError("penalties: each must begin later than the one before, and take off no less")
        return self


def check_order(opens: datetime | None, due: datetime | None, policy: PolicyEntry) -> None:
    """Raise ValueError where an assignment's dates contradict each other."""
    if opens is not None and due is not None and opens >= due:
        raise ValueError("opens: must come before due")
    end = policy.late_until
    if isinstance(end, datetime):
        if due is None:
            raise ValueError("policy.late_until: is a moment, so the assignment needs a due date")
        if end < due:
            raise ValueError("policy.late_until: must not come before due")


def merge_policy(
    course: PolicyEntry,
    own: PolicyEntry,
    *,
    opens: datetime | None,
    due: datetime | None,
    exam: timedelta | None,
) -> Policy:
    """Return what holds for an assignment: its `own` entry, and in what that doesn't say the course's."""
    said = _said(course) | _said(own)
    end = said.get("late_until")
    if isinstance(end, datetime):
        assert due is not None, "checked when it was read"
        end -= due
    attempts = said.get("attempts")
    return Policy(
        opens_at=opens,
        due_at=due,
        late_for=end,
        penalties=tuple(
            PenaltyStep(after=step.after, fraction=step.percent / 100) for step in said.get("penalties") or ()
        ),
        grace=timedelta(seconds=said.get("grace_seconds") or 0),
        attempts=attempts if isinstance(attempts, int) else None,
        cool_down=_cool_down(said.get("cool_down")),
        counts=said.get("counts") or "best",
        exam_time=exam,
    )


def _said(entry: PolicyEntry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in entry.model_fields_set}


def _cool_down(entry: CoolDownEntry | None) -> CoolDown | None:
    if entry is None or not entry.first:
        return None
    return CoolDown(first=entry.first, factor=entry.factor, most=entry.most)
