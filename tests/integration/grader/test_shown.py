"""What of a run is shown, to whom, and what is not even drawn. In both engines that run Python."""

from __future__ import annotations

import json
from typing import Any

import pytest

from grader.grading import GradeOutcome, Grader, GradeRequest
from grader.instructor import instructor_html
from grader.source import load_source
from tests.factories.notebooks import cell, graded, notebook, solution

pytestmark = pytest.mark.bubblewrap
ENGINES = pytest.mark.parametrize("engine", ["separate", "shared"])


def grade(grader: Grader, engine: str, source: bytes, submission: bytes | None = None) -> GradeOutcome:
    return grader.grade(GradeRequest(source=source, submission=submission or source, isolation=engine))


def outputs(outcome: GradeOutcome) -> list[list[str]]:
    """Return the kinds of the outputs of each code cell."""
    assert outcome.executed_notebook is not None
    cells: list[dict[str, Any]] = json.loads(outcome.executed_notebook)["cells"]
    return [
        [kind for output in found["outputs"] for kind in output.get("data", {output["output_type"]: ""})]
        for found in cells
        if found["cell_type"] == "code"
    ]


DRAW = """
def draw(n):
    figure, axes = plt.subplots(figsize=(1, 1))
    axes.set_title(f"title {n}")
    return axes
"""
DRAWING = [
    cell("import matplotlib.pyplot as plt\n%matplotlib inline"),
    solution("draw", DRAW),
    cell("draw(1);"),
    graded("t", "assert draw(2).get_title() == 'title 2'\n### BEGIN HIDDEN TESTS\na = draw(3)\n### END HIDDEN TESTS"),
    graded("u", "assert not plt.get_fignums(), 'a figure of the test before is there'\ndraw(4)\nassert plt.gcf()"),
    cell("print('after')"),
]


@ENGINES
def test_a_figure_stays_with_the_cell_that_drew_it(grader: Grader, engine: str) -> None:
    outcome = grade(grader, engine, notebook(*DRAWING))
    assert [(result.status, result.message) for result in outcome.report.cells] == [("passed", None)] * 2
    assert outputs(outcome) == [[], [], ["text/plain", "image/png"], [], [], ["stream"]]


RICH = """
drawn = []
class Rich:
    def _repr_html_(self):
        drawn.append(1)
        return "<b>rich</b>"
Rich()
"""


@ENGINES
def test_what_is_shown_is_drawn_once(grader: Grader, engine: str) -> None:
    """`shared` runs a notebook with hidden tests twice: what the second run shows, the first does not draw."""
    test = graded("t", "assert True\n### BEGIN HIDDEN TESTS\nassert len(drawn) < 2\n### END HIDDEN TESTS")
    outcome = grade(grader, engine, notebook(cell(RICH), test))
    assert outcome.report.cells[0].status == "passed"
    assert "<b>rich</b>" in str(outcome.feedback_html)


HIDDEN = """assert f(1) == 2
### BEGIN HIDDEN TESTS
print('ht_printed')
assert f(0) == 1, 'ht_message'
### END HIDDEN TESTS"""


@ENGINES
@pytest.mark.parametrize("answer", ["def f(n):\n    return 2", "def f(n):\n    return 2 if n else [][0]"])
def test_what_a_hidden_test_said_is_for_instructors(grader: Grader, engine: str, answer: str) -> None:
    source = notebook(solution("f", "def f(n): return n + 1"), graded("t", HIDDEN))
    submission = notebook(solution("f", answer))
    outcome = grade(grader, engine, source, submission)
    assert "ht_" not in f"{outcome.report}{outcome.executed_notebook!r}{outcome.feedback_html}"
    page = instructor_html(
        load_source(source),
        submission,
        outcome.report,
        executed=outcome.executed_notebook,
        details=outcome.details,
    )
    assert "ht_printed\n</pre>" in page
    assert ("IndexError" if "[]" in answer else "AssertionError: ht_message") in page
    assert "Cell t, line 4" in page


@ENGINES
def test_an_error_names_the_cells_that_it_went_through(grader: Grader, engine: str) -> None:
    cells = [solution("f", "def f(n):\n    return n / 0"), graded("t", "assert f(1) == 2")]
    outcome = grade(grader, engine, notebook(*cells))
    page = str(outcome.feedback_html)
    for text in ("Cell t, line 1", "Cell In[1], line 2, in f(n)", "ZeroDivisionError: division by zero"):
        assert text in page
    assert "/opt/" not in page
    assert "/grader/" not in page
