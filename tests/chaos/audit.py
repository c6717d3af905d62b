"""What must hold at the end, whatever went wrong on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC

from sqlalchemy import text

from nbquest.db.engine import session_scope
from nbquest.files.errors import BlobDamaged, BlobNotFound
from nbquest.progress.rules import DAILY_PRACTICE_XP, FULL_MARKS_XP, XP_PER_POINT
from tests.chaos.learners import HandedIn, people_of
from tests.chaos.site import Site

TESTS = 2
"""Graded cells of the notebook."""
_SUBMISSIONS = """
    SELECT s.key, s.id, p.name, s.submitted_at FROM submissions s JOIN people p ON p.id = s.person_id
"""
_ATTEMPTS = """
    SELECT a.submission_id, a.state, g.auto_score, g.feedback,
      (SELECT count(*) FROM grade_cells c WHERE c.attempt_id = a.id) AS cells
    FROM attempts a LEFT JOIN grades g ON g.attempt_id = a.id
"""
_ENTRIES = """
    SELECT p.name, e.rule, sum(e.points) AS points, count(*) AS entries
    FROM xp_entries e JOIN people p ON p.id = e.person_id GROUP BY p.name, e.rule
"""
_TOLD = """
    SELECT a.submission_id, count(*) AS times FROM attempts a
    JOIN notifications n ON n.kind = 'submission.graded' AND n.object = a.id::text GROUP BY a.submission_id
"""
_KEPT = """
    SELECT p.name, k.bytes, (SELECT sum(f.size) FROM submission_files f JOIN submissions s ON s.id = f.submission_id
      WHERE s.person_id = p.id) AS stored
    FROM kept_bytes k JOIN people p ON p.id = k.person_id
"""
_LEFT = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'submissions.grade'"


def find_faults(site: Site, handed_in: Sequence[HandedIn]) -> list[str]:
    """Return what was lost or is there twice, in words; nothing where all is well."""
    return [*_lost(site, handed_in), *_misgraded(site, handed_in), *_mispaid(site, handed_in), *_untidy(site)]


def _lost(site: Site, handed_in: Sequence[HandedIn]) -> Iterator[str]:
    with session_scope(site.engine) as session:
        stored = {row.key: (row.id, row.name) for row in session.execute(text(_SUBMISSIONS))}
    taken = {one.key: (one.submission, one.person) for one in handed_in}
    for key in taken.keys() - stored.keys():
        yield f"{taken[key]} was taken, and is lost"
    for key in stored.keys() - taken.keys():
        yield f"{stored[key]} is stored, and nobody handed it in"
    for key in taken.keys() & stored.keys():
        if taken[key] != stored[key]:
            yield f"{taken[key]} was taken, {stored[key]} is stored under its key"


def _misgraded(site: Site, handed_in: Sequence[HandedIn]) -> Iterator[str]:
    with session_scope(site.engine) as session:
        attempts = session.execute(text(_ATTEMPTS)).all()
        told = {row.submission_id: row.times for row in session.execute(text(_TOLD))}
    graded = Counter(row.submission_id for row in attempts)
    found = {row.submission_id: row for row in attempts}
    for one in handed_in:
        row = found.get(one.submission)
        if row is None or graded[one.submission] != 1:
            yield f"{one.submission} has {graded[one.submission]} attempts"
            continue
        if row.state != "graded" or row.auto_score != one.worth or row.cells != TESTS:
            yield f"{one.submission}: {row.state}, {row.auto_score} of {one.worth} points, {row.cells} cells"
            continue
        if len(row.feedback) != 1:
            yield f"{one.submission} has {len(row.feedback)} pages of feedback"
        for sha256 in row.feedback.values():
            try:
                site.blobs.get(sha256)
            except (BlobNotFound, BlobDamaged) as error:
                yield f"{one.submission}: {error.message} ({sha256})"
    for one in handed_in:
        if told.get(one.submission) != 1:
            yield f"{one.submission}: its person was told {told.get(one.submission, 0)} times"


def _mispaid(site: Site, handed_in: Sequence[HandedIn]) -> Iterator[str]:
    """Each person has the XP of their best, once; the rules themselves are tested elsewhere."""
    with session_scope(site.engine) as session:
        rows = session.execute(text(_ENTRIES)).all()
        days = {row.id: row.submitted_at.astimezone(UTC).date() for row in session.execute(text(_SUBMISSIONS))}
    paid = {(row.name, row.rule): int(row.points) for row in rows}
    for person, theirs in people_of(handed_in).items():
        best = max(one.worth for one in theirs)
        practised = {days[one.submission] for one in theirs if one.worth > 0 and one.submission in days}
        wanted = {
            "assignment_score": int(best * XP_PER_POINT),
            "full_marks": FULL_MARKS_XP if best == max(one.worth for one in handed_in) else 0,
            "daily_practice": DAILY_PRACTICE_XP * len(practised),
        }
        for rule, points in wanted.items():
            if paid.pop((person, rule), 0) != points:
                yield f"{person} should have {points} XP by {rule}"
    for person, rule in paid:
        yield f"{person} has XP by {rule}"


def _untidy(site: Site) -> Iterator[str]:
    with session_scope(site.engine) as session:
        left = session.scalar(text(_LEFT))
        for row in session.execute(text(_KEPT)):
            if row.bytes != row.stored:
                yield f"{row.name} is said to have {row.bytes} bytes, and has {row.stored}"
    if left:
        yield f"{left} jobs are left in the queue"
