"""The rules of handing in: what holds whatever the dates, the zone and what somebody was given."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nbquest.courses.policy import CoolDown, PenaltyStep, Policy
from nbquest.submissions.policies import (
    HandedIn,
    PolicyException,
    cool_down_after,
    counted,
    is_late,
    may_submit,
    penalised,
    penalty_at,
    percent,
    terms_for,
)

TICK = timedelta(microseconds=1)
DUE = datetime(2027, 3, 28, 1, 30, tzinfo=UTC)

moments = st.integers(0, 20 * 365 * 86400 * 10**6).map(lambda ticks: datetime(2020, 1, 1, tzinfo=UTC) + ticks * TICK)
zones = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Apia", "Africa/Cairo"])
durations = st.timedeltas(timedelta(0), timedelta(days=60))
fractions = st.integers(0, 1000).map(lambda thousandths: Decimal(thousandths) / 1000)
points = st.integers(0, 10**8).map(lambda thousandths: Decimal(thousandths) / 1000)
steps = st.lists(st.builds(PenaltyStep, after=durations, fraction=fractions), max_size=4).map(tuple)
cool_downs = st.builds(
    CoolDown,
    first=durations,
    factor=st.decimals(1, 10, places=2),
    most=durations,
)
policies = st.builds(
    Policy,
    opens_at=st.none() | moments,
    due_at=st.none() | moments,
    late_for=st.none() | durations,
    penalties=steps,
    grace=st.timedeltas(timedelta(0), timedelta(hours=1)),
    attempts=st.none() | st.integers(1, 5),
    cool_down=st.none() | cool_downs,
    counts=st.sampled_from(["best", "latest", "last-before-due"]),
    exam_time=st.none() | durations.filter(bool),
)
exceptions = st.builds(
    PolicyException,
    due_at=st.none() | moments,
    late_until=st.none() | moments,
    extra_attempts=st.integers(0, 3),
    extra_time=durations,
    waives_penalty=st.booleans(),
)
submissions = st.builds(
    HandedIn,
    submission_id=st.uuids(),
    submitted_at=moments,
    late=st.booleans(),
    penalty=fractions,
    score=st.none() | points,
    failed=st.booleans(),
)
histories = st.lists(submissions, max_size=6)


@given(policies, st.lists(exceptions, max_size=3), histories, moments, moments, zones)
def test_the_zone_only_changes_words(policy, given_ones, history, now, fetched, zone) -> None:  # noqa: PLR0917  # hypothesis's
    """Another zone of the reader, or of the datetimes themselves, decides nothing."""
    here = may_submit(policy, given_ones, history, now, first_fetched_at=fetched)
    there = may_submit(
        policy,
        given_ones,
        history,
        now.astimezone(ZoneInfo(zone)),
        first_fetched_at=fetched.astimezone(ZoneInfo("Asia/Tokyo")),
        zone=ZoneInfo(zone),
    )
    assert (here.state, here.penalty, here.attempts_left, here.next_allowed_at, here.terms) == (
        there.state,
        there.penalty,
        there.attempts_left,
        there.next_allowed_at,
        there.terms,
    )
    assert there.reason


@given(policies, st.lists(exceptions, max_size=3), exceptions, histories, moments, st.none() | moments)
def test_being_given_something_makes_nobody_worse_off(policy, has, more, history, now, fetched) -> None:  # noqa: PLR0917  # hypothesis's
    """Whatever one has already: what was allowed stays so, and never costs more."""
    before = may_submit(policy, has, history, now, first_fetched_at=fetched)
    after = may_submit(policy, [*has, more], history, now, first_fetched_at=fetched)
    if before.is_allowed:
        assert after.is_allowed
        assert after.penalty <= before.penalty
        assert not (after.needs_consent and not before.needs_consent)
    if before.attempts_left is not None:
        assert after.attempts_left is not None
        assert after.attempts_left >= before.attempts_left
    for name in ("due_at", "closes_at", "exam_ends_at"):
        old, new = getattr(before.terms, name), getattr(after.terms, name)
        assert (old is None) == (new is None)
        assert old is None or new >= old


@given(policies, st.lists(exceptions, min_size=2, max_size=4), histories, moments, moments)
def test_the_order_of_what_one_was_given_does_not_matter(policy, given_ones, history, now, fetched) -> None:
    """Nor does being given the same twice."""
    once = may_submit(policy, given_ones, history, now, first_fetched_at=fetched)
    assert may_submit(policy, given_ones[::-1] * 2, history, now, first_fetched_at=fetched) == once


@given(policies, moments, moments)
def test_the_penalty_only_grows(policy, one, other) -> None:
    """Later never costs less; being in time costs nothing; it is never more than everything."""
    earlier, later = sorted((one, other))
    assert penalty_at(policy, policy.due_at, earlier) <= penalty_at(policy, policy.due_at, later)
    assert 0 <= penalty_at(policy, policy.due_at, later) <= 1
    if not is_late(policy, policy.due_at, later):
        assert penalty_at(policy, policy.due_at, later) == 0


@given(moments, steps, st.timedeltas(timedelta(0), timedelta(hours=1)), durations)
def test_exactly_at_a_boundary_is_in_time(due, penalties, grace, late_for) -> None:
    """At the due date, at the end of the grace, and at the closing; a microsecond later is not."""
    policy = Policy(due_at=due, penalties=penalties, grace=grace, late_for=late_for)
    for moment in (due, due + grace):
        assert may_submit(policy, [], [], moment).state == "open"
    closing = due + late_for + grace
    assert may_submit(policy, [], [], closing).is_allowed
    assert may_submit(policy, [], [], closing + TICK).state == "closed"
    assert may_submit(policy, [], [], due + grace + TICK).state == ("late" if late_for else "closed")


@given(moments, st.timedeltas(timedelta(0), timedelta(hours=1)), durations, fractions)
def test_the_grace_moves_no_step(due, grace, after, fraction) -> None:
    """A step is told from the due date: past the grace, it costs the same with and without one."""
    step = PenaltyStep(after=after, fraction=fraction)
    plain = Policy(due_at=due, penalties=(step,))
    kind = Policy(due_at=due, penalties=(step,), grace=grace)
    for lateness in (after, after + TICK, grace + TICK, grace + after + TICK):
        if lateness > grace:
            assert penalty_at(kind, due, due + lateness) == penalty_at(plain, due, due + lateness)
    assert penalty_at(plain, due, due + after) == 0
    assert penalty_at(plain, due, due + after + TICK) == fraction


@given(policies, moments, moments, st.integers(0, 10**7))
def test_an_extension_moves_the_whole_of_being_late(policy, due, until, seconds) -> None:
    """So late past a later date costs what so late past the first one did, and closes as long after it."""
    assume(until >= due)
    policy = Policy(due_at=due, penalties=policy.penalties, grace=policy.grace, late_for=policy.late_for)
    lateness = timedelta(seconds=seconds)
    moved = may_submit(policy, [PolicyException(due_at=until)], [], until + lateness)
    plain = may_submit(policy, [], [], due + lateness)
    assert (moved.state, moved.penalty) == (plain.state, plain.penalty)


@given(policies, histories, moments)
def test_nothing_is_taken_before_it_opens(policy, history, opens) -> None:
    """A microsecond before is too early, the moment itself is not."""
    policy = Policy(opens_at=opens, attempts=policy.attempts, cool_down=policy.cool_down)
    early = may_submit(policy, [], history, opens - TICK)
    assert (early.state, early.next_allowed_at) == ("not-open-yet", opens)
    assert may_submit(policy, [], history, opens).state != "not-open-yet"


@given(policies, st.lists(exceptions, max_size=2), histories, moments, st.none() | moments)
def test_a_policy_that_does_not_look_back_decides_by_itself(policy, given_ones, history, now, fetched) -> None:
    assume(not policy.looks_back)
    decided = may_submit(policy, given_ones, history, now, first_fetched_at=fetched)
    assert decided == may_submit(policy, given_ones, [], now, first_fetched_at=fetched)


@given(st.integers(1, 5), st.integers(0, 3), histories, moments)
def test_attempts_run_out(attempts, extra, history, now) -> None:
    """Exactly as many as allowed are taken; what could not be graded used none up."""
    given_ones = [PolicyException(extra_attempts=extra), PolicyException(extra_attempts=extra)]
    decision = may_submit(Policy(attempts=attempts), given_ones, history, now)
    used = sum(not one.failed for one in history)
    assert decision.attempts_left == max(0, attempts + extra - used)
    assert decision.is_allowed == (used < attempts + extra)


@given(cool_downs, st.integers(1, 60))
def test_waits_grow_up_to_the_cap(cool_down, count) -> None:
    """Never shorter than the one before, never above the cap, and never beyond what a duration can be."""
    waits = [cool_down_after(cool_down, number) for number in range(count + 1)]
    assert waits == sorted(waits)
    assert all(wait <= cool_down.most for wait in waits)
    assert waits[0] == timedelta(0)
    assert waits[1] == min(cool_down.first, cool_down.most)


@given(durations, st.integers(1, 10**9))
def test_a_constant_wait_stays(first, count) -> None:
    """However many there were."""
    assert cool_down_after(CoolDown(first=first), count) == first


@given(cool_downs, st.lists(submissions, min_size=1, max_size=6))
def test_waiting_ends_when_it_was_said(cool_down, history) -> None:
    """A microsecond before one still waits, at that moment not."""
    policy = Policy(cool_down=cool_down)
    latest = max(one.submitted_at for one in history)
    decision = may_submit(policy, [], history, latest)
    assume(decision.state == "cooling-down")
    ready = decision.next_allowed_at
    assert ready is not None
    assert may_submit(policy, [], history, ready).state == "open"
    assert may_submit(policy, [], history, ready - TICK).state == "cooling-down"
    assert may_submit(policy, [], [one for one in history if one.failed], latest).state == "open"


def test_waits_double() -> None:
    """Until the cap."""
    cool_down = CoolDown(first=timedelta(minutes=1), factor=Decimal(2), most=timedelta(minutes=10))
    minutes = [cool_down_after(cool_down, number) // timedelta(minutes=1) for number in range(7)]
    assert minutes == [0, 1, 2, 4, 8, 10, 10]


@given(moments, durations.filter(bool), durations, st.timedeltas(timedelta(0), timedelta(hours=1)))
def test_an_exam_is_timed_from_the_first_fetch(fetched, exam_time, extra, grace) -> None:
    """Before it, nothing is taken; from then on until the time is over, with the time that somebody is given."""
    policy = Policy(exam_time=exam_time, grace=grace)
    more = [PolicyException(extra_time=extra)]
    assert may_submit(policy, more, [], fetched).state == "not-fetched"
    end = fetched + exam_time + extra + grace
    assert may_submit(policy, more, [], end, first_fetched_at=fetched).state == "open"
    assert may_submit(policy, more, [], end + TICK, first_fetched_at=fetched).state == "closed"


@given(moments, durations.filter(bool), moments, durations)
def test_an_exam_ends_with_the_assignment(fetched, exam_time, due, late_for) -> None:
    """Fetching late gives less time, not a later closing."""
    terms = terms_for(Policy(due_at=due, late_for=late_for, exam_time=exam_time), [], fetched)
    assert terms.closes_at == min(due + late_for, fetched + exam_time)


@given(points, points, fractions, fractions)
def test_penalised_scores_are_fair(one, other, fraction, more) -> None:
    """Never above the score nor below nothing; in the order of the scores; more penalty leaves no more."""
    left = penalised(one, fraction)
    assert 0 <= left <= one
    assert left == left.quantize(Decimal("0.001"))
    assert penalised(one, Decimal(0)) == one
    assert penalised(one, Decimal(1)) == 0
    assert (penalised(other, fraction) <= left) or other > one
    assert penalised(one, max(fraction, more)) <= left


@given(histories)
def test_the_best_counts(history) -> None:
    """By what is left after the penalty."""
    found = counted(history, "best")
    scores = [penalised(one.score, one.penalty) for one in history if one.score is not None]
    assert (found is None) == (not scores)
    assert found is None or found.counted_score == max(scores)


@given(histories)
def test_the_latest_counts(history) -> None:
    """The latest of those that have a grade, so that one being graded takes nothing away."""
    found = counted(history, "latest")
    graded = [one for one in history if one.score is not None]
    assert found is None or found.submitted_at == max(one.submitted_at for one in graded)


@given(histories)
def test_the_last_before_due_counts(history) -> None:
    """A late one only where nothing was handed in in time."""
    found = counted(history, "last-before-due")
    graded = [one for one in history if one.score is not None]
    in_time = [one for one in graded if not one.late]
    if found is not None:
        assert found.late == (not in_time)
        assert found.submitted_at == max(one.submitted_at for one in in_time or graded)


def test_a_late_one_that_would_not_count_needs_consent() -> None:
    """Where the last one in time counts, and there is one."""
    policy = Policy(due_at=DUE, counts="last-before-due")
    late = DUE + TICK
    assert not may_submit(policy, [], [], late).needs_consent
    in_time = HandedIn(submission_id=uuid4(), submitted_at=DUE)
    decision = may_submit(policy, [], [in_time], late)
    assert (decision.is_allowed, decision.needs_consent) == (True, True)
    assert "would not count" in decision.reason


@pytest.mark.parametrize(
    ("lateness", "state", "penalty"),
    [
        (timedelta(0), "open", 0),
        (timedelta(seconds=30), "open", 0),
        (timedelta(seconds=31), "late", 0),
        (timedelta(days=1), "late", 0),
        (timedelta(days=1, microseconds=1), "late", 10),
        (timedelta(days=3), "late", 10),
        (timedelta(days=3, microseconds=1), "late", 30),
        (timedelta(days=7, seconds=30), "late", 30),
        (timedelta(days=7, seconds=31), "closed", 0),
    ],
)
def test_a_usual_policy(lateness: timedelta, state: str, penalty: int) -> None:
    """A week, 10 % after one day, 30 % after three, half a minute of grace; the night in which clocks change."""
    policy = Policy(
        due_at=DUE,
        late_for=timedelta(days=7),
        penalties=(
            PenaltyStep(after=timedelta(days=1), fraction=Decimal("0.1")),
            PenaltyStep(after=timedelta(days=3), fraction=Decimal("0.3")),
        ),
        grace=timedelta(seconds=30),
    )
    decision = may_submit(policy, [], [], DUE + lateness)
    assert (decision.state, percent(decision.penalty)) == (state, penalty)
    assert decision.needs_consent == (penalty > 0)


def test_reasons_say_what_to_do() -> None:
    """In the reader's own zone."""
    berlin = ZoneInfo("Europe/Berlin")
    held = HandedIn(submission_id=uuid4(), submitted_at=DUE)
    step = PenaltyStep(after=timedelta(0), fraction=Decimal("0.125"))
    for policy, now, words in [
        (Policy(opens_at=DUE), DUE - TICK, "It opens on 28 Mar 2027, 03:30 (Europe/Berlin)."),
        (Policy(due_at=DUE, late_for=timedelta(0)), DUE + TICK, "It closed on 28 Mar 2027, 03:30"),
        (Policy(attempts=1), DUE, "Your one submission is used up. If you need another, ask your instructor."),
        (Policy(exam_time=timedelta(hours=1)), DUE, "fetch the assignment first"),
        (Policy(cool_down=CoolDown(first=timedelta(minutes=1))), DUE, "taken from 28 Mar 2027, 03:31:00"),
        (Policy(due_at=DUE, penalties=(step,)), DUE + TICK, "12.5 % of its points are taken off"),
        (Policy(due_at=DUE), DUE + TICK, "nothing is taken off"),
        (Policy(due_at=DUE, attempts=2), DUE, "Open until 28 Mar 2027, 03:30 (Europe/Berlin), 1 submission left."),
    ]:
        assert words in may_submit(policy, [], [held], now, zone=berlin).reason


@given(policies)
def test_a_policy_is_stored_exactly(policy: Policy) -> None:
    """There and back, through JSON's own types."""
    assert Policy.from_json(policy.to_json(), policy.due_at) == policy
    assert Policy().to_json() == {}
