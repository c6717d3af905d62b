"""How long notifications are kept."""

from __future__ import annotations

from datetime import timedelta

import structlog
from procrastinate import JobContext
from sqlalchemy import Engine, delete, select

from nbquest.clock import utc_now
from nbquest.db.engine import session_scope
from nbquest.jobs.app import GRADING_QUEUE, app
from nbquest.jobs.tasks import HOURLY, Tools
from nbquest.notifications.models import NotificationRow

log = structlog.get_logger()

KEPT = timedelta(days=90)
"""How long a notification is kept. Grades, XP and reasons of regrades have tables of their own, and stay."""
BATCH = 1000
"""Rows that are deleted in one transaction."""


@app.periodic(cron=HOURLY)
@app.task(
    name="notifications.prune",
    queue=GRADING_QUEUE,
    lock="prune-notifications",
    queueing_lock="prune-notifications",
    pass_context=True,
)
def prune(context: JobContext, timestamp: int) -> None:
    """Run in a worker's thread; what one run leaves, the next one does."""
    tools: Tools = context.additional_context["tools"]
    pruned = prune_notifications(tools.engine)
    if pruned:
        log.info("pruned old notifications", notifications=pruned)


def prune_notifications(engine: Engine, *, batch: int = BATCH) -> int:
    """Delete the notifications that are too old, the oldest first, `batch` in a transaction; return how many.

    A learner who was away for longer finds what they missed on their pages, not among the events.
    """
    oldest = select(NotificationRow.id).order_by(NotificationRow.id).limit(batch)
    statement = delete(NotificationRow).where(
        NotificationRow.id.in_(oldest.scalar_subquery()), NotificationRow.created_at < utc_now() - KEPT
    )
    pruned = 0
    while True:
        with session_scope(engine) as session:
            deleted = session.connection().execute(statement).rowcount
        pruned += deleted
        if deleted < batch:
            return pruned
