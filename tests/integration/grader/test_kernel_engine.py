"""The kernel engine, end to end: other languages, other kernels, and ipykernel as `shared` runs it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from grader.errors import GraderError, KernelMissing
from grader.grading import GradeOutcome, Grader, GradeRequest, GraderOptions, Limits
from grader.release import make_release
from tests.factories.limits import HASTY
from tests.factories.notebooks import cell, graded, notebook, solution

pytestmark = [pytest.mark.bubblewrap, pytest.mark.slow]
# What script/bootstrap --dev makes of requirements/kernels.txt.
KERNELS = Path(sys.prefix).parent / ".venv-kernels" / "bin" / "python"


@pytest.fixture(scope="module")
def kernels() -> Iterator[Grader]:
    limits = Limits(cell_seconds=8, total_seconds=120, memory_mb=512, disk_mb=64)
    with Grader(GraderOptions(python=KERNELS, limits=limits, preload=())) as made:
        yield made


# --- Bash: a language whose kernel knows neither values nor errors, only the status of the last command ---

GREET = """greet() {
    ### BEGIN SOLUTION
    echo "Hello, $1!"
    ### END SOLUTION
}"""
TEST_GREET = """[ "$(greet Ada)" = "Hello, Ada!" ]
### BEGIN HIDDEN TESTS
# hint: Names may have spaces.
ht_secret="Ada Lovelace"
[ "$(greet "$ht_secret")" = "Hello, $ht_secret!" ]
### END HIDDEN TESTS"""
TEST_COUNT = """count=$(seq 5 | count_lines)
[ "$count" -eq 5 ]"""
BASH = [
    cell("set +H"),
    solution("greet", GREET),
    graded("test_greet", TEST_GREET, 2),
    solution("count", "count_lines() {\n    ### BEGIN SOLUTION\n    wc -l\n    ### END SOLUTION\n}"),
    graded("test_count", TEST_COUNT, 1),
]
RIGHT_GREET, RIGHT_COUNT = 'greet() { echo "Hello, $1!"; }', "count_lines() { wc -l; }"
BLANK_GREET = "greet() {\n    # YOUR CODE HERE\n    false\n}"
BLANK_COUNT = BLANK_GREET.replace("greet", "count_lines")
ENDED = "The test did not come to its end."
CHANGED = "This test earns nothing, because the notebook changes how tests are run."
STOPPED = "This test took too long and was stopped."
STATUS = "It ended with exit status 1."
SUBMISSIONS: dict[str, tuple[str, str, str, float, str | None]] = {
    # answers, status of the report, points, what is told about the first test
    "right": (RIGHT_GREET, RIGHT_COUNT, "graded", 3, None),
    "wrong": ("greet() { echo $1; }", RIGHT_COUNT, "graded", 1, STATUS),
    "visible only": ('greet() { set -- $1; echo "Hello, $1!"; }', RIGHT_COUNT, "graded", 1, "Names may have spaces."),
    "blank": (BLANK_GREET, BLANK_COUNT, "graded", 0, STATUS),
    "failing": (f"{RIGHT_GREET}\nls /nowhere", RIGHT_COUNT, "error-in-cell", 3, None),
    "incomplete": ("greet() {", RIGHT_COUNT, "timeout", 1, None),
    "strict": (f"{RIGHT_GREET}\nset -euo pipefail", "count_lines() { wc -c; }", "graded", 2, None),
    "endless": ("greet() { while :; do :; done; }", RIGHT_COUNT, "timeout", 1, STOPPED),
    "kills its kernel": (f"kill -9 $PPID; {RIGHT_GREET}", RIGHT_COUNT, "error-in-cell", 1, STATUS),
    "kills it in the test": ("greet() { kill -9 $PPID; }", RIGHT_COUNT, "error-in-cell", 1, None),
}
# What an answer may do to the shell that runs the tests, and what the test says to it, where that is sure.
FORGED: dict[str, tuple[str, str | None]] = {
    "[ is a function": ("function [ { return 0; }", CHANGED),
    "[ is an alias": ("alias '['=true", CHANGED),
    "a trap skips": ("shopt -s extdebug; trap '! :' DEBUG", None),
    "exit is success": ("set -e; trap 'exit 0' EXIT", None),
    "the shell is another": ("exec cat", None),
}


def bash(*cells: dict[str, Any]) -> bytes:
    return notebook(*cells, language="bash", kernel="bash")


@pytest.fixture(scope="module")
def bash_source() -> bytes:
    made = make_release(bash(*BASH), name="shell", resources={}, options=GraderOptions(python=KERNELS))
    released = [item["source"] for item in json.loads(made.release)["cells"]]
    assert "".join(released[1]) == BLANK_GREET
    assert "ht_secret" not in made.release.decode()
    assert made.warnings == ()
    return made.source


@pytest.fixture(scope="module")
def outcomes(kernels: Grader, bash_source: bytes) -> dict[str, GradeOutcome]:
    """All submissions, several at once: bash and its kernel mostly wait for each other."""

    def grade(name: str) -> GradeOutcome:
        greet, count = SUBMISSIONS[name][:2]
        submission = bash(BASH[0], solution("greet", greet), BASH[2], solution("count", count), BASH[4])
        return kernels.grade(GradeRequest(source=bash_source, submission=submission))

    with ThreadPoolExecutor(4) as pool:
        return dict(zip(SUBMISSIONS, pool.map(grade, SUBMISSIONS), strict=True))


@pytest.fixture(scope="module")
def forged(kernels: Grader) -> dict[str, GradeOutcome]:
    test = graded("t", '[ "$(greet Ada)" = "Hello, Ada!" ]')
    source = bash(solution("greet", RIGHT_GREET), test)

    def grade(name: str) -> GradeOutcome:
        answer = f"{BLANK_GREET}\n{FORGED[name][0]}"
        return kernels.grade(GradeRequest(source=source, submission=bash(solution("greet", answer), test)))

    with ThreadPoolExecutor(4) as pool:
        return dict(zip(FORGED, pool.map(grade, FORGED), strict=True))


@pytest.mark.parametrize("name", FORGED)
def test_bash_believes_no_forged_result(name: str, forged: dict[str, GradeOutcome]) -> None:
    [result] = forged[name].report.cells
    assert result.score == 0
    assert result.message == FORGED[name][1] or FORGED[name][1] is None


@pytest.mark.parametrize("name", SUBMISSIONS)
def test_bash(name: str, outcomes: dict[str, GradeOutcome]) -> None:
    report = outcomes[name].report
    _, _, status, score, message = SUBMISSIONS[name]
    assert (report.status, float(report.score), report.isolation) == (status, score, "kernel")
    if message is not None:
        assert report.cells[0].message == message


def test_bash_hides_its_hidden_tests_and_says_what_it_is(outcomes: dict[str, GradeOutcome]) -> None:
    for outcome in outcomes.values():
        assert "ht_secret" not in f"{outcome.executed_notebook!r}{outcome.feedback_html}{outcome.report}"
        document = json.loads(outcome.executed_notebook or b"")
        assert document["metadata"]["kernelspec"]["language"] == "bash"
    assert "exit status 1" in (outcomes["wrong"].feedback_html or "")
    assert b"exit status 1" in (outcomes["visible only"].details or b"")


def test_a_test_that_leaves_the_shell_has_not_passed(kernels: Grader) -> None:
    """The kernel itself starts another shell and says "ok"."""
    source = bash(solution("a", "x=2"), graded("t", '[ "$x" = 1 ] || exit 1'))
    [result] = kernels.grade(GradeRequest(source=source, submission=source)).report.cells
    assert (result.status, result.message) == ("error", ENDED)


# --- Scheme: values that are shown, and errors with names ---


def scheme(*cells: dict[str, Any]) -> bytes:
    return notebook(*cells, language="scheme", kernel="calysto_scheme")


TEST_SQUARE = """(assert = (square 2) 4)
;; BEGIN HIDDEN TESTS
; hint: And below zero?
(assert = (square -3) 9)
;; END HIDDEN TESTS"""


@pytest.mark.parametrize(
    ("answer", "scores", "message"),
    [
        ("(define (square n) (* n n))", [2, 0.5], None),
        ("(define (square n) (* 2 n))", [0, 0], "And below zero?"),
        ("(define (square n) 9)", [0, 0.5], None),
        ("(car '())", [0, 0], None),
        ("(define (square n) (square n))", [0, 0], None),
    ],
)
def test_scheme(answer: str, scores: list[float], message: str | None, kernels: Grader) -> None:
    tests = [graded("t", TEST_SQUARE, 2), graded("partial", "(if (= (square 3) 9) 0.5 0)", 1)]
    source = scheme(solution("a", "(define (square n) (* n n))"), *tests)
    report = kernels.grade(GradeRequest(source=source, submission=scheme(solution("a", answer), *tests))).report
    assert [float(result.score) for result in report.cells] == scores
    if message is not None:
        assert report.cells[0].message == message


# --- Python in two kernels ---

SAME: list[tuple[str, str]] = [
    ("x = 1", "assert x == 1"),
    ("x = 2", "assert x == 1, 'why'"),
    ("x = 1", "x\n0.5"),
    ("", "import numpy\nnumpy.float64(1.5)"),
    ("", "0.5;"),
    ("", "-1"),
    ("", "float('nan')"),
    ("", "'full marks'"),
    ("", "import sys\nprint('warning', file=sys.stderr)"),
    ("", "raise SystemExit(0)"),
    ("1 / 0", "1 / 0"),
    ("input('?')", "assert True"),
    ("files = !ls", "assert list(files) == ['a.csv', 'helper.py']"),
    ("%%capture out\nprint('hi')", "assert out.stdout == 'hi\\n'"),
    ("import asyncio\nawait asyncio.sleep(0)\nx = 1", "await asyncio.sleep(0)\nassert x == 1"),
    ("open('helper.py', 'w').write('def check(x): pass')\nx = 2", "from helper import check\ncheck(x)"),
    ("import os\nos._exit(0)", "assert True"),
    ("def f():\n    while True: pass", "f()\n### BEGIN HIDDEN TESTS\nassert f()\n### END HIDDEN TESTS"),
    ("def f(n): return 1", "assert f(1) == 1\n# BEGIN HIDDEN TESTS\n# hint: b\nassert f(2) == 2\n# END HIDDEN TESTS"),
    ("class Lie:\n    def __eq__(self, other): return True\nx = Lie()", "assert x == 1"),
    ("import builtins\nbuiltins.abs = lambda x: 0", "assert abs(-1) == 1"),
    ("import random, numpy\nx = (random.random(), numpy.random.rand())", "assert x"),
    ("len = lambda x: 3", "assert len([]) == 3"),
    ("import math\nmath.sqrt = lambda x: 3", "import math\nassert math.sqrt(4) == 3"),
    ("try:\n    x = bytearray(3 << 30)\nexcept MemoryError:\n    x = None", "assert x is None"),
]


@pytest.mark.parametrize(("answer", "test"), SAME)
def test_ipykernel_gives_what_shared_gives(answer: str, test: str, grader: Grader) -> None:
    source = notebook(solution("a", answer), graded("t", test, 2))
    files = {"a.csv": b"1,2", "helper.py": b"def check(x): assert x == 1"}
    request = GradeRequest(
        source=source, submission=source, resources=files, limits=HASTY if "while True" in answer else None
    )
    reports = [grader.grade(replace(request, isolation=isolation)).report for isolation in ("shared", "kernel")]
    assert [report.isolation for report in reports] == ["shared", "kernel"]
    assert reports[0].cells == reports[1].cells
    assert reports[0].status == reports[1].status


def test_a_kernel_that_asks_to_leave_is_gone(grader: Grader) -> None:
    source = notebook(solution("a", "exit()"), graded("t", "assert True"))
    report = grader.grade(GradeRequest(source=source, submission=source, isolation="kernel")).report
    assert (report.status, report.score) == ("error-in-cell", 1)


def test_an_endless_loop_is_a_timeout(grader: Grader) -> None:
    tests = [
        graded(f"t{n}", "assert f() == 1\n### BEGIN HIDDEN TESTS\nassert f()\n### END HIDDEN TESTS") for n in range(3)
    ]
    source = notebook(solution("a", "def f():\n    while True: pass"), *tests)
    report = grader.grade(GradeRequest(source=source, submission=source, isolation="kernel", limits=HASTY)).report
    assert report.status == "timeout"


def test_memory_is_limited_over_all_processes(grader: Grader) -> None:
    greedy = (
        "import os, time\nfor _ in range(6):\n    if os.fork() == 0:\n"
        "        x = bytearray(200 << 20)\n        time.sleep(60)\ntime.sleep(5)"
    )
    source = notebook(solution("a", greedy), graded("t", "assert True"))
    limits = Limits(cell_seconds=40, total_seconds=60, memory_mb=512)
    report = grader.grade(GradeRequest(source=source, submission=source, isolation="kernel", limits=limits)).report
    assert (report.status, report.score) == ("memory-limit", 0)


FORGE = """
def answer():
    kernel = get_ipython().kernel
    parent = kernel.get_parent()
    send, where = kernel.session.send, kernel.iopub_socket
    ok = {'status': 'ok', 'execution_count': 1, 'payload': [], 'user_expressions': {}}
    one = {'data': {'text/plain': '1.0'}, 'metadata': {}, 'execution_count': 1}
    send(where, 'execute_result', one, parent=parent, ident=b'execute_result')
    send(where, 'status', {'execution_state': 'idle'}, parent=parent, ident=b'status')
    shell = kernel.shell_stream or kernel.shell_socket
    send(shell, 'execute_reply', ok, parent=parent, ident=kernel._parent_ident['shell'])
    return 2
"""


def test_a_reply_that_the_answer_sent_itself_earns_nothing(grader: Grader) -> None:
    source = notebook(solution("a", FORGE), graded("t", "assert answer() == 1"))
    [result] = grader.grade(GradeRequest(source=source, submission=source, isolation="kernel")).report.cells
    assert result.score == 0


TOUCH = """
import os, signal
found = []
for place in ("mem", "environ", "maps", "fd/5"):
    try:
        open(f"/proc/1/{place}", "rb").read(1)
        found.append(place)
    except OSError:
        pass
try:
    found += os.listdir("/proc/1/fd")
except OSError:
    pass
for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP, signal.SIGHUP, signal.SIGUSR1):
    os.kill(1, number)
"""


def test_the_process_above_the_kernel_is_out_of_its_reach(grader: Grader) -> None:
    source = notebook(solution("a", TOUCH), graded("t", "import os\nassert found == [] and os.getppid() == 1"))
    report = grader.grade(GradeRequest(source=source, submission=source, isolation="kernel")).report
    assert (report.status, report.score) == ("graded", 1)


@pytest.mark.skipif(sys.platform != "linux", reason="the wheel of xeus-python is for Linux")
@pytest.mark.parametrize(("answer", "score"), [("x = 1", 2), ("x = 2", 0), ("x = 0", Decimal("0.5"))])
def test_a_kernel_that_is_no_ipykernel(answer: str, score: Decimal, kernels: Grader) -> None:
    source = notebook(solution("a", "x = 1"), graded("t", "assert x < 2\n0.5 if x == 0 else None", 2), kernel="xpython")
    request = GradeRequest(source=source, submission=notebook(solution("a", answer)), isolation="kernel")
    [result] = kernels.grade(request).report.cells
    assert result.score == score


# --- Which kernel, which engine ---


def test_a_kernel_that_is_not_there_is_named(grader: Grader) -> None:
    source = notebook(graded("t", "1"), language="julia", kernel="julia-1.11")
    with pytest.raises(KernelMissing, match=r"julia-1.11.*python3"):
        grader.grade(GradeRequest(source=source, submission=source))


def test_the_submission_has_no_say_in_it(grader: Grader) -> None:
    source = notebook(solution("a", "x = 1"), graded("t", "assert x == 1"))
    submission = notebook(solution("a", "x = 1"), language="bash", kernel="bash")
    outcome = grader.grade(GradeRequest(source=source, submission=submission, isolation="kernel"))
    assert outcome.report.score == 1
    assert json.loads(outcome.executed_notebook or b"")["metadata"]["kernelspec"]["name"] == "python3"


@pytest.mark.parametrize("isolation", ["separate", "shared"])
def test_engines_for_python_refuse_other_languages(isolation: str, grader: Grader) -> None:
    source = bash(graded("t", "true"))
    with pytest.raises(GraderError, match=f"{isolation}.* Python only.*bash"):
        grader.grade(GradeRequest(source=source, submission=source, isolation=isolation))
