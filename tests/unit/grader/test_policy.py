"""What names mean in the test process is read from the instructor's notebook, by scope, and from nothing else."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence
from decimal import Decimal

import pytest

from grader.certificate import Policy, Reason
from grader.ingest import CellType
from grader.policy import read_policy
from grader.source import Role, SourceCell, SourceNotebook

Cells = Sequence[tuple[Role, str]]


def made(role: Role, source: str, index: int = 0, kind: CellType = "code") -> SourceCell:
    text = textwrap.dedent(source)
    points = Decimal(1 if role == "test" else 0)
    return SourceCell(role=role, cell_type=kind, grade_id=f"c{index}", points=points, source=text, visible=text)


def policy(*cells: tuple[Role, str]) -> Policy:
    """Return the policy of a notebook with these cells: role and source of each."""
    source = tuple(made(role, text, index) for index, (role, text) in enumerate(cells))
    return read_policy(SourceNotebook(cells=source, title=""))


def test_an_empty_notebook_has_an_empty_policy() -> None:
    assert policy() == policy(("plain", ""), ("test", "")) == Policy()


# --- Imports ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import numpy", {"numpy": ("numpy", None)}),
        ("import numpy as np", {"np": ("numpy", None)}),
        ("import os.path", {"os": ("os", None)}),
        ("import os.path as p", {"p": ("os.path", None)}),
        ("import math, cmath as c", {"math": ("math", None), "c": ("cmath", None)}),
        ("from math import pi, e as euler", {"pi": ("math", "pi"), "euler": ("math", "e")}),
        ("from os.path import join", {"join": ("os.path", "join")}),
        ("from math import *", {"*math": ("math", "*")}),
        ("from . import here\nfrom .near import x", {}),
        ("if 1:\n    import a\nelse:\n    import b", {"a": ("a", None), "b": ("b", None)}),
        ("for _ in []:\n    import a\nelse:\n    import b", {"a": ("a", None), "b": ("b", None)}),
        ("while 0:\n    import a", {"a": ("a", None)}),
        ("with open('x'):\n    import a", {"a": ("a", None)}),
        (
            "try:\n    import a\nexcept ImportError:\n    import b\nelse:\n    import c\nfinally:\n    import d",
            {name: (name, None) for name in "abcd"},
        ),
        ("def f():\n    import a", {}),
        ("async def f():\n    import a", {}),
        ("class A:\n    import a", {}),
        ("%matplotlib inline\nimport a", {"a": ("a", None)}),
        ("%%time\nimport a", {}),
    ],
)
@pytest.mark.parametrize("role", ["plain", "locked", "solution", "manual", "test"])
def test_imports_are_those_outside_of_functions(
    role: Role, source: str, found: dict[str, tuple[str, str | None]]
) -> None:
    assert policy((role, source)).imports == found


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ([("plain", "import math"), ("test", "import math")], {"math"}),
        ([("plain", "from numpy import sqrt"), ("test", "from math import sqrt")], set()),
        ([("plain", "import numpy as m, math"), ("plain", "import math as m")], {"math"}),
        ([("plain", "try:\n    import json5 as json\nexcept ImportError:\n    import json")], set()),
        ([("plain", "import random"), ("solution", "random = 4")], set()),
        ([("plain", "import random"), ("test", "random = 4")], {"random"}),
        ([("plain", "from math import gcd"), ("solution", "def gcd(a, b): return a")], set()),
        ([("plain", "from abc import ABC"), ("solution", "class ABC: pass")], set()),
        ([("plain", "import math"), ("solution", "def f():\n    math = 4")], {"math"}),
        ([("plain", "import math"), ("solution", "def f(math): return math")], {"math"}),
        ([("plain", "import math"), ("solution", "x = [math for math in ()]")], {"math"}),
        ([("plain", "import math"), ("solution", "x = lambda math: math")], {"math"}),
        ([("plain", "import math"), ("solution", "for math in (): pass")], set()),
        ([("plain", "import math"), ("solution", "with open('x') as math: pass")], set()),
        ([("plain", "import math"), ("solution", "if (math := 4): pass")], set()),
        ([("plain", "import math"), ("solution", "math, x = 1, 2")], set()),
        ([("plain", "import math"), ("solution", "math += 1")], set()),
        ([("plain", "import math"), ("solution", "math: int = 1")], set()),
        (
            [("plain", "import math"), ("solution", "if 1:\n    try:\n        math = 1\n    finally:\n        y = 1")],
            set(),
        ),
        ([("plain", "import math"), ("solution", "math.x = 1\nmath['y'] = 1")], {"math"}),
    ],
    ids=repr,
)
def test_a_name_imported_in_two_ways_or_assigned_stands_for_no_import(cells: Cells, found: set[str]) -> None:
    assert policy(*cells).imports.keys() == found


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ([("plain", "import b, a.c"), ("solution", "from d.e import f")], ("a", "b", "d")),
        ([("solution", "def f():\n    import a\n    from b import c")], ("a", "b")),
        ([("plain", "from . import x"), ("plain", "from .helper import y")], ("helper",)),
        ([("test", "import a")], ()),
    ],
    ids=repr,
)
def test_modules_are_those_that_cells_other_than_tests_import(cells: Cells, found: tuple[str, ...]) -> None:
    assert policy(*cells).modules == found


# --- Prelude ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import math", "import math"),
        ("from math import pi", "from math import pi"),
        ("def f(x):\n    return x", "def f(x):\n    return x"),
        ("x = 1\ndef f(): return x\nprint(f())\nimport math", "def f():\n    return x\nimport math"),
        ("def f():\n    global x\n    x = 1", None),
        ("def f():\n    def g():\n        global x\n    return g", None),
        ("def f():\n    yield 1", None),
        ("def f():\n    yield from ()", None),
        ("async def f(): pass", None),
        ("class Box:\n    def size(self): return 1", None),
        (
            "class Check:\n    def one(self): assert f() == 1",
            "class Check:\n\n    def one(self):\n        assert f() == 1",
        ),
        ("class T(unittest.TestCase): pass", "class T(unittest.TestCase):\n    pass"),
        ("class T(MyTestCase): pass", "class T(MyTestCase):\n    pass"),
        ("class T(make('TestCase')): pass", None),
        ("if 1:\n    import math", None),
        ("x = lambda: 1", None),
        ("", None),
    ],
)
def test_the_prelude_is_what_locked_cells_import_and_define(source: str, found: str | None) -> None:
    assert policy(("locked", source)).prelude == (() if found is None else (found,))


@pytest.mark.parametrize("role", ["plain", "solution", "manual", "test"])
def test_no_other_cell_adds_to_the_prelude(role: Role) -> None:
    assert policy((role, "import math\ndef f(): pass")).prelude == ()


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ([("locked", "def check(x): return x")], {"check"}),
        ([("locked", "def check(x): return x"), ("solution", "check = 1")], set()),
        ([("locked", "def check(x): return x"), ("manual", "def check(): pass")], set()),
        ([("locked", "def check(x): return x"), ("plain", "check = 1")], {"check"}),
        ([("locked", "def check(x): return x"), ("solution", "def f():\n    global check\n    check = 1")], set()),
        ([("locked", "def check(x): return x"), ("solution", "def f():\n    check = 1")], {"check"}),
        ([("locked", "def check(x): return x"), ("solution", "check(1)")], {"check"}),
        # Whatever a given cell or a test imports is the instructor's ...
        ([("locked", "import numpy as np")], {"np"}),
        ([("plain", "from math import sqrt")], {"sqrt"}),
        ([("test", "from math import sqrt")], {"sqrt"}),
        ([("plain", "from math import sqrt"), ("solution", "from math import sqrt")], {"sqrt"}),
        ([("plain", "import numpy as np"), ("solution", "np = 1")], {"np"}),
        # ... and of what only an answer imports, modules and what judges.
        ([("solution", "from math import sqrt")], set()),
        ([("manual", "from math import sqrt")], set()),
        ([("solution", "import math")], {"math"}),
        ([("solution", "from math import isclose")], {"isclose"}),
        ([("solution", "from math import isclose as near")], {"near"}),
        ([("solution", "from numpy.testing import suppress_warnings")], {"suppress_warnings"}),
        ([("solution", "from numpy import array_equal")], {"array_equal"}),
        ([("solution", "from pytest import raises")], {"raises"}),
        ([("plain", "from numpy import sqrt"), ("test", "from math import sqrt")], set()),
    ],
    ids=repr,
)
def test_protected_names_stay_the_instructors(cells: Cells, found: set[str]) -> None:
    assert set(policy(*cells).protected) == found


# --- Names that tests and other cells share ---------------------------------------------------------------------------
F = ("solution", "def f(): return n")


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ([F, ("test", "n = 1")], {"n"}),
        ([F, ("test", "def n(): pass")], {"n"}),
        ([F, ("test", "class n: pass")], {"n"}),
        ([F, ("test", "for n in (): pass")], {"n"}),
        ([F, ("test", "del n")], {"n"}),
        ([F, ("test", "import n")], {"n"}),
        ([F, ("test", "from m import a as n")], {"n"}),
        ([F, ("test", "def g():\n    global n\n    n = 1")], {"n"}),
        ([F, ("test", "patch('__main__.n', 1)")], {"n"}),
        ([F, ("test", "patch.object(__main__, 'n')")], {"n"}),
        ([F, ("test", "globals()['n'] = 1")], {"n"}),
        # What only the test's own scopes hold, what it only reads, and what no other cell loads, stays there.
        ([F, ("test", "def g():\n    n = 1")], set()),
        ([F, ("test", "def g(n): pass")], set()),
        ([F, ("test", "assert [n for n in ()] == []")], set()),
        ([F, ("test", "assert n")], set()),
        ([F, ("test", "m = 1")], set()),
        ([F, ("test", "n.x = 1")], set()),
        ([F, ("test", "assert f() == 'no n'")], set()),
        ([("solution", "def f(n): return n"), ("test", "n = 1")], set()),
        ([("solution", "def f():\n    n = 1\n    return n"), ("test", "n = 1")], set()),
        ([("solution", "class A:\n    def f(self): return n"), ("test", "n = 1")], {"n"}),
        ([("solution", "print(n)"), ("test", "n = 1")], {"n"}),
        # A cell that stores it first, outside of functions, looks for its own; a function may run later.
        ([("solution", "n = 1\nprint(n)"), ("test", "n = 2")], set()),
        ([("solution", "n = 1\ndef f(): return n"), ("test", "n = 2")], {"n"}),
        ([("solution", "import n\ndef f(): return n"), ("test", "import n")], set()),
        ([("solution", "import n\ndef f(): return n"), ("test", "n = 1")], {"n"}),
        (
            [("plain", "print = print"), ("test", "patch('__main__.print')"), ("solution", "def f(): print()")],
            {"print"},
        ),
        ([("solution", "def f(): print()"), ("test", "x = 'print'")], set()),
        ([("solution", "def f(): return __builtins__"), ("test", "__builtins__ = 1")], set()),
        ([("test", "n = 1"), ("test", "print(n)")], set()),
    ],
    ids=repr,
)
def test_forwarded_names_are_stored_by_tests_and_loaded_elsewhere(cells: Cells, found: set[str]) -> None:
    assert set(policy(*cells).forwarded) == found


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ([("solution", "n = 1"), ("test", "n = 2")], {"n"}),
        ([("solution", "n = 1"), ("test", "del n")], {"n"}),
        ([("solution", "def n(): pass"), ("test", "import n")], {"n"}),
        ([("solution", "def f():\n    global n\n    n = 1"), ("test", "n = 2")], {"n"}),
        ([("solution", "n = 1"), ("test", "assert n == 1")], set()),
        ([("solution", "def f():\n    n = 1"), ("test", "n = 2")], set()),
        ([("solution", "def f(n): pass"), ("test", "n = 2")], set()),
        ([("solution", "n = 1"), ("test", "def g():\n    n = 2")], set()),
        ([("solution", "n = 1"), ("plain", "n = 2")], set()),
    ],
    ids=repr,
)
def test_contested_names_are_stored_by_a_test_and_another_cell(cells: Cells, found: set[str]) -> None:
    assert set(policy(*cells).contested) == found


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ([("solution", "def f():\n    global n\n    n = 1")], {"n"}),
        ([("solution", "class A:\n    def f(self):\n        global n\n        n += 1")], {"n"}),
        ([("solution", "def f():\n    def g():\n        global n, m\n        n = m\n    return g")], {"n"}),
        ([("solution", "def f():\n    global n\n    return n")], set()),
        ([("solution", "def f():\n    global n\n    import n")], {"n"}),
        ([("solution", "n = 1\ndef f():\n    m = n")], set()),
        ([("solution", "def f():\n    n = 1\n    def g():\n        nonlocal n\n        n = 2")], set()),
        ([("test", "def f():\n    global n\n    n = 1")], set()),
    ],
    ids=repr,
)
def test_live_names_are_stored_by_functions_of_other_cells(cells: Cells, found: set[str]) -> None:
    assert set(policy(*cells).live) == found


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ([("solution", "def abs(x): return x\nsum = 0")], ("abs", "sum")),
        ([("plain", "from numpy import all")], ("all",)),
        ([("solution", "def f():\n    global max\n    max = 1")], ("max",)),
        ([("solution", "del print")], ("print",)),
        ([("solution", "def f(list, id):\n    max = 1")], ()),
        ([("solution", "abs(1)\n__name__ = 'x'\nprint.x = 1")], ()),
        ([("test", "sum = 0")], ()),
    ],
    ids=repr,
)
def test_bound_names_are_builtins_that_other_cells_store(cells: Cells, found: tuple[str, ...]) -> None:
    assert policy(*cells).bound == found


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ([("plain", "np.random.seed(1)")], True),
        ([("solution", "def f():\n    random.seed (1)")], True),
        ([("locked", "np.random.set_state(s)")], True),
        ([("plain", "random.setstate(s)")], True),
        ([("test", "random.seed(1)")], False),
        ([("plain", "seed = 1\nx = random.random()")], False),
    ],
    ids=repr,
)
def test_only_other_cells_seed(cells: Cells, found: bool) -> None:
    assert policy(*cells).seeded is found


# --- Unsupported ------------------------------------------------------------------------------------------------------
SUBCLASS = "It makes a subclass of {}, which belongs to the learner's notebook."


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ([("solution", "class A: pass"), ("test", "class B(A): pass")], [SUBCLASS.format("A")]),
        ([("locked", "class A: pass"), ("test", "class B(A): pass")], [SUBCLASS.format("A")]),
        ([("plain", "make = lib.make"), ("test", "class B(make.A): pass")], [SUBCLASS.format("make.A")]),
        ([("locked", "class A:\n    def f(self): assert 1"), ("test", "class B(A): pass")], []),
        ([("plain", "import abc"), ("test", "class B(abc.ABC): pass")], []),
        ([("solution", "def f():\n    A = 1"), ("test", "class B(A): pass")], []),
        ([("test", "class A: pass"), ("test", "class B(A): pass")], []),
        ([("solution", "eval(x)"), ("plain", "import multiprocessing")], []),
    ],
    ids=repr,
)
def test_only_tests_are_refused(cells: Cells, found: list[str]) -> None:
    expected = tuple(Reason(text=text, grade_id=f"c{len(cells) - 1}") for text in found)
    assert policy(*cells).unsupported == expected


def test_each_refusal_names_its_cell() -> None:
    fork, run = ("test", "import os\nos.fork()"), ("test", "exec(x)\nexec(y)\neval(z)")
    reasons = policy(fork, ("test", "assert 1"), run).unsupported  # type: ignore[arg-type]
    assert [(reason.grade_id, reason.text.split()[-4:]) for reason in reasons] == [
        ("c0", ["process", "of", "its", "own."]),
        ("c2", ["out", "in", "the", "test."]),
        ("c2", ["out", "in", "the", "test."]),
    ]


# --- Cells without a say ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "source",
    [
        "import math\ndef f(:",
        "import math\n    x = 1",
        "import math\nx = '\0'",
        "import math\nx = '\ud800'\nnonlocal y",
        "import math\ndef f(x):\n    global x",
        "import math\nx = " + "(" * 500,
        "import math\nx = " + "-" * 20_000 + "1",
    ],
    ids=lambda source: repr(source[12:40]),
)
@pytest.mark.parametrize("role", ["locked", "solution", "test"])
def test_cells_that_are_not_python_have_no_say(role: Role, source: str) -> None:
    assert policy((role, source)) == Policy()
    assert policy((role, source), ("plain", "import json")).imports == {"json": ("json", None)}


def test_text_has_no_say() -> None:
    cells = (made("plain", "import math", kind="markdown"), made("task", "import math", 1, kind="raw"))
    assert read_policy(SourceNotebook(cells=cells, title="")) == Policy()


def test_magics_and_commands_of_the_shell_are_read_as_the_notebook_reads_them() -> None:
    found = policy(("plain", "files = !ls\n%time x = 1\n?print"), ("test", "files = 1\nassert x"))
    assert found.contested == ("files",)
    assert [reason.text for reason in policy(("test", "!ls")).unsupported] == ["It runs a command of the shell (!)."]


def test_a_policy_comes_back_from_json() -> None:
    found = policy(
        ("locked", "import numpy as np\ndef check(): pass"),
        ("solution", "from math import *\nimport os\nn = 1\ndef f():\n    global m\n    m = n\nsum = 0\nseed(1)"),
        ("test", "n = 2\nm = 3\neval(n)"),
    )
    assert all(getattr(found, name) for name in Policy.__dataclass_fields__)
    assert Policy.from_json(json.loads(json.dumps(found.to_json()))) == found
