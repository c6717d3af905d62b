"""The table of the XP ledger."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from nbquest.db.base import Base, Identifier


class XpEntryRow(Base):
    """One thing earned. Rows are only added; `object` is what it was earned by, once for each rule."""

    __tablename__ = "xp_entries"
    __table_args__ = (UniqueConstraint("person_id", "rule", "object"),)

    id: Mapped[Identifier]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    rule: Mapped[str] = mapped_column(Text)
    object: Mapped[str] = mapped_column(Text)
    label: Mapped[str] = mapped_column(Text)
    points: Mapped[int]
    assignment_id: Mapped[int | None] = mapped_column(ForeignKey("assignments.id"))
    submission_id: Mapped[UUID | None] = mapped_column(ForeignKey("submissions.id"), index=True)
    created_at: Mapped[datetime]
