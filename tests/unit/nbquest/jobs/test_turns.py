"""Places in the queue."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbquest.jobs.turns import (
    LAST_ROUND,
    SPAN,
    WIDTH,
    Turn,
    Urgency,
    from_priority,
    next_round,
    next_turn,
    priorities,
    to_priority,
)

turns = st.builds(Turn, st.integers(0, LAST_ROUND), st.integers(0, WIDTH - 1))
urgencies: st.SearchStrategy[Urgency] = st.sampled_from(["interactive", "batch"])


@given(turns, urgencies)
def test_a_turn_is_one_number_of_32_bits(turn: Turn, urgency: Urgency) -> None:
    priority = to_priority(turn, urgency)
    assert -(2**31) <= priority < 2**31
    assert from_priority(priority) == (turn, urgency)
    low, high = priorities(urgency)
    assert low <= priority <= high
    low, high = priorities(urgency, turn.round)
    assert low <= priority <= high


@given(turns, turns, urgencies)
def test_the_earlier_turn_has_the_higher_number(first: Turn, second: Turn, urgency: Urgency) -> None:
    assert (first < second) == (to_priority(first, urgency) > to_priority(second, urgency))


@given(turns, turns)
def test_whatever_somebody_waits_for_comes_before_batch_work(one: Turn, other: Turn) -> None:
    assert to_priority(one, "interactive") > to_priority(other, "batch")


def test_what_lies_beyond_the_last_round_shares_it() -> None:
    assert to_priority(Turn(LAST_ROUND + 5, 3), "batch") == to_priority(Turn(LAST_ROUND, 3), "batch")
    assert to_priority(Turn(LAST_ROUND, WIDTH - 1), "interactive") > -SPAN


@pytest.mark.parametrize(
    ("now", "own", "expected"),
    [
        (None, None, 0),  # an empty queue
        (Turn(4, 7), None, 4),  # a newcomer joins the round that is being served
        (Turn(4, 7), Turn(9), 10),  # somebody's next one
        (Turn(4, 7), Turn(4, 2), 5),  # somebody whose job is being run
        (Turn(4, 7), Turn(1), 4),  # theirs waits for a worker that isn't there
    ],
)
def test_rounds(now: Turn | None, own: Turn | None, expected: int) -> None:
    assert next_round(now, own) == expected


@pytest.mark.parametrize(
    ("now", "round_", "last", "expected"),
    [
        (None, 0, None, Turn(0, 0)),
        (Turn(4, 7), 4, None, Turn(4, 8)),  # not before what is being served
        (Turn(4, 7), 4, Turn(4, 2), Turn(4, 8)),
        (Turn(4, 7), 4, Turn(4, 7), Turn(4, 8)),
        (Turn(4, 7), 5, None, Turn(5, 0)),
        (Turn(4, 7), 5, Turn(5, 3), Turn(5, 4)),
        (Turn(4, 7), 4, Turn(4, WIDTH - 1), None),
    ],
)
def test_places_in_a_round(now: Turn | None, round_: int, last: Turn | None, expected: Turn | None) -> None:
    assert next_turn(now, round_, last) == expected


@dataclass(frozen=True)
class Job:
    turn: Turn
    number: int
    person: str
    course: str


class Queue:
    """The rules alone, with one worker."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []
        self.running: Job | None = None
        self.order: list[Job] = []
        self.count = 0

    def add(self, person: str, course: str) -> None:
        known = [*self.jobs, *([] if self.running is None else [self.running])]
        now = self.running.turn if self.running else min((job.turn for job in self.jobs), default=None)
        round_ = next_round(now, max((job.turn for job in known if job.person == person), default=None))
        turn = None
        while turn is None:
            there = [job.turn for job in known if job.course == course and job.turn.round == round_]
            turn = next_turn(now, round_, max(there, default=None))
            round_ += 1
        self.count += 1
        self.jobs.append(Job(turn, self.count, person, course))

    def serve(self) -> None:
        """End what runs, and begin the next."""
        self.running = min(self.jobs, key=lambda job: (job.turn, job.number), default=None)
        if self.running is not None:
            self.jobs.remove(self.running)
            self.order.append(self.running)


def test_a_persons_tenth_waits_behind_anothers_first() -> None:
    queue = Queue()
    for _ in range(10):
        queue.add("ada", "c")
    for name in ("bob", "cid"):
        queue.add(name, "c")
    while queue.jobs:
        queue.serve()
    assert [job.person for job in queue.order][:3] == ["ada", "bob", "cid"]


def test_a_small_course_does_not_wait_for_a_large_one() -> None:
    queue = Queue()
    for number in range(500):
        queue.add(f"large-{number}", "large")
    for number in range(5):
        queue.add(f"small-{number}", "small")
    while queue.jobs:
        queue.serve()
    assert Counter(job.course for job in queue.order[:11]) == {"large": 6, "small": 5}


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from([*(f"{person}{course}" for person in "abc" for course in "xy"), "serve"]), max_size=12))
def test_nobody_waits_for_ever(steps: list[str]) -> None:
    """Whatever came before, a job that waits is served while newcomers keep coming, one at a time."""
    queue = Queue()
    for step in steps:
        if step == "serve":
            queue.serve()
        else:
            queue.add(step[0], step[1])
    old = set(queue.jobs)
    for number in range(2 * WIDTH * (2 + max((job.turn.round for job in old), default=0))):
        queue.add(f"newcomer-{number}", "xy"[number % 2])
        queue.serve()
    assert not old & set(queue.jobs)


@given(st.integers(1, 30))
def test_a_course_with_one_job_at_a_time_gets_every_other_turn_and_no_more(waiting: int) -> None:
    queue = Queue()
    for number in range(waiting):
        queue.add(f"large-{number}", "large")
    for number in range(waiting):
        queue.serve()
        queue.add(f"small-{number}", "small")
    queue.serve()
    served = Counter(job.course for job in queue.order)
    assert served["large"] >= waiting // 2
