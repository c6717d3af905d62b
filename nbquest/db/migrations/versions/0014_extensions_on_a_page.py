"""Extensions: longer late work, no penalty, who gave and withdrew them; what lateness cost before; courses' zones."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of extensions of before nobody knows who gave them; a course's zone is known once it is published again."""
    op.add_column("courses", sa.Column("time_zone", sa.Text(), nullable=True))
    op.add_column("submissions", sa.Column("penalty_before", sa.Numeric(precision=5, scale=4), nullable=True))
    op.add_column("policy_exceptions", sa.Column("late_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "policy_exceptions", sa.Column("waives_penalty", sa.Boolean(), server_default="false", nullable=False)
    )
    op.add_column("policy_exceptions", sa.Column("lowered", sa.Integer(), server_default="0", nullable=False))
    for name in ("granted_by", "withdrawn_by"):
        op.add_column("policy_exceptions", sa.Column(name, sa.BigInteger(), nullable=True))
        op.create_foreign_key(
            op.f(f"fk_policy_exceptions_{name}_people"),
            "policy_exceptions",
            "people",
            [name],
            ["id"],
            ondelete="SET NULL",
        )
        op.create_index(op.f(f"ix_policy_exceptions_{name}"), "policy_exceptions", [name])


# What was given nothing but what an older version can't give would give nothing.
EMPTY = """
DELETE FROM policy_exceptions
WHERE due_at IS NULL AND extra_attempts = 0 AND extra_minutes = 0 AND (late_until IS NOT NULL OR waives_penalty)
"""


def downgrade() -> None:
    """Forget what an older version can't give; what was handed in under it keeps what it has."""
    op.execute(EMPTY)
    for name in ("withdrawn_by", "granted_by"):
        op.drop_index(op.f(f"ix_policy_exceptions_{name}"), table_name="policy_exceptions")
        op.drop_constraint(op.f(f"fk_policy_exceptions_{name}_people"), "policy_exceptions", type_="foreignkey")
        op.drop_column("policy_exceptions", name)
    op.drop_column("policy_exceptions", "lowered")
    op.drop_column("policy_exceptions", "waives_penalty")
    op.drop_column("policy_exceptions", "late_until")
    op.drop_column("submissions", "penalty_before")
    op.drop_column("courses", "time_zone")
