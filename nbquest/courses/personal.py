"""What this room keeps of a person: who published a version. The version stays, without their name."""

from __future__ import annotations

from nbquest.courses.models import VersionRow
from nbquest.db.personal import PersonalTable

PERSONAL = (
    PersonalTable(
        model=VersionRow,
        rows=lambda person_id: VersionRow.published_by == person_id,
        erase="forget",
        forget=("published_by",),
    ),
)
