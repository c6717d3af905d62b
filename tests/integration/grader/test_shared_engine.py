"""The shared engine, end to end: what runs as in a notebook, what is limited, and what nobody may see."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

from grader.errors import GraderError
from grader.grading import GradeOutcome, Grader, GradeRequest, GraderOptions, Limits
from grader.report import CellResult
from tests.factories.limits import HASTY
from tests.factories.notebooks import cell, graded, marks, notebook, solution

Cells = Sequence[dict[str, Any]]
pytestmark = pytest.mark.bubblewrap


def grade(
    grader: Grader,
    source: list[dict[str, Any]],
    submission: list[dict[str, Any]],
    files: Mapping[str, bytes] | None = None,
    limits: Limits | None = None,
) -> GradeOutcome:
    request = GradeRequest(
        source=notebook(*source), submission=notebook(*submission), resources=files or {}, limits=limits
    )
    return grader.grade(request)


def run(
    grader: Grader, answer: str, test: str, points: float = 1, files: Mapping[str, bytes] | None = None
) -> CellResult:
    """Return the result of one test cell after one answer cell."""
    cells = [solution("a", answer), graded("t", test, points)]
    [result] = grade(grader, cells, cells, files).report.cells
    return result


@pytest.mark.parametrize(
    ("answer", "test"),
    [
        ("x = 1", "assert x == 1"),
        ("%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])", "assert plt.gca() is not None"),
        ("files = !ls", "assert list(files) == []"),
        ("%%capture out\nprint('hi')", "assert out.stdout == 'hi\\n'"),
        ("import asyncio\nawait asyncio.sleep(0)\nx = 1", "await asyncio.sleep(0)\nassert x == 1"),
        ("def f():\n    return In", "assert len(f()) > 0"),
        ("5 + 5", "assert _ == 10"),
        ("from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int", "assert P(1) == P(1)"),
        ("import pickle\nclass A: pass\nb = pickle.dumps(A())", "assert isinstance(pickle.loads(b), A)"),
        ("import multiprocessing as m\np = m.Process(target=print)\np.start(); p.join()", "assert p.exitcode == 0"),
        ("import subprocess", "assert subprocess.run(['echo', 'a'], capture_output=True).stdout == b'a\\n'"),
        ("import tempfile, os\nopen('here', 'w').close()", "assert os.path.exists('here') and tempfile.mkdtemp()"),
        (
            "import numpy as np\na = np.arange(3)",
            "assert (a + 1 == [1, 2, 3]).all()\nnp.testing.assert_allclose(a[0], 0)",
        ),
        (
            "import pandas as pd\nd = pd.DataFrame({'a': [1]})",
            "pd.testing.assert_frame_equal(d, pd.DataFrame({'a': [1]}))",
        ),
        (
            "from collections import namedtuple\nP = namedtuple('P', 'x y')\ndef f(): return P(1, 2)",
            "assert f() == (1, 2)",
        ),
    ],
)
def test_runs_as_in_a_notebook(answer: str, test: str, grader: Grader) -> None:
    result = run(grader, answer, test)
    assert (result.status, result.score, result.message) == ("passed", 1, None)


@pytest.mark.parametrize(
    ("test", "points", "score", "status"),
    [
        ("0.5", 2, "0.5", "partial"),
        ("import numpy\nnumpy.float64(1.5)", 2, "1.5", "partial"),
        ("0.5;", 2, "2", "passed"),
        ("5", 2, "2", "passed"),
        ("-1", 2, "0", "failed"),
        ("float('nan')", 2, "0", "failed"),
        ("'full marks'", 2, "0", "failed"),
        ("None", 2, "2", "passed"),
        ("import sys\nprint('warning', file=sys.stderr)", 2, "0", "failed"),
        ("import warnings\nwarnings.warn('old')", 2, "0", "failed"),
        ("import os\nos.system('echo oops >&2')\nNone", 2, "0", "failed"),
        ("raise SystemExit(0)", 2, "0", "error"),
        ("1 / 0", 2, "0", "error"),
        ("assert False", 2, "0", "failed"),
    ],
)
def test_points(test: str, points: float, score: str, status: str, grader: Grader) -> None:
    result = run(grader, "pass", test, points)
    assert (result.score, result.status) == (Decimal(score), status)


def test_a_stray_error_does_not_stop_later_cells(grader: Grader) -> None:
    source = [solution("a", "x = 1"), graded("t", "assert x == 1")]
    report = grade(grader, source, [cell("1 / 0"), source[0], cell("input('?')"), source[1]]).report
    assert (report.status, report.score) == ("error-in-cell", 1)


def test_files_lie_beside_and_modules_come_from_a_copy_that_nobody_can_change(grader: Grader) -> None:
    files = {"data/a.csv": b"1,2", "helper.py": b"def check(x): assert x == 1"}
    answer = "assert open('data/a.csv').read() == '1,2'\nopen('helper.py', 'w').write('def check(x): pass')\nx = 2"
    result = run(grader, answer, "from helper import check\ncheck(x)", files=files)
    assert (result.status, result.score) == ("failed", 0)
    assert run(grader, answer.replace("x = 2", "x = 1"), "from helper import check\ncheck(x)", files=files).score == 1


def test_a_slow_cell_is_stopped_and_the_next_ones_run(grader: Grader) -> None:
    cells = [solution("a", "import time\ntime.sleep(60)"), graded("t", "assert True"), graded("u", "time.sleep(60)")]
    report = grade(grader, cells, cells, limits=HASTY).report
    assert report.status == "timeout"
    assert [result.status for result in report.cells] == ["passed", "timeout"]


def test_a_cell_that_will_not_stop_ends_the_run(grader: Grader) -> None:
    loop = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"
    cells = [graded("t", "assert True"), solution("a", loop), graded("u", "assert True")]
    report = grade(grader, cells, cells, limits=HASTY).report
    assert (report.status, [result.status for result in report.cells]) == ("timeout", ["passed", "not-run"])


def test_the_whole_run_has_a_limit(grader: Grader) -> None:
    cells = [cell("import time"), *(solution(f"a{n}", "time.sleep(1.7)") for n in range(8)), graded("t", "assert True")]
    report = grade(grader, cells, cells, limits=HASTY).report
    assert (report.status, report.score) == ("timeout", 0)


def test_memory_is_limited_over_all_processes(grader: Grader) -> None:
    greedy = (
        "import os, time\nfor _ in range(6):\n    if os.fork() == 0:\n"
        "        x = bytearray(200 << 20)\n        time.sleep(60)\ntime.sleep(5)"
    )
    cells = [solution("a", greedy), graded("t", "assert True")]
    assert grade(grader, cells, cells).report.status == "memory-limit"


def test_one_process_that_asks_for_too_much_gets_a_memory_error(grader: Grader) -> None:
    greedy = "try:\n    x = bytearray(3 << 30)\nexcept MemoryError:\n    x = None"
    assert run(grader, greedy, "assert x is None").score == 1


def test_disk_is_limited_in_all_places_together(grader: Grader) -> None:
    fill = (
        "import os\nwritten = 0\nfor folder in ('.', '/tmp', '/dev/shm', os.path.expanduser('~')):\n"
        "    try:\n        with open(folder + '/f', 'wb') as f:\n"
        "            for _ in range(100): written += f.write(bytes(1 << 20))\n"
        "    except OSError: pass"
    )
    assert run(grader, fill, "assert written <= 64 << 20").status == "passed"


def test_a_cell_that_ends_the_process_is_left_out_and_the_rest_is_scored(grader: Grader) -> None:
    cells = [solution("a", "x = 1"), graded("t", "import os\nos._exit(0)"), graded("u", "assert x == 1")]
    report = grade(grader, cells, cells).report
    assert (report.status, [result.status for result in report.cells]) == ("error-in-cell", ["error", "passed"])


HIDDEN = """assert f(1) == 2
### BEGIN HIDDEN TESTS
ht_secret = 3
# HINT: Try larger numbers.
assert f(2) == ht_secret
### END HIDDEN TESTS"""


def hidden(grader: Grader, answer: str, own: str = "") -> GradeOutcome:
    test = graded("t", HIDDEN)
    return grade(grader, [solution("f", "def f(n): return n + 1"), test], [solution("f", answer), cell(own)])


def test_a_hidden_failure_tells_the_hint_alone(grader: Grader) -> None:
    outcome = hidden(grader, "def f(n): return 2")
    [result] = outcome.report.cells
    assert (result.score, result.hidden, result.message) == (0, True, "Try larger numbers.")
    assert "ht_secret" not in f"{outcome.executed_notebook!r}{outcome.feedback_html}{outcome.report}"


@pytest.mark.parametrize(
    "answer",
    [
        "def f(n):\n    import inspect\n    print(list(inspect.currentframe().f_back.f_globals))\n    return n + 1",
        "def f(n):\n    print([k for k in globals() if 'secret' in k], globals())\n    return 2",
        "def f(n):\n    if n == 2:\n        try: 1 / 0\n        except Exception as e:\n"
        "            open('leak', 'w').write(str(e.__traceback__.tb_frame.f_back.f_code.co_names))\n    return n + 1",
    ],
)
def test_no_output_holds_a_hidden_test(answer: str, grader: Grader) -> None:
    outcome = hidden(grader, answer, own="import os\nprint(os.path.exists('leak') and open('leak').read(), globals())")
    assert "ht_secret" not in f"{outcome.executed_notebook!r}{outcome.feedback_html}"


def test_the_executed_notebook_and_the_page_show_the_work(grader: Grader) -> None:
    cells = [
        cell("# A *title*", kind="markdown"),
        solution("a", "print('seen')\n1 / 0"),
        graded("t", "assert 1 == 2, 'why'"),
    ]
    outcome = grade(grader, cells, cells)
    assert outcome.executed_notebook is not None
    assert outcome.feedback_html is not None
    document = json.loads(outcome.executed_notebook)
    assert [c["cell_type"] for c in document["cells"]] == ["markdown", "code", "code"]
    assert {output["output_type"] for output in document["cells"][1]["outputs"]} == {"stream", "error"}
    for text in ("<em>title</em>", "seen", "ZeroDivisionError", "AssertionError: why", "0 of 1</span>"):
        assert text in outcome.feedback_html


def test_two_submissions_know_nothing_of_each_other(grader: Grader) -> None:
    spy = "import os, builtins\nfound = os.path.exists('/tmp/mark') or hasattr(builtins, 'mark')\n"
    spy += "builtins.mark = 1\nopen('/tmp/mark', 'w').close()\nopen(os.path.expanduser('~/mark'), 'w').close()"
    for _ in range(2):
        assert run(grader, spy, "assert not found").score == 1


def test_several_are_graded_at_once(grader: Grader) -> None:
    def one(number: int) -> Decimal:
        return run(grader, f"import time\ntime.sleep(0.05)\nx = {number}", f"assert x == {number}").score

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(one, range(12))) == [1] * 12


def test_unseeded_chance_is_the_same_for_the_score_and_for_the_page(grader: Grader) -> None:
    draw = "import random, numpy\nx = (random.random(), numpy.random.rand())\nprint('drew', x)"
    first = run(grader, draw, "assert x")
    assert first.score == 1
    pages = {grade(grader, [solution("a", draw)], [solution("a", draw)]).feedback_html for _ in range(2)}
    assert len(pages) == 2  # drawn anew for each submission


def test_a_rejected_submission_runs_nothing(grader: Grader) -> None:
    outcome = grader.grade(GradeRequest(source=notebook(graded("t", "assert True", 3)), submission=b"{"))
    assert (outcome.report.status, outcome.report.score, outcome.report.max_score) == ("rejected-invalid", 0, 3)
    assert outcome.executed_notebook is None
    assert outcome.report.message


def test_written_answers_wait_for_the_instructor(grader: Grader) -> None:
    task = cell("Explain.", kind="markdown", marks=marks("task", task=True, points=2))
    essay = marks("why", grade=True, solution=True, points=3)
    source = [cell("Because.", kind="markdown", marks=essay), task]
    report = grade(grader, source, [cell("My answer.", kind="markdown", marks=essay), task]).report
    assert (report.needs_manual, report.score, report.max_score) == (("why", "task"), 0, 5)
    blank = [cell("YOUR ANSWER HERE", kind="markdown", marks=essay), task]
    assert grade(grader, source, blank).report.needs_manual == ("task",)


@pytest.mark.parametrize("isolation", ["other", "Separate"])
def test_engines_that_do_not_exist_are_a_clear_error(isolation: str) -> None:
    with pytest.raises(GraderError, match=isolation):
        Grader(GraderOptions()).grade(GradeRequest(source=notebook(), submission=notebook(), isolation=isolation))


def test_a_figure_is_drawn_for_its_picture_alone(grader: Grader) -> None:
    """Twice, because a picture is first measured for what can be cut off; and the open figures are closed after it."""
    counting = """
import matplotlib.figure, matplotlib.pyplot as plt
draw, drawn = matplotlib.figure.Figure.draw, []
def count(*arguments):
    drawn.append(1)
    return draw(*arguments)
matplotlib.figure.Figure.draw = count
figure, axes = plt.subplots()
axes.plot([1, 2])
"""
    assert run(grader, counting, "assert len(drawn) == 2 and plt.get_fignums() == [] and figure.number == 1").score == 1
