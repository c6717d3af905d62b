"""Local times as authors write them, in every kind of zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbquest.courses.local_time import find_zone, to_utc

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"]
BERLIN = ZoneInfo("Europe/Berlin")


@given(st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1)), st.sampled_from(ZONES))
def test_a_local_time_is_the_moment_at_which_clocks_there_show_it(moment: datetime, zone: str) -> None:
    """Exactly one: what clocks skip, or show twice, is refused."""
    there = ZoneInfo(zone)
    around = [moment.replace(tzinfo=UTC) + timedelta(minutes=quarter * 15) for quarter in range(-4 * 15, 4 * 15)]
    showing = [one for one in around if one.astimezone(there).replace(tzinfo=None, fold=0) == moment]
    if len(showing) == 1:
        assert to_utc(moment, there) == showing[0]
    else:
        with pytest.raises(ValueError, match="comes twice" if showing else "is skipped"):
            to_utc(moment, there)


@given(st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1)), st.integers(-12 * 60, 14 * 60))
def test_an_offset_says_it_all(moment: datetime, minutes: int) -> None:
    """Whatever the course's zone is; the answer is in UTC."""
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert to_utc(aware, None) == to_utc(aware, BERLIN) == aware
    assert to_utc(aware, None).tzinfo is UTC


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ("2027-03-28T01:59:59", "2027-03-28T00:59:59+00:00"),
        ("2027-03-28T03:00:00", "2027-03-28T01:00:00+00:00"),
        ("2027-10-31T01:59:59", "2027-10-30T23:59:59+00:00"),
        ("2027-10-31T03:00:00", "2027-10-31T02:00:00+00:00"),
        ("2027-03-28T02:00:00", "02:00:00 is skipped in Europe/Berlin"),
        ("2027-10-31T02:59:59", "02:59:59 comes twice in Europe/Berlin"),
    ],
)
def test_the_nights_in_which_clocks_change(local: str, expected: str) -> None:
    """To the second."""
    moment = datetime.fromisoformat(local)
    if "+" in expected:
        assert to_utc(moment, BERLIN).isoformat() == expected
    else:
        with pytest.raises(ValueError, match=expected):
            to_utc(moment, BERLIN)


def test_what_can_not_be_a_moment() -> None:
    """Without a zone, and in years that nobody means."""
    with pytest.raises(ValueError, match="needs a date, a time and an offset"):
        to_utc(datetime(2027, 1, 1), None)
    for year in (1969, 3000):
        with pytest.raises(ValueError, match="between 1970 and 2999"):
            to_utc(datetime(year, 1, 1), BERLIN)
    assert find_zone("Europe/Berlin") == BERLIN
    for name in ("Europe/Nowhere", "", "../../etc/passwd", "Europe"):
        assert find_zone(name) is None
