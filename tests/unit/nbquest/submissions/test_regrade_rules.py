"""What a regrade takes, and what applying it would change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbquest.courses.policy import Counts
from nbquest.submissions.policies import HandedIn, counting
from nbquest.submissions.regrade_rules import Trial, choose, effect_of, loses, plan

START = datetime(2027, 3, 1, 12, tzinfo=UTC)
POLICIES: tuple[Counts, ...] = ("best", "latest", "last-before-due")


def handed_in(number: int, score: float | None, *, maximum: float = 5, late: bool = False) -> HandedIn:
    return HandedIn(
        submission_id=UUID(int=number),
        submitted_at=START + timedelta(hours=number),
        late=late,
        penalty=Decimal("0.1") if late else Decimal(0),
        score=None if score is None else Decimal(str(score)),
        max_score=None if score is None else Decimal(str(maximum)),
    )


def trials(before: list[HandedIn], after: list[HandedIn | None]) -> dict[UUID, Trial]:
    return {
        old.submission_id: Trial(before=old, after=new, state="could-not-grade" if new is None else "graded")
        for old, new in zip(before, after, strict=True)
    }


def test_all_the_latest_or_the_one_that_counts() -> None:
    history = [handed_in(3, 1), handed_in(1, 4), handed_in(2, 2)]
    numbers = {
        attempts: [one.submission_id.int for one in choose(history, attempts, "best")]
        for attempts in ("all", "latest", "counted")
    }
    assert numbers == {"all": [1, 2, 3], "latest": [3], "counted": [1]}
    assert [one.submission_id.int for one in choose(history, "counted", "latest")] == [3]


def test_where_nothing_counts_yet_the_latest_is_taken() -> None:
    history = [handed_in(1, None), handed_in(2, None)]
    assert [one.submission_id.int for one in choose(history, "counted", "best")] == [2]
    assert choose([], "counted", "best") == []


@pytest.mark.parametrize(
    ("before", "after", "effect"),
    [
        (handed_in(1, 2), handed_in(1, 3), "better"),
        (handed_in(1, 3), handed_in(1, 2), "worse"),
        (handed_in(1, 3), handed_in(1, 3), "same"),
        (handed_in(1, None), handed_in(1, 0), "better"),
        (handed_in(1, 5), handed_in(1, 5, maximum=8), "worse"),
        (handed_in(1, 5, maximum=8), handed_in(1, 5), "better"),
        (handed_in(1, 5), handed_in(1, 8, maximum=8), "better"),
    ],
    ids=["more", "less", "same", "first-grade", "full-marks-lost", "full-marks-won", "full-of-more"],
)
def test_points_decide_and_full_marks_with_them(before: HandedIn, after: HandedIn, effect: str) -> None:
    assert effect_of(before, after) == effect


def test_what_could_not_be_graded_changes_nothing() -> None:
    before = [handed_in(1, 3)]
    planned = plan(before, trials(before, [None]), "best")
    assert (list(planned.outcomes.values()), planned.taken) == (["could-not-grade"], frozenset())
    assert planned.after == planned.before


def test_with_only_gains_a_loser_keeps_the_grade() -> None:
    before = [handed_in(1, 5), handed_in(2, 1)]
    tried = trials(before, [handed_in(1, 3), handed_in(2, 2)])
    everything = plan(before, tried, "best")
    assert (everything.after.score, everything.after.highest) == (Decimal(3), Decimal(3))
    spared = plan(before, tried, "best", only_gains=True)
    assert list(spared.outcomes.values()) == ["left-out", "better"]
    assert (spared.after.score, spared.taken) == (Decimal(5), {UUID(int=2)})


def test_with_only_gains_a_gain_that_would_cost_full_marks_is_left_out_too() -> None:
    """A small work of a larger version would come to count before one that had all of its points."""
    before = [handed_in(1, 2), handed_in(2, 5)]
    tried = trials(before, [handed_in(1, 6, maximum=8), handed_in(2, 5, maximum=8)])
    spared = plan(before, tried, "best", only_gains=True)
    assert spared.taken == frozenset()
    assert set(spared.outcomes.values()) == {"left-out"}
    assert spared.after == spared.before


SCORES = st.integers(0, 8)


@given(
    st.lists(st.tuples(SCORES, SCORES, st.booleans(), st.booleans()), max_size=6),
    st.sampled_from(POLICIES),
    st.sampled_from([5, 8]),
)
def test_with_only_gains_nobody_loses(rows: list[tuple[int, int, bool, bool]], counts: Counts, maximum: int) -> None:
    """Whatever the scores, the policy, the lateness and the new maximum; and what is left out stays as it was."""
    before = [handed_in(n, min(old, 5), late=late) for n, (old, _, late, _) in enumerate(rows)]
    after = [
        None if failed else handed_in(n, min(new, maximum), maximum=maximum, late=late)
        for n, (_, new, late, failed) in enumerate(rows)
    ]
    tried = trials(before, after)
    planned = plan(before, tried, counts, only_gains=True)
    assert not loses(planned.before, planned.after)
    assert planned.before == counting(before, counts)
    assert all(planned.outcomes[key] in {"better", "same"} for key in planned.taken)
    everything = plan(before, tried, counts)
    assert everything.taken == {key for key, trial in tried.items() if trial.after is not None}
    assert planned.taken <= everything.taken


def test_the_most_that_ever_counted_is_told_from_the_order_of_handing_in() -> None:
    history = [handed_in(1, 2), handed_in(2, 5), handed_in(3, 1)]
    assert (counting(history, "latest").score, counting(history, "latest").highest) == (Decimal(1), Decimal(5))
    assert counting(history, "latest").full_marks
    assert counting(history, "best").score == Decimal(5)
    late = [handed_in(1, 2), handed_in(2, 5, late=True)]
    assert counting(late, "last-before-due").highest == Decimal(2)
    assert counting([], "best").score is None
