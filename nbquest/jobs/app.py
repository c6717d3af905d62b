"""The procrastinate application: jobs live in the same Postgres as what they are about."""

from __future__ import annotations

from typing import Any

import procrastinate
from sqlalchemy.orm import Session

from nbquest.jobs.turns import Turn, to_priority

GRADING_QUEUE = "grading"
BATCH = to_priority(Turn(0), "batch")

app = procrastinate.App(connector=procrastinate.PsycopgConnector())
"""Holds the tasks by name. Its connector is never opened: `defer` brings its connection, a worker its connector."""


def defer(
    session: Session,
    task_name: str,
    *,
    queue: str = GRADING_QUEUE,
    lock: str | None = None,
    priority: int = BATCH,
    **arguments: Any,
) -> int:
    """Put a job into the queue in this session's transaction, so that it exists if and only if the rows do.

    Jobs of the same `lock` run one after the other. `priority` is as in `turns`: unless it says otherwise a job is
    batch work. Returns its number. The task itself need not be imported here.
    """
    connection = session.connection().connection.driver_connection
    job = app.configure_task(
        task_name, queue=queue, lock=lock, priority=priority, allow_unknown=True, connection=connection
    )
    return job.defer(**arguments)
