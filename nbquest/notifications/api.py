"""Notifications: kept, listed, and told at once over Postgres' own channel."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import event, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, SessionTransaction

from nbquest.clock import utc_now
from nbquest.identity import api as identity
from nbquest.notifications.errors import NotificationNotFound
from nbquest.notifications.models import NotificationRow
from nbquest.notifications.views import Notification
from nbquest.web.live import CHANNEL

MAX_LIST = 500
UNTOLD = "nbquest.notifications.untold"
"""Where a session keeps what is to be told when it commits."""
_TELL = text("SELECT pg_notify(:channel, message) FROM unnest(CAST(:messages AS text[])) AS message")


def list_notifications(
    session: Session, person: str, after_id: int | None = None, limit: int = 100
) -> list[Notification]:
    """Return the person's notifications after `after_id`, oldest first; without it the newest ones, oldest first."""
    person_id = identity.find_person_id(session, person)
    query = select(NotificationRow).where(NotificationRow.person_id == person_id).limit(max(0, min(limit, MAX_LIST)))
    if after_id is None:
        return [_view(row) for row in reversed(session.scalars(query.order_by(NotificationRow.id.desc())).all())]
    newer = query.where(NotificationRow.id > after_id).order_by(NotificationRow.id)
    return [_view(row) for row in session.scalars(newer)]


def get_notification(session: Session, person: str, notification_id: int) -> Notification:
    """Return one of the person's notifications. Raises NotificationNotFound."""
    person_id = identity.find_person_id(session, person)
    row = session.get(NotificationRow, notification_id)
    if row is None or row.person_id != person_id:
        raise NotificationNotFound
    return _view(row)


def notify(session: Session, *, person: str, kind: str, object: str, payload: dict[str, Any]) -> int | None:
    """Keep a notification and tell it when this transaction commits; the same `object` is told once.

    Returns its number, None where it was there already.
    """
    values = {
        "person_id": identity.get_person_id(session, person),
        "kind": kind,
        "object": object,
        "payload": payload,
        "created_at": utc_now(),
    }
    number = session.scalar(
        insert(NotificationRow)
        .values(**values)
        .on_conflict_do_nothing(index_elements=["person_id", "kind", "object"])
        .returning(NotificationRow.id)
    )
    if number is not None:
        _tell(session, {"person": person, "id": number})
    return number


def tell(session: Session, *, person: str, kind: str, payload: dict[str, Any]) -> None:
    """Tell a passing change of state when this transaction commits, without keeping it."""
    _tell(session, {"person": person, "kind": kind, "payload": payload})


def _tell(session: Session, message: dict[str, Any]) -> None:
    session.info.setdefault(UNTOLD, []).append(json.dumps(message))


@event.listens_for(Session, "before_commit")
def _tell_all(session: Session) -> None:
    """Tell what the transaction has to say in one statement: a queue that moves tells many people at once."""
    messages = session.info.pop(UNTOLD, [])
    if messages:
        session.execute(_TELL, {"channel": CHANNEL, "messages": messages})


@event.listens_for(Session, "after_soft_rollback")
def _forget_all(session: Session, previous: SessionTransaction) -> None:
    """Tell nothing of what didn't happen. (Nobody tells anything and goes on after rolling back to a savepoint.)"""
    session.info.pop(UNTOLD, None)


def _view(row: NotificationRow) -> Notification:
    return Notification(
        id=row.id, kind=row.kind, created_at=row.created_at, read_at=row.read_at, payload=dict(row.payload)
    )
