"""What work is worth. Pure; docs/explanation/progress.md gives the reasons."""

from __future__ import annotations

from collections.abc import Set
from datetime import date, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from math import isqrt
from zoneinfo import ZoneInfo

from nbquest.progress.views import Streak

XP_PER_POINT = 10
FULL_MARKS_XP = 20
DAILY_PRACTICE_XP = 5
LEVEL_STEP = 50
"""Level n begins at LEVEL_STEP * n * (n - 1) XP: 0, 100, 300, 600, ..."""


def xp_for_score(score: Decimal) -> int:
    """Return what a score that counts is worth in all; never negative."""
    return max(0, int((score * XP_PER_POINT).to_integral_value(ROUND_FLOOR)))


def xp_for_improvement(score: Decimal, already_paid: int) -> int:
    """Return what a score earns when `already_paid` XP were given for this assignment's score before."""
    return max(0, xp_for_score(score) - already_paid)


def xp_for_regrade(highest_before: Decimal, highest_after: Decimal, already_paid: int) -> int:
    """Return what applying a regrade adds to the XP paid for an assignment's score; negative where it takes some back.

    Afterwards as much is paid as if the tests had been right from the beginning: the highest score that ever counted
    decides. Never more than the regrade itself changes is added or taken, whatever else was paid.
    """
    change = xp_for_score(highest_after) - xp_for_score(highest_before)
    missing = xp_for_score(highest_after) - already_paid
    if change > 0:
        return max(0, min(change, missing))
    return -max(0, min(-change, -missing))


def is_full_marks(score: Decimal, max_score: Decimal) -> bool:
    """Return whether nothing is missing; an assignment without points has no full marks."""
    return max_score > 0 and score >= max_score


def is_practice(score: Decimal, any_passed: bool) -> bool:
    """Return whether graded work counts for the day: something in it has to be right."""
    return score > 0 or any_passed


def level_of(xp: int) -> int:
    """Return the level at `xp`, from 1."""
    steps = max(0, xp) // LEVEL_STEP
    return (1 + isqrt(1 + 4 * steps)) // 2


def level_start(level: int) -> int:
    """Return the XP at which `level` begins."""
    return LEVEL_STEP * level * (level - 1)


def local_day(moment: datetime, time_zone: str) -> date:
    """Return the day that `moment` belongs to in the zone."""
    return moment.astimezone(ZoneInfo(time_zone)).date()


def streak_of(days: Set[date], today: date) -> Streak:
    """Return the streak that these days make. Today may still be open: until it ends, yesterday's streak stands."""
    longest = run = 0
    previous: date | None = None
    for day in sorted(days):
        run = run + 1 if previous is not None and day - previous == timedelta(days=1) else 1
        longest = max(longest, run)
        previous = day
    # After a move westwards the last day may lie in the new zone's future; it still counts.
    alive = previous is not None and previous >= today - timedelta(days=1)
    return Streak(current=run if alive else 0, longest=longest, kept_today=previous is not None and previous >= today)
