"""What people are told when something happens."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from nbquest.events.submissions import (
    DraftHandedIn,
    DraftLeft,
    GradingFailed,
    GradingStarted,
    PenaltyLowered,
    PlaceChanged,
    SubmissionEvent,
    SubmissionGraded,
    SubmissionsRegraded,
)
from nbquest.notifications import api
from nbquest.submissions import api as submissions

GRADED = "submission.graded"
GRADING = "submission.grading"
HANDED_IN = "submission.handed-in"
LEFT = "draft.left"
PENALTY_LOWERED = "submission.penalty-lowered"
REGRADED = "submission.regraded"
WAITING = "submission.waiting"


def tell_graded(session: Session, event: SubmissionGraded) -> None:
    """Tell the learner that the grade is there."""
    api.notify(
        session, person=event.person, kind=GRADED, object=str(event.attempt_id), payload=_payload(event, "graded")
    )


def tell_grading_failed(session: Session, event: GradingFailed) -> None:
    """Tell the learner that there will be no grade: the same kind, so that whoever waits for it hears."""
    api.notify(
        session,
        person=event.person,
        kind=GRADED,
        object=f"{event.attempt_id}/failed/{event.failed_at.isoformat()}",
        payload=_payload(event, "could-not-grade"),
    )


def tell_grading_started(session: Session, event: GradingStarted) -> None:
    """Tell the learner that grading has begun."""
    api.tell(session, person=event.person, kind=GRADING, payload=_payload(event, "grading"))


def tell_draft_handed_in(session: Session, event: DraftHandedIn) -> None:
    """Tell the learner that what they had last saved was handed in for them."""
    saved = {"assignment_title": event.assignment_title, "saved_at": event.saved_at.isoformat()}
    payload = _payload(event, "queued") | saved
    api.notify(session, person=event.person, kind=HANDED_IN, object=str(event.submission_id), payload=payload)


def tell_draft_left(session: Session, event: DraftLeft) -> None:
    """Tell the learner that it was not, and why."""
    api.notify(
        session,
        person=event.person,
        kind=LEFT,
        object=f"{event.course}/{event.assignment}/{event.saved_at.isoformat()}",
        payload={
            "course": event.course,
            "assignment": event.assignment,
            "assignment_title": event.assignment_title,
            "saved_at": event.saved_at.isoformat(),
            "reason": event.reason,
        },
    )


def tell_regraded(session: Session, event: SubmissionsRegraded) -> None:
    """Tell the learner why their score or their XP changed; nothing where neither did."""
    xp = submissions.get_regrade_xp(session, event.regrade_id, event.person)
    if event.counted_after == event.counted_before and not xp:
        return
    api.notify(
        session,
        person=event.person,
        kind=REGRADED,
        object=f"regrade-{event.regrade_id}",
        payload={
            **_payload(event, "graded"),
            "assignment_title": event.assignment_title,
            "reason": event.reason,
            "score_before": None if event.counted_before is None else float(event.counted_before),
            "score_after": float(event.counted_after),
            "max_score": float(event.max_score),
            "xp_change": xp,
            "message": regraded_words(event, xp),
        },
    )


def tell_penalty_lowered(session: Session, event: PenaltyLowered) -> None:
    """Tell the learner that a late submission costs less, or isn't late; the reason of an extension isn't for them."""
    api.notify(
        session,
        person=event.person,
        kind=PENALTY_LOWERED,
        # Each fall has its own end, and being in time after all comes once.
        object=f"{event.attempt_id}/penalty-{event.penalty_before.normalize():f}-{event.penalty.normalize():f}",
        payload={
            **_payload(event, "graded"),
            "assignment_title": event.assignment_title,
            "penalty_percent": float(event.penalty * 100),
            "score_after": float(event.counted_score),
            "max_score": float(event.max_score),
            "message": lowered_words(event),
        },
    )


def lowered_words(event: PenaltyLowered) -> str:
    """Return what the learner reads when a late submission costs less, or is no longer late."""
    taken = f"{_plain(event.penalty * 100)} % of its points are" if event.penalty else "nothing is"
    if event.penalty < event.penalty_before:
        what = f"Your late submission to {event.assignment_title} costs less now: {taken} taken off."
    else:
        what = f"Your submission to {event.assignment_title} is no longer late: it has a later due date."
    return f"{what} {_plain(event.counted_score)} of {_plain(event.max_score)} points count."


def regraded_words(event: SubmissionsRegraded, xp: int) -> str:
    """Return what the learner reads: what happened, why, and what to do where they lost something."""
    now = f"{_plain(event.counted_after)} of {_plain(event.max_score)} points count now"
    if event.counted_before is not None and event.counted_before != event.counted_after:
        now += f", {_plain(event.counted_before)} did before"
    if xp:
        now += f" ({'+' if xp > 0 else '−'}{abs(xp)} XP)"
    words = f"Your work on {event.assignment_title} was graded again: {now}. Why: {event.reason}"
    words += "" if words.endswith((".", "!", "?")) else "."
    if xp < 0 or event.counted_after < (event.counted_before or 0):
        words += " If something looks wrong to you, please ask your instructor."
    return words


def _plain(points: Decimal) -> str:
    return f"{points.normalize() + 0:f}"


def tell_place_changed(session: Session, event: PlaceChanged) -> None:
    """Tell the learner where the submission stands."""
    place = {"place": event.place, "seconds": event.seconds, "has_worker": True}
    api.tell(session, person=event.person, kind=WAITING, payload={**_payload(event, "queued"), "waiting": place})


def _payload(event: SubmissionEvent, state: str) -> dict[str, Any]:
    return {
        "submission_id": str(event.submission_id),
        "course": event.course,
        "assignment": event.assignment,
        "state": state,
    }
