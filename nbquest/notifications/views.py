"""What other rooms and programs see of notifications."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict


class Notification(BaseModel):
    """Something that a person should hear of.

    Kind `submission.graded` (payload: submission_id, course, assignment, state): grading has ended, graded or not.
    Kind `submission.handed-in` (the same, assignment_title, saved_at): what they had last saved was handed in for them
    when it was due. Kind `draft.left` (course, assignment, assignment_title, saved_at, reason): it could not be.
    Kind `submission.regraded` (payload: the same, assignment_title, reason, score_before, score_after, max_score,
    xp_change, message): corrected tests changed the score that counts, or XP. `message` says all of it in words.
    Kind `submission.penalty-lowered` (payload: the same, assignment_title, penalty_percent, score_after, max_score,
    message): an extension or other dates came after a late submission, and less is taken off it now.
    """

    model_config = ConfigDict(frozen=True)

    id: int
    kind: str
    created_at: datetime
    read_at: datetime | None
    payload: dict[str, Any]
