"""How `nbquest course extend` reads a time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nbquest.cli.extensions import read_until
from nbquest.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "zone", "moment"),
    [
        ("2027-03-10 23:59", "Europe/Berlin", datetime(2027, 3, 10, 22, 59, tzinfo=UTC)),
        ("2027-07-10T23:59", "Europe/Berlin", datetime(2027, 7, 10, 21, 59, tzinfo=UTC)),
        ("2027-03-10 23:59+05:30", None, datetime(2027, 3, 10, 18, 29, tzinfo=UTC)),
        ("2027-03-10 23:59Z", "Europe/Berlin", datetime(2027, 3, 10, 23, 59, tzinfo=UTC)),
    ],
)
def test_a_local_time_is_read_by_its_zone(text: str, zone: str | None, moment: datetime) -> None:
    """An offset at its end goes before the zone."""
    assert read_until(text, zone) == moment


@pytest.mark.parametrize(
    ("text", "zone", "says"),
    [
        ("2027-03-10 23:59", None, "with --zone"),
        ("soon", "UTC", "a date and a time"),
        ("2027-03-10 23:59", "Middle/Earth", "no time zone named Middle/Earth"),
        ("2027-03-28 02:30", "Europe/Berlin", "is skipped in Europe/Berlin"),
        ("2027-10-31 02:30", "Europe/Berlin", "comes twice in Europe/Berlin"),
        ("9999-12-31 23:59", "UTC", "the year must lie"),
    ],
)
def test_what_is_no_moment_is_refused(text: str, zone: str | None, says: str) -> None:
    """Rather than guessed."""
    with pytest.raises(InvalidInput, match=says):
        read_until(text, zone)
