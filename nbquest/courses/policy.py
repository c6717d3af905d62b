"""When and how often an assignment may be handed in, and what being late costs: the rules as data. Pure.

`submissions.policies` decides by them. Every moment is aware UTC; a day is 24 hours, whatever a clock on the wall does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, Self

from pydantic import TypeAdapter

Counts = Literal["best", "latest", "last-before-due"]
"""Which submission of a person gives their score on the assignment."""


@dataclass(frozen=True, kw_only=True)
class PenaltyStep:
    """Later than `after` past the due date, `fraction` (0 to 1) of the score is taken off."""

    after: timedelta
    fraction: Decimal


@dataclass(frozen=True, kw_only=True)
class CoolDown:
    """The wait after a submission: `first` after the first one, each next one `factor` times as long, `most` at most."""

    first: timedelta
    factor: Decimal = Decimal(1)
    most: timedelta | None = None


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What holds for an assignment. Without anything said: open for good, as often as one likes, the best score counts.

    `late_for`: how long after the due date it is still taken; None: without end. `penalties` are told from the due date
    itself. `grace`: how much later than the due date or the closing something may arrive and still be in time.
    `attempts`: submissions that each person has; None: any number. `exam_time`: from the first fetch on.
    """

    opens_at: datetime | None = None
    due_at: datetime | None = None
    late_for: timedelta | None = None
    penalties: tuple[PenaltyStep, ...] = ()
    grace: timedelta = timedelta(0)
    attempts: int | None = None
    cool_down: CoolDown | None = None
    counts: Counts = "best"
    exam_time: timedelta | None = None

    @property
    def looks_back(self) -> bool:
        """Whether what somebody has handed in before has a say in whether they may hand in again, or at what cost."""
        return self.attempts is not None or self.cool_down is not None or self.counts == "last-before-due"

    def to_json(self) -> dict[str, Any]:
        """Return it as it is stored: without the due date, which has a column of its own, and without what isn't said."""
        stored: dict[str, Any] = _ADAPTER.dump_python(replace(self, due_at=None), mode="json", exclude_defaults=True)
        return stored

    @classmethod
    def from_json(cls, stored: dict[str, Any], due_at: datetime | None) -> Self:
        """Return what `to_json` gave, with the due date."""
        return replace(_ADAPTER.validate_python(stored), due_at=due_at)  # type: ignore[return-value]  # no subclasses


_ADAPTER: TypeAdapter[Policy] = TypeAdapter(Policy)
