"""Policies as they are published, given exceptions to, and held to when something is handed in."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from grader.grading import GraderOptions
from nbquest import personal
from nbquest.courses import api as courses
from nbquest.courses.errors import NotOpenYet
from nbquest.db.engine import session_scope
from nbquest.errors import NbquestError
from nbquest.files.store import MemoryBlobStore
from nbquest.identity import api as identity
from nbquest.identity.errors import PersonNotFound
from nbquest.progress import api as progress
from nbquest.submissions import api as submissions
from nbquest.submissions.errors import (
    AssignmentClosed,
    CoolingDown,
    ExtensionNotFound,
    InvalidExtension,
    LateNotAccepted,
    NoAttemptsLeft,
    NotFetched,
)
from nbquest.submissions.extensions import Extension, Grant
from nbquest.submissions.models import AttemptRow, SubmissionRow
from nbquest.submissions.views import AssignmentWork, Submission
from tests.factories.courses import outcome, squares_source, squares_submission, write_course

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
TEN_PERCENT = 'policy = { penalties = [{ after = "1 day", percent = 10 }] }'


@pytest.fixture
def blobs() -> MemoryBlobStore:
    """An empty store."""
    return MemoryBlobStore()


def _publish(session: Session, blobs: MemoryBlobStore, folder: Path, keys: str) -> None:
    """Publish the course `squares` with one assignment, `first`, of 5 points, whose entry has these keys."""
    manifest = f'title = "Squares"\n[[assignments]]\nslug = "first"\n{keys}\n'
    path = write_course(folder / "squares", {"first/squares.ipynb": squares_source()}, manifest)
    courses.publish_course(session, blobs, path, publisher="teacher", grader_options=GraderOptions())


def _submit(
    session: Session,
    blobs: MemoryBlobStore,
    person: str = "ada",
    *,
    key: str | None = None,
    accept: Decimal | None = None,
) -> Submission:
    return submissions.submit(
        session,
        blobs,
        person=person,
        course="squares",
        assignment="first",
        notebooks={"squares.ipynb": squares_submission()},
        key=key or str(uuid4()),
        accept_penalty=accept,
    )


def _grade(session: Session, submission: Submission, score: float) -> Submission:
    query = select(func.max(AttemptRow.id)).where(AttemptRow.submission_id == submission.id)
    cells = {"visible": (score, 5.0)}
    submissions.record_outcome(session, session.scalars(query).one(), {"squares.ipynb": outcome(cells)})
    return submissions.get_submission(session, submission.id)


def _fail(session: Session, submission: Submission) -> None:
    query = select(func.max(AttemptRow.id)).where(AttemptRow.submission_id == submission.id)
    submissions.record_failure(session, session.scalars(query).one(), "The sandbox is not available.")


def _fetch(session: Session, blobs: MemoryBlobStore, *, early: bool = False) -> None:
    courses.fetch_release(session, blobs, person="ada", course="squares", assignment="first", early=early)


def _work(session: Session, person: str = "ada") -> AssignmentWork:
    return submissions.get_course_work(session, person, "squares").assignments[0]


def _stored(session: Session) -> tuple[int, int]:
    jobs = session.scalar(text("SELECT count(*) FROM procrastinate_jobs")) or 0
    return session.scalars(select(func.count()).select_from(SubmissionRow)).one(), jobs


@pytest.mark.parametrize(
    ("keys", "error", "says"),
    [
        (f"opens = {(NOW + DAY).isoformat()}", NotOpenYet, "It opens on"),
        (
            f'due = {(NOW - DAY).isoformat()}\npolicy = {{ late_until = "23 hours" }}',
            AssignmentClosed,
            "ask your instructor for an extension",
        ),
        ('exam = "1 hour"', NotFetched, "fetch the assignment first"),
        (f"due = {(NOW - 2 * DAY).isoformat()}\n{TEN_PERCENT}", LateNotAccepted, "10 % of its points"),
    ],
    ids=["opens", "closed", "exam", "late"],
)
def test_what_the_policy_does_not_allow_is_refused(
    session: Session, blobs: MemoryBlobStore, tmp_path: Path, *, keys: str, error: type[NbquestError], says: str
) -> None:
    """With an error of its own that says what to do, and nothing stored."""
    _publish(session, blobs, tmp_path, keys)
    before = _stored(session)
    savepoint = session.begin_nested()
    with pytest.raises(error) as caught:
        _submit(session, blobs)
    savepoint.rollback()
    assert caught.value.http_status == 409
    assert says in caught.value.message
    assert _stored(session) == before


def test_attempts_run_out(session: Session, blobs: MemoryBlobStore, tmp_path: Path) -> None:
    """A replay of one that was taken answers as before; what could not be graded doesn't count; each has their own."""
    _publish(session, blobs, tmp_path, "policy = { attempts = 2 }")
    failed = _submit(session, blobs)
    _fail(session, failed)
    first = _submit(session, blobs, key="first")
    assert _work(session).standing.attempts_left == 1
    _submit(session, blobs)
    with pytest.raises(NoAttemptsLeft):
        _submit(session, blobs)
    assert _submit(session, blobs, key="first") == first
    assert (_work(session).standing.state, _work(session).standing.attempts_left) == ("no-attempts-left", 0)
    _submit(session, blobs, "bob")


def test_two_at_once_can_not_both_be_the_last(database_url: str, blobs: MemoryBlobStore, tmp_path: Path) -> None:
    """However many are handed in at the same moment, exactly as many as allowed are taken."""
    engine = sqlalchemy.create_engine(database_url, pool_size=10)
    with session_scope(engine) as session:
        _publish(session, blobs, tmp_path, "policy = { attempts = 3 }")
    start = threading.Barrier(8)
    taken: list[bool] = []

    def hand_in() -> None:
        start.wait()
        try:
            with session_scope(engine) as session:
                _submit(session, blobs)
            taken.append(True)
        except NoAttemptsLeft:
            taken.append(False)

    threads = [threading.Thread(target=hand_in) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [False] * 5 + [True] * 3
    with session_scope(engine) as session:
        assert _stored(session)[0] == 3
    engine.dispose()


def test_cooling_down(session: Session, blobs: MemoryBlobStore, tmp_path: Path) -> None:
    """Until the moment that is told; then the next one is taken."""
    _publish(session, blobs, tmp_path, 'policy = { cool_down = "10 minutes" }')
    made = _submit(session, blobs)
    with pytest.raises(CoolingDown) as caught:
        _submit(session, blobs)
    assert caught.value.http_status == 429
    assert caught.value.details["next_allowed_at"] == made.submitted_at + timedelta(minutes=10)
    assert _work(session).standing.next_allowed_at == made.submitted_at + timedelta(minutes=10)
    session.execute(text("UPDATE submissions SET submitted_at = submitted_at - interval '10 minutes'"))
    assert _submit(session, blobs).number == 2


def test_late_work_is_taken_once_its_price_is_agreed_to(
    session: Session, blobs: MemoryBlobStore, tmp_path: Path
) -> None:
    """Not for less than it costs; score and XP are what is left."""
    _publish(session, blobs, tmp_path, f"due = {(NOW - 2 * DAY).isoformat()}\n{TEN_PERCENT}")
    with pytest.raises(LateNotAccepted) as caught:
        _submit(session, blobs, accept=Decimal("0.09"))
    assert caught.value.details["penalty_percent"] == 10
    made = _submit(session, blobs, accept=Decimal("0.1"))
    assert (made.late, made.penalty_percent) == (True, 10)
    graded = _grade(session, made, 5)
    assert graded.result is not None
    assert (graded.result.auto_score, graded.result.score) == (5, Decimal("4.5"))
    assert graded.result.xp_gained == 45 + 5
    work = _work(session)
    assert (work.counted_score, work.counted_submission) == (Decimal("4.5"), made.id)
    assert (work.standing.state, work.standing.penalty_percent, work.standing.needs_consent) == ("late", 10, True)


def test_late_work_that_costs_nothing_needs_no_consent(
    session: Session, blobs: MemoryBlobStore, tmp_path: Path
) -> None:
    """Within the first day, here; it is marked as late."""
    _publish(session, blobs, tmp_path, f"due = {(NOW - DAY / 2).isoformat()}\n{TEN_PERCENT}")
    made = _submit(session, blobs)
    assert (made.late, made.penalty_percent) == (True, 0)


def test_the_grace_makes_in_time(session: Session, blobs: MemoryBlobStore, tmp_path: Path) -> None:
    """What arrives within it is neither late nor refused."""
    due = (datetime.now(UTC) - timedelta(seconds=5)).isoformat()
    _publish(session, blobs, tmp_path, f'due = {due}\npolicy = {{ late_until = "0 days", grace_seconds = 3600 }}')
    assert not _submit(session, blobs).late


@pytest.mark.parametrize(("counts", "score", "xp"), [("best", 4, 40), ("latest", 1, 40), ("last-before-due", 1, 40)])
def test_which_one_counts(
    session: Session, blobs: MemoryBlobStore, tmp_path: Path, *, counts: str, score: int, xp: int
) -> None:
    """Four points, then one: the score of the assignment follows the policy; what was paid stays paid."""
    _publish(session, blobs, tmp_path, f'policy = {{ counts = "{counts}" }}')
    _grade(session, _submit(session, blobs), 4)
    _grade(session, _submit(session, blobs), 1)
    work = _work(session)
    assert (work.counted_score, work.best_score) == (score, 4)
    assert work.standing.counts == counts
    assert progress.get_progress(session, "ada").xp == xp + 5


def test_after_the_due_date_the_last_one_in_time_counts(
    session: Session, blobs: MemoryBlobStore, tmp_path: Path
) -> None:
    """A late one needs consent, for it is in vain: neither score nor XP follow it."""
    _publish(session, blobs, tmp_path, 'policy = { counts = "last-before-due" }')
    in_time = _submit(session, blobs)
    _grade(session, in_time, 2)
    session.execute(text("UPDATE assignments SET due_at = now() - interval '1 second'"))
    session.expire_all()
    with pytest.raises(LateNotAccepted, match="would not count"):
        _submit(session, blobs)
    _grade(session, _submit(session, blobs, accept=Decimal(0)), 5)
    work = _work(session)
    assert (work.counted_score, work.counted_submission) == (2, in_time.id)
    assert progress.get_progress(session, "ada").xp == 20 + 5


def test_an_exam_is_timed_from_the_first_fetch(session: Session, blobs: MemoryBlobStore, tmp_path: Path) -> None:
    """A second fetch changes nothing; more minutes can be given."""
    _publish(session, blobs, tmp_path, 'exam = "1 hour"')
    _fetch(session, blobs)
    ends_at = _work(session).standing.exam_ends_at
    _fetch(session, blobs)
    assert _work(session).standing.exam_ends_at == ends_at
    _submit(session, blobs)
    session.execute(text("UPDATE assignment_fetches SET first_fetched_at = now() - interval '61 minutes'"))
    with pytest.raises(AssignmentClosed, match="Your time for it ended"):
        _submit(session, blobs)
    _extend(session, person="ada", extra_minutes=15, reason="More time by right")
    _submit(session, blobs)


def test_nothing_is_fetched_before_it_opens(session: Session, blobs: MemoryBlobStore, tmp_path: Path) -> None:
    """But by who teaches, who may also try to hand in."""
    _publish(session, blobs, tmp_path, f"opens = {(NOW + DAY).isoformat()}")
    with pytest.raises(NotOpenYet):
        _fetch(session, blobs)
    _fetch(session, blobs, early=True)
    assert _submit(session, blobs, "teacher").number == 1
    assert _work(session).standing.state == "not-open-yet"


def _extend(session: Session, *, by: str | None = None, reason: str = "Ill", **given: Any) -> Extension:
    return submissions.extend(session, "squares", "first", Grant(reason=reason, **given), by=by)


def test_extensions_of_a_person_and_of_a_group(session: Session, blobs: MemoryBlobStore, tmp_path: Path) -> None:
    """Each holds for whom it was given, until it is withdrawn."""
    due = NOW - DAY
    _publish(session, blobs, tmp_path, f'due = {due.isoformat()}\npolicy = {{ late_until = "0 days", attempts = 1 }}')
    for name in ("ada", "bob", "eve"):
        identity.get_or_create_person(session, name)
    identity.set_group_member(session, "bob", "squares", "tuesday")
    own = _extend(session, person="ada", due_at=NOW + DAY, extra_attempts=1, reason="Ill", by="teacher")
    _extend(session, group="tuesday", due_at=NOW + 2 * DAY, reason="The room was closed")
    assert _work(session).standing.due_at == NOW + DAY
    assert (_work(session).standing.attempts, _work(session).standing.extended) == (2, True)
    assert _work(session, "bob").standing.due_at == NOW + 2 * DAY
    assert (_work(session, "eve").standing.state, _work(session, "eve").standing.extended) == ("closed", False)
    assert not _submit(session, blobs).late
    assert not _submit(session, blobs, "bob").late
    with pytest.raises(AssignmentClosed):
        _submit(session, blobs, "eve")
    given = submissions.list_extensions(session, "squares")
    assert [(one.person, one.group, one.reason) for one in given] == [
        ("ada", None, "Ill"),
        (None, "tuesday", "The room was closed"),
    ]
    assert (own.granted_by, given[1].granted_by) == ("teacher", None)
    gone = submissions.withdraw_extension(session, own.id, by="teacher")
    assert (gone.withdrawn_by, gone.withdrawn_at is not None) == ("teacher", True)
    assert [one.id for one in submissions.list_extension_history(session, "squares").items] == [given[1].id, own.id]
    assert _work(session).standing.state == "closed"
    identity.set_group_member(session, "bob", "squares", "tuesday", member=False)
    assert _work(session, "bob").standing.due_at == due
    with pytest.raises(ExtensionNotFound):
        submissions.withdraw_extension(session, own.id)


def test_an_extension_that_gives_nothing_is_told(session: Session, blobs: MemoryBlobStore, tmp_path: Path) -> None:
    """Instead of being stored and doing nothing."""
    _publish(session, blobs, tmp_path, f"due = {NOW.isoformat()}")
    identity.get_or_create_person(session, "ada")
    for given, says in [
        ({"person": "ada"}, "Say what is given"),
        ({"person": "ada", "due_at": NOW}, "must be later"),
        ({"person": "ada", "group": "g", "due_at": NOW + DAY}, "either to a person or to a group"),
        ({"due_at": NOW + DAY}, "either to a person or to a group"),
        ({"group": "none", "due_at": NOW + DAY}, "Nobody is in a group none"),
        ({"person": "ada", "extra_attempts": 1}, "any number of times"),
        ({"person": "ada", "extra_attempts": -1}, "not less than none"),
        ({"person": "ada", "extra_minutes": 1}, "no exam"),
        ({"person": "ada", "due_at": NOW + DAY, "reason": " "}, "Say why"),
        ({"person": "ada", "due_at": NOW + DAY, "reason": "x" * 501}, "at most 500"),
        ({"person": "ada", "due_at": NOW + DAY, "reason": "a\0b"}, "Say why"),
        ({"group": "a\0b", "due_at": NOW + DAY}, "no name of a group"),
        ({"person": "ada", "late_until": NOW + DAY}, "without end"),
        ({"person": "ada", "waives_penalty": True}, "Nothing is taken off"),
    ]:
        with pytest.raises(InvalidExtension, match=says):
            _extend(session, **{"reason": "x", **given})


def test_an_extension_afterwards_gives_back_what_lateness_took(
    session: Session, blobs: MemoryBlobStore, tmp_path: Path
) -> None:
    """The score and the XP for it, once; withdrawing it takes nothing away again."""
    _publish(session, blobs, tmp_path, f"due = {(NOW - 2 * DAY).isoformat()}\n{TEN_PERCENT}")
    made = _submit(session, blobs, accept=Decimal(1))
    _grade(session, made, 5)
    assert progress.get_progress(session, "ada").xp == 45 + 5
    given = _extend(session, person="ada", due_at=NOW + DAY)
    assert (given.lowered, given.person) == (1, "ada")
    again = submissions.get_submission(session, made.id)
    assert again.result is not None
    assert (again.late, again.penalty_percent, again.result.score) == (False, 0, 5)
    assert (made.penalty_percent_before, again.penalty_percent_before) == (None, 10)
    assert progress.get_progress(session, "ada").xp == 50 + 20 + 5
    assert again.result.xp_gained == 50 + 20 + 5
    submissions.withdraw_extension(session, given.id)
    assert _extend(session, person="ada", due_at=NOW + DAY).lowered == 0
    assert submissions.get_submission(session, made.id) == again
    assert progress.get_progress(session, "ada").xp == 50 + 20 + 5


def test_late_work_is_taken_longer_and_costs_nothing(session: Session, blobs: MemoryBlobStore, tmp_path: Path) -> None:
    """For whom it was given; what they were late with before costs nothing either, and its page can say so."""
    policy = 'policy = { late_until = "3 days", penalties = [{ after = "0 days", percent = 10 }] }'
    _publish(session, blobs, tmp_path, f"due = {(NOW - 2 * DAY).isoformat()}\n{policy}")
    made = _submit(session, blobs, accept=Decimal(1))
    _grade(session, made, 5)
    with pytest.raises(InvalidExtension, match="Late work is taken until"):
        _extend(session, person="ada", late_until=NOW + DAY - timedelta(minutes=1))
    with pytest.raises(InvalidExtension, match="Late work is taken until"):
        _extend(session, person="ada", due_at=NOW, late_until=NOW + 3 * DAY)
    assert _extend(session, person="ada", late_until=NOW + 9 * DAY).lowered == 0
    assert (_work(session).standing.closes_at, _work(session).standing.penalty_percent) == (NOW + 9 * DAY, 10)
    assert _extend(session, person="ada", waives_penalty=True).lowered == 1
    standing = _work(session).standing
    assert (standing.state, standing.penalty_percent, standing.needs_consent) == ("late", 0, False)
    again = submissions.get_submission(session, made.id)
    assert (again.late, again.penalty_percent, again.penalty_percent_before) == (True, 0, 10)
    assert _work(session).counted_score == 5
    assert _work(session, "bob").standing.penalty_percent == 10


def test_what_counts_only_in_time_is_paid_when_it_becomes_so(
    session: Session, blobs: MemoryBlobStore, tmp_path: Path
) -> None:
    """Also where its penalty had been left out before, which alone changed nothing that counts."""
    policy = 'policy = { counts = "last-before-due", penalties = [{ after = "0 days", percent = 10 }] }'
    _publish(session, blobs, tmp_path, f"due = {(NOW + DAY).isoformat()}\n{policy}")
    _grade(session, _submit(session, blobs), 2)
    session.execute(text("UPDATE assignments SET due_at = now() - interval '1 hour'"))
    session.expire_all()
    _grade(session, _submit(session, blobs, accept=Decimal(1)), 5)
    _extend(session, person="ada", waives_penalty=True)
    assert (_work(session).counted_score, progress.get_progress(session, "ada").xp) == (2, 20 + 5)
    _extend(session, person="ada", due_at=NOW + DAY)
    assert (_work(session).counted_score, progress.get_progress(session, "ada").xp) == (5, 50 + 20 + 5)


def test_whom_an_extension_is_for_is_in_the_course(session: Session, blobs: MemoryBlobStore, tmp_path: Path) -> None:
    """Somebody of another course and nobody at all are told of alike."""
    _publish(session, blobs, tmp_path, f"due = {NOW.isoformat()}")
    session.execute(text("UPDATE courses SET enrolment = 'closed'"))
    session.expire_all()
    identity.get_or_create_person(session, "stranger")
    for name in ("stranger", "nobody", "a\0b"):
        with pytest.raises(PersonNotFound, match=r"nobody named .* in this course"):
            _extend(session, person=name, due_at=NOW + DAY)


def test_who_gave_it_is_forgotten_with_them(session: Session, blobs: MemoryBlobStore, tmp_path: Path) -> None:
    """The extension stays with whom it was given to."""
    _publish(session, blobs, tmp_path, f"due = {NOW.isoformat()}")
    identity.get_or_create_person(session, "ada")
    identity.set_course_role(session, "leaving", "squares", "instructor")
    made = _extend(session, person="ada", due_at=NOW + DAY, by="leaving")
    submissions.withdraw_extension(session, made.id, by="leaving")
    personal.erase_person(session, "leaving")
    kept = submissions.list_extension_history(session, "squares").items
    assert [(one.person, one.granted_by, one.withdrawn_by) for one in kept] == [("ada", None, None)]


def test_a_later_due_date_for_all_gives_it_back_too(session: Session, blobs: MemoryBlobStore, tmp_path: Path) -> None:
    """Once the course is published again; an earlier one makes nobody late who was not."""
    _publish(session, blobs, tmp_path, f"due = {(NOW - 2 * DAY).isoformat()}\n{TEN_PERCENT}")
    late = _submit(session, blobs, accept=Decimal(1))
    _publish(session, blobs, tmp_path, f"due = {(NOW + DAY).isoformat()}\n{TEN_PERCENT}")
    session.expire_all()
    assert submissions.reconsider_penalties(session, "squares") == 1
    assert submissions.get_submission(session, late.id).penalty_percent == 0
    _publish(session, blobs, tmp_path, f"due = {(NOW - 2 * DAY).isoformat()}\n{TEN_PERCENT}")
    session.expire_all()
    assert submissions.reconsider_penalties(session, "squares") == 0
    assert not submissions.get_submission(session, late.id).late
