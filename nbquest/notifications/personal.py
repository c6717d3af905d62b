"""What this room keeps of a person."""

from __future__ import annotations

from nbquest.db.personal import PersonalTable
from nbquest.notifications.models import NotificationRow

PERSONAL = (PersonalTable(model=NotificationRow, rows=lambda person_id: NotificationRow.person_id == person_id),)
