"""Regrades: trial gradings by a newer version, which are applied or dropped, and what applying them changed."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Attempts of before are of no regrade. A submission may now have more than one attempt by a version."""
    op.create_table(
        "regrades",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("assignment_id", sa.BigInteger(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("only_gains", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("started_by", sa.BigInteger(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("attempts IN ('all', 'latest', 'counted')", name=op.f("ck_regrades_attempts")),
        sa.CheckConstraint("state IN ('open', 'applied', 'dropped')", name=op.f("ck_regrades_state")),
        sa.CheckConstraint("(state = 'open') = (ended_at IS NULL)", name=op.f("ck_regrades_ended")),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignments.id"], name=op.f("fk_regrades_assignment_id_assignments")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["assignment_versions.id"], name=op.f("fk_regrades_version_id_assignment_versions")
        ),
        sa.ForeignKeyConstraint(
            ["started_by"], ["people.id"], name=op.f("fk_regrades_started_by_people"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["ended_by"], ["people.id"], name=op.f("fk_regrades_ended_by_people"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_regrades")),
    )
    op.create_index(op.f("ix_regrades_assignment_id"), "regrades", ["assignment_id"])
    op.create_index(op.f("ix_regrades_started_by"), "regrades", ["started_by"])
    op.create_index(op.f("ix_regrades_ended_by"), "regrades", ["ended_by"])
    op.create_index(
        "uq_regrades_open", "regrades", ["assignment_id"], unique=True, postgresql_where=sa.text("state = 'open'")
    )
    op.create_table(
        "regrade_changes",
        sa.Column("regrade_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("counted_before", sa.Numeric(precision=12, scale=3), nullable=True),
        sa.Column("counted_after", sa.Numeric(precision=12, scale=3), nullable=True),
        sa.Column("xp_before", sa.Integer(), nullable=True),
        sa.Column("xp_after", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["regrade_id"], ["regrades.id"], name=op.f("fk_regrade_changes_regrade_id_regrades")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_regrade_changes_person_id_people")),
        sa.PrimaryKeyConstraint("regrade_id", "person_id", name=op.f("pk_regrade_changes")),
    )
    op.create_index(op.f("ix_regrade_changes_person_id"), "regrade_changes", ["person_id"])
    op.add_column("attempts", sa.Column("regrade_id", sa.BigInteger(), nullable=True))
    op.add_column("attempts", sa.Column("trial", sa.Boolean(), server_default="false", nullable=False))
    op.create_foreign_key(op.f("fk_attempts_regrade_id_regrades"), "attempts", "regrades", ["regrade_id"], ["id"])
    op.create_check_constraint(op.f("ck_attempts_trial"), "attempts", "NOT trial OR regrade_id IS NOT NULL")
    op.create_index(op.f("ix_attempts_regrade_id"), "attempts", ["regrade_id"])
    op.drop_constraint(op.f("uq_attempts_submission_id_version_id"), "attempts", type_="unique")
    op.create_unique_constraint(
        op.f("uq_attempts_submission_id_regrade_id"), "attempts", ["submission_id", "regrade_id"]
    )
    op.create_index(
        "uq_attempts_ordinary",
        "attempts",
        ["submission_id", "version_id"],
        unique=True,
        postgresql_where=sa.text("regrade_id IS NULL"),
    )


# Of several attempts of a submission by the same version, the newest that has a grade stays, else the newest.
SUPERFLUOUS = """
CREATE TEMPORARY TABLE superfluous_attempts ON COMMIT DROP AS
SELECT id FROM (
    SELECT attempts.id, attempts.trial, row_number() OVER (
        PARTITION BY attempts.submission_id, attempts.version_id
        ORDER BY attempts.trial, grades.attempt_id IS NULL, attempts.id DESC
    ) AS place
    FROM attempts LEFT JOIN grades ON grades.attempt_id = attempts.id
) AS ranked
WHERE trial OR place > 1
"""


def downgrade() -> None:
    """Forget the regrades, with what was only tried; applied grades and XP stay."""
    op.execute(SUPERFLUOUS)
    op.execute("DELETE FROM grade_cells WHERE attempt_id IN (SELECT id FROM superfluous_attempts)")
    op.execute("DELETE FROM grades WHERE attempt_id IN (SELECT id FROM superfluous_attempts)")
    op.execute("DELETE FROM attempts WHERE id IN (SELECT id FROM superfluous_attempts)")
    op.drop_index("uq_attempts_ordinary", table_name="attempts")
    op.drop_constraint(op.f("uq_attempts_submission_id_regrade_id"), "attempts", type_="unique")
    op.create_unique_constraint(
        op.f("uq_attempts_submission_id_version_id"), "attempts", ["submission_id", "version_id"]
    )
    op.drop_index(op.f("ix_attempts_regrade_id"), table_name="attempts")
    op.drop_constraint(op.f("ck_attempts_trial"), "attempts", type_="check")
    op.drop_column("attempts", "trial")
    op.drop_column("attempts", "regrade_id")
    op.drop_table("regrade_changes")
    op.drop_table("regrades")
