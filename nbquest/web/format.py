"""How pages write numbers and times. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def format_number(value: Decimal | float) -> str:
    """Return a number with at most three decimals and no zeros at the end: `2`, `2.5`, `0.333`."""
    text = f"{Decimal(str(value)):.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def format_score(score: Decimal | None, max_score: Decimal) -> str:
    """Return `2.5 / 4`, with a dash where there is no score yet."""
    return f"{'–' if score is None else format_number(score)} / {format_number(max_score)}"


def percent_of(part: Decimal | float, whole: Decimal | float) -> int:
    """Return how many hundredths of `whole` `part` is, from 0 to 100; 100 of nothing."""
    if Decimal(str(whole)) <= 0:
        return 100
    return max(0, min(100, int(Decimal(str(part)) * 100 / Decimal(str(whole)))))


def format_exact(moment: datetime, zone: str = "UTC") -> str:
    """Return the exact time in a zone: `Sat 21 Nov 2026, 14:02 UTC`. The page's script writes the reader's own time."""
    return f"{format_clock(moment, zone)} {zone}"


def format_clock(moment: datetime, zone: str) -> str:
    """Return what calendar and clock show in a zone, where it was said before which one: `Sat 21 Nov 2026, 14:02`."""
    return f"{moment.astimezone(ZoneInfo(zone)):%a %d %b %Y, %H:%M}"


def format_relative(moment: datetime, now: datetime) -> str:
    """Return how long ago or until: `just now`, `5 minutes ago`, `in 3 days`; the date itself past thirty days."""
    seconds = (moment - now).total_seconds()
    size = abs(seconds)
    if size < _MINUTE:
        return "just now" if seconds <= 0 else "in a moment"
    if size > 30 * _DAY:
        return f"{moment.astimezone(UTC):%d %b %Y}".lstrip("0")
    if size < _HOUR:
        amount, unit = int(size // _MINUTE), "minute"
    elif size < _DAY:
        amount, unit = int(size // _HOUR), "hour"
    else:
        amount, unit = int(size // _DAY), "day"
    words = f"{amount} {unit}{'' if amount == 1 else 's'}"
    return f"{words} ago" if seconds < 0 else f"in {words}"


def is_due_soon(due_at: datetime | None, now: datetime) -> bool:
    """Return whether it is due within three days."""
    return due_at is not None and timedelta(0) <= due_at - now <= timedelta(days=3)


def format_place(place: int, seconds: int | None, has_worker: bool) -> str:
    """Return where something stands in the queue, as a sentence."""
    if not has_worker:
        return "Nothing grades this course at the moment. It is graded as soon as something does."
    where = "Next to be graded" if place == 1 else f"Number {place} in the queue"
    return f"{where}." if seconds is None else f"{where}: about {format_seconds(seconds)}."


def format_seconds(seconds: int) -> str:
    """Return how long something may take: `20 seconds`, `3 minutes`, `2 hours`."""
    if seconds < 2 * _MINUTE:
        return count_words(seconds, "second")
    return count_words(-(-seconds // _MINUTE), "minute") if seconds < 2 * _HOUR else f"{-(-seconds // _HOUR)} hours"


def format_elapsed(seconds: int) -> str:
    """Return how long something has lasted, in whole units that are over: `20 seconds`, `3 minutes`, `2 hours`."""
    if seconds < 2 * _MINUTE:
        return count_words(seconds, "second")
    return f"{seconds // _MINUTE} minutes" if seconds < 2 * _HOUR else f"{seconds // _HOUR} hours"


def count_words(count: int, singular: str, plural: str | None = None) -> str:
    """Return `1 test`, `3 tests`."""
    return f"{count} {singular if count == 1 else plural or singular + 's'}"
