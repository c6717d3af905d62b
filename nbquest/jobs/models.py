"""Table of the workers. The jobs themselves lie in procrastinate's tables."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from nbquest.db.base import Base


class WorkerRow(Base):
    """A worker that has told of itself: it runs `slots` jobs at a time, of these queues."""

    __tablename__ = "workers"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    host: Mapped[str] = mapped_column(Text)
    process: Mapped[int]
    slots: Mapped[int]
    queues: Mapped[list[str]] = mapped_column(ARRAY(Text))
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
