"""The procrastinate application: jobs live in the same Postgres as what they are about."""

from __future__ import annotations

from typing import Any

import procrastinate
from sqlalchemy.orm import Session

GRADING_QUEUE = "grading"
INTERACTIVE = 0
"""Priority of jobs that somebody waits for."""
BATCH = -10
"""Priority of jobs that come by the hundred: they run when nothing interactive waits."""

app = procrastinate.App(connector=procrastinate.PsycopgConnector())
"""Holds the tasks by name. Its connector is never opened: `defer` brings its connection, a worker its connector."""


def defer(
    session: Session,
    task_name: str,
    *,
    queue: str = GRADING_QUEUE,
    lock: str | None = None,
    priority: int = INTERACTIVE,
    **arguments: Any,
) -> int:
    """Put a job into the queue in this session's transaction, so that it exists if and only if the rows do.

    Jobs of the same `lock` run one after the other; those of a higher `priority` go first. Returns its number. The task
    itself need not be imported here.
    """
    connection = session.connection().connection.driver_connection
    job = app.configure_task(
        task_name, queue=queue, lock=lock, priority=priority, allow_unknown=True, connection=connection
    )
    return job.defer(**arguments)
