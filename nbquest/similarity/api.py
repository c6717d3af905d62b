"""Similar passages of an assignment's submissions: the report, two of them side by side, and an export for JPlag."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from nbquest.courses import api as courses
from nbquest.files.store import BlobStore
from nbquest.identity import api as identity
from nbquest.similarity import jplag, stored
from nbquest.similarity.answers import LOST, AnswerCell, given_cells, read_answers, read_assigned, scan_answers
from nbquest.similarity.errors import NotCompared
from nbquest.similarity.fingerprints import Scanned
from nbquest.similarity.pairs import LEAST_PERCENT, Pair, compare_two, count_holders, find_pairs
from nbquest.similarity.passages import Passage, find_passages, lines_of
from nbquest.similarity.views import (
    CommonPassage,
    ComparedCell,
    ComparedLine,
    Comparison,
    Side,
    SimilarityReport,
    SimilarPair,
)
from nbquest.submissions import api as submissions
from nbquest.submissions.counting import CountedSubmission

MAX_PAIRS = 200


@dataclass(frozen=True, kw_only=True)
class JplagExport:
    """What was exported: how many submissions of how many, and what JPlag calls their language."""

    submissions: int
    compared: int
    language: str


def report_similarity(
    session: Session,
    blobs: BlobStore,
    *,
    course: str,
    assignment: str,
    least_percent: int = LEAST_PERCENT,
    apart_groups: bool = False,
) -> SimilarityReport:
    """Return which learners' submissions to the assignment have passages in common.

    `least_percent`: of one of the two, to be told of. `apart_groups`: members of the same group of the course are not
    compared. Raises CourseNotFound, AssignmentNotFound, BlobStoreUnavailable.
    """
    known = _list_compared(session, course, assignment)
    sets = stored.get_fingerprints(session, blobs, list(known.values()))
    groups = identity.list_memberships(session, course) if apart_groups else {}

    def is_apart(left: str, right: str) -> bool:
        return bool(_groups(groups, known[left]) & _groups(groups, known[right]))

    found = find_pairs(sets, least_percent=least_percent, is_apart=is_apart)
    return SimilarityReport(
        course=course,
        assignment=assignment,
        title=courses.get_assignment(session, course, assignment).title,
        compared=len(sets),
        unreadable=len(known) - len(sets),
        least_percent=least_percent,
        found=len(found),
        pairs=[_view(pair, known) for pair in found[:MAX_PAIRS]],
    )


def compare_submissions(
    session: Session, blobs: BlobStore, *, course: str, assignment: str, left: UUID, right: UUID
) -> Comparison:
    """Return two of the compared submissions side by side, however little they share.

    Raises NotCompared, CourseNotFound, AssignmentNotFound, BlobStoreUnavailable.
    """
    known = _list_compared(session, course, assignment)
    sets = stored.get_fingerprints(session, blobs, list(known.values()))
    if left == right or not {str(left), str(right)} <= set(sets):
        raise NotCompared
    pair = compare_two(sets, str(left), str(right))
    (mine, my_scan), (theirs, their_scan) = (_read(session, blobs, known[key]) for key in (pair.left, pair.right))
    passages = find_passages(my_scan, their_scan)
    return Comparison(
        course=course,
        assignment=assignment,
        title=courses.get_assignment(session, course, assignment).title,
        compared=len(sets),
        pair=_view(pair, known),
        passages=[
            CommonPassage(
                number=number,
                left_lines=len(lines_of(my_scan[passage.left.cell], passage.left)),
                right_lines=len(lines_of(their_scan[passage.right.cell], passage.right)),
                holders=count_holders(sets, passage.hashes),
            )
            for number, passage in enumerate(passages, start=1)
        ],
        left_cells=_cells(mine, my_scan, passages, "left"),
        right_cells=_cells(theirs, their_scan, passages, "right"),
    )


def export_jplag(
    session: Session, blobs: BlobStore, *, course: str, assignment: str, write: Callable[[str, bytes], None]
) -> JplagExport:
    """Give `write` what JPlag needs, by path: `submissions/<one>/...`, learners' own code only, and `base-code/...`.

    Raises CourseNotFound, AssignmentNotFound, BlobStoreUnavailable.
    """
    known = _list_compared(session, course, assignment)
    assigned = {number: read_assigned(session, blobs, number) for number in {one.version_id for one in known.values()}}
    languages = {book.kernel.language for version in assigned.values() for book in version.notebooks.values()}
    written = 0
    for one in known.values():
        answers: list[AnswerCell] | None = None
        with contextlib.suppress(*LOST):
            answers = read_answers(blobs, assigned[one.version_id], one.files)
        files = jplag.write_submission(jplag.folder_of(one.person, one.number, one.submission_id), answers or [])
        for path, content in files.items():
            write(path, content)
        written += bool(files)
    newest = courses.get_newest_version_id(session, courses.list_assignment_ids(session, course, assignment)[0])
    base = assigned.get(newest) or read_assigned(session, blobs, newest)
    given = {path: (book.kernel.language, given_cells(book)) for path, book in base.notebooks.items()}
    for path, content in jplag.write_base_code(given).items():
        write(path, content)
    language, _ = min((jplag.language_of(one)[::-1] for one in languages), default=("python3", "py"))
    return JplagExport(submissions=written, compared=len(known), language=language)


def _list_compared(session: Session, course: str, assignment: str) -> dict[str, CountedSubmission]:
    """Return what is compared, by the submission's number as text: of each learner one, of who teaches none."""
    staff = identity.list_staff(session, course)
    counted = submissions.list_counted(session, course, assignment)
    return {str(one.submission_id): one for one in counted if one.person_id not in staff}


def _groups(groups: Mapping[int, Collection[str]], one: CountedSubmission) -> set[str]:
    return set(groups.get(one.person_id, ()))


def _read(session: Session, blobs: BlobStore, one: CountedSubmission) -> tuple[list[AnswerCell], list[Scanned]]:
    assigned = read_assigned(session, blobs, one.version_id)
    answers = read_answers(blobs, assigned, one.files) or []
    return answers, scan_answers(assigned, answers)


def _view(pair: Pair, known: Mapping[str, CountedSubmission]) -> SimilarPair:
    return SimilarPair(
        left=_side(known[pair.left], pair.left_percent),
        right=_side(known[pair.right], pair.right_percent),
        shared=pair.shared,
        rare_percent=pair.rare_percent,
        holders=pair.holders,
    )


def _side(one: CountedSubmission, percent: int) -> Side:
    return Side(submission_id=one.submission_id, person=one.person, number=one.number, percent=percent)


def _cells(
    answers: Sequence[AnswerCell], scanned: Sequence[Scanned], passages: Sequence[Passage], side: str
) -> list[ComparedCell]:
    marked: dict[tuple[int, int], int] = {}
    for number, passage in enumerate(passages, start=1):
        place = passage.left if side == "left" else passage.right
        for line in lines_of(scanned[place.cell], place):
            marked.setdefault((place.cell, line), number)
    return [
        ComparedCell(
            notebook=cell.notebook,
            grade_id=cell.grade_id,
            lines=[
                ComparedLine(text=text, passage=marked.get((position, line)))
                for line, text in enumerate(cell.source.split("\n"))
            ],
        )
        for position, cell in enumerate(answers)
    ]
