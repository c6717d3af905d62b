"""Run by alembic: migrates on the connection that `nbquest.db.migrate` opened."""

from collections.abc import Mapping
from typing import Any

from alembic import context

from nbquest.db.base import Base

QUEUE_PREFIX = "procrastinate_"


def is_ours(name: str | None, kind: str, parents: Mapping[Any, str | None]) -> bool:
    """Return whether a thing of the database is described by our models; the queue's are not."""
    return not (kind == "table" and name is not None and name.startswith(QUEUE_PREFIX))


context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, include_name=is_ours
)
with context.begin_transaction():
    context.run_migrations()
