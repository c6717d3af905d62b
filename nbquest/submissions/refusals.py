"""Turns a decision against a submission into the error that says so."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from nbquest.courses.errors import NotOpenYet
from nbquest.errors import NbquestError
from nbquest.submissions.errors import AssignmentClosed, CoolingDown, LateNotAccepted, NoAttemptsLeft, NotFetched
from nbquest.submissions.policies import Decision, State, percent

ERRORS: dict[State, type[NbquestError]] = {
    "not-open-yet": NotOpenYet,
    "closed": AssignmentClosed,
    "no-attempts-left": NoAttemptsLeft,
    "not-fetched": NotFetched,
    "cooling-down": CoolingDown,
}


def require_allowed(decision: Decision, accept_penalty: Decimal | None) -> None:
    """Raise the error of a submission that is not taken, or that costs more than its sender agreed to (a fraction)."""
    details: dict[str, Any] = {
        "due_at": decision.terms.due_at,
        "closes_at": decision.terms.closes_at,
        "attempts_left": decision.attempts_left,
        "next_allowed_at": decision.next_allowed_at,
    }
    if decision.state in ERRORS:
        raise ERRORS[decision.state](decision.reason, **details)
    agreed = accept_penalty is not None and decision.penalty <= accept_penalty
    if decision.needs_consent and not agreed:
        details["penalty_percent"] = float(percent(decision.penalty))
        raise LateNotAccepted(f"{decision.reason} To hand it in all the same, confirm that.", **details)
