"""What other rooms and programs see of progress."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class Streak(BaseModel):
    """Consecutive days with graded work. `kept_today`: today already counts."""

    model_config = ConfigDict(frozen=True)

    current: int
    longest: int
    kept_today: bool


class XpEntry(BaseModel):
    """One row of the ledger, as shown."""

    model_config = ConfigDict(frozen=True)

    rule: str
    label: str
    points: int
    created_at: datetime


class Progress(BaseModel):
    """Where a person stands. The level began at `level_floor` XP; the next one begins at `next_level_at`."""

    model_config = ConfigDict(frozen=True)

    xp: int
    level: int
    level_floor: int
    next_level_at: int
    streak: Streak
    recent: list[XpEntry]
