"""Points, statuses and messages, as pure rules."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any

import pytest

from grader.execution import Execution, RunLog
from grader.records import NOT_RUN, CellRecord, read_answer
from grader.repair import Plan, PlannedCell
from grader.report import CellResult
from grader.scoring import HIDDEN_FAILED, hint, overall, score_cells

VISIBLE = "assert f(1) == 2"
HIDDEN = "\n".join(
    [VISIBLE, "### BEGIN HIDDEN TESTS", "# HINT: Think of zero.", "assert f(0) == 1", "# HINT: Think of big numbers.",
     "assert f(10) == 11", "### END HIDDEN TESTS"]
)  # fmt: skip


def planned(role: Any = "test", source: str = VISIBLE, *, points: str = "2", changed: bool = True) -> PlannedCell:
    return PlannedCell(
        role=role,
        cell_type="code",
        grade_id="t",
        points=Decimal(points),
        source=source,
        visible=VISIBLE,
        changed=changed,
    )


def score(cell: PlannedCell, scored: CellRecord, shown: CellRecord | None = None) -> tuple[CellResult, tuple[str, ...]]:
    logs = [RunLog(records=(record,), ending="finished") for record in (scored, shown or scored)]
    execution = Execution(scoring=logs[0], display=logs[1], has_hidden=cell.has_hidden)
    results, warnings = score_cells(Plan(cells=(cell,), repairs=()), execution)
    return results[0], warnings


PASSED = CellRecord(outcome="passed")


def test_a_passed_test_earns_its_points() -> None:
    result, warnings = score(planned(), PASSED)
    assert (result.score, result.status, result.message, warnings) == (Decimal(2), "passed", None, ())


@pytest.mark.parametrize(
    ("credit", "earned", "status", "warned"),
    [
        (Decimal("0.5"), "0.5", "partial", False),
        (Decimal(2), "2", "passed", False),
        (Decimal(0), "0", "failed", False),
        (Decimal(5), "2", "passed", True),
        (Decimal(-1), "0", "failed", True),
        ("unreadable", "0", "failed", True),
    ],
)
def test_the_last_expression_gives_partial_credit(credit: Any, earned: str, status: str, warned: bool) -> None:
    result, warnings = score(planned(), CellRecord(outcome="passed", credit=credit))
    assert (result.score, result.status, bool(warnings)) == (Decimal(earned), status, warned)


def test_stderr_earns_nothing() -> None:
    result, _ = score(planned(), CellRecord(outcome="passed", stderr=True))
    assert (result.score, result.status) == (0, "failed")
    assert "stderr" in str(result.message)


def test_a_hidden_failure_shows_the_hint_before_its_line_or_a_fixed_sentence() -> None:
    failed = CellRecord(outcome="failed", message="AssertionError: SECRET", line=6)
    result, _ = score(planned(source=HIDDEN), failed, PASSED)
    assert (result.score, result.hidden, result.message) == (0, True, "Think of big numbers.")
    assert hint(planned(source=HIDDEN), 4) == "Think of zero."
    bare = planned(source=HIDDEN.replace("HINT", "note"))
    assert score(bare, failed, PASSED)[0].message == HIDDEN_FAILED


def test_nothing_from_the_process_with_hidden_tests_is_told() -> None:
    for outcome in ("failed", "error"):
        for shown in (PASSED, NOT_RUN, CellRecord(outcome="failed")):
            secret = CellRecord(outcome=outcome, message="SECRET", line=1)  # type: ignore[arg-type]
            assert "SECRET" not in str(score(planned(source=HIDDEN), secret, shown)[0].message)


def test_a_visible_failure_shows_its_own_message() -> None:
    shown = CellRecord(outcome="failed", message="AssertionError: not 2")
    result, _ = score(planned(source=HIDDEN), CellRecord(outcome="failed", message="SECRET"), shown)
    assert (result.message, result.hidden) == ("AssertionError: not 2", False)


@pytest.mark.parametrize(
    ("outcome", "status"), [("died", "error"), ("timeout", "timeout"), ("not-run", "not-run"), ("error", "error")]
)
def test_other_endings_earn_nothing(outcome: Any, status: str) -> None:
    result, _ = score(planned(), CellRecord(outcome=outcome))
    assert (result.score, result.status) == (0, status)


def test_written_answers_wait_for_a_person_unless_unchanged() -> None:
    assert score(planned("manual"), NOT_RUN)[0].status == "manual"
    assert score(planned("manual", changed=False), NOT_RUN)[0].status == "failed"


def test_an_error_in_an_empty_answer_is_no_mishap() -> None:
    for changed, status in ((False, "graded"), (True, "error-in-cell")):
        log = RunLog(records=(CellRecord(outcome="error"),), ending="finished")
        execution = Execution(scoring=log, display=log, has_hidden=False)
        plan = Plan(cells=(planned("solution", changed=changed),), repairs=())
        assert overall(plan, execution)[0] == status


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ({"status": "passed", "stderr": False}, "passed"),
        ({"status": "passed", "stderr": False, "canary": "canary 1"}, "error"),
        ({"status": "full marks"}, "error"),
        ({"status": ["passed"]}, "error"),
        ({"status": "interrupted"}, "timeout"),
        ({}, "error"),
    ],
)
def test_only_a_clean_answer_is_a_pass(answer: dict[str, Any], outcome: str) -> None:
    assert read_answer(answer).outcome == outcome


@pytest.mark.parametrize(
    "credit", [float("nan"), float("inf"), 1e300, "1.0", True, [1], {"a": 1}, pytest.param(10**400, id="huge")]
)
def test_an_odd_credit_is_unreadable(credit: Any) -> None:
    assert read_answer({"status": "passed", "stderr": False, "credit": credit}).credit == "unreadable"


def test_outputs_are_rebuilt_from_known_fields() -> None:
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": "hi", "evil": 1},
        {"output_type": "display_data", "data": {"image/png": "not base64!", "application/javascript": "x"}},
        {"output_type": "execute_result", "data": {"text/plain": "1"}, "metadata": {"nbgrader": {}}},
        {"output_type": "comm", "data": {}},
        "text",
    ]
    kept = read_answer({"status": "passed", "stderr": False, "outputs": outputs}).outputs
    assert [output["output_type"] for output in kept] == ["stream", "execute_result"]
    assert "evil" not in kept[0]
    assert kept[1]["metadata"] == {}


def test_a_hint_in_the_cells_metadata_stands_for_all_of_its_hidden_part() -> None:
    failed = CellRecord(outcome="failed", line=6)
    settled = dataclasses.replace(planned(source=HIDDEN.replace("HINT", "note")), hint="Look again.")
    assert score(settled, failed, PASSED)[0].message == "Look again."
    commented = dataclasses.replace(planned(source=HIDDEN), hint="Look again.")
    assert score(commented, failed, PASSED)[0].message == "Think of big numbers."
    visible = CellRecord(outcome="failed", message="AssertionError: not 2")
    assert score(commented, failed, visible)[0].message == "AssertionError: not 2"
