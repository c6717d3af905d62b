"""What this room keeps of a person: when they first fetched what, and who published a version.

The version stays, without their name.
"""

from __future__ import annotations

from nbquest.courses.models import FetchRow, VersionRow
from nbquest.db.personal import PersonalTable

PERSONAL = (
    PersonalTable(model=FetchRow, rows=lambda person_id: FetchRow.person_id == person_id),
    PersonalTable(
        model=VersionRow,
        rows=lambda person_id: VersionRow.published_by == person_id,
        erase="forget",
        forget=("published_by",),
    ),
)
