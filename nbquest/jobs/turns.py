"""Whose turn it is: a job's place in the queue, said in the one number that the queue sorts by.

Jobs are served in rounds. Of each person one job is served in a round, so their tenth waits behind another's first.
Within a round the courses take turns, so a course of five hundred does not keep one of five waiting. A newcomer joins
the round that is being served, unless so many of their course have that it would never end: nobody's job is passed
over for ever. Batch work is served when nothing else waits.

    priority = start of the urgency's range - (round * WIDTH + position of the job among its course's in the round)

The idea is that of start-time fair queueing (P. Goyal, H. M. Vin, H. Cheng, SIGCOMM 1996), with a round as its time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Urgency = Literal["interactive", "batch"]
"""`interactive`: somebody waits for it. `batch`: a regrade of a whole course, a certificate."""

WIDTH = 1 << 10
"""Places of one course in one round; who comes then is served in the next one."""
SPAN = 1 << 30
"""Of the queue's 32-bit numbers, those of one urgency."""
LAST_ROUND = SPAN // WIDTH - 1
_START: dict[Urgency, int] = {"interactive": 0, "batch": -SPAN}


@dataclass(frozen=True, order=True)
class Turn:
    """A round, counted from 0, and a place in it."""

    round: int
    position: int = 0


def to_priority(turn: Turn, urgency: Urgency) -> int:
    """Return the number that the queue sorts by, the highest first. What lies beyond the last round shares it."""
    return _START[urgency] - (min(turn.round, LAST_ROUND) * WIDTH + turn.position)


def from_priority(priority: int) -> tuple[Turn, Urgency]:
    """Return what `to_priority` made the number of."""
    urgency: Urgency = "interactive" if priority > _START["batch"] else "batch"
    return Turn(*divmod(_START[urgency] - priority, WIDTH)), urgency


def priorities(urgency: Urgency, round_: int | None = None) -> tuple[int, int]:
    """Return the lowest and the highest number of an urgency, or of one of its rounds."""
    if round_ is None:
        return _START[urgency] - SPAN + 1, _START[urgency]
    return to_priority(Turn(round_, WIDTH - 1), urgency), to_priority(Turn(round_), urgency)


def next_round(now: Turn | None, own: Turn | None) -> int:
    """Return the round of a person's new job.

    `now`: whose turn it is, None where nothing runs or waits; `own`: the person's last turn among what does.
    """
    current = 0 if now is None else now.round
    return current if own is None else max(current, own.round + 1)


def next_turn(now: Turn | None, round_: int, last: Turn | None) -> Turn | None:
    """Return the turn of a new job in a round; `last`: its course's last turn there among what runs or waits.

    It is after what is being served: else a course with one job at a time would always be the next. None where the
    round has no place left for the course.
    """
    taken = [turn.position for turn in (now, last) if turn is not None and turn.round == round_]
    position = max(taken, default=-1) + 1
    return Turn(round_, position) if position < WIDTH else None
