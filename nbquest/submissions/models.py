"""Tables of submissions, attempts and grades."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Numeric,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from nbquest.db.base import Base, Identifier
from nbquest.files.columns import BlobName, BlobNames


class SubmissionRow(Base):
    """An immutable snapshot. `key` is the sender's: the same one never stores a second.

    `late` and `penalty` (the fraction of the score that is taken off) are as the policy said when it was handed in;
    an extension given afterwards lowers them, and `penalty_before` is what it was when it was handed in.
    """

    __tablename__ = "submissions"
    __table_args__ = (
        UniqueConstraint("person_id", "key"),
        UniqueConstraint("person_id", "assignment_id", "number"),
        CheckConstraint("penalty BETWEEN 0 AND 1", name="penalty"),
        Index("ix_submissions_newest", "submitted_at", "id"),
        Index("ix_submissions_assignment_newest", "assignment_id", "submitted_at", "id"),
        Index("ix_submissions_person_newest", "person_id", "submitted_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignments.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("assignment_versions.id"))
    number: Mapped[int]
    key: Mapped[str] = mapped_column(Text)
    submitted_at: Mapped[datetime]
    late: Mapped[bool]
    penalty: Mapped[Decimal] = mapped_column(Numeric(5, 4), server_default="0")
    penalty_before: Mapped[Decimal | None] = mapped_column(Numeric(5, 4))
    repairs: Mapped[list[str]] = mapped_column(ARRAY(Text))


class SubmissionFileRow(Base):
    """A notebook that was handed in."""

    __tablename__ = "submission_files"

    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submissions.id"), primary_key=True)
    path: Mapped[str] = mapped_column(Text, primary_key=True)
    sha256: Mapped[BlobName]
    size: Mapped[int]


class DraftRow(Base):
    """Somebody's wish that what they last saved is handed in when it is due. `saved_at`: None while nothing is kept."""

    __tablename__ = "drafts"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignments.id"), primary_key=True, index=True)
    wanted_at: Mapped[datetime]
    saved_at: Mapped[datetime | None]


class DraftFileRow(Base):
    """A notebook of a draft, as it was last saved."""

    __tablename__ = "draft_files"
    __table_args__ = (
        ForeignKeyConstraint(
            ["person_id", "assignment_id"], ["drafts.person_id", "drafts.assignment_id"], ondelete="CASCADE"
        ),
    )

    person_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    assignment_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    path: Mapped[str] = mapped_column(Text, primary_key=True)
    sha256: Mapped[BlobName]
    size: Mapped[int]


class KeptBytesRow(Base):
    """How many bytes of a person's submissions and drafts a course keeps. Counted along, for the quotas."""

    __tablename__ = "kept_bytes"

    course_slug: Mapped[str] = mapped_column(ForeignKey("courses.slug", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True, index=True)
    bytes: Mapped[int] = mapped_column(BigInteger)


class AttemptRow(Base):
    """The grading of a submission by one version. `runs` counts how often a worker has begun it; `job_id`: its job.

    `regrade_id`: the regrade that it is of. As long as it is a `trial` of it, it counts for nothing and is shown to no
    learner.
    """

    __tablename__ = "attempts"
    __table_args__ = (
        UniqueConstraint("submission_id", "regrade_id"),
        Index(
            "uq_attempts_ordinary",
            "submission_id",
            "version_id",
            unique=True,
            postgresql_where=text("regrade_id IS NULL"),
        ),
        CheckConstraint("state IN ('queued', 'grading', 'graded', 'could-not-grade')", name="state"),
        CheckConstraint("NOT trial OR regrade_id IS NOT NULL", name="trial"),
        Index("ix_attempts_graded_newest", "finished_at", postgresql_where=text("state = 'graded'")),
        Index("ix_attempts_unfinished", "state", "id", postgresql_where=text("state <> 'graded'")),
    )

    id: Mapped[Identifier]
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submissions.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("assignment_versions.id"))
    state: Mapped[str] = mapped_column(Text)
    runs: Mapped[int] = mapped_column(server_default="0")
    message: Mapped[str | None] = mapped_column(Text)
    job_id: Mapped[int | None] = mapped_column(BigInteger)
    queued_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    regrade_id: Mapped[int | None] = mapped_column(ForeignKey("regrades.id"), index=True)
    trial: Mapped[bool] = mapped_column(server_default="false")


class GradeRow(Base):
    """What came of an attempt. `feedback`, `executed` and `details` (for instructors) name stored files by notebook."""

    __tablename__ = "grades"

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id"), primary_key=True)
    status: Mapped[str] = mapped_column(Text)
    isolation: Mapped[str] = mapped_column(Text)
    auto_score: Mapped[Decimal]
    manual_score: Mapped[Decimal | None]
    max_score: Mapped[Decimal]
    needs_manual: Mapped[list[str]] = mapped_column(ARRAY(Text))
    repairs: Mapped[list[str]] = mapped_column(ARRAY(Text))
    warnings: Mapped[list[str]] = mapped_column(ARRAY(Text))
    message: Mapped[str | None] = mapped_column(Text)
    seconds: Mapped[float] = mapped_column(Float)
    feedback: Mapped[BlobNames]
    executed: Mapped[BlobNames]
    details: Mapped[BlobNames] = mapped_column(server_default=text("'{}'::jsonb"))
    xp_gained: Mapped[int] = mapped_column(server_default="0")
    graded_at: Mapped[datetime]

    @property
    def score(self) -> Decimal:
        """Automatic and manual points together."""
        return self.auto_score + (self.manual_score or Decimal(0))


class GradeCellRow(Base):
    """The outcome of one graded cell; `position` counts over the whole submission."""

    __tablename__ = "grade_cells"

    attempt_id: Mapped[int] = mapped_column(ForeignKey("grades.attempt_id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    notebook: Mapped[str] = mapped_column(Text)
    grade_id: Mapped[str] = mapped_column(Text)
    score: Mapped[Decimal]
    max_score: Mapped[Decimal]
    status: Mapped[str] = mapped_column(Text)
    message: Mapped[str | None] = mapped_column(Text)
    hidden: Mapped[bool]


class PolicyExceptionRow(Base):
    """What one person, or every member of a group of the course, is given beyond an assignment's policy, and why.

    `late_until`: how long late work is taken; `waives_penalty`: it costs nothing. `lowered`: how many late submissions
    came to cost less when it was given.
    """

    __tablename__ = "policy_exceptions"
    __table_args__ = (
        CheckConstraint("(person_id IS NULL) <> (group_name IS NULL)", name="for_whom"),
        CheckConstraint("extra_attempts >= 0 AND extra_minutes >= 0", name="generous"),
    )

    id: Mapped[Identifier]
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignments.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    group_name: Mapped[str | None] = mapped_column(Text)
    due_at: Mapped[datetime | None]
    late_until: Mapped[datetime | None]
    extra_attempts: Mapped[int] = mapped_column(server_default="0")
    extra_minutes: Mapped[int] = mapped_column(server_default="0")
    waives_penalty: Mapped[bool] = mapped_column(server_default="false")
    lowered: Mapped[int] = mapped_column(server_default="0")
    reason: Mapped[str] = mapped_column(Text)
    granted_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"), index=True)
    granted_at: Mapped[datetime]
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"), index=True)
    withdrawn_at: Mapped[datetime | None]


class RegradeRow(Base):
    """A newer version tried on submissions that an older one had graded; then applied or dropped, once.

    `attempts`: which submissions of each person. `only_gains`: applied only where nobody lost by it.
    """

    __tablename__ = "regrades"
    __table_args__ = (
        CheckConstraint("attempts IN ('all', 'latest', 'counted')", name="attempts"),
        CheckConstraint("state IN ('open', 'applied', 'dropped')", name="state"),
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended"),
        Index("uq_regrades_open", "assignment_id", unique=True, postgresql_where=text("state = 'open'")),
    )

    id: Mapped[Identifier]
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignments.id"), index=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("assignment_versions.id"))
    attempts: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    only_gains: Mapped[bool] = mapped_column(server_default="false")
    started_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"), index=True)
    started_at: Mapped[datetime]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"), index=True)
    ended_at: Mapped[datetime | None]


class RegradeChangeRow(Base):
    """What an applied regrade came to for one person: the score that counts, and all of their XP."""

    __tablename__ = "regrade_changes"

    regrade_id: Mapped[int] = mapped_column(ForeignKey("regrades.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, index=True)
    counted_before: Mapped[Decimal | None]
    counted_after: Mapped[Decimal | None]
    xp_before: Mapped[int | None]
    xp_after: Mapped[int | None]
