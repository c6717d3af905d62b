"""An index by which the newest submissions of one person are found, however many they have."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

NAME = "ix_submissions_person_newest"


def upgrade() -> None:
    """Make the index."""
    op.create_index(NAME, "submissions", ["person_id", "submitted_at", "id"], unique=False)


def downgrade() -> None:
    """Drop it."""
    op.drop_index(NAME, table_name="submissions")
