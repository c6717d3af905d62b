"""What hidden tests said, kept for instructors."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Grades of before have none."""
    column = sa.Column("details", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False)
    op.add_column("grades", column)


def downgrade() -> None:
    """Forget where they are kept; the stored files stay."""
    op.drop_column("grades", "details")
