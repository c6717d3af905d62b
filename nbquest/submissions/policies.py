"""May this be handed in now, is it late, what does that cost, and which submission counts? Pure.

`now` is the server's clock, aware UTC. Being exactly at a boundary is being in time: a due date, a closing and a step
of the penalty hold for what comes later than they say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Literal
from uuid import UUID

from nbquest.courses.policy import CoolDown, Counts, Policy

State = Literal["open", "late", "not-open-yet", "closed", "no-attempts-left", "not-fetched", "cooling-down"]

NO_TIME = timedelta(0)
THOUSANDTH = Decimal("0.001")


@dataclass(frozen=True, kw_only=True)
class PolicyException:
    """What somebody is given beyond the policy: a later due date, more submissions, or more time in an exam.

    `late_until`: how long late work is taken; `waives_penalty`: nothing is taken off for it.
    """

    due_at: datetime | None = None
    late_until: datetime | None = None
    extra_attempts: int = 0
    extra_time: timedelta = NO_TIME
    waives_penalty: bool = False


@dataclass(frozen=True, kw_only=True)
class HandedIn:
    """A submission as the rules see it. `late` and `penalty` (a fraction): as decided when it was handed in.

    `score`, out of `max_score`: automatic and manual points before any penalty, None before it is graded. `failed`: it
    could not be graded.
    """

    submission_id: UUID
    submitted_at: datetime
    late: bool = False
    penalty: Decimal = Decimal(0)
    score: Decimal | None = None
    max_score: Decimal | None = None
    failed: bool = False

    @property
    def counted_score(self) -> Decimal | None:
        """The score after the penalty."""
        return None if self.score is None else penalised(self.score, self.penalty)

    @property
    def has_full_marks(self) -> bool:
        """Whether nothing is missing, after the penalty; what is worth no points has no full marks."""
        return bool(self.max_score) and (self.counted_score or Decimal(0)) >= (self.max_score or Decimal(0))


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What holds for one person: the policy with all that they were given. `closes_at` is past any lateness.

    `exam_ends_at`: where the time of an exam has begun. `attempts`: None for any number. `waives_penalty`: being late
    costs nothing.
    """

    opens_at: datetime | None
    due_at: datetime | None
    closes_at: datetime | None
    exam_ends_at: datetime | None
    attempts: int | None
    waives_penalty: bool = False


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Whether a submission is taken, and what to do where it isn't. `penalty`: the fraction that it would cost now.

    `needs_consent`: taking it costs something, so the learner is to agree first. `attempts_left`: None for any number.
    `next_allowed_at`: when waiting is over, where waiting helps.
    """

    state: State
    reason: str
    terms: Terms
    penalty: Decimal = Decimal(0)
    needs_consent: bool = False
    attempts_left: int | None = None
    next_allowed_at: datetime | None = None

    @property
    def is_allowed(self) -> bool:
        """Whether it is taken."""
        return self.state in {"open", "late"}


def terms_for(
    policy: Policy, exceptions: Sequence[PolicyException] = (), first_fetched_at: datetime | None = None
) -> Terms:
    """Return what holds for somebody with these exceptions. The most generous of each kind holds; they don't add up."""
    due_at = policy.due_at
    if due_at is not None:
        due_at = max([due_at, *(given.due_at for given in exceptions if given.due_at is not None)])
    closes_at = None
    if due_at is not None and policy.late_for is not None:
        longer = (given.late_until for given in exceptions if given.late_until is not None)
        closes_at = max([due_at + policy.late_for, *longer])
    exam_ends_at = None
    if policy.exam_time is not None and first_fetched_at is not None:
        extra_time = max((given.extra_time for given in exceptions), default=NO_TIME)
        exam_ends_at = first_fetched_at + policy.exam_time + max(extra_time, NO_TIME)
    attempts = policy.attempts
    if attempts is not None:
        attempts += max([0, *(given.extra_attempts for given in exceptions)])
    return Terms(
        opens_at=policy.opens_at,
        due_at=due_at,
        closes_at=min((end for end in (closes_at, exam_ends_at) if end is not None), default=None),
        exam_ends_at=exam_ends_at,
        attempts=attempts,
        waives_penalty=any(given.waives_penalty for given in exceptions),
    )


def hand_in_at(terms: Terms) -> datetime | None:
    """Return when a draft is handed in: when it is due, or when their time in an exam ends; None where it never is."""
    return min((end for end in (terms.due_at, terms.exam_ends_at) if end is not None), default=None)


def draft_ends_at(policy: Policy, terms: Terms) -> datetime | None:
    """Return until when what is saved can still be handed in as in time: the grace is part of it."""
    moment = hand_in_at(terms)
    return None if moment is None else moment + policy.grace


def is_late(policy: Policy, due_at: datetime | None, moment: datetime) -> bool:
    """Return whether what arrives at `moment` is late; within the grace it is not."""
    return due_at is not None and moment > due_at + policy.grace


def penalty_at(policy: Policy, due_at: datetime | None, moment: datetime) -> Decimal:
    """Return the fraction (0 to 1) that being handed in at `moment` costs where it was due at `due_at`.

    Steps are told from the due date, not from the end of the grace: the grace only decides who is late at all.
    """
    if due_at is None or not is_late(policy, due_at, moment):
        return Decimal(0)
    lateness = moment - due_at
    return max((step.fraction for step in policy.penalties if lateness > step.after), default=Decimal(0))


def penalty_under(policy: Policy, terms: Terms, moment: datetime) -> Decimal:
    """Return the fraction that being handed in at `moment` costs somebody whose terms these are."""
    return Decimal(0) if terms.waives_penalty else penalty_at(policy, terms.due_at, moment)


def penalised(score: Decimal, penalty: Decimal) -> Decimal:
    """Return the points that are left of `score` when `penalty` (a fraction) is taken off, to a thousandth."""
    return (score * (1 - penalty)).quantize(THOUSANDTH, rounding=ROUND_HALF_EVEN) if penalty else score


def cool_down_after(cool_down: CoolDown, submissions: int) -> timedelta:
    """Return the wait after so many submissions."""
    if submissions < 1:
        return NO_TIME
    wait = cool_down.first
    most = cool_down.most
    for _ in range(submissions - 1 if cool_down.factor > 1 else 0):
        if most is None or wait >= most:  # nothing that grows without a cap
            break
        wait = min(most, timedelta(microseconds=int(wait // timedelta(microseconds=1) * cool_down.factor)))
    return wait if most is None else min(wait, most)


def counted(history: Sequence[HandedIn], counts: Counts) -> HandedIn | None:
    """Return the submission whose score counts, None while none is graded.

    `last-before-due`: the last one in time; where none was, the last late one. Of equally good ones, the first.
    """
    graded = sorted((one for one in history if one.score is not None), key=lambda one: one.submitted_at)
    if not graded:
        return None
    if counts == "latest":
        return graded[-1]
    if counts == "last-before-due":
        return ([one for one in graded if not one.late] or graded)[-1]
    return max(graded, key=lambda one: one.counted_score or Decimal(0))


@dataclass(frozen=True, kw_only=True)
class Counting:
    """Which of a person's submissions counts, and the most that counted at any time, as they came in one by one."""

    now: HandedIn | None
    highest: Decimal
    full_marks: bool

    @property
    def score(self) -> Decimal | None:
        """The points that count now, None while nothing is graded."""
        return None if self.now is None else self.now.counted_score


def counting(history: Sequence[HandedIn], counts: Counts) -> Counting:
    """Return what counts of these submissions, and what counted after each of them."""
    ordered = sorted(history, key=lambda one: one.submitted_at)
    after_each = [counted(ordered[:end], counts) for end in range(1, len(ordered) + 1)]
    held = [one for one in after_each if one is not None]
    return Counting(
        now=after_each[-1] if after_each else None,
        highest=max((one.counted_score or Decimal(0) for one in held), default=Decimal(0)),
        full_marks=any(one.has_full_marks for one in held),
    )


def may_submit(
    policy: Policy,
    exceptions: Sequence[PolicyException],
    history: Sequence[HandedIn],
    now: datetime,
    *,
    first_fetched_at: datetime | None = None,
    zone: tzinfo = UTC,
) -> Decision:
    """Decide whether a person with this `history` may hand in `now`. Reasons tell times in `zone`.

    What could not be graded uses up no attempt and makes nobody wait.
    """
    terms = terms_for(policy, exceptions, first_fetched_at)
    held = [one for one in history if not one.failed]
    left = None if terms.attempts is None else max(0, terms.attempts - len(held))
    ready_at = _ready_at(policy, held)
    begun = policy.exam_time is None or first_fetched_at is not None
    refusal = _refusal(terms, policy.grace, now, left=left, used=len(held), begun=begun, ready_at=ready_at, zone=zone)
    if refusal is not None:
        state, reason, next_allowed_at = refusal
        return Decision(state=state, reason=reason, terms=terms, attempts_left=left, next_allowed_at=next_allowed_at)
    if not is_late(policy, terms.due_at, now):
        return Decision(state="open", reason=_open(terms, left, zone), terms=terms, attempts_left=left)
    penalty = penalty_under(policy, terms, now)
    # What was handed in in time goes on counting, so the learner should know that this one won't.
    in_vain = policy.counts == "last-before-due" and any(not one.late for one in held)
    return Decision(
        state="late",
        reason=_late(terms, penalty, zone, in_vain=in_vain),
        terms=terms,
        penalty=penalty,
        needs_consent=penalty > 0 or in_vain,
        attempts_left=left,
    )


def _refusal(
    terms: Terms,
    grace: timedelta,
    now: datetime,
    *,
    left: int | None,
    used: int,
    begun: bool,
    ready_at: datetime | None,
    zone: tzinfo,
) -> tuple[State, str, datetime | None] | None:
    """Return why nothing is taken now, and from when on it is where waiting helps; None where it is taken."""
    if terms.opens_at is not None and now < terms.opens_at:
        return "not-open-yet", f"It opens on {when(terms.opens_at, zone)}.", terms.opens_at
    if terms.closes_at is not None and now > terms.closes_at + grace:
        return "closed", _closed(terms, zone), None
    if left == 0:
        return "no-attempts-left", _used_up(used), None
    if not begun:
        return "not-fetched", "Its time begins when you fetch it: fetch the assignment first.", None
    if ready_at is not None and now < ready_at:
        reason = f"The next submission is taken from {when(ready_at, zone, seconds=True)} on."
        return "cooling-down", reason, ready_at
    return None


def percent(fraction: Decimal) -> Decimal:
    """Return a fraction in hundredths: 0.125 is 12.5."""
    return (fraction * 100).normalize() + 0


def _ready_at(policy: Policy, held: Sequence[HandedIn]) -> datetime | None:
    if policy.cool_down is None or not held:
        return None
    return max(one.submitted_at for one in held) + cool_down_after(policy.cool_down, len(held))


def _open(terms: Terms, left: int | None, zone: tzinfo) -> str:
    ends = [end for end in (terms.due_at, terms.exam_ends_at) if end is not None]
    words = "Open" if not ends else f"Open until {when(min(ends), zone)}"
    if left is not None:
        words += f", {left} {'submission' if left == 1 else 'submissions'} left"
    return words + "."


def _closed(terms: Terms, zone: tzinfo) -> str:
    assert terms.closes_at is not None
    what = "Your time for it ended" if terms.closes_at == terms.exam_ends_at else "It closed"
    return (
        f"{what} on {when(terms.closes_at, zone)}. If something kept you from handing in, ask your instructor for an "
        "extension."
    )


def _used_up(used: int) -> str:
    words = "Your one submission is" if used == 1 else f"All of your {used} submissions are"
    return f"{words} used up. If you need another, ask your instructor."


def _late(terms: Terms, penalty: Decimal, zone: tzinfo, *, in_vain: bool) -> str:
    assert terms.due_at is not None
    words = f"It was due on {when(terms.due_at, zone)}. "
    if in_vain:
        return words + "What you handed in in time goes on counting; this would be graded, but would not count."
    if penalty:
        return words + f"Handed in now, {percent(penalty):f} % of its points are taken off."
    return words + "It is still taken, and nothing is taken off."


def when(moment: datetime, zone: tzinfo, *, seconds: bool = False) -> str:
    """Return a moment as clocks in the zone show it: `7 Mar 2027, 23:59 (Europe/Berlin)`."""
    local = moment.astimezone(zone)
    clock = f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"
    return f"{local.day} {local:%b %Y}, {clock} ({zone})"
