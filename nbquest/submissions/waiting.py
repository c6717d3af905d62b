"""What somebody is told who waits for a grade: their place in the queue, and how long that may take."""

from __future__ import annotations

import math
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from nbquest.courses import api as courses
from nbquest.events.bus import emit
from nbquest.events.submissions import PlaceChanged
from nbquest.identity import api as identity
from nbquest.jobs.queue import Place, find_place, list_next
from nbquest.submissions.models import AttemptRow, SubmissionRow
from nbquest.submissions.views import Waiting

MEASURED = 50
"""Of so many attempts, the last ones that were graded, the time is taken for an estimate."""
FEWEST = 3
TOLD = 10
"""So many of those who wait are told that the queue has moved, each time that it does."""


def describe_waiting(session: Session, attempt: AttemptRow) -> Waiting | None:
    """Return where the attempt stands; None where it doesn't wait."""
    if attempt.state != "queued" or attempt.job_id is None:
        return None
    place = find_place(session, attempt.job_id)
    if place is None:
        return None
    return Waiting(place=place.ahead + 1, seconds=estimate(place, _mean_seconds(session)), has_worker=place.slots > 0)


def tell_next(session: Session, attempt: AttemptRow) -> None:
    """Tell those who wait where they stand now that grading of this attempt begins: the next ones, not all."""
    if attempt.job_id is None:
        return
    jobs, slots = list_next(session, attempt.job_id, TOLD)
    if not jobs:
        return
    mean = _mean_seconds(session)
    rows = session.execute(
        select(AttemptRow, SubmissionRow)
        .join(SubmissionRow, SubmissionRow.id == AttemptRow.submission_id)
        .where(AttemptRow.job_id.in_(jobs), AttemptRow.state == "queued", ~AttemptRow.trial)
    ).all()
    people = identity.list_names(session, {submission.person_id for _, submission in rows})
    labels = courses.list_version_labels(session, {one.version_id for one, _ in rows})
    places = {job: ahead for ahead, job in enumerate(jobs)}
    for one, submission in rows:
        ahead = places[one.job_id or 0]
        label = labels[one.version_id]
        emit(
            session,
            PlaceChanged(
                submission_id=submission.id,
                person=people[submission.person_id],
                course=label.course,
                assignment=label.assignment,
                place=ahead + 1,
                seconds=estimate(Place(ahead=ahead, slots=slots), mean),
            ),
        )


def estimate(place: Place, mean_seconds: float | None) -> int | None:
    """Return the seconds until a grade, rounded up: those before it, side by side in the slots, and itself.

    None where nobody works on it, or too little was measured to tell.
    """
    if mean_seconds is None or place.slots == 0:
        return None
    return max(1, math.ceil(mean_seconds * (place.ahead / place.slots + 1)))


def _mean_seconds(session: Session) -> float | None:
    """Return what the last gradings took on average, from the start to the grade."""
    last = (
        select((AttemptRow.finished_at - AttemptRow.started_at).label("took"))
        .where(AttemptRow.state == "graded", AttemptRow.started_at.is_not(None))
        .order_by(AttemptRow.finished_at.desc())
        .limit(MEASURED)
        .subquery()
    )
    count, mean = session.execute(select(func.count(), func.avg(last.c.took)).select_from(last)).one()
    return mean / timedelta(seconds=1) if count >= FEWEST else None
