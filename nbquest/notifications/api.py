"""Notifications: kept, listed, and told at once over Postgres' own channel."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy.orm import Session

from nbquest.notifications.views import Notification

CHANNEL = "nbquest"


def list_notifications(
    session: Session, person: str, after_id: int | None = None, limit: int = 100
) -> list[Notification]:
    """Return the person's notifications after `after_id`, oldest first; without it the newest ones, oldest first."""
    raise NotImplementedError


def get_notification(session: Session, person: str, notification_id: int) -> Notification:
    """Return one of the person's notifications. Raises NotificationNotFound."""
    raise NotImplementedError


async def listen(database_url: str) -> AsyncIterator[dict[str, Any]]:
    """Yield what is told on the channel from now on, committed transactions only.

    Either `{"person", "id"}`: a notification of that id is there to be read; or `{"person", "kind", "payload"}`: a change
    of state without a row. Raises psycopg.OperationalError when the connection is lost; the caller listens again.
    """
    raise NotImplementedError
    yield {}
