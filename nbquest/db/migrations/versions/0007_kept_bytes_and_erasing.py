"""Bytes kept of each person in each course, for quotas; and a ledger that lets go of a person who is erased."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


# A transaction says whom it erases; all else stays refused.
ERASING = """
CREATE OR REPLACE FUNCTION xp_entries_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('nbquest.erased_person', true) = OLD.person_id::text THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'rows of xp_entries are never changed: add a compensating one';
END $$
"""
NEVER = """
CREATE OR REPLACE FUNCTION xp_entries_stay() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'rows of xp_entries are never changed: add a compensating one'; END $$
"""


def upgrade() -> None:
    """Make the table and count what is there."""
    op.execute(ERASING)
    op.create_table(
        "kept_bytes",
        sa.Column("course_slug", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("course_slug", "person_id", name="pk_kept_bytes"),
        sa.ForeignKeyConstraint(
            ["course_slug"], ["courses.slug"], name="fk_kept_bytes_course_slug_courses", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="fk_kept_bytes_person_id_people", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_kept_bytes_person_id", "kept_bytes", ["person_id"])
    op.execute(
        """
        INSERT INTO kept_bytes (course_slug, person_id, bytes)
        SELECT courses.slug, submissions.person_id, sum(submission_files.size)
        FROM submission_files
        JOIN submissions ON submissions.id = submission_files.submission_id
        JOIN assignments ON assignments.id = submissions.assignment_id
        JOIN courses ON courses.id = assignments.course_id
        GROUP BY courses.slug, submissions.person_id
        """
    )


def downgrade() -> None:
    """Forget the counts; the files that they count stay."""
    op.execute(NEVER)
    op.drop_index("ix_kept_bytes_person_id", table_name="kept_bytes")
    op.drop_table("kept_bytes")
