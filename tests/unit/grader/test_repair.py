"""The run is built from the instructor's version; each repair is told in one sentence."""

from __future__ import annotations

from typing import Any

import pytest

from grader.ingest import read_submission
from grader.repair import Plan, plan_run
from grader.source import load_source
from tests.factories.notebooks import cell, graded, marks, notebook, solution

HIDDEN = "assert f(1) == 2\n### BEGIN HIDDEN TESTS\nassert f(2) == 3\n### END HIDDEN TESTS"
SHOWN = "assert f(1) == 2"
GIVEN = cell("LIMIT = 1", marks=marks("given"))
SOURCE = notebook(
    cell("import math"),
    GIVEN,
    solution("f", "def f(n):\n    ### BEGIN SOLUTION\n    return n + 1\n    ### END SOLUTION"),
    graded("test_f", HIDDEN, 2),
    cell("Why?", kind="markdown", marks=marks("why", grade=True, solution=True, points=3)),
)
ANSWER = solution("f", "def f(n): return n + 1")
WHY = cell("Because.", kind="markdown", marks=marks("why", grade=True, solution=True, points=3))
RELEASED = (cell("import math"), GIVEN, ANSWER, graded("test_f", SHOWN, 2), WHY)


def plan(*cells: dict[str, Any]) -> Plan:
    return plan_run(load_source(SOURCE), read_submission(notebook(*cells)))


def sources(plan_: Plan) -> list[str]:
    return [planned.source for planned in plan_.cells]


def test_honest_work_needs_no_repair() -> None:
    result = plan(*RELEASED)
    assert result.repairs == ()
    assert sources(result) == ["import math", "LIMIT = 1", "def f(n): return n + 1", HIDDEN, "Because."]
    assert [planned.visible for planned in result.cells][3] == SHOWN


def test_own_cells_stay_where_they_were() -> None:
    result = plan(cell("first"), *RELEASED[:3], cell("after f"), *RELEASED[3:], cell("last"))
    assert result.repairs == ()
    assert sources(result)[0] == "first"
    assert sources(result)[3:6] == ["def f(n): return n + 1", "after f", HIDDEN]
    assert sources(result)[-1] == "last"


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ((*RELEASED[:3], graded("test_f", "pass", 99), WHY), "test cell “test_f” had been changed"),
        ((*RELEASED[:3], WHY), "test cell “test_f” was missing"),
        ((*RELEASED[:3], cell(SHOWN, kind="raw", marks=marks("test_f", grade=True)), WHY), "had become a raw cell"),
        ((*RELEASED[:4], RELEASED[3], WHY), "“test_f” was there more than once"),
        ((RELEASED[0], cell("LIMIT = 9", marks=marks("given")), *RELEASED[2:]), "“given” had been changed"),
        ((*RELEASED[:3], WHY, RELEASED[3]), "moved"),
    ],
)
def test_damage_is_repaired_and_told_once(cells: tuple[dict[str, Any], ...], says: str) -> None:
    result = plan(*cells)
    assert len(result.repairs) == 1
    assert says in result.repairs[0]
    assert [planned.source for planned in result.cells if planned.role == "test"] == [HIDDEN]
    assert [planned.source for planned in result.cells if planned.role == "locked"] == ["LIMIT = 1"]


def test_a_missing_answer_is_put_back_empty() -> None:
    result = plan(*RELEASED[:2], *RELEASED[3:])
    assert "put back empty" in result.repairs[0]
    assert "raise NotImplementedError" in sources(result)[2]


def test_of_an_answer_given_twice_the_last_counts_and_the_first_still_runs() -> None:
    result = plan(*RELEASED[:2], solution("f", "old = 1"), *RELEASED[2:])
    assert "last copy" in result.repairs[0]
    assert [planned.grade_id for planned in result.cells if planned.source == "old = 1"] == [None]


def test_unknown_grade_ids_are_the_learners_own_cells() -> None:
    result = plan(*RELEASED, graded("invented", "assert True", 1000))
    assert result.cells[-1].role == "plain"
    assert result.cells[-1].points == 0


def test_changed_says_whether_a_written_answer_was_given() -> None:
    stub = cell("YOUR ANSWER HERE", kind="markdown", marks=marks("why", grade=True, solution=True, points=3))
    assert [planned.changed for planned in plan(*RELEASED[:4], stub).cells][-1] is False
    assert [planned.changed for planned in plan(*RELEASED).cells][-1] is True


def test_many_repairs_are_summed_up() -> None:
    source = load_source(notebook(*(graded(f"t{number}", "pass") for number in range(50))))
    repairs = plan_run(source, ()).repairs
    assert len(repairs) == 21
    assert repairs[-1] == "30 more cells were repaired."
