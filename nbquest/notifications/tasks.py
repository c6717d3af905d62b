"""What people are told when something happens."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from nbquest.events.submissions import (
    DraftHandedIn,
    DraftLeft,
    GradingFailed,
    GradingStarted,
    PlaceChanged,
    SubmissionEvent,
    SubmissionGraded,
)
from nbquest.notifications import api

GRADED = "submission.graded"
GRADING = "submission.grading"
HANDED_IN = "submission.handed-in"
LEFT = "draft.left"
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
