"""What this room keeps of a person: the fingerprints of what they handed in."""

from __future__ import annotations

from sqlalchemy import ColumnElement

from nbquest.db.personal import PersonalTable
from nbquest.similarity.models import FingerprintsRow
from nbquest.submissions import api as submissions


def _theirs(person_id: int) -> ColumnElement[bool]:
    return FingerprintsRow.submission_id.in_(submissions.select_submission_ids(person_id))


PERSONAL = (
    PersonalTable(
        model=FingerprintsRow,
        rows=_theirs,
        withheld={"hashes": "numbers computed from the notebooks, which are in the export themselves"},
    ),
)
