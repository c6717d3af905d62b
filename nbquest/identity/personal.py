"""What this room keeps of a person."""

from __future__ import annotations

from nbquest.db.personal import PersonalTable
from nbquest.identity.models import CourseGroupMemberRow, CourseRoleRow, PersonRow

PERSONAL = (
    PersonalTable(model=CourseGroupMemberRow, rows=lambda person_id: CourseGroupMemberRow.person_id == person_id),
    PersonalTable(model=CourseRoleRow, rows=lambda person_id: CourseRoleRow.person_id == person_id),
    PersonalTable(model=PersonRow, rows=lambda person_id: PersonRow.id == person_id),
)
