"""Limits of an assignment's runs, and environments of courses that bring packages."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Versions of before have neither: the site's usual limits, the packages that every course has."""
    op.create_table(
        "environments",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("python", sa.Text(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("requirements", sa.Text(), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_environments")),
    )
    op.add_column(
        "assignment_versions",
        sa.Column("limits", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
    )
    op.add_column("assignment_versions", sa.Column("environment", sa.Text(), nullable=True))
    op.create_index(op.f("ix_assignment_versions_environment"), "assignment_versions", ["environment"])
    op.create_foreign_key(
        op.f("fk_assignment_versions_environment_environments"),
        "assignment_versions",
        "environments",
        ["environment"],
        ["digest"],
    )


def downgrade() -> None:
    """Forget both."""
    op.drop_column("assignment_versions", "environment")
    op.drop_column("assignment_versions", "limits")
    op.drop_table("environments")
