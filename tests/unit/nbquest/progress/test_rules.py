"""What work is worth."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbquest.progress import rules

scores = st.decimals(min_value=0, max_value=1000, places=3)
days = st.dates(min_value=date(2020, 1, 1), max_value=date(2030, 1, 1))


@given(st.lists(scores, max_size=20))
def test_scores_pay_for_the_best_one_in_whatever_order(attempts: list[Decimal]) -> None:
    """What is paid in all is what the best score is worth: handing in again and again brings nothing more."""
    paid = 0
    for score in attempts:
        xp = rules.xp_for_improvement(score, paid)
        assert xp >= 0
        paid += xp
    assert paid == rules.xp_for_score(max(attempts, default=Decimal(0)))


@given(scores, scores)
def test_a_better_score_is_never_worth_less(one: Decimal, other: Decimal) -> None:
    """Worth rises with the score."""
    assert (rules.xp_for_score(one) <= rules.xp_for_score(other)) or one > other


@given(st.integers(min_value=0, max_value=10**9))
def test_xp_lies_within_its_level(xp: int) -> None:
    """A level begins at or below the XP and ends above."""
    level = rules.level_of(xp)
    assert rules.level_start(level) <= xp < rules.level_start(level + 1)


@pytest.mark.parametrize(("xp", "level"), [(0, 1), (99, 1), (100, 2), (299, 2), (300, 3), (600, 4)])
def test_levels_begin_where_they_are_said_to(xp: int, level: int) -> None:
    """Level n begins at 50 n (n - 1)."""
    assert rules.level_of(xp) == level


@given(st.frozensets(days, max_size=60), days)
def test_a_streak_is_what_counting_by_hand_gives(practised: frozenset[date], today: date) -> None:
    """The current one ends today or yesterday; the longest one is at least as long."""
    past = frozenset(day for day in practised if day <= today)
    streak = rules.streak_of(past, today)
    start = today if today in past else today - timedelta(days=1)
    expected = 0
    while start - timedelta(days=expected) in past:
        expected += 1
    assert streak.current == expected
    assert streak.kept_today == (today in past)
    assert expected <= streak.longest <= len(past)


@given(st.frozensets(days, min_size=1, max_size=60))
def test_another_day_of_practice_never_shortens_a_streak(practised: frozenset[date]) -> None:
    """Practising the day after the last one lengthens it by one."""
    last = max(practised)
    before = rules.streak_of(practised, last)
    after = rules.streak_of(practised | {last + timedelta(days=1)}, last + timedelta(days=1))
    assert after.current == before.current + 1
    assert after.longest >= before.longest


def test_a_day_begins_at_midnight_where_the_person_is() -> None:
    """Half past eleven in the evening in UTC is tomorrow in Berlin."""
    moment = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
    assert rules.local_day(moment, "UTC") == date(2026, 11, 21)
    assert rules.local_day(moment, "Europe/Berlin") == date(2026, 11, 22)


def test_full_marks_need_something_to_be_had() -> None:
    """An assignment without points gives no bonus."""
    assert rules.is_full_marks(Decimal(6), Decimal(6))
    assert not rules.is_full_marks(Decimal("5.999"), Decimal(6))
    assert not rules.is_full_marks(Decimal(0), Decimal(0))


def test_only_what_is_partly_right_is_practice() -> None:
    """An empty notebook keeps no streak alive."""
    assert not rules.is_practice(Decimal(0), any_passed=False)
    assert rules.is_practice(Decimal(0), any_passed=True)
    assert rules.is_practice(Decimal(1), any_passed=False)
