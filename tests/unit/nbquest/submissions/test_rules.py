"""Decisions about submissions and grades."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbquest.courses.policy import Policy
from nbquest.courses.views import Assignment
from nbquest.submissions import rules
from nbquest.submissions.errors import InvalidSubmission, SubmissionTooLarge
from nbquest.submissions.policies import may_submit
from nbquest.submissions.standing import Applied, standing_view
from nbquest.submissions.views import AssignmentWork, Draft, WorkState
from tests.factories.courses import outcome, squares_source

UTC = ZoneInfo("UTC")
OPEN = may_submit(Policy(), (), (), datetime(2026, 11, 21, tzinfo=UTC))
KNOWN = frozenset({"a.ipynb", "b.ipynb"})


def test_what_belongs_to_the_assignment_is_kept_and_the_rest_is_told() -> None:
    """An unknown notebook is left out, a missing one counts as not passed."""
    accepted = rules.accept_notebooks({"a.ipynb": b"{}", "notes.ipynb": b"{}"}, KNOWN, 100)
    assert accepted.notebooks == {"a.ipynb": b"{}"}
    assert len(accepted.repairs) == 2
    assert "notes.ipynb" in accepted.repairs[0]
    assert "b.ipynb" in accepted.repairs[1]


def test_nothing_of_the_assignment_is_refused() -> None:
    """The message says what was expected."""
    with pytest.raises(InvalidSubmission, match=r"a\.ipynb, b\.ipynb"):
        rules.accept_notebooks({"notes.ipynb": b"{}"}, KNOWN, 100)
    with pytest.raises(InvalidSubmission):
        rules.accept_notebooks({}, KNOWN, 100)


@pytest.mark.parametrize(
    "path", ["../a.ipynb", "/a.ipynb", "x/../a.ipynb", "", ".", "..", "a\\b", "a\0b", "x//a", "./a.ipynb", "a" * 501]
)
def test_a_path_that_leads_elsewhere_is_refused(path: str) -> None:
    """Even when another notebook is fine."""
    with pytest.raises(InvalidSubmission):
        rules.accept_notebooks({"a.ipynb": b"{}", path: b"{}"}, KNOWN, 100)


def test_limits() -> None:
    """Of size and number."""
    with pytest.raises(SubmissionTooLarge):
        rules.accept_notebooks({"a.ipynb": b"x" * 60, "b.ipynb": b"x" * 60}, KNOWN, 100)
    with pytest.raises(InvalidSubmission):
        rules.accept_notebooks({f"{number}.ipynb": b"" for number in range(101)}, KNOWN, 100)


def test_reports_become_one_outcome() -> None:
    """Points are added, the worst status and the weakest isolation stand, repairs name their notebook."""
    one = outcome({"x": (1, 2)}, repairs=("x was restored",)).report
    other = outcome({"y": (3, 3)}, status="timeout", needs_manual=("y",)).report
    combined = rules.combine_reports({"a.ipynb": one, "b.ipynb": other}, {})
    assert (combined.score, combined.max_score) == (Decimal(4), Decimal(5))
    assert combined.status == "timeout"
    assert combined.needs_manual == ["y"]
    assert combined.repairs == ["a.ipynb: x was restored"]
    assert [(cell.notebook, cell.grade_id) for cell in combined.cells] == [("a.ipynb", "x"), ("b.ipynb", "y")]


def test_a_notebook_that_is_missing_counts_nothing_of_what_it_is_worth() -> None:
    """Its cells are told, as not run."""
    absent = rules.cells_not_handed_in("b.ipynb", squares_source())
    assert [(cell.grade_id, cell.max_score, cell.status) for cell in absent] == [
        ("visible", Decimal(2), "not-run"),
        ("hidden", Decimal(3), "not-run"),
    ]
    combined = rules.combine_reports({"a.ipynb": outcome({"x": (1, 1)}).report}, {"b.ipynb": absent})
    assert (combined.score, combined.max_score) == (Decimal(1), Decimal(6))


@given(
    st.dictionaries(
        st.text("abc", min_size=1, max_size=3),
        st.tuples(st.floats(allow_nan=True, allow_infinity=True), st.floats(0, 100).map(lambda x: round(x, 3))),
        max_size=6,
    )
)
def test_no_report_gives_more_than_there_is(cells: dict[str, tuple[float, float]]) -> None:
    """A report is untrusted: whatever it says, a cell gives from nothing to what it is worth."""
    report = outcome({name: (0, maximum) for name, (_, maximum) in cells.items()}).report
    wild = (replace(cell, score=Decimal(str(cells[cell.grade_id][0]))) for cell in report.cells)
    report = replace(report, cells=tuple(wild))
    combined = rules.combine_reports({"a.ipynb": report}, {})
    assert Decimal(0) <= combined.score <= combined.max_score
    assert all(Decimal(0) <= cell.score <= cell.max_score for cell in combined.cells)


def test_what_postgres_cannot_keep_is_replaced() -> None:
    """A learner's output may hold anything; it must not stop the grade from being stored."""
    report = outcome({"x": (0, 1)}, repairs=("a\0b",)).report
    wild = replace(report, message="\ud800\0", cells=tuple(replace(c, message="\0\udfff") for c in report.cells))
    combined = rules.combine_reports({"a.ipynb": wild}, {})
    for text in (combined.message, combined.cells[0].message, *combined.repairs):
        assert text
        assert "\0" not in text
        text.encode("utf-8")


def _work(slug: str, best: float | None, state: WorkState = "graded") -> AssignmentWork:
    assignment = Assignment(
        slug=slug,
        title=slug.title(),
        description="",
        due_at=None,
        points=Decimal(5),
        skills=[],
        version=1,
        position=0,
    )
    return AssignmentWork(
        assignment=assignment,
        state=state if best is not None or state == "grading" else "not-submitted",
        standing=standing_view(Applied(policy=Policy(), exceptions=(), first_fetched_at=None, zone=UTC), OPEN),
        draft=Draft(wanted=False, saved_at=None, hands_in_at=None),
        best_score=None if best is None else Decimal(str(best)),
        counted_score=None if best is None else Decimal(str(best)),
        counted_submission=None,
        max_score=Decimal(5),
        latest_submission=None,
        submissions=0,
        late=False,
    )


@pytest.mark.parametrize(
    ("works", "done", "score", "pending", "expected"),
    [
        ([_work("one", 3), _work("two", None)], "one", 3, False, "one"),
        ([_work("one", 5), _work("two", None)], "one", 5, False, "two"),
        ([_work("one", 3), _work("two", None)], "one", 3, True, "two"),
        ([_work("one", None), _work("two", 5)], "two", 5, False, "one"),
        ([_work("one", 5), _work("two", None, "grading"), _work("three", None)], "one", 5, False, "three"),
        ([_work("one", 5), _work("two", 5)], "one", 5, False, None),
        ([_work("one", 5), _work("two", 2)], "hidden", 5, False, "two"),
        ([_work("one", 2), _work("two", 5)], "two", 5, False, "one"),
    ],
)
def test_the_next_step(
    works: list[AssignmentWork], done: str, score: float, pending: bool, expected: str | None
) -> None:
    """This one again while it can be bettered, else the next unfinished one; nothing when all is done."""
    step = rules.next_step("course", works, done, Decimal(str(score)), pending)
    assert (step.assignment if step else None) == expected
    if step:
        assert step.reason


def test_what_has_closed_is_no_next_step() -> None:
    """Neither to better it nor to begin it."""
    now = datetime(2026, 11, 21, tzinfo=UTC)
    closed = may_submit(Policy(due_at=now - timedelta(days=1), late_for=timedelta(0)), (), (), now)
    applied = Applied(policy=Policy(), exceptions=(), first_fetched_at=None, zone=UTC)
    shut = {"standing": standing_view(applied, closed)}
    works = [_work("one", 3).model_copy(update=shut), _work("two", None).model_copy(update=shut), _work("three", None)]
    step = rules.next_step("course", works, "one", Decimal(3), False)
    assert step is not None
    assert step.assignment == "three"
    assert rules.next_step("course", works[:2], "one", Decimal(3), False) is None
