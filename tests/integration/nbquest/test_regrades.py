"""Regrades: tried without a trace, shown, and then applied or dropped as a whole."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from nbquest import personal, rooms
from nbquest.courses.errors import AssignmentNotFound, CourseNotFound
from nbquest.db.engine import psycopg_address, session_scope
from nbquest.db.personal import read_rows
from nbquest.files.store import MemoryBlobStore
from nbquest.identity import api as identity
from nbquest.jobs.queue import person_lock
from nbquest.jobs.turns import from_priority
from nbquest.notifications import api as notifications
from nbquest.progress import api as progress
from nbquest.progress.models import XpEntryRow
from nbquest.progress.regrades import report_regrade
from nbquest.submissions import api as submissions
from nbquest.submissions.errors import (
    InvalidCursor,
    InvalidRegrade,
    RegradeEnded,
    RegradeNotFound,
    RegradeNotNeeded,
    RegradeOpen,
    RegradeRunning,
    RegradeStale,
)
from nbquest.submissions.models import AttemptRow, GradeRow, SubmissionRow
from nbquest.submissions.queries import count_waiting
from nbquest.submissions.regrade_views import PersonChange, Regrade
from nbquest.web.live import CHANNEL
from tests.factories.courses import outcome
from tests.factories.regrades import Cells, publish_version, record, submit_graded, try_all

FULL: Cells = {"visible": (2, 2), "hidden": (3, 3)}
HALF: Cells = {"visible": (2, 2), "hidden": (0, 3)}
NOTHING: Cells = {"visible": (0, 2), "hidden": (0, 3)}
REASON = "A hidden test was wrong for negative numbers."


@pytest.fixture
def blobs(session: Session, tmp_path: Path) -> MemoryBlobStore:
    """A store in which version 1 of `first` is published."""
    store = MemoryBlobStore()
    publish_version(session, store, tmp_path)
    return store


def start(session: Session, attempts: Any = "all", **more: Any) -> Regrade:
    values = {"course": "squares", "assignment": "first", "attempts": attempts, "reason": REASON, **more}
    return submissions.start_regrade(session, **values)


def seen_by_learners(session: Session) -> dict[str, Any]:
    """Return all that learners, and the rules about them, have of their work."""
    people = ("ada", "bob", "eve")
    shown = {
        name: (
            submissions.get_course_work(session, name, "squares").model_dump(),
            progress.get_progress(session, name).model_dump(),
            [
                submissions.get_submission(session, item.id)
                for item in submissions.list_submissions(session, person=name).items
            ],
            notifications.list_notifications(session, name),
            count_waiting(session, identity.get_person_id(session, name)),
        )
        for name in people
    }
    for work, *_ in shown.values():
        for assignment in work["assignments"]:
            assignment.pop("standing")  # tells the time
    return shown


def entries(session: Session, person: str) -> list[tuple[str, int]]:
    rows = session.scalars(
        select(XpEntryRow)
        .where(XpEntryRow.person_id == identity.get_person_id(session, person))
        .order_by(XpEntryRow.id)
    )
    return [(row.rule, row.points) for row in rows]


def changes(session: Session, regrade: int, *, only_gains: bool = False) -> dict[str, PersonChange]:
    report = report_regrade(session, "squares", regrade, only_gains=only_gains)
    return {change.person: change for change in report.items}


def test_a_dry_run_leaves_no_trace(session: Session, blobs: MemoryBlobStore, tmp_path: Path) -> None:
    """Queued, half way, done and dropped: learners see nothing of it, and no rule counts it."""
    made = {name: submit_graded(session, blobs, name, HALF).id for name in ("ada", "bob", "eve")}
    publish_version(session, blobs, tmp_path)
    before = seen_by_learners(session)
    regrade = start(session, by="teacher")
    assert (regrade.state, regrade.version, regrade.total, regrade.done) == ("running", 2, 3, 0)
    assert regrade.started_by == "teacher"
    assert seen_by_learners(session) == before
    trials = session.scalars(select(AttemptRow.id).where(AttemptRow.trial).order_by(AttemptRow.id)).all()
    submissions.start_attempt(session, trials[0])
    assert seen_by_learners(session) == before
    try_all(session, regrade.id, {made["ada"]: FULL, made["bob"]: NOTHING, made["eve"]: "no sandbox"})
    assert seen_by_learners(session) == before
    done = submissions.get_regrade(session, "squares", regrade.id)
    assert (done.state, done.done, done.failed) == ("ready", 3, 1)
    overview = submissions.describe_queue(session)
    assert (overview.set_aside_count, overview.set_aside, overview.oldest_seconds) == (0, [], None)
    assert submissions.retry_set_aside(session) == 0
    report_regrade(session, "squares", regrade.id, only_gains=True)
    report_regrade(session, "squares", regrade.id)
    assert seen_by_learners(session) == before
    assert submissions.drop_regrade(session, "squares", regrade.id)
    assert seen_by_learners(session) == before


def test_the_jobs_of_a_regrade_come_after_those_of_learners(
    session: Session, blobs: MemoryBlobStore, tmp_path: Path
) -> None:
    """And one person's run one after the other, as ever."""
    submit_graded(session, blobs, "ada", HALF)
    publish_version(session, blobs, tmp_path)
    session.execute(text("DELETE FROM procrastinate_jobs"))
    start(session)
    ordinary = submit_graded(session, blobs, "ada", None)
    rows = session.execute(text("SELECT priority, lock FROM procrastinate_jobs ORDER BY id")).all()
    lock = person_lock(identity.get_person_id(session, "ada"))
    assert [(from_priority(priority)[1], held) for priority, held in rows] == [("batch", lock), ("interactive", lock)]
    fetched = session.execute(text("SELECT args FROM procrastinate_fetch_job_v2(NULL, NULL)")).scalar_one()
    attempt = session.scalars(select(AttemptRow.id).where(AttemptRow.submission_id == ordinary.id)).one()
    assert fetched["attempt_id"] == attempt


def test_learners_hear_nothing_while_it_grades(database_url: str, tmp_path: Path) -> None:
    """Neither that it begins or fails, nor of places in the queue: only of what somebody handed in meanwhile."""
    engine = sqlalchemy.create_engine(database_url)
    blobs = MemoryBlobStore()
    with session_scope(engine) as session:
        publish_version(session, blobs, tmp_path)
        made = [submit_graded(session, blobs, name, HALF).id for name in ("ada", "bob", "eve")]
        publish_version(session, blobs, tmp_path)
    with psycopg.connect(psycopg_address(database_url), autocommit=True) as listener:
        listener.execute(f"LISTEN {CHANNEL}")
        with session_scope(engine) as session:
            regrade = start(session)
            submit_graded(session, blobs, "joe", None)
            ordinary = session.scalars(select(func.max(AttemptRow.id))).one()
        with session_scope(engine) as session:
            submissions.start_attempt(session, ordinary)
        for submission, cells in zip(made, (FULL, "The sandbox is away.", HALF), strict=True):
            with session_scope(engine) as session:
                trial = select(AttemptRow.id).where(AttemptRow.submission_id == submission, AttemptRow.trial)
                record(session, session.scalars(trial).one(), cells)
        with session_scope(engine) as session:
            assert submissions.get_regrade(session, "squares", regrade.id).state == "ready"
            session.execute(select(func.pg_notify(CHANNEL, "the end")))
        heard = [told.payload for told in listener.notifies(timeout=30, stop_after=2)]
    assert heard[1:] == ["the end"]
    assert (json.loads(heard[0])["person"], json.loads(heard[0])["kind"]) == ("joe", "submission.grading")
    engine.dispose()


def test_applying_counts_pays_takes_back_keeps_both_grades_and_tells(
    session: Session, blobs: MemoryBlobStore, tmp_path: Path
) -> None:
    """What the dry run said is what happens."""
    won = submit_graded(session, blobs, "ada", HALF).id
    lost = submit_graded(session, blobs, "bob", FULL).id
    same = submit_graded(session, blobs, "eve", HALF).id
    failed = submit_graded(session, blobs, "joe", HALF).id
    publish_version(session, blobs, tmp_path)
    regrade = start(session)
    try_all(session, regrade.id, {won: FULL, lost: NOTHING, same: HALF, failed: "The sandbox is away."})
    report = report_regrade(session, "squares", regrade.id)
    assert [(one.person, one.effect) for one in report.items] == [
        ("bob", "loses"),
        ("ada", "gains"),
        ("eve", "same"),
        ("joe", "same"),
    ]
    summary = report.summary.model_dump(exclude_defaults=True)
    assert {key: value for key, value in summary.items() if value} == {
        "people_lose": 1,
        "people_gain": 1,
        "people_same": 2,
        "better": 1,
        "worse": 1,
        "same": 1,
        "could_not_grade": 1,
    }
    bob = report.items[0]
    assert (bob.counted_before, bob.counted_after, bob.xp_before, bob.xp_after) == (5, 0, 75, 5)
    assert [(cell.grade_id, cell.score_before, cell.score_after) for cell in bob.submissions[0].cells] == [
        ("visible", 2, 0),
        ("hidden", 3, 0),
    ]
    assert [cell.grade_id for cell in report.items[1].submissions[0].cells] == ["hidden"]
    assert report.items[2].submissions[0].cells == []
    assert report.items[3].submissions[0].message == "The sandbox is away."

    assert submissions.apply_regrade(session, "squares", regrade.id, by="teacher")
    assert entries(session, "ada") == [
        ("assignment_score", 20),
        ("daily_practice", 5),
        ("assignment_score", 30),
        ("full_marks", 20),
    ]
    assert entries(session, "bob") == [
        ("assignment_score", 50),
        ("full_marks", 20),
        ("daily_practice", 5),
        ("assignment_score", -50),
        ("full_marks", -20),
    ]
    assert len(entries(session, "eve")) == len(entries(session, "joe")) == 2
    for name, change in ((one.person, one) for one in report.items):
        assert progress.get_progress(session, name).xp == change.xp_after
        work = submissions.get_course_work(session, name, "squares").assignments[0]
        assert work.counted_score == change.counted_after
    shown = submissions.get_submission(session, lost)
    assert shown.result is not None
    assert (shown.version, shown.result.score, shown.result.xp_gained) == (2, 0, 5)
    assert [(one.version, one.score, one.max_score, one.reason) for one in shown.history] == [
        (1, 5, 5, None),
        (2, 0, 5, REASON),
    ]
    assert submissions.get_submission(session, failed).version == 1

    told = {name: notifications.list_notifications(session, name)[-1] for name in ("ada", "bob", "eve", "joe")}
    assert {name: one.kind for name, one in told.items()} == {
        "ada": "submission.regraded",
        "bob": "submission.regraded",
        "eve": "submission.graded",
        "joe": "submission.graded",
    }
    payload = told["bob"].payload
    assert (payload["score_before"], payload["score_after"], payload["xp_change"]) == (5, 0, -70)
    assert payload["submission_id"] == str(lost)
    assert payload["reason"] == REASON
    assert "ask your instructor" in payload["message"]

    ended = submissions.get_regrade(session, "squares", regrade.id)
    assert (ended.state, ended.ended_by, ended.only_gains) == ("applied", "teacher", False)
    after = report_regrade(session, "squares", regrade.id)
    assert after.items == report.items
    assert after.summary == report.summary


def test_applying_twice_changes_nothing(session: Session, blobs: MemoryBlobStore, tmp_path: Path) -> None:
    """And says so; what was applied can't be dropped."""
    made = submit_graded(session, blobs, "ada", HALF).id
    publish_version(session, blobs, tmp_path)
    regrade = start(session)
    try_all(session, regrade.id, {made: FULL})
    assert submissions.apply_regrade(session, "squares", regrade.id)
    before = (entries(session, "ada"), submissions.get_submission(session, made))
    assert not submissions.apply_regrade(session, "squares", regrade.id, only_gains=True)
    assert (entries(session, "ada"), submissions.get_submission(session, made)) == before
    assert "changes nothing" in submissions.get_regrade(session, "squares", regrade.id).message
    with pytest.raises(RegradeEnded):
        submissions.drop_regrade(session, "squares", regrade.id)
    assert submissions.regrade(session, made).state == "graded"
    with pytest.raises(RegradeNotNeeded):
        start(session)


def test_what_a_regrade_took_can_be_earned_again(session: Session, blobs: MemoryBlobStore, tmp_path: Path) -> None:
    """By a better submission, once, full marks included."""
    made = submit_graded(session, blobs, "ada", FULL).id
    publish_version(session, blobs, tmp_path)
    regrade = start(session)
    try_all(session, regrade.id, {made: HALF})
    submissions.apply_regrade(session, "squares", regrade.id)
    assert progress.get_progress(session, "ada").xp == 20 + 5
    for _ in range(2):
        submit_graded(session, blobs, "ada", FULL)
        assert progress.get_progress(session, "ada").xp == 50 + 20 + 5
    listed = submissions.list_submissions(session, person="ada").items
    assert sum(item.result.xp_gained for item in listed if item.result) == 75


def test_only_gains_means_that_nobody_loses(session: Session, blobs: MemoryBlobStore, tmp_path: Path) -> None:
    """Who would keeps the grade; a later regrade may still take it."""
    won = submit_graded(session, blobs, "ada", HALF).id
    lost = submit_graded(session, blobs, "bob", FULL).id
    publish_version(session, blobs, tmp_path)
    regrade = start(session)
    try_all(session, regrade.id, {won: FULL, lost: NOTHING})
    planned = changes(session, regrade.id, only_gains=True)
    assert {name: one.effect for name, one in planned.items()} == {"ada": "gains", "bob": "same"}
    assert planned["bob"].submissions[0].outcome == "left-out"
    submissions.apply_regrade(session, "squares", regrade.id, only_gains=True)
    assert changes(session, regrade.id) == planned
    assert submissions.get_regrade(session, "squares", regrade.id).only_gains
    kept = submissions.get_submission(session, lost)
    assert kept.result is not None
    assert (kept.version, kept.result.score, len(kept.history)) == (1, 5, 1)
    assert progress.get_progress(session, "bob").xp == 75
    assert [one.kind for one in notifications.list_notifications(session, "bob")] == ["submission.graded"]
    again = start(session)
    assert again.total == 1


def test_it_is_applied_only_when_all_is_graded_and_by_the_newest_version(
    session: Session, blobs: MemoryBlobStore, tmp_path: Path
) -> None:
    """Refused while it runs, and once a newer version is there; nothing is changed by that."""
    made = submit_graded(session, blobs, "ada", HALF).id
    publish_version(session, blobs, tmp_path)
    regrade = start(session)
    with pytest.raises(RegradeRunning):
        submissions.apply_regrade(session, "squares", regrade.id)
    try_all(session, regrade.id, {made: FULL})
    publish_version(session, blobs, tmp_path)
    stale = submissions.get_regrade(session, "squares", regrade.id)
    assert stale.stale
    assert "newer version" in stale.message
    with pytest.raises(RegradeStale):
        submissions.apply_regrade(session, "squares", regrade.id)
    with pytest.raises(RegradeOpen) as refused:
        start(session)
    assert refused.value.details == {"regrade": regrade.id}
    assert submissions.get_submission(session, made).version == 1
    submissions.drop_regrade(session, "squares", regrade.id)
    assert start(session).version == 3


def test_dropping_ends_what_runs_and_forgets_what_was_tried(
    session: Session, blobs: MemoryBlobStore, tmp_path: Path
) -> None:
    """Jobs, attempts, grades and cells; a worker in the middle of one finds nothing to do."""
    made = [submit_graded(session, blobs, name, HALF).id for name in ("ada", "bob", "eve")]
    publish_version(session, blobs, tmp_path)
    session.execute(text("DELETE FROM procrastinate_jobs"))
    rows = [session.scalar(select(func.count()).select_from(model)) for model in (AttemptRow, GradeRow)]
    regrade = start(session)
    trials = session.scalars(select(AttemptRow.id).where(AttemptRow.trial).order_by(AttemptRow.id)).all()
    record(session, trials[0], FULL)
    assert submissions.start_attempt(session, trials[1]) is not None
    assert submissions.drop_regrade(session, "squares", regrade.id, by="teacher")
    assert not submissions.drop_regrade(session, "squares", regrade.id)
    record(session, trials[1], FULL)
    assert submissions.start_attempt(session, trials[2]) is None
    assert session.scalar(text("SELECT count(*) FROM procrastinate_jobs")) == 0
    assert [session.scalar(select(func.count()).select_from(model)) for model in (AttemptRow, GradeRow)] == rows
    dropped = report_regrade(session, "squares", regrade.id)
    assert (dropped.regrade.state, dropped.regrade.ended_by, dropped.items) == ("dropped", "teacher", [])
    with pytest.raises(RegradeEnded):
        submissions.apply_regrade(session, "squares", regrade.id)
    assert {submissions.get_submission(session, one).version for one in made} == {1}


def test_what_is_handed_in_meanwhile_is_counted(session: Session, blobs: MemoryBlobStore, tmp_path: Path) -> None:
    """A better submission by the newest version counts, so the loss of the old one costs only what it must."""
    old = submit_graded(session, blobs, "ada", FULL).id
    publish_version(session, blobs, tmp_path)
    regrade = start(session)
    try_all(session, regrade.id, {old: NOTHING})
    assert changes(session, regrade.id)["ada"].counted_after == 0
    submit_graded(session, blobs, "ada", HALF)
    planned = changes(session, regrade.id)["ada"]
    assert (planned.counted_before, planned.counted_after) == (5, 2)
    submissions.apply_regrade(session, "squares", regrade.id)
    assert submissions.get_course_work(session, "ada", "squares").assignments[0].counted_score == 2
    assert progress.get_progress(session, "ada").xp == planned.xp_after == 20 + 5


def test_what_got_the_version_meanwhile_stays_as_it_is(
    session: Session, blobs: MemoryBlobStore, tmp_path: Path
) -> None:
    """Regraded by itself, say: then there is nothing left to apply to it."""
    made = submit_graded(session, blobs, "ada", HALF).id
    publish_version(session, blobs, tmp_path)
    regrade = start(session)
    submissions.regrade(session, made)
    ordinary = session.scalars(select(func.max(AttemptRow.id)).where(~AttemptRow.trial)).one()
    record(session, ordinary, FULL)
    try_all(session, regrade.id, {made: NOTHING})
    assert changes(session, regrade.id)["ada"].submissions[0].outcome == "graded-meanwhile"
    before = entries(session, "ada")
    submissions.apply_regrade(session, "squares", regrade.id)
    assert entries(session, "ada") == before
    assert changes(session, regrade.id)["ada"].submissions[0].outcome == "graded-meanwhile"
    shown = submissions.get_submission(session, made)
    assert shown.result is not None
    assert shown.result.score == 5


def test_what_was_left_out_of_it_is_said(session: Session, blobs: MemoryBlobStore, tmp_path: Path) -> None:
    """A submission that was on its way by the old version when it began."""
    made = submit_graded(session, blobs, "ada", HALF).id
    slow = submit_graded(session, blobs, "bob", None).id
    publish_version(session, blobs, tmp_path)
    session.execute(text("UPDATE submissions SET submitted_at = submitted_at + interval '1 minute'"))
    regrade = start(session, "latest")
    assert regrade.total == 2
    by_old = submit_graded(session, blobs, "eve", HALF).id
    session.execute(
        text("UPDATE attempts SET version_id = (SELECT min(id) FROM assignment_versions) WHERE submission_id = :one"),
        {"one": by_old},
    )
    try_all(session, regrade.id, {made: FULL, slow: FULL})
    report = report_regrade(session, "squares", regrade.id)
    assert report.summary.missed == 1
    assert [one.person for one in report.items] == ["bob", "ada"]
    submissions.apply_regrade(session, "squares", regrade.id)
    late = session.scalars(
        select(AttemptRow.id).where(AttemptRow.submission_id == slow, AttemptRow.regrade_id.is_(None))
    )
    record(session, late.one(), NOTHING)
    shown = submissions.get_submission(session, slow)
    assert shown.result is not None
    assert (shown.version, shown.result.score) == (2, 5)
    assert progress.get_progress(session, "bob").xp == 75
    assert start(session).total == 1


@pytest.mark.parametrize(("attempts", "numbers"), [("all", [1, 2, 3]), ("latest", [3]), ("counted", [2])])
def test_which_submissions_it_takes(
    session: Session, blobs: MemoryBlobStore, tmp_path: Path, attempts: str, numbers: list[int]
) -> None:
    for cells in (HALF, FULL, NOTHING):
        submit_graded(session, blobs, "ada", cells)
    publish_version(session, blobs, tmp_path)
    regrade = start(session, attempts)
    taken = changes(session, regrade.id)["ada"].submissions
    assert [one.number for one in taken] == numbers
    assert {one.outcome for one in taken} == {"waiting"}


def test_the_assignments_policy_decides_what_counts(session: Session, tmp_path: Path) -> None:
    """Where the latest counts, XP of an earlier one are its own; penalties are taken off both sides."""
    blobs = MemoryBlobStore()
    policy = (
        'due = 2020-01-01T00:00:00Z\npolicy = { counts = "latest", penalties = [{ after = "0 days", percent = 10 }] }'
    )
    publish_version(session, blobs, tmp_path, policy=policy)
    first = submit_graded(session, blobs, "ada", FULL).id
    last = submit_graded(session, blobs, "ada", HALF).id
    assert progress.get_progress(session, "ada").xp == 45 + 5
    publish_version(session, blobs, tmp_path, policy=policy)
    regrade = start(session)
    try_all(session, regrade.id, {first: FULL, last: NOTHING})
    planned = changes(session, regrade.id)["ada"]
    assert (planned.counted_before, planned.counted_after) == (Decimal("1.8"), 0)
    assert (planned.xp_before, planned.xp_after) == (50, 50)
    assert [one.score_before for one in planned.submissions] == [Decimal("4.5"), Decimal("1.8")]
    submissions.apply_regrade(session, "squares", regrade.id)
    assert progress.get_progress(session, "ada").xp == 50


def test_points_that_a_person_gave_stay(session: Session, blobs: MemoryBlobStore, tmp_path: Path) -> None:
    """They do not depend on the tests."""
    made = submit_graded(session, blobs, "ada", HALF).id
    session.execute(text("UPDATE grades SET manual_score = 1.5"))
    session.expire_all()
    publish_version(session, blobs, tmp_path)
    regrade = start(session)
    try_all(session, regrade.id, {made: {"visible": (1, 2), "hidden": (0, 3)}})
    assert changes(session, regrade.id)["ada"].counted_after == Decimal("2.5")
    submissions.apply_regrade(session, "squares", regrade.id)
    shown = submissions.get_submission(session, made)
    assert shown.result is not None
    assert (shown.result.score, shown.result.manual_score) == (Decimal("2.5"), Decimal("1.5"))


def test_what_could_not_be_graded_before_can_be_mended(
    session: Session, blobs: MemoryBlobStore, tmp_path: Path
) -> None:
    """By the same version, too: a regrade tries it again."""
    made = submit_graded(session, blobs, "ada", None).id
    record(session, session.scalars(select(func.max(AttemptRow.id))).one(), "The sandbox is away.")
    regrade = start(session)
    try_all(session, regrade.id, {made: FULL})
    submissions.apply_regrade(session, "squares", regrade.id)
    shown = submissions.get_submission(session, made)
    assert (shown.state, shown.message) == ("graded", None)
    assert progress.get_progress(session, "ada").xp == 75


def test_what_can_not_be_begun_is_refused(session: Session, blobs: MemoryBlobStore, tmp_path: Path) -> None:
    """With what is missing; nothing is stored."""
    with pytest.raises(RegradeNotNeeded), session.begin_nested():
        start(session)
    submit_graded(session, blobs, "ada", HALF)
    publish_version(session, blobs, tmp_path)
    for reason in ("", "  \n ", "x" * 501, "a\0b", "\ud800"):
        with pytest.raises(InvalidRegrade):
            start(session, reason=reason)
    with pytest.raises(AssignmentNotFound):
        start(session, assignment="none")
    with pytest.raises(CourseNotFound):
        start(session, course="none")
    assert submissions.list_regrades(session, "squares").items == []
    made = start(session)
    for course in ("none", "other"):
        with pytest.raises(RegradeNotFound):
            submissions.get_regrade(session, course, made.id)
    with pytest.raises(RegradeNotFound):
        report_regrade(session, "squares", made.id + 1)
    for cursor in ("x", "-1", "9" * 30, "²"):
        with pytest.raises(InvalidCursor):
            submissions.list_regrades(session, "squares", cursor=cursor)


def test_regrades_and_their_people_are_listed_page_by_page(
    session: Session, blobs: MemoryBlobStore, tmp_path: Path
) -> None:
    made = {name: submit_graded(session, blobs, name, HALF).id for name in ("ada", "bob", "eve")}
    publish_version(session, blobs, tmp_path)
    first = start(session)
    submissions.drop_regrade(session, "squares", first.id)
    second = start(session)
    page = submissions.list_regrades(session, "squares", limit=1)
    assert [one.id for one in page.items] == [second.id]
    rest = submissions.list_regrades(session, "squares", limit=1, cursor=page.next_cursor)
    assert ([one.id for one in rest.items], rest.next_cursor) == ([first.id], None)
    try_all(session, second.id, dict.fromkeys(made.values(), FULL))
    people: list[str] = []
    cursor = None
    while True:
        report = report_regrade(session, "squares", second.id, limit=2, cursor=cursor)
        people += [one.person for one in report.items]
        assert report.summary.people_gain == 3
        cursor = report.next_cursor
        if cursor is None:
            break
    assert people == ["ada", "bob", "eve"]


def test_who_began_it_is_forgotten_when_erased_and_no_one_else(
    session: Session, blobs: MemoryBlobStore, tmp_path: Path
) -> None:
    submit_graded(session, blobs, "ada", HALF)
    publish_version(session, blobs, tmp_path)
    identity.get_or_create_person(session, "helper")
    regrade = start(session, by="teacher")
    submissions.drop_regrade(session, "squares", regrade.id, by="helper")
    described = next(table for table in rooms.PERSONAL if table.name == "regrades")
    assert len(read_rows(session, described, identity.get_person_id(session, "helper"))) == 1
    personal.erase_person(session, "teacher")
    left = submissions.get_regrade(session, "squares", regrade.id)
    assert (left.started_by, left.ended_by) == (None, "helper")


def test_a_person_is_erased_and_exported_while_a_regrade_is_open(
    session: Session, blobs: MemoryBlobStore, tmp_path: Path
) -> None:
    """An export hands out the feedback that was shown; erased, they are out of the regrade, which goes on."""
    kept = submit_graded(session, blobs, "bob", HALF).id
    submit_graded(session, blobs, "ada", HALF)
    submit_graded(session, blobs, "ada", HALF)
    publish_version(session, blobs, tmp_path)
    regrade = start(session)
    mine = (
        select(AttemptRow.id)
        .join(SubmissionRow, SubmissionRow.id == AttemptRow.submission_id)
        .where(AttemptRow.trial, SubmissionRow.person_id == identity.get_person_id(session, "ada"))
        .order_by(AttemptRow.id)
    )
    graded, waiting = session.scalars(mine).all()
    tried = replace(outcome(FULL), feedback_html="tried")
    submissions.record_outcome(session, graded, {"squares.ipynb": tried}, blobs=blobs)
    files: dict[str, bytes] = {}
    personal.export_person(session, blobs, "ada", files.__setitem__)
    rows = json.loads(files["data.json"])["tables"]["attempts"]
    assert sorted(row["trial"] for row in rows) == [False, False, True, True]
    assert b"tried" not in files.values()
    personal.erase_person(session, "ada")
    record(session, waiting, FULL)
    left = submissions.get_regrade(session, "squares", regrade.id)
    assert (left.total, left.state) == (1, "running")
    try_all(session, regrade.id, {kept: FULL})
    assert submissions.apply_regrade(session, "squares", regrade.id)
    assert list(changes(session, regrade.id)) == ["bob"]
    personal.erase_person(session, "bob")
    assert report_regrade(session, "squares", regrade.id).items == []


def test_the_grades_of_a_learner_and_an_applied_regrade_are_counted_one_after_the_other(
    database_url: str, tmp_path: Path
) -> None:
    """A worker that has a new grade while a regrade is applied waits for it, and counts by what it left."""
    engine = sqlalchemy.create_engine(database_url)
    blobs = MemoryBlobStore()
    with session_scope(engine) as session:
        publish_version(session, blobs, tmp_path)
        old = submit_graded(session, blobs, "ada", FULL).id
        publish_version(session, blobs, tmp_path)
        regrade = start(session)
        try_all(session, regrade.id, {old: NOTHING})
        submit_graded(session, blobs, "ada", None)
        fresh = session.scalars(select(func.max(AttemptRow.id))).one()
    with ThreadPoolExecutor(1) as threads:
        with session_scope(engine) as session:
            submissions.apply_regrade(session, "squares", regrade.id)

            def grade() -> None:
                with session_scope(engine) as own:
                    record(own, fresh, HALF)

            running = threads.submit(grade)
            with engine.connect() as watching:
                waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
                while not running.done() and not watching.scalar(waits):
                    watching.rollback()
            assert not running.done()
        running.result()
    with session_scope(engine) as session:
        assert submissions.get_course_work(session, "ada", "squares").assignments[0].counted_score == 2
        assert progress.get_progress(session, "ada").xp == 20 + 5
    engine.dispose()


def test_two_who_apply_at_once_apply_once(database_url: str, tmp_path: Path) -> None:
    engine = sqlalchemy.create_engine(database_url)
    blobs = MemoryBlobStore()
    with session_scope(engine) as session:
        publish_version(session, blobs, tmp_path)
        made = [submit_graded(session, blobs, name, FULL).id for name in ("ada", "bob", "eve")]
        publish_version(session, blobs, tmp_path)
        regrade = start(session)
        try_all(session, regrade.id, dict.fromkeys(made, HALF))
    ready = threading.Barrier(2)

    def apply() -> bool:
        with session_scope(engine) as own:
            own.connection()
            ready.wait(timeout=30)
            return submissions.apply_regrade(own, "squares", regrade.id)

    with ThreadPoolExecutor(2) as threads:
        done = [threads.submit(apply) for _ in range(2)]
    assert sorted(one.result() for one in done) == [False, True]
    with session_scope(engine) as session:
        for name in ("ada", "bob", "eve"):
            assert progress.get_progress(session, name).xp == 20 + 5
        told = session.scalar(text("SELECT count(*) FROM notifications WHERE kind = 'submission.regraded'"))
        assert told == 3
    engine.dispose()


def test_an_open_regrade_is_one_for_each_assignment(database_url: str, tmp_path: Path) -> None:
    """Also where two begin at the same moment."""
    engine = sqlalchemy.create_engine(database_url)
    blobs = MemoryBlobStore()
    with session_scope(engine) as session:
        publish_version(session, blobs, tmp_path)
        submit_graded(session, blobs, "ada", FULL)
        publish_version(session, blobs, tmp_path)
    ready = threading.Barrier(2)

    def begin() -> None:
        with session_scope(engine) as own:
            own.connection()
            ready.wait(timeout=30)
            start(own)

    with ThreadPoolExecutor(2) as threads:
        done = [threads.submit(begin) for _ in range(2)]
    assert sorted(type(one.exception()).__name__ for one in done) == ["NoneType", "RegradeOpen"]
    with session_scope(engine) as session:
        assert session.scalar(select(func.count()).select_from(AttemptRow).where(AttemptRow.trial)) == 1
    engine.dispose()
