"""What people are told, when it is committed and not before."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy
from sqlalchemy import select
from sqlalchemy.orm import Session

from nbquest.db.engine import psycopg_address, session_scope
from nbquest.files.store import MemoryBlobStore
from nbquest.identity import api as identity
from nbquest.notifications import api as notifications
from nbquest.notifications.errors import NotificationNotFound
from nbquest.submissions import api as submissions
from nbquest.submissions.models import AttemptRow
from nbquest.web.live import CHANNEL
from tests.factories.courses import outcome, publish_squares, squares_submission


def _queue(session: Session, blobs: MemoryBlobStore) -> tuple[str, int]:
    made = submissions.submit(
        session,
        blobs,
        person="ada",
        course="squares",
        assignment="first",
        notebooks={"squares.ipynb": squares_submission()},
        key=str(uuid4()),
    )
    return str(made.id), session.scalars(select(AttemptRow.id).where(AttemptRow.submission_id == made.id)).one()


def test_notifications_are_listed_from_where_one_stopped(session: Session) -> None:
    """Oldest first; the same object is kept once; nobody else's."""
    identity.get_or_create_person(session, "ada")
    identity.get_or_create_person(session, "bob")
    numbers = [
        notifications.notify(session, person="ada", kind="test", object=str(n), payload={"n": n}) for n in range(5)
    ]
    assert notifications.notify(session, person="ada", kind="test", object="0", payload={}) is None
    assert notifications.notify(session, person="bob", kind="test", object="0", payload={}) is not None
    listed = notifications.list_notifications(session, "ada")
    assert [item.id for item in listed] == numbers
    assert [item.payload["n"] for item in listed] == [0, 1, 2, 3, 4]
    assert [item.id for item in notifications.list_notifications(session, "ada", numbers[2])] == numbers[3:]
    assert [item.id for item in notifications.list_notifications(session, "ada", limit=2)] == numbers[3:]
    assert notifications.list_notifications(session, "nobody") == []
    assert numbers[0] is not None
    assert notifications.get_notification(session, "ada", numbers[0]).payload == {"n": 0}
    with pytest.raises(NotificationNotFound):
        notifications.get_notification(session, "bob", numbers[0])


async def test_who_listens_hears_what_is_committed(database_url: str, tmp_path: Path) -> None:
    """Grading begun, the next one's place, grade there, grading failed; nothing of what was rolled back."""
    engine = sqlalchemy.create_engine(database_url)
    blobs = MemoryBlobStore()
    with session_scope(engine) as session:
        publish_squares(session, blobs, tmp_path)
        first, attempt = _queue(session, blobs)
        second, other = _queue(session, blobs)
    listener = await psycopg.AsyncConnection.connect(psycopg_address(database_url), autocommit=True)
    await listener.execute(f"LISTEN {CHANNEL}")
    with Session(engine) as session:
        submissions.start_attempt(session, attempt)
        session.rollback()
    for number in (attempt, other):
        with session_scope(engine) as session:
            submissions.start_attempt(session, number)
    with session_scope(engine) as session:
        submissions.record_outcome(session, attempt, {"squares.ipynb": outcome({"visible": (5, 5)})})
    with session_scope(engine) as session:
        submissions.record_failure(session, other, "no")
    async with listener:
        heard = [json.loads(told.payload) async for told in listener.notifies(timeout=30, stop_after=5)]
    place = {"course": "squares", "assignment": "first"}
    kinds = ["submission.grading", "submission.waiting", "submission.grading", None, None]
    assert [message.get("kind") for message in heard] == kinds
    assert heard[0]["payload"] == {"submission_id": first, **place, "state": "grading"}
    assert heard[1]["payload"]["submission_id"] == second
    with session_scope(engine) as session:
        told = [notifications.get_notification(session, "ada", message["id"]) for message in heard[3:]]
    assert [item.kind for item in told] == ["submission.graded", "submission.graded"]
    assert [item.payload for item in told] == [
        {"submission_id": first, **place, "state": "graded"},
        {"submission_id": second, **place, "state": "could-not-grade"},
    ]
    engine.dispose()
