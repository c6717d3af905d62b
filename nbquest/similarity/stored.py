"""Fingerprints of submissions: read from the table, made and kept where they aren't there yet."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from nbquest.files.store import BlobStore
from nbquest.similarity.answers import LOST, Assigned, read_answers, read_assigned, scan_answers
from nbquest.similarity.fingerprints import FORMAT
from nbquest.similarity.models import FingerprintsRow
from nbquest.submissions.counting import CountedSubmission


def get_fingerprints(
    session: Session, blobs: BlobStore, wanted: Sequence[CountedSubmission]
) -> dict[str, frozenset[int]]:
    """Return the submissions' fingerprints, by their numbers as text, without those that can't be read.

    Raises BlobStoreUnavailable.
    """
    query = select(FingerprintsRow.submission_id, FingerprintsRow.hashes).where(
        FingerprintsRow.submission_id.in_([one.submission_id for one in wanted]), FingerprintsRow.format == FORMAT
    )
    found = {row.submission_id: row.hashes for row in session.execute(query)}
    made = _make_all(session, blobs, [one for one in wanted if one.submission_id not in found])
    _keep(session, made)
    return {str(number): frozenset(hashes) for number, hashes in (found | made).items() if hashes is not None}


def _make_all(session: Session, blobs: BlobStore, wanted: Sequence[CountedSubmission]) -> dict[UUID, list[int] | None]:
    assigned: dict[int, Assigned] = {}
    made: dict[UUID, list[int] | None] = {}
    for one in wanted:
        if one.version_id not in assigned:
            assigned[one.version_id] = read_assigned(session, blobs, one.version_id)
        # What is lost may come back from a backup, so nothing is kept of that.
        with contextlib.suppress(*LOST):
            made[one.submission_id] = _make(blobs, assigned[one.version_id], one)
    return made


def _make(blobs: BlobStore, assigned: Assigned, one: CountedSubmission) -> list[int] | None:
    answers = read_answers(blobs, assigned, one.files)
    if answers is None:
        return None
    return sorted({found.hash for cell in scan_answers(assigned, answers) for found in cell.fingerprints})


def _keep(session: Session, made: dict[UUID, list[int] | None]) -> None:
    if not made:
        return
    values = [{"submission_id": number, "format": FORMAT, "hashes": hashes} for number, hashes in made.items()]
    statement = insert(FingerprintsRow).values(values)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["submission_id"],
            set_={"format": statement.excluded.format, "hashes": statement.excluded.hashes},
        )
    )
