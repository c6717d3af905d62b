"""Local times of a course's zone, as course.toml gives them, to moments. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

LAST_YEAR = 2999
"""Beyond it nothing is due, and adding to it can't leave the calendar."""


def find_zone(name: str) -> ZoneInfo | None:
    """Return the zone of this IANA name, None where there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def to_utc(moment: datetime, zone: ZoneInfo | None) -> datetime:
    """Return the moment in UTC; one without an offset is a local time of `zone`.

    Raises ValueError where no zone is given for it, and where its clocks skip that time or show it twice.
    """
    if not 1970 <= moment.year <= LAST_YEAR:
        raise ValueError(f"the year must lie between 1970 and {LAST_YEAR}")
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    if zone is None:
        raise ValueError(
            "needs a date, a time and an offset, unquoted, as in 2027-03-07T23:59:00+01:00; the offset may be left out "
            "where the course has a time_zone"
        )
    first, second = (moment.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    there_and_back = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None, fold=0)
    if there_and_back != moment.replace(fold=0):
        raise ValueError(f"{moment:%H:%M:%S} is skipped in {zone} on that day, as clocks go forward: choose another time")
    if first.utcoffset() != second.utcoffset():
        raise ValueError(
            f"{moment:%H:%M:%S} comes twice in {zone} on that day, as clocks go back: choose another time, or give the "
            "offset"
        )
    return first.astimezone(UTC)
