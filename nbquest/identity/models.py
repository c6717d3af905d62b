"""Tables of people and their course roles."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from nbquest.db.base import Base, Identifier


class PersonRow(Base):
    """Someone who has signed in at the Hub, or was given a role before they did."""

    __tablename__ = "people"

    id: Mapped[Identifier]
    name: Mapped[str] = mapped_column(Text, unique=True)
    display_name: Mapped[str] = mapped_column(Text)
    time_zone: Mapped[str] = mapped_column(Text, server_default="UTC")
    is_admin: Mapped[bool] = mapped_column(server_default="false")
    created_at: Mapped[datetime]


class CourseRoleRow(Base):
    """The role that somebody was given in a course."""

    __tablename__ = "course_roles"
    __table_args__ = (CheckConstraint("role IN ('learner', 'mentor', 'instructor')", name="role"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True)
    course_slug: Mapped[str] = mapped_column(ForeignKey("courses.slug", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class CourseGroupMemberRow(Base):
    """Somebody's place in a group of a course, such as a tutorial; a group is there as long as anyone is in it."""

    __tablename__ = "course_group_members"

    course_slug: Mapped[str] = mapped_column(ForeignKey("courses.slug", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True, index=True)
