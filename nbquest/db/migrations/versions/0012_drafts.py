"""What people last saved of assignments, to be handed in for them when it is due."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; nobody has wished for it yet."""
    op.create_table(
        "drafts",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("assignment_id", sa.BigInteger(), nullable=False),
        sa.Column("wanted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignments.id"], name=op.f("fk_drafts_assignment_id_assignments")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_drafts_person_id_people")),
        sa.PrimaryKeyConstraint("person_id", "assignment_id", name=op.f("pk_drafts")),
    )
    op.create_index(op.f("ix_drafts_assignment_id"), "drafts", ["assignment_id"], unique=False)
    op.create_table(
        "draft_files",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("assignment_id", sa.BigInteger(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id", "assignment_id"],
            ["drafts.person_id", "drafts.assignment_id"],
            name=op.f("fk_draft_files_person_id_assignment_id_drafts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("person_id", "assignment_id", "path", name=op.f("pk_draft_files")),
    )


def downgrade() -> None:
    """Forget the drafts, and the wishes."""
    op.drop_table("draft_files")
    op.drop_index(op.f("ix_drafts_assignment_id"), table_name="drafts")
    op.drop_table("drafts")
