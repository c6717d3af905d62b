"""What learners read when something of theirs was graded again."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import pytest

from nbquest.events.submissions import PenaltyLowered
from nbquest.notifications.tasks import lowered_words, regraded_words
from tests.factories.regrades import regraded as event


def test_a_gain_says_what_why_and_how_much() -> None:
    assert regraded_words(event(3, 5), 40) == (
        "Your work on Squares was graded again: 5 of 5 points count now, 3 did before (+40 XP). Why: A test was wrong."
    )


def test_a_loss_says_what_to_do_too() -> None:
    words = regraded_words(event(5, 2.5, reason="A test let wrong answers pass"), -45)
    assert words == (
        "Your work on Squares was graded again: 2.5 of 5 points count now, 5 did before (−45 XP). Why: A test let "
        "wrong answers pass. If something looks wrong to you, please ask your instructor."
    )


def test_a_first_grade_has_no_before() -> None:
    words = regraded_words(event(0, 10, maximum=10, counted_before=None, counted_after=Decimal("1E+1")), 0)
    assert words.startswith("Your work on Squares was graded again: 10 of 10 points count now. Why:")


@pytest.mark.parametrize(
    ("penalty", "says"),
    [
        ("0", "Your late submission to Squares costs less now: nothing is taken off."),
        ("0.1250", "Your late submission to Squares costs less now: 12.5 % of its points are taken off."),
        ("0.5000", "Your submission to Squares is no longer late: it has a later due date."),
    ],
)
def test_a_lowered_penalty_says_what_is_left_of_it(penalty: str, says: str) -> None:
    event = PenaltyLowered(
        submission_id=UUID(int=1),
        person="ada",
        course="squares",
        assignment="first",
        attempt_id=1,
        assignment_id=1,
        assignment_title="Squares",
        penalty=Decimal(penalty),
        penalty_before=Decimal("0.5"),
        counted_score=Decimal("5.000"),
        max_score=Decimal("5.000"),
    )
    assert lowered_words(event) == f"{says} 5 of 5 points count."
