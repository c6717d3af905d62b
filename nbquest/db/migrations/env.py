"""Run by alembic: migrates on the connection that `nbquest.db.migrate` opened."""

from alembic import context

from nbquest.db.base import Base
from nbquest.db.migrate import is_ours

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, include_name=is_ours
)
with context.begin_transaction():
    context.run_migrations()
