"""The table of fingerprints."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from nbquest.db.base import Base


class FingerprintsRow(Base):
    """The fingerprints of a submission, kept so that its notebooks need not be read for every report.

    They can be made anew from the notebooks at any time. `format`: of fingerprints.FORMAT. `hashes`: each once, in
    order; None where the notebooks can't be read.
    """

    __tablename__ = "submission_fingerprints"

    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submissions.id", ondelete="CASCADE"), primary_key=True)
    format: Mapped[int]
    hashes: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))
