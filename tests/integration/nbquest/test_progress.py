"""What graded work earns, and that it is earned once."""

from __future__ import annotations

import threading
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from nbquest.db.engine import session_scope
from nbquest.files.store import MemoryBlobStore
from nbquest.identity import api as identity
from nbquest.progress import api as progress
from nbquest.progress import rules
from nbquest.progress.models import XpEntryRow
from nbquest.submissions import api as submissions
from nbquest.submissions.models import AttemptRow
from tests.factories.courses import outcome, publish_squares, squares_submission


@pytest.fixture
def blobs(session: Session, tmp_path: Path) -> MemoryBlobStore:
    """A store in which the course `squares` of two assignments of 5 points is published."""
    store = MemoryBlobStore()
    publish_squares(session, store, tmp_path, "first", "second")
    return store


def _queue(session: Session, blobs: MemoryBlobStore, assignment: str = "first", person: str = "ada") -> int:
    made = submissions.submit(
        session,
        blobs,
        person=person,
        course="squares",
        assignment=assignment,
        notebooks={"squares.ipynb": squares_submission()},
        key=str(uuid4()),
    )
    return session.scalars(select(AttemptRow.id).where(AttemptRow.submission_id == made.id)).one()


def _score(session: Session, attempt: int, score: float) -> None:
    submissions.record_outcome(session, attempt, {"squares.ipynb": outcome({"visible": (score, 5)})})


def _entries(session: Session) -> list[tuple[str, str, int]]:
    rows = session.scalars(select(XpEntryRow).order_by(XpEntryRow.id))
    return [(row.rule, row.object, row.points) for row in rows]


def test_nobody_has_nothing(session: Session) -> None:
    """Somebody unknown stands at the beginning."""
    assert progress.get_progress(session, "nobody").model_dump() == {
        "xp": 0,
        "level": 1,
        "level_floor": 0,
        "next_level_at": 100,
        "streak": {"current": 0, "longest": 0, "kept_today": False},
        "recent": [],
    }


def test_points_full_marks_and_the_day_are_paid(session: Session, blobs: MemoryBlobStore) -> None:
    """Improvement only; full marks and the day once."""
    for score in (2, 1, 3.5, 5, 5):
        _score(session, _queue(session, blobs), score)
    today = rules.local_day(session.scalars(select(sqlalchemy.func.now())).one(), "UTC").isoformat()
    assert [(rule, points) for rule, _, points in _entries(session)] == [
        ("assignment_score", 20),
        ("daily_practice", 5),
        ("assignment_score", 15),
        ("assignment_score", 15),
        ("full_marks", 20),
    ]
    assert ("daily_practice", today, 5) in _entries(session)
    assert ("full_marks", "squares/first", 20) in _entries(session)
    _score(session, _queue(session, blobs, "second"), 5)
    shown = progress.get_progress(session, "ada")
    assert shown.xp == 75 + 70
    assert (shown.level, shown.level_floor, shown.next_level_at) == (2, 100, 300)
    assert shown.streak.model_dump() == {"current": 1, "longest": 1, "kept_today": True}
    assert shown.recent[0].label == "second: full marks".capitalize()


def test_nothing_right_earns_nothing(session: Session, blobs: MemoryBlobStore) -> None:
    """Handing in an empty notebook keeps no streak."""
    _score(session, _queue(session, blobs), 0)
    assert _entries(session) == []
    assert progress.get_progress(session, "ada").streak.current == 0


def test_older_work_graded_later_pays_no_second_time(session: Session, blobs: MemoryBlobStore) -> None:
    """Whatever order the workers take."""
    first, second = _queue(session, blobs), _queue(session, blobs)
    _score(session, second, 4)
    _score(session, first, 3)
    assert sum(points for rule, _, points in _entries(session) if rule == "assignment_score") == 40


def test_the_day_is_the_persons_own(session: Session, blobs: MemoryBlobStore) -> None:
    """The day of handing in, where they are."""
    identity.get_or_create_person(session, "ada")
    identity.set_time_zone(session, "ada", "Pacific/Kiritimati")
    attempt = _queue(session, blobs)
    session.execute(text("UPDATE submissions SET submitted_at = '2026-11-20T12:00:00Z'"))
    _score(session, attempt, 1)
    assert ("daily_practice", date(2026, 11, 21).isoformat(), 5) in _entries(session)


def test_what_is_shown_is_what_the_ledger_says(session: Session, blobs: MemoryBlobStore) -> None:
    """Rebuilding from the rows alone gives the same; so do the amounts noted with the grades."""
    for assignment, score in (("first", 2.25), ("second", 5), ("first", 4.125), ("first", 1)):
        _score(session, _queue(session, blobs, assignment), score)
    entries = _entries(session)
    xp = sum(points for _, _, points in entries)
    days = frozenset(date.fromisoformat(day) for rule, day, _ in entries if rule == "daily_practice")
    shown = progress.get_progress(session, "ada")
    assert shown.xp == xp
    assert shown.level == rules.level_of(xp)
    assert shown.streak == rules.streak_of(days, max(days))
    page = submissions.list_submissions(session, person="ada")
    assert sum(item.result.xp_gained for item in page.items if item.result) == xp


def test_the_ledger_can_only_be_added_to(session: Session, blobs: MemoryBlobStore) -> None:
    """Postgres itself refuses anything else."""
    _score(session, _queue(session, blobs), 1)
    for change in ("UPDATE xp_entries SET points = 1000", "DELETE FROM xp_entries"):
        with pytest.raises(DatabaseError, match="never changed"), session.begin_nested():
            session.execute(text(change))


def test_two_workers_at_once_pay_once(database_url: str, tmp_path: Path) -> None:
    """Two submissions graded at the same moment, and one of them by two workers."""
    engine = sqlalchemy.create_engine(database_url)
    blobs = MemoryBlobStore()
    with session_scope(engine) as session:
        publish_squares(session, blobs, tmp_path)
        attempts = [_queue(session, blobs), _queue(session, blobs)]
    ready = threading.Barrier(4)
    failures: list[BaseException] = []

    def grade(attempt: int) -> None:
        try:
            with session_scope(engine) as session:
                session.connection()
                ready.wait(timeout=30)
                _score(session, attempt, 5)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=grade, args=(attempt,)) for attempt in attempts * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with session_scope(engine) as session:
        assert sorted((rule, points) for rule, _, points in _entries(session)) == [
            ("assignment_score", 50),
            ("daily_practice", 5),
            ("full_marks", 20),
        ]
        assert session.scalar(text("SELECT count(*) FROM grades")) == 2
        assert session.scalar(text("SELECT count(*) FROM notifications")) == 2
    engine.dispose()
