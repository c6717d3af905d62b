"""Drafts: what somebody last saved of an assignment, kept to be handed in for them when it is due, if they wish so."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from nbquest.clock import utc_now
from nbquest.courses import api as courses
from nbquest.courses.errors import CourseNotFound
from nbquest.courses.views import AssignmentKey, AssignmentPolicy
from nbquest.files.keeping import keep
from nbquest.files.store import BlobStore, digest_of
from nbquest.identity import api as identity
from nbquest.submissions import queries, rules
from nbquest.submissions.errors import DraftNotTaken, DraftNotWanted, DraftTooLate, DraftTooSoon, InvalidSubmission
from nbquest.submissions.models import DraftFileRow, DraftRow
from nbquest.submissions.policies import Decision, draft_ends_at, hand_in_at
from nbquest.submissions.quotas import Quotas, check_quotas, count_kept, require_course_quota
from nbquest.submissions.standing import Applied, apply_policies
from nbquest.submissions.views import Draft, SavedDraft

PAUSE = timedelta(seconds=5)
"""The least time between two drafts of one person to one assignment; senders wait longer anyway."""


@dataclass(frozen=True, kw_only=True)
class _Place:
    """Whose draft of what, with the policy as it holds for them. The person is held."""

    person_id: int
    course: str
    target: AssignmentKey
    applied: Applied
    decision: Decision
    now: datetime


def get_draft(session: Session, *, person: str, course: str, assignment: str) -> SavedDraft:
    """Return what becomes of the person's saved work. Raises CourseNotFound, AssignmentNotFound."""
    place = _find_place(session, person, course, assignment)
    return _view(place, _find_row(session, place))


def want_draft(session: Session, *, person: str, course: str, assignment: str) -> SavedDraft:
    """Note the person's wish that what they last saved is handed in when it is due. Repeating it changes nothing.

    Raises DraftNotTaken where nothing is due that they could still hand in, CourseNotFound, AssignmentNotFound.
    """
    place = _find_place(session, person, course, assignment)
    row = _find_row(session, place)
    if row is None:
        if _moment(place.applied, place.decision, place.now) is None:
            raise DraftNotTaken
        row = DraftRow(person_id=place.person_id, assignment_id=place.target.assignment_id, wanted_at=place.now)
        session.add(row)
        session.flush()
    return _view(place, row)


def drop_draft(session: Session, *, person: str, course: str, assignment: str) -> SavedDraft:
    """Forget the wish and the draft. Raises CourseNotFound, AssignmentNotFound."""
    place = _find_place(session, person, course, assignment)
    row = _find_row(session, place)
    if row is not None:
        clear_draft(session, row, course)
        session.delete(row)
        session.flush()
    return _view(place, None)


def save_draft(
    session: Session,
    blobs: BlobStore,
    *,
    person: str,
    course: str,
    assignment: str,
    digests: Mapping[str, str],
    notebooks: Mapping[str, bytes],
    max_bytes: int,
    quotas: Quotas,
) -> SavedDraft:
    """Keep the notebooks (by path) as the person's draft in place of the one before, and when they came.

    `digests`: SHA-256 of all of them, of which `notebooks` need hold only those that the draft before doesn't. Where
    one is missing, nothing is kept, and `missing` of the answer names it. What is replaced gives its bytes back to the
    quotas.

    Raises DraftNotWanted, DraftNotTaken, DraftTooLate, DraftTooSoon, InvalidSubmission, SubmissionTooLarge,
    PersonQuotaExceeded, CourseQuotaExceeded, CourseNotFound, AssignmentNotFound, BlobStoreUnavailable.
    """
    place = _find_place(session, person, course, assignment)
    row = _find_row(session, place)
    if row is None:
        raise DraftNotWanted
    _require_open(place)
    wanted = {path: digest for path, digest in digests.items() if path in place.target.notebooks}
    if not wanted:
        raise InvalidSubmission("None of these notebooks belongs to the assignment.")
    before = {file.path: file for file in _list_files(session, row)}
    changed = {path for path, digest in wanted.items() if path not in before or before[path].sha256 != digest}
    missing = sorted(changed - set(notebooks))
    if missing:
        return _view(place, row, missing)
    more = 0
    if changed or set(before) != set(wanted):
        if row.saved_at is not None and place.now - row.saved_at < PAUSE:
            raise DraftTooSoon(seconds=PAUSE.total_seconds())
        for path in changed:
            if digest_of(notebooks[path]) != wanted[path]:
                raise InvalidSubmission("A notebook is not what its SHA-256 says.", path=path)
        sizes = {path: len(notebooks[path]) if path in changed else before[path].size for path in wanted}
        rules.require_size(sum(sizes.values()), max_bytes)
        more = sum(sizes.values()) - sum(file.size for file in before.values())
        if more > 0:  # who is above can still save something smaller
            quotas = check_quotas(session, quotas, person_id=place.person_id, course=course, size=more)
        for path in [*changed, *set(before) - set(wanted)]:
            if path in before:
                session.delete(before[path])
        session.flush()
        session.add_all(
            DraftFileRow(
                person_id=row.person_id,
                assignment_id=row.assignment_id,
                path=path,
                sha256=keep(session, blobs, notebooks[path]),
                size=sizes[path],
            )
            for path in sorted(changed)
        )
        count_kept(session, person_id=place.person_id, course=course, size=more)
    row.saved_at = place.now
    session.flush()
    if more > 0:
        require_course_quota(session, quotas, course=course, size=more)
    return _view(place, row)


def read_draft(session: Session, blobs: BlobStore, row: DraftRow) -> dict[str, bytes]:
    """Return the draft's notebooks, by path. Raises BlobNotFound, BlobDamaged, BlobStoreUnavailable."""
    return {file.path: blobs.get(file.sha256) for file in _list_files(session, row)}


def list_digests(session: Session, row: DraftRow) -> dict[str, str]:
    """Return the SHA-256 of the draft's notebooks, by path."""
    return {file.path: file.sha256 for file in _list_files(session, row)}


def clear_draft(session: Session, row: DraftRow, course: str) -> None:
    """Forget what was saved of an assignment of the course; the wish stays. Files follow at the next collection."""
    kept = sum(file.size for file in _list_files(session, row))
    count_kept(session, person_id=row.person_id, course=course, size=-kept)
    session.execute(
        delete(DraftFileRow).where(
            DraftFileRow.person_id == row.person_id, DraftFileRow.assignment_id == row.assignment_id
        )
    )
    row.saved_at = None
    session.flush()


def list_drafts(session: Session, person_id: int | None, assignment_ids: Collection[int]) -> dict[int, DraftRow]:
    """Return the person's drafts of these assignments, by the assignments' numbers."""
    query = select(DraftRow).where(DraftRow.person_id == person_id, DraftRow.assignment_id.in_(assignment_ids))
    return {row.assignment_id: row for row in session.scalars(query.execution_options(populate_existing=True))}


def draft_view(applied: Applied, decision: Decision, row: DraftRow | None, now: datetime) -> Draft:
    """Return the draft as it is shown with the assignment."""
    return Draft(
        wanted=row is not None,
        saved_at=None if row is None else row.saved_at,
        hands_in_at=_moment(applied, decision, now),
    )


def _moment(applied: Applied, decision: Decision, now: datetime) -> datetime | None:
    """Return when a draft would be handed in, None where that never is: nothing is due, it was, or nothing is left."""
    ends_at = draft_ends_at(applied.policy, applied.terms)
    if ends_at is None or now > ends_at or decision.attempts_left == 0:
        return None
    return hand_in_at(applied.terms)


def _find_place(session: Session, person: str, course: str, assignment: str) -> _Place:
    role = courses.role_in_course(session, person, course)
    if role is None:
        raise CourseNotFound(course=course)
    target = courses.get_assignment_key(session, course, assignment)
    identity.get_or_create_person(session, person)
    person_id = identity.lock_person(session, person)
    entry = AssignmentPolicy(assignment_id=target.assignment_id, slug=assignment, policy=target.policy)
    applied = apply_policies(session, person=person, course=course, role=role, of=[entry])[target.assignment_id]
    theirs = queries.list_known(session, course=course, assignment=assignment, person=person)
    now = utc_now()
    return _Place(
        person_id=person_id,
        course=course,
        target=target,
        applied=applied,
        decision=applied.decide([known.handed_in for known in theirs], now),
        now=now,
    )


def _require_open(place: _Place) -> None:
    ends_at = draft_ends_at(place.applied.policy, place.applied.terms)
    if ends_at is None or place.decision.state in {"not-open-yet", "not-fetched"}:
        raise DraftNotTaken
    if place.now > ends_at:
        raise DraftTooLate


def _find_row(session: Session, place: _Place) -> DraftRow | None:
    return list_drafts(session, place.person_id, [place.target.assignment_id]).get(place.target.assignment_id)


def _list_files(session: Session, row: DraftRow) -> list[DraftFileRow]:
    query = select(DraftFileRow).where(
        DraftFileRow.person_id == row.person_id, DraftFileRow.assignment_id == row.assignment_id
    )
    return list(session.scalars(query.order_by(DraftFileRow.path).execution_options(populate_existing=True)))


def _view(place: _Place, row: DraftRow | None, missing: Collection[str] = ()) -> SavedDraft:
    shown = draft_view(place.applied, place.decision, row, place.now)
    ends_at = draft_ends_at(place.applied.policy, place.applied.terms)
    left = None if ends_at is None else max(0.0, (ends_at - place.now).total_seconds())
    return SavedDraft(**shown.model_dump(), seconds_left=left, missing=list(missing))
