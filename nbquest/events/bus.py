"""Tells the rooms that asked what happened, within the transaction in which it happened."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

ROOMS = "nbquest.rooms:SUBSCRIPTIONS"
"""Where the rooms are put together. Named, not imported: it lies above all of them, this below."""


@dataclass(frozen=True)
class Subscription:
    """A room's wish to hear of events of one class. `handler(session, event)` must be idempotent by key."""

    event: type
    handler: Callable[[Session, Any], None]


def emit(session: Session, event: object) -> None:
    """Call the subscribers of the event's class in their declared order; what one raises ends the transaction."""
    subscriptions: tuple[Subscription, ...] = pkgutil.resolve_name(ROOMS)
    for subscription in subscriptions:
        if subscription.event is type(event):
            subscription.handler(session, event)
