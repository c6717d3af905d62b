"""Quotas that courses ask for; and drafts among the bytes that are kept of a person."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

COUNT = """
INSERT INTO kept_bytes (course_slug, person_id, bytes)
SELECT courses.slug, draft_files.person_id, :sign * sum(draft_files.size)
FROM draft_files
JOIN assignments ON assignments.id = draft_files.assignment_id
JOIN courses ON courses.id = assignments.course_id
GROUP BY courses.slug, draft_files.person_id
ON CONFLICT (course_slug, person_id) DO UPDATE SET bytes = kept_bytes.bytes + excluded.bytes
"""


def upgrade() -> None:
    """Let no course ask for anything yet, and count the drafts that are there."""
    op.add_column(
        "courses",
        sa.Column(
            "quotas",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
    )
    op.execute(sa.text(COUNT).bindparams(sign=1))


def downgrade() -> None:
    """Forget the quotas, and count submissions alone."""
    op.execute(sa.text(COUNT).bindparams(sign=-1))
    op.drop_column("courses", "quotas")
