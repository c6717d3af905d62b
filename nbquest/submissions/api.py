"""Handing in, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from nbquest.clock import utc_now
from nbquest.courses import api as courses
from nbquest.courses.errors import CourseNotFound
from nbquest.courses.views import AssignmentPolicy, Course
from nbquest.files.store import BlobStore
from nbquest.identity import api as identity
from nbquest.identity.views import CourseRole
from nbquest.submissions import assemble, extensions, full_feedback, grades, queries, regrades, rules
from nbquest.submissions.counting import list_counted, select_submission_ids
from nbquest.submissions.drafts import drop_draft, get_draft, list_drafts, save_draft, want_draft
from nbquest.submissions.errors import InvalidSubmission, KeyReused, SubmissionNotFound, TooManyWaiting
from nbquest.submissions.extensions import (
    Extension,
    Grant,
    list_extension_history,
    list_extensions,
    withdraw_extension,
)
from nbquest.submissions.grades import record_failure, record_outcome, set_xp_gained, start_attempt
from nbquest.submissions.kept import find_file, get_snapshot, is_same_work, list_draft_files, list_files, read_files
from nbquest.submissions.operating import describe_queue, list_set_aside, retry_set_aside
from nbquest.submissions.penalties import reconsider_penalties
from nbquest.submissions.policies import Decision
from nbquest.submissions.queries import Known
from nbquest.submissions.quotas import Quotas, check_quotas, require_course_quota
from nbquest.submissions.refusals import require_allowed
from nbquest.submissions.regrade_applying import apply_regrade, get_regrade_xp, set_regrade_xp
from nbquest.submissions.regrade_plans import RegradeChange, list_regrade_changes
from nbquest.submissions.regrades import (
    count_outdated,
    drop_regrade,
    get_regrade,
    list_regrades,
    read_regrade_cursor,
    start_regrade,
)
from nbquest.submissions.standing import apply_policies
from nbquest.submissions.storing import store_submission
from nbquest.submissions.views import CourseWork, GradeRecord, NextStep, Page, Submission
from nbquest.submissions.waiting import describe_waiting

__all__ = [
    "RegradeChange",
    "apply_regrade",
    "count_outdated",
    "describe_queue",
    "drop_draft",
    "drop_regrade",
    "extend",
    "find_file",
    "get_course_work",
    "get_draft",
    "get_feedback",
    "get_instructor_feedback",
    "get_regrade",
    "get_regrade_xp",
    "get_snapshot",
    "get_submission",
    "list_counted",
    "list_course_work",
    "list_draft_files",
    "list_extension_history",
    "list_extensions",
    "list_files",
    "list_regrade_changes",
    "list_regrades",
    "list_set_aside",
    "list_submissions",
    "read_files",
    "read_regrade_cursor",
    "reconsider_penalties",
    "record_failure",
    "record_outcome",
    "regrade",
    "retry_set_aside",
    "save_draft",
    "select_submission_ids",
    "set_regrade_xp",
    "set_xp_gained",
    "start_attempt",
    "start_regrade",
    "submit",
    "want_draft",
    "withdraw_extension",
]

MAX_PAGE = 200
DEFAULT_MAX_BYTES = 20 * 1024 * 1024
UNLIMITED = Quotas()


def list_course_work(session: Session, person: str) -> list[CourseWork]:
    """Return the courses that this person may learn or teach, with their own work in each."""
    roles = identity.list_course_roles(session, person)
    return [
        _course_work(session, person, course, roles.get(course.slug, "learner"))
        for course in courses.list_courses(session, person)
    ]


def get_course_work(session: Session, person: str, course: str) -> CourseWork:
    """Return one course with this person's own work. Raises CourseNotFound, also where they have no role."""
    role = courses.role_in_course(session, person, course)
    if role is None:
        raise CourseNotFound(course=course)
    return _course_work(session, person, courses.get_course(session, course), role)


def submit(
    session: Session,
    blobs: BlobStore,
    *,
    person: str,
    course: str,
    assignment: str,
    notebooks: Mapping[str, bytes],
    key: str,
    max_bytes: int = DEFAULT_MAX_BYTES,
    quotas: Quotas = UNLIMITED,
    accept_penalty: Decimal | None = None,
) -> Submission:
    """Store the notebooks (by path), a row and the grading job in this transaction; the same `key` stores once.

    `accept_penalty`: the fraction that the person agreed to lose where it is late.

    Raises CourseNotFound (also where the person has no role), AssignmentNotFound, InvalidSubmission,
    SubmissionTooLarge, TooManyWaiting, KeyReused (the same key for something else), PersonQuotaExceeded,
    CourseQuotaExceeded, BlobStoreUnavailable; and where the policy does not allow it now NotOpenYet, AssignmentClosed,
    NoAttemptsLeft, NotFetched, CoolingDown, LateNotAccepted. Then nothing is stored.
    """
    role = courses.role_in_course(session, person, course)
    if role is None:
        raise CourseNotFound(course=course)
    target = courses.get_assignment_key(session, course, assignment)
    if not key or len(key) > rules.MAX_KEY or not key.isprintable():
        raise InvalidSubmission("The key must be a text of 1 to 200 characters, such as a UUID.")
    person_id = identity.lock_or_create_person(session, person)
    stored = queries.find_by_key(session, person_id, key)
    if stored is not None:
        if not is_same_work(session, stored, target, notebooks):
            raise KeyReused
        return get_submission(session, stored.id)
    if queries.count_waiting(session, person_id) >= rules.MAX_WAITING:
        raise TooManyWaiting
    accepted = rules.accept_notebooks(notebooks, target.notebooks, max_bytes)
    size = sum(len(content) for content in accepted.notebooks.values())
    quotas = check_quotas(session, quotas, person_id=person_id, course=course, size=size)
    now = utc_now()
    # The person is held since above, so no other submission of theirs can come between this and the row.
    entry = AssignmentPolicy(assignment_id=target.assignment_id, slug=assignment, policy=target.policy)
    decision = _decide(session, person_id, entry, person=person, course=course, role=role, now=now)
    require_allowed(decision, accept_penalty)
    row = store_submission(
        session,
        blobs,
        person_id=person_id,
        course=course,
        target=target,
        accepted=accepted,
        key=key,
        submitted_at=now,
        late=decision.state == "late",
        penalty=decision.penalty,
    )
    made = get_submission(session, row.id)
    require_course_quota(session, quotas, course=course, size=size)
    return made


def extend(session: Session, course: str, assignment: str, grant: Grant, *, by: str | None = None) -> Extension:
    """Give a person, or a group of the course, what `grant` says; `by` is the user name of who gives it.

    What they were late with before costs less at once where it says so; `lowered` counts that. Raises
    InvalidExtension, CourseNotFound, AssignmentNotFound, PersonNotFound.
    """
    made = extensions.add_extension(session, course, assignment, grant, by=by)
    return extensions.note_lowered(session, made, reconsider_penalties(session, course, assignment))


def get_submission(session: Session, submission_id: UUID) -> Submission:
    """Return the submission. Raises SubmissionNotFound. Whether the reader may see it is the caller's question."""
    known = _get_known(session, submission_id)
    waiting = describe_waiting(session, known.attempt)
    if known.grade is None:
        return assemble.submission_view(known, [], waiting=waiting)
    cells = queries.list_cells(session, [known.grade.attempt_id])[known.grade.attempt_id]
    return assemble.submission_view(known, cells, _next_step(session, known), waiting, _history(session, known))


def list_submissions(
    session: Session,
    *,
    course: str | None = None,
    assignment: str | None = None,
    person: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Submission]:
    """Return submissions, newest first, `limit` at most (and never more than 200). Raises InvalidCursor.

    They carry no next step and no history: those are for the one submission that somebody looks at.
    """
    limit = max(1, min(limit, MAX_PAGE))
    found = queries.list_known(
        session, course=course, assignment=assignment, person=person, cursor=cursor, limit=limit + 1
    )
    page = found[:limit]
    cells = queries.list_cells(session, [known.grade.attempt_id for known in page if known.grade is not None])
    return Page[Submission](
        items=[assemble.submission_view(known, cells[known.grade.attempt_id] if known.grade else []) for known in page],
        next_cursor=queries.write_cursor(page[-1].submission) if len(found) > limit else None,
    )


def get_feedback(session: Session, blobs: BlobStore, submission_id: UUID) -> dict[str, bytes]:
    """Return the feedback pages (HTML) by notebook; none before it is graded. Raises SubmissionNotFound."""
    grade = _get_known(session, submission_id).grade
    return {} if grade is None else {path: blobs.get(sha256) for path, sha256 in sorted(grade.feedback.items())}


def get_instructor_feedback(session: Session, blobs: BlobStore, submission_id: UUID, notebook: str) -> str | None:
    """Return the page (HTML) that holds the hidden tests of a notebook, for instructors alone; None where none is kept.

    Raises SubmissionNotFound.
    """
    return full_feedback.render_full_feedback(session, blobs, _get_known(session, submission_id), notebook)


def regrade(session: Session, submission_id: UUID) -> Submission:
    """Have one submission graded by the newest version, unless it is; what could not be graded is tried again.

    Its grade counts as soon as it is there, and takes no XP back: this mends what failed. Corrected tests are for
    `start_regrade`, which shows first what changes. Raises SubmissionNotFound.
    """
    known = _get_known(session, submission_id)
    version_id = courses.get_newest_version_id(session, known.submission.assignment_id)
    if regrades.needs_grading(known, version_id):
        grades.queue_attempt(session, known.submission, version_id)
    return get_submission(session, submission_id)


def _course_work(session: Session, person: str, course: Course, role: CourseRole) -> CourseWork:
    theirs: dict[str, list[Known]] = {}
    for known in queries.list_known(session, course=course.slug, person=person):
        theirs.setdefault(known.assignment, []).append(known)
    entries = courses.list_policies(session, course.slug)
    applied = apply_policies(session, person=person, course=course.slug, role=role, of=entries)
    numbers = {entry.slug: entry.assignment_id for entry in entries}
    kept = list_drafts(session, identity.find_person_id(session, person), list(numbers.values()))
    now = utc_now()
    return CourseWork(
        course=course,
        role=role,
        assignments=[
            assemble.assignment_work(
                assignment,
                theirs.get(assignment.slug, []),
                applied[numbers[assignment.slug]],
                kept.get(numbers[assignment.slug]),
                now,
            )
            for assignment in courses.list_assignments(session, course.slug)
        ],
    )


def _decide(
    session: Session,
    person_id: int,
    entry: AssignmentPolicy,
    *,
    person: str,
    course: str,
    role: CourseRole,
    now: datetime,
) -> Decision:
    applied = apply_policies(session, person=person, course=course, role=role, of=[entry])[entry.assignment_id]
    # Most policies don't ask how often somebody has tried, so a long history is not read.
    looks_back = entry.policy.looks_back
    return applied.decide(queries.list_handed_in(session, person_id, entry.assignment_id) if looks_back else [], now)


def _next_step(session: Session, known: Known) -> NextStep | None:
    assert known.grade is not None
    course = courses.get_course(session, known.course)
    work = _course_work(session, known.person, course, "learner")
    return rules.next_step(
        known.course,
        work.assignments,
        known.assignment,
        known.score or Decimal(0),
        pending=bool(known.grade.needs_manual),
    )


def _history(session: Session, known: Known) -> list[GradeRecord]:
    found = queries.list_grades(session, known.submission.id)
    labels = courses.list_version_labels(session, {attempt.version_id for attempt, _, _ in found})
    return [
        assemble.grade_record(known, grade, labels[attempt.version_id].number, regrade)
        for attempt, grade, regrade in found
    ]


def _get_known(session: Session, submission_id: UUID) -> Known:
    known = queries.find_known(session, submission_id)
    if known is None:
        raise SubmissionNotFound
    return known
