"""How many bytes of each person's submissions each course keeps, so that a quota needs no sum over all of them."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and count what is there."""
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
    op.drop_index("ix_kept_bytes_person_id", table_name="kept_bytes")
    op.drop_table("kept_bytes")
