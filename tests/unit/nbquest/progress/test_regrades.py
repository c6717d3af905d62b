"""What a regrade does to XP."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbquest.events.submissions import SubmissionsRegraded
from nbquest.progress.ledger import Held
from nbquest.progress.regrades import plan_entries
from nbquest.progress.rules import FULL_MARKS_XP, xp_for_regrade, xp_for_score
from tests.factories.regrades import regraded as event

DAY = date(2027, 3, 1)


def planned(told: SubmissionsRegraded, held: Held, zone: str = "UTC") -> dict[str, int]:
    return {entry.rule: entry.points for entry in plan_entries(told, held, zone)}


def held(score: int, full_marks: int = 0, *days: date) -> Held:
    return Held(total=1000, for_score=score, for_full_marks=full_marks, days=frozenset(days or (DAY,)))


@pytest.mark.parametrize(
    ("before", "after", "paid", "change"),
    [
        (2, 5, 20, 30),
        (5, 2, 50, -30),
        (3, 3, 30, 0),
        (3, 3, 10, 0),
        (2, 5, 60, 0),
        (2, 5, 40, 10),
        (5, 2, 30, -10),
        (5, 2, 20, 0),
        (5, 2, 80, -30),
    ],
)
def test_xp_follow_what_the_regrade_changes_and_no_more(before: int, after: int, paid: int, change: int) -> None:
    assert xp_for_regrade(Decimal(before), Decimal(after), paid) == change


@given(st.integers(0, 5000), st.integers(0, 5000), st.integers(0, 60000))
def test_a_regrade_moves_what_is_paid_towards_what_the_work_is_worth(before: int, after: int, paid: int) -> None:
    """Never past it, never against the direction of the change, never below nothing."""
    old, new = Decimal(before) / 1000, Decimal(after) / 1000
    change = xp_for_regrade(old, new, paid)
    worth = xp_for_score(new)
    assert min(paid, worth) <= paid + change <= max(paid, worth)
    assert change * (worth - xp_for_score(old)) >= 0
    assert abs(change) <= abs(worth - xp_for_score(old))
    if paid == xp_for_score(old):
        assert paid + change == worth


def test_what_is_lost_is_taken_back_by_entries_of_their_own() -> None:
    entries = plan_entries(event(5, 2), held(50, FULL_MARKS_XP), "UTC")
    assert [(entry.rule, entry.object, entry.points) for entry in entries] == [
        ("assignment_score", "regrade-7", -30),
        ("full_marks", "squares/first/regrade-7", -FULL_MARKS_XP),
    ]
    assert entries[0].label == "Squares: 2 of 5 points, graded again"


def test_what_is_gained_is_paid_with_full_marks_and_the_day() -> None:
    told = event(0, 5)
    assert planned(told, Held()) == {"assignment_score": 50, "full_marks": FULL_MARKS_XP, "daily_practice": 5}
    assert planned(told, held(0)) == {"assignment_score": 50, "full_marks": FULL_MARKS_XP}
    assert planned(told, held(0), "Asia/Kolkata")["daily_practice"] == 5  # there the next day had begun


def test_a_day_that_was_paid_stays_and_full_marks_are_paid_once() -> None:
    assert planned(event(3, 0), held(30)) == {"assignment_score": -30}
    assert "full_marks" not in planned(event(4, 5), held(40, FULL_MARKS_XP))
    assert "full_marks" not in planned(event(5, 3), held(50))
