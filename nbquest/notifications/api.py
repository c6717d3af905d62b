"""Notifications: kept, listed, and told at once over Postgres' own channel."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from nbquest.clock import utc_now
from nbquest.identity import api as identity
from nbquest.notifications.errors import NotificationNotFound
from nbquest.notifications.models import NotificationRow
from nbquest.notifications.views import Notification
from nbquest.web.live import CHANNEL

MAX_LIST = 500


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
    session.execute(select(func.pg_notify(CHANNEL, json.dumps(message))))


def _view(row: NotificationRow) -> Notification:
    return Notification(
        id=row.id, kind=row.kind, created_at=row.created_at, read_at=row.read_at, payload=dict(row.payload)
    )
