"""The job queue's tables, and the schema for the Hub's own tables."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

QUEUE = Path(__file__).parents[1] / "procrastinate-3.10.sql"
"""procrastinate's schema as it was in that version; a newer one's changes come as a migration of their own."""

DROP_QUEUE = """
DO $$
DECLARE item record;
BEGIN
    FOR item IN SELECT oid::regclass AS name FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND starts_with(relname, 'procrastinate_')
    LOOP EXECUTE format('DROP TABLE %s CASCADE', item.name); END LOOP;
    FOR item IN SELECT oid::regprocedure AS name FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND starts_with(proname, 'procrastinate_')
    LOOP EXECUTE format('DROP FUNCTION %s CASCADE', item.name); END LOOP;
    FOR item IN SELECT oid::regtype AS name FROM pg_type
        WHERE typnamespace = 'public'::regnamespace AND starts_with(typname, 'procrastinate_')
    LOOP EXECUTE format('DROP TYPE %s CASCADE', item.name); END LOOP;
END $$
"""


def upgrade() -> None:
    """Make the queue; make the Hub's schema, in which the Hub makes and migrates its own tables."""
    _execute(QUEUE.read_text(encoding="utf-8"))
    _execute("CREATE SCHEMA IF NOT EXISTS jupyterhub")


def downgrade() -> None:
    """Drop the queue. The Hub's schema stays: its tables are the Hub's."""
    _execute(DROP_QUEUE)


def _execute(statements: str) -> None:
    # Straight to the driver: several statements at once, and per cents that are no placeholders.
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(statements)
