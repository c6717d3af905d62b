"""Turns in the queue: the workers, which job grades an attempt, and indexes of the queue's rows."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Jobs that wait already keep their order, before those that come."""
    op.create_table(
        "workers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("process", sa.Integer(), nullable=False),
        sa.Column("slots", sa.Integer(), nullable=False),
        sa.Column("queues", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workers")),
    )
    op.add_column("attempts", sa.Column("job_id", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_attempts_graded_newest",
        "attempts",
        ["finished_at"],
        unique=False,
        postgresql_where=sa.text("state = 'graded'"),
    )
    op.create_index(
        "ix_attempts_unfinished",
        "attempts",
        ["state", "id"],
        unique=False,
        postgresql_where=sa.text("state <> 'graded'"),
    )
    op.execute(
        "CREATE INDEX nbquest_jobs_lock ON procrastinate_jobs (lock, priority DESC, id) "
        "WHERE status IN ('todo', 'doing')"
    )
    op.execute(
        "CREATE INDEX nbquest_jobs_course ON procrastinate_jobs ((args ->> 'course'), priority) "
        "WHERE status IN ('todo', 'doing')"
    )


def downgrade() -> None:
    """Forget them; jobs stay in the queue, in the order of the turns that they have."""
    op.execute("DROP INDEX nbquest_jobs_course")
    op.execute("DROP INDEX nbquest_jobs_lock")
    op.drop_index("ix_attempts_unfinished", table_name="attempts")
    op.drop_index("ix_attempts_graded_newest", table_name="attempts")
    op.drop_column("attempts", "job_id")
    op.drop_table("workers")
