"""No value that the other side sends is taken but what it can be, and none decides a test or ends the process."""

from __future__ import annotations

from typing import Any

import pytest

from grader.sandbox.inside.separate.codec_limits import MAX_DEPTH
from tests.unit.grader.separate.steps import CLASS, RIGHT, TAKE, TEST, UNTAKEN, OneProcess, goes_on, nested, say

VALUES: list[Any] = [
    [],
    {},
    {"a": 3},
    [3],
    [[]],
    ["nothing", 3],
    ["r", 3, "4"],
    ["i", "zz"],
    ["l", 3, 1],
    ["l", [3]],
    ["l", [3], "1"],
    ["l", [3], -1],
    ["d", [1], [], 1],
    ["d", [["l", [], 0]], [1], 1],
    ["set", [["l", [], 0]], 1],
    ["ref", 5],
    ["ref", []],
    ["t", [["ref", 7]], 7],
    ["m", 1],
    ["m", []],
    ["h", 1, ["k", 9]],
    ["h", 1, ["k", []]],
    ["h", 0, CLASS],
    ["h", -1, CLASS],
    ["h", "1", CLASS],
    ["h", True, CLASS],
    ["h", 1, 3],
    ["h", 1],
    ["k", 9],
    ["k", 9, 3],
    ["k", 9, {}],
    ["k", 9, {"m": 1, "q": 2, "b": [], "d": []}],
    ["k", 9, {"m": "a", "q": "b", "b": 5, "d": []}],
    ["k", 9, {"m": "a", "q": "b", "b": [["k", 8]], "d": []}],
    ["k", 9, {"m": "a", "q": "b", "b": [], "d": [[]]}],
    ["k", 9, {"m": "a", "q": "b", "b": [], "d": [], "f": ["1"]}],
    ["k", "9", {"m": "a", "q": "b", "b": [], "d": []}],
    ["rf", 1],
    ["rf", []],
    ["eo", 1],
    ["eo", 0],
    ["eo", -1],
    ["eo", True],
    ["eo", "1"],
    ["e", 1, CLASS, None, ""],
    ["e", 1, ["k", 9], None, ""],
    ["e", 1, ["k", 9, {"m": "builtins", "q": "ValueError", "b": [], "d": [], "l": True}], None, 5],
    ["e", 0, ["k", 9, {"m": "builtins", "q": "ValueError", "b": [], "d": [], "l": True}], None, ""],
    ["e", 1, ["k", 9, {"m": "builtins", "q": "ExceptionGroup", "b": [], "d": [], "l": True}], None, ""],
    ["bm", 1, 2],
    ["bm", ["h", 1, CLASS], "x" * 200_000],
    ["nt", CLASS, [3], 1],
    ["mod", 5, 1],
    ["mod", "os", 0],
    ["g", 5, "f"],
    ["view", "keys", [["l", [], 0]]],
    ["view", "items", [3]],
    ["view", "none", []],
    ["view", [], []],
    ["buffer", "text", 5, 0, 1],
    ["buffer", "text", "a", -1, 1],
    ["buffer", "text", "a", 1 << 70, 1],
    ["buffer", [], "a", 0, 1],
    ["buffer", "bytes", "a", 0, 1],
    ["chance", "random", 5, 1],
    ["chance", "none", 5, 1],
    ["sym", 5],
    ["l", [3] * 5, 1, 2],
    ["t", [["t", [0] * 1000, 1], *[["ref", 1]] * 20_000], 0],
    nested(MAX_DEPTH + 1),
]
BLOB = bytes(16)
PIECES: list[Any] = [
    ["y", 0, 17],
    ["y", 16, 1],
    ["y", -1, 1],
    ["y", 1, -1],
    ["y", "0", 1],
    ["y", True, 1],
    ["t", [["y", 0, 16], ["y", 0, 1]], 0],
    ["array", "=l", [3], "C", True, 0, 16, 1],
    ["array", "=l", [2], "C", True, 8, 16, 1],
    ["array", "=l", [-2], "C", True, 0, 16, 1],
    ["array", "=l", [True], "C", True, 0, 8, 1],
    ["array", "=l", ["2"], "C", True, 0, 16, 1],
    ["array", "=l", 2, "C", True, 0, 16, 1],
    ["array", "=l", [2] + [1] * 70, "C", True, 0, 16, 1],
    ["array", "=l", [0, 1 << 61, 1 << 61], "C", True, 0, 0, 1],
    ["array", "=l", [2], "X", True, 0, 16, 1],
    ["array", "=l", [2], "C", 1, 0, 16, 1],
    ["array", "=l", [2], "C", True, 0, 16],
    ["array", "O", [2], "C", True, 0, 16, 1],
    ["array", "|O", [2], "C", True, 0, 16, 1],
    ["array", "no", [2], "C", True, 0, 16, 1],
    ["array", "V8", [2], "C", True, 0, 16, 1],
    ["array", "<U0", [2], "C", True, 0, 0, 1],
    ["array", 5, [2], "C", True, 0, 16, 1],
    ["objects", [2], "C", True, [1], 1],
    ["scalar", "=d", "00"],
    ["scalar", "O", "0000000000000000"],
    ["numpy.ma", 5, None, None, False, 1],
    ["numpy.ma", ["array", "=l", [2], "C", True, 0, 16, 0], ["array", "=l", [2], "C", True, 0, 16, 0], None, False, 1],
    ["pandas.Series", 5, ["pandas.RangeIndex", 0, 2, 1, None, 0], None, 1],
    ["pandas.Series", ["array", "=l", [2], "C", False, 0, 16, 0], ["pandas.RangeIndex", 0, 3, 1, None, 0], None, 1],
    ["pandas.DataFrame", [5], 5, 5, 1],
]


@pytest.mark.parametrize("value", [*VALUES, *PIECES], ids=lambda value: repr(value)[:60])
@pytest.mark.parametrize("status", ["r", "x", "u"])
def test_a_value_that_is_none_is_not_taken(one: OneProcess, value: Any, status: str) -> None:
    goes_on(one.run([say("N", status, value, None, blob=BLOB)], [RIGHT])[0], "error", UNTAKEN)


@pytest.mark.parametrize(
    "name",
    [
        "KeyboardInterrupt",
        "SystemExit",
        "GeneratorExit",
        "StopIteration",
        "StopAsyncIteration",
        "BaseException",
        "MemoryError",
    ],
)
@pytest.mark.parametrize("module", ["builtins", "__main__"])
def test_no_exception_ends_more_than_its_test(one: OneProcess, module: str, name: str) -> None:
    kind = ["k", 9, {"m": module, "q": name, "b": [], "d": [], "l": True}]
    verdicts, _ = one.run([say("N", "x", ["e", 1, kind, ["t", [0], 0], "0"], None)], [RIGHT])
    goes_on(verdicts, "error")


@pytest.mark.parametrize(
    "label",
    [
        "grader.sandbox.inside.separate.errors.Unsupported",
        "grader.sandbox.inside.separate.errors.NotebookEnded",
        "unittest.case.SkipTest",
        "unittest.SkipTest",
    ],
)
def test_no_exception_of_ours_can_be_had(one: OneProcess, label: str) -> None:
    module, _, name = label.rpartition(".")
    known = ["k", 9, {"m": module, "q": name, "b": [], "d": [], "l": True}]
    own = ["k", 8, {"m": "a", "q": "b", "b": [known], "d": []}]
    source = "import unittest\nfrom grader.sandbox.inside.separate.errors import *\n" + TEST
    for kind in (known, own):
        (first, second), _ = one.run([say("N", "x", ["e", 1, kind, None, ""], None)], [RIGHT], tests=[source, TEST])
        assert first["status"] == "error", first
        assert not first["ended"]
        assert second["status"] == "passed", second


@pytest.mark.parametrize("special", ["__eq__", "__bool__", "__sub__", "__len__"])
def test_objects_are_asked_nothing_that_was_not_certified(one: OneProcess, special: str) -> None:
    kind = ["k", 1, {"m": "__main__", "q": "A", "b": [], "d": [special]}]
    for test in (TEST, "assert 3 == f", "assert f", "assert not f - 3", "assert len(f) == 3"):
        steps = [say("N", "r", ["h", 1, kind], None), {"repeat": [TAKE, RIGHT]}]
        (first, second), _ = one.run(steps, [RIGHT], tests=[test, TEST])
        assert first["status"] in ("failed", "error"), first
        assert second["status"] == "passed", second
