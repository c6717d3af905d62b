"""Notebooks of versions, ready to be graded against, with their certificates."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Versions of before have none: they are graded in `shared` until they are published or certified again."""
    op.create_table(
        "prepared_notebooks",
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("prepared", sa.Text(), nullable=False),
        sa.Column("certificate", postgresql.JSONB(), nullable=True),
        sa.Column("format", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["assignment_versions.id"],
            name=op.f("fk_prepared_notebooks_version_id_assignment_versions"),
        ),
        sa.PrimaryKeyConstraint("version_id", "path", name=op.f("pk_prepared_notebooks")),
    )


def downgrade() -> None:
    """Forget what was found out; publishing finds it out again."""
    op.drop_table("prepared_notebooks")
