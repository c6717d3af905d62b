"""What a regrade takes, and what applying it would change. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal
from uuid import UUID

from nbquest.courses.policy import Counts
from nbquest.submissions.policies import Counting, HandedIn, counted, counting

Attempts = Literal["all", "latest", "counted"]
"""Which submissions of each person a regrade takes."""
TrialState = Literal["waiting", "graded", "could-not-grade", "graded-meanwhile"]
Effect = Literal["better", "worse", "same"]
TrialOutcome = Literal["better", "worse", "same", "left-out", "waiting", "could-not-grade", "graded-meanwhile"]

UNGRADED = Decimal(-1)
"""Below every score: having a grade, whichever, is more than having none."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A submission in a regrade: as it is graded, and as the newer version graded it (None where it did not).

    `graded-meanwhile`: it has a grade by that version already, so there is nothing to apply.
    """

    before: HandedIn
    after: HandedIn | None
    state: TrialState


@dataclass(frozen=True, kw_only=True)
class Planned:
    """What applying a regrade does to one person. `taken`: the submissions whose trial becomes their grade."""

    outcomes: Mapping[UUID, TrialOutcome]
    taken: frozenset[UUID]
    before: Counting
    after: Counting


def choose(history: Sequence[HandedIn], attempts: Attempts, counts: Counts) -> list[HandedIn]:
    """Return those of a person's submissions that a regrade takes; `counted`: the latest where none counts yet."""
    ordered = sorted(history, key=lambda one: one.submitted_at)
    if attempts == "all":
        return ordered
    holds = counted(ordered, counts) if attempts == "counted" else None
    return [holds] if holds is not None else ordered[-1:]


def effect_of(before: HandedIn, after: HandedIn) -> Effect:
    """Return whether a submission gains: points decide, and full marks where those are the same or more."""
    if _score(after) < _score(before) or (before.has_full_marks and not after.has_full_marks):
        return "worse"
    if _score(after) > _score(before) or after.has_full_marks > before.has_full_marks:
        return "better"
    return "same"


def loses(before: Counting, after: Counting) -> bool:
    """Return whether somebody with this before and after loses points or full marks, now or of what they once had."""
    now_before, now_after = (UNGRADED if one.score is None else one.score for one in (before, after))
    return now_after < now_before or after.highest < before.highest or (before.full_marks and not after.full_marks)


def plan(
    history: Sequence[HandedIn], trials: Mapping[UUID, Trial], counts: Counts, *, only_gains: bool = False
) -> Planned:
    """Return what applying these trials does to a person of this history.

    `only_gains`: a submission that would lose keeps its grade; and where somebody lost all the same, because another
    one of theirs would come to count, nothing of theirs is changed.
    """
    outcomes: dict[UUID, TrialOutcome] = {}
    for key, trial in trials.items():
        outcome: TrialOutcome = "waiting"
        if trial.state != "graded":
            outcome = trial.state
        elif trial.after is not None:
            outcome = effect_of(trial.before, trial.after)
        outcomes[key] = "left-out" if outcome == "worse" and only_gains else outcome
    before = counting(history, counts)
    planned = _planned(history, trials, counts, outcomes, before)
    if not only_gains or not loses(before, planned.after):
        return planned
    spared: dict[UUID, TrialOutcome] = {
        key: "left-out" if key in planned.taken else outcome for key, outcome in outcomes.items()
    }
    return _planned(history, trials, counts, spared, before)


def _planned(
    history: Sequence[HandedIn],
    trials: Mapping[UUID, Trial],
    counts: Counts,
    outcomes: Mapping[UUID, TrialOutcome],
    before: Counting,
) -> Planned:
    taken = {
        key: trial.after
        for key, trial in trials.items()
        if outcomes[key] in {"better", "worse", "same"} and trial.after is not None
    }
    after = [taken.get(one.submission_id, one) for one in history]
    return Planned(outcomes=outcomes, taken=frozenset(taken), before=before, after=counting(after, counts))


def _score(one: HandedIn) -> Decimal:
    score = one.counted_score
    return UNGRADED if score is None else score
