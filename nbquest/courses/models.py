"""Tables of courses, assignments and their versions."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from nbquest.db.base import Base, Identifier
from nbquest.files.columns import BlobName


class CourseRow(Base):
    """A course, as its folder described it the last time that it was published.

    `time_zone`: that of its dates. `quotas`: what course.toml asks for, as courses.quotas.QuotasEntry says it.
    """

    __tablename__ = "courses"
    __table_args__ = (CheckConstraint("enrolment IN ('open', 'closed')", name="enrolment"),)

    id: Mapped[Identifier]
    slug: Mapped[str] = mapped_column(Text, unique=True)
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    enrolment: Mapped[str] = mapped_column(Text)
    time_zone: Mapped[str | None] = mapped_column(Text)
    quotas: Mapped[dict[str, int]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    created_at: Mapped[datetime]


class AssignmentRow(Base):
    """An assignment. `hidden`: no longer in the course's folder; what was handed in stays.

    `policy`: what course.toml says of handing in, as courses.policy.Policy stores it; the due date stands beside it.
    """

    __tablename__ = "assignments"
    __table_args__ = (UniqueConstraint("course_id", "slug"),)

    id: Mapped[Identifier]
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"))
    slug: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    due_at: Mapped[datetime | None]
    policy: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    skills: Mapped[list[str]] = mapped_column(ARRAY(Text))
    position: Mapped[int]
    hidden: Mapped[bool] = mapped_column(server_default="false")


class FetchRow(Base):
    """When somebody first fetched an assignment. Never changed: the time of an exam is told from it."""

    __tablename__ = "assignment_fetches"

    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignments.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    first_fetched_at: Mapped[datetime]


class EnvironmentRow(Base):
    """Packages that courses bring: what was `asked` for, and what exactly that came to the last time it was chosen.

    `digest` is of that, `requirements` (a requirements file with hashes) and `python` (`3.11`).
    """

    __tablename__ = "environments"

    digest: Mapped[str] = mapped_column(Text, primary_key=True)
    python: Mapped[str] = mapped_column(Text)
    asked: Mapped[str] = mapped_column(Text)
    requirements: Mapped[str] = mapped_column(Text)
    chosen_at: Mapped[datetime]


class VersionRow(Base):
    """What an assignment was at one publishing. Never changed; the newest has the highest number.

    `limits`: what course.toml gives, by name; the rest is as usual at the site. `environment`: None for the packages
    that every course has.
    """

    __tablename__ = "assignment_versions"
    __table_args__ = (UniqueConstraint("assignment_id", "number"),)

    id: Mapped[Identifier]
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignments.id"))
    number: Mapped[int]
    digest: Mapped[str] = mapped_column(Text)
    points: Mapped[Decimal]
    warnings: Mapped[list[str]] = mapped_column(ARRAY(Text))
    limits: Mapped[dict[str, float]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    environment: Mapped[str | None] = mapped_column(ForeignKey("environments.digest"), index=True)
    published_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"), index=True)
    published_at: Mapped[datetime]


class VersionFileRow(Base):
    """A file of a version: an instructor's notebook (source), a learner's (release), or one beside them (resource)."""

    __tablename__ = "version_files"
    __table_args__ = (CheckConstraint("kind IN ('source', 'release', 'resource')", name="kind"),)

    version_id: Mapped[int] = mapped_column(ForeignKey("assignment_versions.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    path: Mapped[str] = mapped_column(Text, primary_key=True)
    sha256: Mapped[BlobName]
    size: Mapped[int]


class PreparedNotebookRow(Base):
    """An instructor's notebook of a version, ready to be graded against. It can be made anew from the version's files.

    `prepared` names the stored file that holds the notebook as the grader reads it; `certificate` is what publishing
    found out, in `format`, or null with the reason in `problem`.
    """

    __tablename__ = "prepared_notebooks"

    version_id: Mapped[int] = mapped_column(ForeignKey("assignment_versions.id"), primary_key=True)
    path: Mapped[str] = mapped_column(Text, primary_key=True)
    prepared: Mapped[BlobName]
    certificate: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    format: Mapped[int]
    problem: Mapped[str | None] = mapped_column(Text)
    prepared_at: Mapped[datetime]
