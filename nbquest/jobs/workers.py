"""Which workers there are: each tells of itself as long as it lives."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from nbquest.clock import utc_now
from nbquest.jobs.models import WorkerRow

LOST_AFTER = timedelta(seconds=30)
FORGOTTEN_AFTER = timedelta(days=1)


class Worker(BaseModel):
    """A worker as the operator sees it. `lost`: it hasn't told of itself for half a minute, and hasn't ended well."""

    model_config = ConfigDict(frozen=True)

    host: str
    process: int
    slots: int
    queues: frozenset[str]
    started_at: datetime
    seen_at: datetime
    lost: bool


def tell_worker(session: Session, worker_id: UUID, *, slots: int, queues: Sequence[str], started_at: datetime) -> None:
    """Say that this process is a worker and lives; forget workers that were lost more than a day ago."""
    now = utc_now()
    told = {
        "host": socket.gethostname(),
        "process": os.getpid(),
        "slots": slots,
        "queues": list(queues),
        "started_at": started_at,
        "seen_at": now,
    }
    statement = insert(WorkerRow).values(id=worker_id, **told)
    session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=told))
    session.execute(delete(WorkerRow).where(WorkerRow.seen_at < now - FORGOTTEN_AFTER))


def forget_worker(session: Session, worker_id: UUID) -> None:
    """Say that the worker ends."""
    session.execute(delete(WorkerRow).where(WorkerRow.id == worker_id))


def list_workers(session: Session, *, lost: bool = False) -> list[Worker]:
    """Return the workers that live, and those that were `lost` if wanted, by host and age."""
    alive_since = utc_now() - LOST_AFTER
    query = select(WorkerRow).order_by(WorkerRow.host, WorkerRow.started_at)
    if not lost:
        query = query.where(WorkerRow.seen_at >= alive_since)
    return [
        Worker(
            host=row.host,
            process=row.process,
            slots=row.slots,
            queues=frozenset(row.queues),
            started_at=row.started_at,
            seen_at=row.seen_at,
            lost=row.seen_at < alive_since,
        )
        for row in session.scalars(query)
    ]
