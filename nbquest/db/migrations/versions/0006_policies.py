"""How assignments may be handed in, what people and groups are given beyond it, and what being late cost."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Assignments of before have no policy but their due date, and no submission of before costs anything."""
    op.add_column(
        "assignments",
        sa.Column("policy", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
    )
    op.add_column(
        "submissions", sa.Column("penalty", sa.Numeric(precision=5, scale=4), server_default="0", nullable=False)
    )
    op.create_check_constraint(op.f("ck_submissions_penalty"), "submissions", "penalty BETWEEN 0 AND 1")
    op.create_table(
        "assignment_fetches",
        sa.Column("assignment_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("first_fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignments.id"], name=op.f("fk_assignment_fetches_assignment_id_assignments")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_assignment_fetches_person_id_people")),
        sa.PrimaryKeyConstraint("assignment_id", "person_id", name=op.f("pk_assignment_fetches")),
    )
    op.create_table(
        "course_group_members",
        sa.Column("course_slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_slug"],
            ["courses.slug"],
            name=op.f("fk_course_group_members_course_slug_courses"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_course_group_members_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("course_slug", "name", "person_id", name=op.f("pk_course_group_members")),
    )
    op.create_index(op.f("ix_course_group_members_person_id"), "course_group_members", ["person_id"], unique=False)
    op.create_table(
        "policy_exceptions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("assignment_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("group_name", sa.Text(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("extra_attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("extra_minutes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(person_id IS NULL) <> (group_name IS NULL)", name=op.f("ck_policy_exceptions_for_whom")),
        sa.CheckConstraint("extra_attempts >= 0 AND extra_minutes >= 0", name=op.f("ck_policy_exceptions_generous")),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignments.id"], name=op.f("fk_policy_exceptions_assignment_id_assignments")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_policy_exceptions_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_exceptions")),
    )
    op.create_index(op.f("ix_policy_exceptions_assignment_id"), "policy_exceptions", ["assignment_id"], unique=False)


def downgrade() -> None:
    """Forget them; due dates and submissions stay."""
    op.drop_table("policy_exceptions")
    op.drop_table("course_group_members")
    op.drop_table("assignment_fetches")
    op.drop_column("submissions", "penalty")
    op.drop_column("assignments", "policy")
