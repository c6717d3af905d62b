"""The report of an assignment: whom it compares, what it keeps, and that nothing of it outlives a person."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from nbquest import personal
from nbquest.courses.errors import AssignmentNotFound, CourseNotFound
from nbquest.files.store import MemoryBlobStore
from nbquest.identity import api as identity
from nbquest.similarity import api
from nbquest.similarity.errors import NotCompared
from nbquest.similarity.fingerprints import FORMAT
from nbquest.similarity.models import FingerprintsRow
from nbquest.similarity.views import SimilarityReport
from nbquest.submissions import api as submissions
from nbquest.submissions.models import AttemptRow
from tests.factories.courses import outcome
from tests.factories.similarity import (
    ANSWER,
    OTHER,
    RENAMED,
    damaged_submission,
    publish_runs,
    runs_submission,
    submit_runs,
)


@pytest.fixture
def blobs(session: Session, tmp_path: Path) -> MemoryBlobStore:
    """A store with the course `runs`."""
    store = MemoryBlobStore()
    publish_runs(session, store, tmp_path)
    return store


def _report(session: Session, blobs: MemoryBlobStore, **options: bool | int) -> SimilarityReport:
    return api.report_similarity(session, blobs, course="runs", assignment="runs", **options)  # type: ignore[arg-type]


def _pairs(report: SimilarityReport) -> list[set[str]]:
    return [{pair.left.person, pair.right.person} for pair in report.pairs]


def _kept(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(FingerprintsRow)) or 0


def _grade(session: Session, submission: UUID, points: int) -> None:
    attempt = session.scalars(select(AttemptRow.id).where(AttemptRow.submission_id == submission)).one()
    submissions.start_attempt(session, attempt)
    submissions.record_outcome(session, attempt, {"runs.ipynb": outcome({"visible": (points, 2)})})


def test_the_same_answer_under_other_names_is_told_of(session: Session, blobs: MemoryBlobStore) -> None:
    """And nobody else's: what all were given, short answers and damaged files make no pair."""
    submit_runs(session, blobs, "ada", runs_submission(ANSWER))
    submit_runs(session, blobs, "bob", runs_submission(RENAMED))
    submit_runs(session, blobs, "cyd", runs_submission(OTHER))
    submit_runs(session, blobs, "dan", runs_submission("def longest_run(numbers):\n    return 0"))
    submit_runs(session, blobs, "eve", runs_submission("def longest_run(numbers):\n    return 0"))
    submit_runs(session, blobs, "fay", damaged_submission())
    report = _report(session, blobs)
    (pair,) = report.pairs
    assert (pair.left.person, pair.right.person) in {("ada", "bob"), ("bob", "ada")}
    assert (pair.left.percent, pair.right.percent, pair.rare_percent, pair.holders) == (100, 100, 100, 2)
    assert (report.compared, report.unreadable, report.found, report.title) == (5, 1, 1, "Runs")


def test_cells_that_learners_added_count_too(session: Session, blobs: MemoryBlobStore) -> None:
    """Wherever they stand: an answer moved into a cell of one's own is found."""
    submit_runs(session, blobs, "ada", runs_submission(ANSWER))
    submit_runs(session, blobs, "bob", runs_submission("from math import pi", RENAMED))
    assert _pairs(_report(session, blobs)) == [{"ada", "bob"}]


def test_each_learner_is_compared_once_and_never_with_themselves(session: Session, blobs: MemoryBlobStore) -> None:
    """By what counts; by the latest while nothing has a grade. Who teaches is not compared."""
    first = submit_runs(session, blobs, "ada", runs_submission(ANSWER))
    second = submit_runs(session, blobs, "ada", runs_submission(OTHER))
    submit_runs(session, blobs, "bob", runs_submission(RENAMED))
    submit_runs(session, blobs, "teacher", runs_submission(ANSWER))
    assert _pairs(_report(session, blobs)) == []
    _grade(session, second.id, 0)
    _grade(session, first.id, 2)
    report = _report(session, blobs)
    assert (_pairs(report), report.compared) == ([{"ada", "bob"}], 2)


def test_members_of_a_group_can_be_left_out(session: Session, blobs: MemoryBlobStore) -> None:
    """Only if it is wished, and only pairs of one group."""
    for person, answer in (("ada", ANSWER), ("bob", RENAMED), ("cyd", ANSWER)):
        submit_runs(session, blobs, person, runs_submission(answer))
    for person in ("ada", "bob"):
        identity.set_group_member(session, person, "runs", "pair-1")
    assert len(_pairs(_report(session, blobs))) == 3
    assert {"ada", "bob"} not in _pairs(_report(session, blobs, apart_groups=True))
    assert len(_pairs(_report(session, blobs, apart_groups=True))) == 2


def test_fingerprints_are_kept_and_made_anew(session: Session, blobs: MemoryBlobStore) -> None:
    """The second report reads no notebook; those of an older format are made again."""
    for person, answer in (("ada", ANSWER), ("bob", RENAMED)):
        submit_runs(session, blobs, person, runs_submission(answer))
    before = _report(session, blobs)
    assert _kept(session) == 2
    assert _report(session, MemoryBlobStore()) == before
    session.execute(FingerprintsRow.__table__.update().values(format=FORMAT - 1, hashes=[1, 2, 3]))
    assert _report(session, blobs) == before


def test_what_is_lost_is_not_kept_as_unreadable(session: Session, blobs: MemoryBlobStore) -> None:
    """It may come back."""
    content = runs_submission(ANSWER)
    submit_runs(session, blobs, "ada", content)
    submit_runs(session, blobs, "bob", runs_submission(RENAMED))
    digest = blobs.put(content)
    blobs.remove(digest)
    assert (_report(session, blobs).unreadable, _kept(session)) == (1, 1)
    blobs.put(content)
    assert (_report(session, blobs).unreadable, _report(session, blobs).found) == (0, 1)


def test_who_is_erased_is_in_no_report(session: Session, blobs: MemoryBlobStore) -> None:
    for person, answer in (("ada", ANSWER), ("bob", RENAMED)):
        submit_runs(session, blobs, person, runs_submission(answer))
    assert _report(session, blobs).found == 1
    assert personal.erase_person(session, "ada")["submission_fingerprints"] == 1
    report = _report(session, blobs)
    assert (report.compared, report.found, _kept(session)) == (1, 0, 1)


def test_side_by_side_marks_what_both_have(session: Session, blobs: MemoryBlobStore) -> None:
    """Lines of the learners' own; each passage with how many have it."""
    made = [
        submit_runs(session, blobs, person, runs_submission(answer)).id
        for person, answer in (("ada", ANSWER), ("bob", RENAMED), ("cyd", OTHER), ("dan", ANSWER))
    ]
    compared = api.compare_submissions(session, blobs, course="runs", assignment="runs", left=made[0], right=made[1])
    (passage,) = compared.passages
    assert (passage.number, passage.left_lines, passage.right_lines, passage.holders) == (1, 10, 10, 3)
    for cells in (compared.left_cells, compared.right_cells):
        assert [cell.grade_id for cell in cells] == ["runs"]
        marked = [line.text.strip() for cell in cells for line in cell.lines if line.passage == 1]
        assert marked[0] == "if not numbers:"
        assert not any("def longest_run" in line or "shuffle" in line for line in marked)
    turned = api.compare_submissions(session, blobs, course="runs", assignment="runs", left=made[1], right=made[0])
    assert turned == compared
    different = api.compare_submissions(session, blobs, course="runs", assignment="runs", left=made[0], right=made[2])
    assert (different.passages, different.pair.shared) == ([], 0)


def test_only_what_is_compared_is_shown(session: Session, blobs: MemoryBlobStore, tmp_path: Path) -> None:
    """No submission to another course or assignment, nor twice the same."""
    publish_runs(session, blobs, tmp_path / "second", "other")
    one = submit_runs(session, blobs, "ada", runs_submission(ANSWER)).id
    elsewhere = submit_runs(session, blobs, "bob", runs_submission(ANSWER), "other").id
    for right in (one, elsewhere):
        with pytest.raises(NotCompared):
            api.compare_submissions(session, blobs, course="runs", assignment="runs", left=one, right=right)
    with pytest.raises(AssignmentNotFound):
        api.report_similarity(session, blobs, course="runs", assignment="nothing")
    with pytest.raises(CourseNotFound):
        api.report_similarity(session, blobs, course="nothing", assignment="runs")


def test_jplag_gets_a_folder_for_each_and_the_base_code(session: Session, blobs: MemoryBlobStore) -> None:
    """Learners' own code only, without what can't be read."""
    submit_runs(session, blobs, "ada", runs_submission(ANSWER))
    submit_runs(session, blobs, "fay", damaged_submission())
    files: dict[str, bytes] = {}
    made = api.export_jplag(session, blobs, course="runs", assignment="runs", write=files.__setitem__)
    assert (made.submissions, made.compared, made.language) == (1, 2, "python3")
    (submitted,) = (path for path in files if path.startswith("submissions/ada-1-"))
    assert submitted.endswith("/runs.py")
    assert b"return best" in files[submitted]
    assert set(files) == {submitted, "base-code/runs.py"}
    assert b"random.Random" in files["base-code/runs.py"]
    assert b"return best" not in files["base-code/runs.py"]
