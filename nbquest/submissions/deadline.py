"""Hands in drafts when they are due: decided by the server's clock, once, and as in time however late it is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from nbquest.clock import utc_now
from nbquest.courses import api as courses
from nbquest.courses.errors import AssignmentNotFound
from nbquest.courses.policy import Policy
from nbquest.courses.views import AssignmentKey, AssignmentPolicy, VersionLabel
from nbquest.events.bus import emit
from nbquest.events.submissions import DraftHandedIn, DraftLeft
from nbquest.files.errors import BlobDamaged, BlobNotFound
from nbquest.files.store import BlobStore
from nbquest.identity import api as identity
from nbquest.submissions import drafts, queries, rules
from nbquest.submissions.errors import InvalidSubmission
from nbquest.submissions.models import DraftRow, SubmissionFileRow
from nbquest.submissions.policies import draft_ends_at, hand_in_at, when
from nbquest.submissions.queries import Known
from nbquest.submissions.standing import Applied, apply_policies
from nbquest.submissions.storing import store_submission

ANY_SIZE = 2**63
"""How large a draft may be was decided when it was saved."""


@dataclass(frozen=True, kw_only=True)
class DueDraft:
    """A draft that may be due, by the numbers of its person and its assignment."""

    person_id: int
    assignment_id: int


@dataclass(frozen=True, kw_only=True)
class _Due:
    """A draft that is due: when it was to be handed in, and what the person had handed in until it was too late."""

    row: DraftRow
    person: str
    label: VersionLabel
    applied: Applied
    moment: datetime
    ends_at: datetime
    saved_at: datetime
    history: list[Known]


def list_due(session: Session) -> list[DueDraft]:
    """Return the drafts that may be due now, those saved first, first.

    Nobody's due date is earlier than everybody's, unless it is the end of their time in an exam.
    """
    now = utc_now()
    saved = select(DraftRow.assignment_id).where(DraftRow.saved_at.is_not(None)).distinct()
    passed = [number for number in session.scalars(saved) if _may_be_due(courses.get_policy(session, number), now)]
    query = select(DraftRow.person_id, DraftRow.assignment_id).where(
        DraftRow.saved_at.is_not(None), DraftRow.assignment_id.in_(passed)
    )
    return [
        DueDraft(person_id=row.person_id, assignment_id=row.assignment_id)
        for row in session.execute(query.order_by(DraftRow.saved_at, DraftRow.person_id))
    ]


def hand_in_draft(session: Session, blobs: BlobStore, draft: DueDraft) -> UUID | None:
    """Hand in the draft if it is due and they have not handed in since; return the submission, if there is one.

    A draft that was due is cleared, whatever became of it. Doing it again does nothing. Raises BlobStoreUnavailable.
    """
    due = _find_due(session, draft)
    if due is None:
        return None
    made, reason = None, None
    if not _is_handed_in(session, due):
        try:
            made, reason = _hand_in(session, blobs, due)
        except (AssignmentNotFound, InvalidSubmission, BlobNotFound, BlobDamaged) as error:
            reason = error.message
    drafts.clear_draft(session, due.row, due.label.course)
    _tell(session, due, made, reason)
    return made


def _may_be_due(policy: Policy, now: datetime) -> bool:
    return policy.exam_time is not None or (policy.due_at is not None and now > policy.due_at + policy.grace)


def _find_due(session: Session, draft: DueDraft) -> _Due | None:
    person = identity.list_names(session, [draft.person_id]).get(draft.person_id)
    if person is None:
        return None
    # Held, as when they hand in or save: of several workers the second finds the draft cleared.
    identity.lock_person(session, person)
    row = drafts.list_drafts(session, draft.person_id, [draft.assignment_id]).get(draft.assignment_id)
    if row is None or row.saved_at is None:
        return None
    version = courses.get_newest_version_id(session, draft.assignment_id)
    label = courses.list_version_labels(session, [version])[version]
    role = courses.find_role_in_course(session, person, label.course)
    entry = AssignmentPolicy(
        assignment_id=draft.assignment_id,
        slug=label.assignment,
        policy=courses.get_policy(session, draft.assignment_id),
    )
    applied = apply_policies(session, person=person, course=label.course, role=role or "learner", of=[entry])[
        draft.assignment_id
    ]
    moment, ends_at = hand_in_at(applied.terms), draft_ends_at(applied.policy, applied.terms)
    if moment is None or ends_at is None or utc_now() <= ends_at:
        return None
    theirs = queries.list_known(session, course=label.course, assignment=label.assignment, person=person)
    return _Due(
        row=row,
        person=person,
        label=label,
        applied=applied,
        moment=moment,
        ends_at=ends_at,
        saved_at=row.saved_at,
        # What came afterwards makes no difference: done at the right time, this would not have known of it.
        history=[known for known in theirs if known.submission.submitted_at <= ends_at],
    )


def _is_handed_in(session: Session, due: _Due) -> bool:
    """Return whether they handed in since they last saved, or the very same before."""
    if not due.history:
        return False
    newest = due.history[0].submission
    if newest.submitted_at >= due.saved_at:
        return True
    query = select(SubmissionFileRow.path, SubmissionFileRow.sha256).where(SubmissionFileRow.submission_id == newest.id)
    handed_in = {row.path: row.sha256 for row in session.execute(query)}
    return handed_in == drafts.list_digests(session, due.row)


def _hand_in(session: Session, blobs: BlobStore, due: _Due) -> tuple[UUID | None, str | None]:
    """Return the submission, or why there is none."""
    if courses.find_role_in_course(session, due.person, due.label.course) is None:
        return None, "You are no longer in this course."
    if due.saved_at > due.ends_at:
        moment = when(due.moment, due.applied.zone)
        return None, f"It is due on {moment} now, which is before you last saved it."
    handed_in_at = max(due.moment, due.saved_at)
    decision = due.applied.decide([known.handed_in for known in due.history], handed_in_at)
    if decision.state != "open":
        return None, decision.reason
    target: AssignmentKey = courses.get_assignment_key(session, due.label.course, due.label.assignment)
    key = f"deadline:{target.assignment_id}:{due.moment.isoformat()}"
    stored = queries.find_by_key(session, due.row.person_id, key)
    if stored is not None:
        return None, "It was handed in for you before, when the same date was due."
    accepted = rules.accept_notebooks(drafts.read_draft(session, blobs, due.row), target.notebooks, ANY_SIZE)
    row = store_submission(
        session,
        blobs,
        person_id=due.row.person_id,
        course=due.label.course,
        target=target,
        accepted=accepted,
        key=key,
        submitted_at=handed_in_at,
    )
    return row.id, None


def _tell(session: Session, due: _Due, made: UUID | None, reason: str | None) -> None:
    names = {
        "person": due.person,
        "course": due.label.course,
        "assignment": due.label.assignment,
        "assignment_title": due.label.title,
    }
    if made is not None:
        emit(session, DraftHandedIn(submission_id=made, saved_at=due.saved_at, **names))
    elif reason is not None:
        emit(session, DraftLeft(reason=reason, due_at=due.moment, saved_at=due.saved_at, **names))
