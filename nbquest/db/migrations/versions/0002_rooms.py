"""Tables of people, courses, submissions, progress and notifications."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


LEDGER = """
CREATE FUNCTION xp_entries_stay() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'rows of xp_entries are never changed: add a compensating one'; END $$
"""
LEDGER_TRIGGER = """
CREATE TRIGGER xp_entries_stay BEFORE UPDATE OR DELETE ON xp_entries
FOR EACH ROW EXECUTE FUNCTION xp_entries_stay()
"""


def upgrade() -> None:
    """Make the tables; the ledger's rows can be added but not changed."""
    op.create_table(
        "courses",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("enrolment", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("enrolment IN ('open', 'closed')", name=op.f("ck_courses_enrolment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_courses")),
        sa.UniqueConstraint("slug", name=op.f("uq_courses_slug")),
    )
    op.create_table(
        "people",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), server_default="UTC", nullable=False),
        sa.Column("is_admin", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("name", name=op.f("uq_people_name")),
    )
    op.create_table(
        "assignments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("course_id", sa.BigInteger(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("skills", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("hidden", sa.Boolean(), server_default="false", nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name=op.f("fk_assignments_course_id_courses")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignments")),
        sa.UniqueConstraint("course_id", "slug", name=op.f("uq_assignments_course_id_slug")),
    )
    op.create_table(
        "course_roles",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("course_slug", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("role IN ('learner', 'mentor', 'instructor')", name=op.f("ck_course_roles_role")),
        sa.ForeignKeyConstraint(
            ["course_slug"], ["courses.slug"], name=op.f("fk_course_roles_course_slug_courses"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_course_roles_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "course_slug", name=op.f("pk_course_roles")),
    )
    op.create_table(
        "notifications",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_notifications_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
        sa.UniqueConstraint("person_id", "kind", "object", name=op.f("uq_notifications_person_id_kind_object")),
    )
    op.create_index("ix_notifications_person_id_id", "notifications", ["person_id", "id"], unique=False)
    op.create_table(
        "assignment_versions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("assignment_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("points", sa.Numeric(precision=12, scale=3), nullable=False),
        sa.Column("warnings", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("published_by", sa.BigInteger(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignments.id"], name=op.f("fk_assignment_versions_assignment_id_assignments")
        ),
        sa.ForeignKeyConstraint(
            ["published_by"],
            ["people.id"],
            name=op.f("fk_assignment_versions_published_by_people"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment_versions")),
        sa.UniqueConstraint("assignment_id", "number", name=op.f("uq_assignment_versions_assignment_id_number")),
    )
    op.create_index(op.f("ix_assignment_versions_published_by"), "assignment_versions", ["published_by"], unique=False)
    op.create_table(
        "submissions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("assignment_id", sa.BigInteger(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("repairs", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignments.id"], name=op.f("fk_submissions_assignment_id_assignments")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_submissions_person_id_people")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["assignment_versions.id"], name=op.f("fk_submissions_version_id_assignment_versions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submissions")),
        sa.UniqueConstraint(
            "person_id", "assignment_id", "number", name=op.f("uq_submissions_person_id_assignment_id_number")
        ),
        sa.UniqueConstraint("person_id", "key", name=op.f("uq_submissions_person_id_key")),
    )
    op.create_index(
        "ix_submissions_assignment_newest", "submissions", ["assignment_id", "submitted_at", "id"], unique=False
    )
    op.create_index("ix_submissions_newest", "submissions", ["submitted_at", "id"], unique=False)
    op.create_table(
        "version_files",
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('source', 'release', 'resource')", name=op.f("ck_version_files_kind")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["assignment_versions.id"], name=op.f("fk_version_files_version_id_assignment_versions")
        ),
        sa.PrimaryKeyConstraint("version_id", "kind", "path", name=op.f("pk_version_files")),
    )
    op.create_table(
        "attempts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("runs", sa.Integer(), server_default="0", nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'grading', 'graded', 'could-not-grade')", name=op.f("ck_attempts_state")
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submissions.id"], name=op.f("fk_attempts_submission_id_submissions")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["assignment_versions.id"], name=op.f("fk_attempts_version_id_assignment_versions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
        sa.UniqueConstraint("submission_id", "version_id", name=op.f("uq_attempts_submission_id_version_id")),
    )
    op.create_table(
        "submission_files",
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submissions.id"], name=op.f("fk_submission_files_submission_id_submissions")
        ),
        sa.PrimaryKeyConstraint("submission_id", "path", name=op.f("pk_submission_files")),
    )
    op.create_table(
        "xp_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.BigInteger(), nullable=True),
        sa.Column("submission_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignments.id"], name=op.f("fk_xp_entries_assignment_id_assignments")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_xp_entries_person_id_people")),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submissions.id"], name=op.f("fk_xp_entries_submission_id_submissions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_xp_entries")),
        sa.UniqueConstraint("person_id", "rule", "object", name=op.f("uq_xp_entries_person_id_rule_object")),
    )
    op.create_index(op.f("ix_xp_entries_submission_id"), "xp_entries", ["submission_id"], unique=False)
    op.create_table(
        "grades",
        sa.Column("attempt_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("isolation", sa.Text(), nullable=False),
        sa.Column("auto_score", sa.Numeric(precision=12, scale=3), nullable=False),
        sa.Column("manual_score", sa.Numeric(precision=12, scale=3), nullable=True),
        sa.Column("max_score", sa.Numeric(precision=12, scale=3), nullable=False),
        sa.Column("needs_manual", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("repairs", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("warnings", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("feedback", postgresql.JSONB(), nullable=False),
        sa.Column("executed", postgresql.JSONB(), nullable=False),
        sa.Column("xp_gained", sa.Integer(), server_default="0", nullable=False),
        sa.Column("graded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_grades_attempt_id_attempts")),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_grades")),
    )
    op.create_table(
        "grade_cells",
        sa.Column("attempt_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("notebook", sa.Text(), nullable=False),
        sa.Column("grade_id", sa.Text(), nullable=False),
        sa.Column("score", sa.Numeric(precision=12, scale=3), nullable=False),
        sa.Column("max_score", sa.Numeric(precision=12, scale=3), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["grades.attempt_id"], name=op.f("fk_grade_cells_attempt_id_grades")),
        sa.PrimaryKeyConstraint("attempt_id", "position", name=op.f("pk_grade_cells")),
    )
    op.execute(LEDGER)
    op.execute(LEDGER_TRIGGER)


def downgrade() -> None:
    """Drop them."""
    op.drop_table("grade_cells")
    op.drop_table("grades")
    op.drop_index(op.f("ix_xp_entries_submission_id"), table_name="xp_entries")
    op.drop_table("xp_entries")
    op.drop_table("submission_files")
    op.drop_table("attempts")
    op.drop_table("version_files")
    op.drop_index("ix_submissions_newest", table_name="submissions")
    op.drop_index("ix_submissions_assignment_newest", table_name="submissions")
    op.drop_table("submissions")
    op.drop_index(op.f("ix_assignment_versions_published_by"), table_name="assignment_versions")
    op.drop_table("assignment_versions")
    op.drop_index("ix_notifications_person_id_id", table_name="notifications")
    op.drop_table("notifications")
    op.drop_table("course_roles")
    op.drop_table("assignments")
    op.drop_table("people")
    op.drop_table("courses")
    op.execute("DROP FUNCTION xp_entries_stay()")
