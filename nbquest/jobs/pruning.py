"""What the queue keeps of jobs that are over, and for how long."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Engine, text

from nbquest.clock import utc_now
from nbquest.db.engine import session_scope

JOBS_KEPT = timedelta(days=30)
"""How long a job that failed or was cancelled is kept after the last thing that happened to it."""
BATCH = 1000
"""Rows that are deleted in one transaction."""

# A job's events go with it. Nothing else says when it ended.
_DELETE = text(
    """
    DELETE FROM procrastinate_jobs WHERE id IN (
      SELECT id FROM procrastinate_jobs AS job
      WHERE status NOT IN ('todo', 'doing')
        AND NOT EXISTS (SELECT 1 FROM procrastinate_events AS event WHERE event.job_id = job.id AND event.at >= :before)
      ORDER BY id LIMIT :batch FOR UPDATE SKIP LOCKED
    )
    """
)


def prune_jobs(engine: Engine, *, batch: int = BATCH) -> int:
    """Delete the jobs that are long over, `batch` in a transaction; return how many.

    What succeeds is deleted at once (see nbquest.worker). What came of a submission stands in our own tables.
    """
    before, pruned = utc_now() - JOBS_KEPT, 0
    while True:
        with session_scope(engine) as session:
            deleted = session.connection().execute(_DELETE, {"before": before, "batch": batch}).rowcount
        pruned += deleted
        if deleted < batch:
            return pruned
