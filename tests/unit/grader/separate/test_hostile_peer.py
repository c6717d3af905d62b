"""A process that speaks the protocol as it likes: no test passes by it, and each ends as the protocol says."""

from __future__ import annotations

from typing import Any

import pytest

from grader.sandbox.inside.separate import wire
from grader.sandbox.inside.separate.codec_limits import MAX_DEPTH
from grader.sandbox.inside.separate.remote import MAX_NESTED
from tests.unit.grader.separate.steps import (
    CLASS,
    CLOSE,
    DRAINED,
    ENDED,
    LOST,
    RIGHT,
    TAKE,
    TEST,
    UNTAKEN,
    WRONG,
    OneProcess,
    framed,
    goes_on,
    has_ended,
    nested,
    raw,
    say,
)  # fmt: skip


# --- Numbers ----------------------------------------------------------------------------------------------------------
def test_what_is_right_passes(one: OneProcess) -> None:
    verdicts, _ = one.run([RIGHT], [RIGHT])
    assert [verdict["status"] for verdict in verdicts] == ["passed", "passed"]
    goes_on(one.run([WRONG], [RIGHT])[0], "failed")


@pytest.mark.parametrize("number", ["N-1", 0, -1, -(10**300)])
@pytest.mark.parametrize("status", ["r", "x", "u", "z", None])
def test_an_answer_to_an_earlier_request_counts_for_nothing(one: OneProcess, number: Any, status: Any) -> None:
    goes_on(one.run([say(number, status, 3, None), WRONG], [RIGHT])[0], "failed")
    goes_on(one.run([say(number, status, ["nothing", 3], None), WRONG], [RIGHT])[0], "failed")


def test_a_second_answer_counts_for_nothing(one: OneProcess) -> None:
    goes_on(one.run([WRONG, RIGHT, RIGHT], [say("N-1", "r", 4, None), RIGHT])[0], "failed")


@pytest.mark.parametrize(
    "number", ["N+1", 10**300, "1", "cbr", None, True, 1.5, 1e300, [], ["N"], {}, {"N": 1}], ids=repr
)
def test_an_answer_to_nothing_ends_it(one: OneProcess, number: Any) -> None:
    has_ended(one.run([say(number, "r", 3, None), RIGHT], [RIGHT])[0], LOST)


# --- Messages ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "message",
    [
        [],
        ["N"],
        ["N", "r"],
        ["N", "r", 3],
        ["N", "r", 3, None, None],
        ["N", "R", 3, None],
        ["N", None, 3, None],
        ["N", [], 3, None],
        ["N", {}, 3, None],
        ["N", "x", 3, None],
        ["N", "x", None, None],
        ["N", "x", CLASS, None],
        ["N", "u", 3, None],
        ["N", "u", None, None],
        ["N", "r", 3, {"m": 5}],
        ["N", "r", 3, {"m": [5]}],
        ["N", "r", 3, {"m": [[1, 2, 3]]}],
        ["N", "r", 3, {"m": [[[], 3]]}],
        ["N", "r", 3, {"k": 5}],
        ["N", "r", 3, {"o": 5}],
        ["N", "r", 3, {"o": [5]}],
        ["N", "r", 3, {"o": [{}]}],
        ["N", "r", 3, {"o": [{"output_type": "stream"}]}],
        ["N", "r", 3, {"o": [{"output_type": "display_data"}]}],
        ["cb"],
        ["cb", 1, "N", 1, [], {}],
        ["cb", 1, "N", 1, [], {}, None, None],
    ],
    ids=repr,
)
def test_a_message_that_is_none_ends_it(one: OneProcess, message: list[Any]) -> None:
    has_ended(one.run([{"say": message}, RIGHT], [RIGHT])[0], LOST)


@pytest.mark.parametrize("message", [3, None, True, "cb", "", {}, {"N": "r"}, 1.5], ids=repr)
def test_a_message_that_is_no_list_ends_it(one: OneProcess, message: Any) -> None:
    has_ended(one.run([{"say": message}, RIGHT], [RIGHT])[0], LOST)


@pytest.mark.parametrize("extras", [[1], 5, "m", True, {"m": [[1, ["nothing"]]]}], ids=repr)
def test_extras_that_are_none_are_not_taken(one: OneProcess, extras: Any) -> None:
    goes_on(one.run([say("N", "r", 3, extras)], [RIGHT])[0], "error", UNTAKEN)


@pytest.mark.parametrize(
    "extras",
    [
        *[{"w": files} for files in (5, [5], [["a"]], [[5, None]], ["ab"], {"a": "b"})],
        *[
            {"s": states}
            for states in (5, [5], ["a", "b"], ["t", [1, 2], 0], ["t", [["t", [3, [], None], 0], None], 0])
        ],
        {"s": ["t", [["t", [3, ["l", [1 << 40, 1], 1], None], 0], None], 0]},
        {"s": ["t", [None, ["t", ["MT19937", ["l", [1 << 40], 1], 624, 0, 0.0], 0]], 0]},
        {"s": ["t", [["d", ["a"], [1], 1], ["d", ["a"], [1], 2]], 0]},
    ],
    ids=repr,
)
def test_no_file_or_state_but_such_is_taken(one: OneProcess, extras: Any) -> None:
    about = "import random\nrandom.random()\nopen\n"
    (first, second), _ = one.run([say("N", "r", 4, extras)], [RIGHT], tests=[about + TEST, TEST])
    assert first["status"] in ("error", "failed"), first
    assert any(known in first["message"] for known in (UNTAKEN, LOST, "AssertionError")), first
    assert second["status"] == "passed" or second["ended"], second


@pytest.mark.parametrize(
    "frame",
    [
        framed(b""),
        framed(b"no"),
        framed(b"[1"),
        framed(b"NaN"),
        framed(b"\xff"),
        framed(b"[" * (wire.MAX_DEPTH + 1) + b"]" * (wire.MAX_DEPTH + 1)),
        framed(b"[" * 1_000_000),
        framed(b"9" * (wire.MAX_DIGITS + 1)),
        wire.HEADER.pack(0xFFFFFFFF, 0),
        wire.HEADER.pack(0, 0xFFFFFFFF),
    ],
    ids=lambda frame: repr(frame[:20]),
)
def test_a_frame_that_is_none_ends_it(one: OneProcess, frame: bytes) -> None:
    has_ended(one.run([raw(frame), RIGHT], [RIGHT])[0], ENDED)


@pytest.mark.parametrize(
    "frame", [b"", b"\0", wire.HEADER.pack(9, 0), wire.HEADER.pack(9, 0) + b'[1,"r"', framed(b"[]")[:-1]]
)
def test_hanging_up_ends_it(one: OneProcess, frame: bytes) -> None:
    has_ended(one.run([raw(frame), CLOSE])[0], ENDED)


def test_a_frame_in_pieces_is_one(one: OneProcess) -> None:
    frame = framed(b'[2,"r",4,null]')
    goes_on(one.run([step for byte in frame for step in (raw(bytes([byte])), DRAINED)], [RIGHT])[0], "failed")


@pytest.mark.parametrize("files", [1, 3, 250])
def test_open_files_that_nobody_asked_for_are_closed(one: OneProcess, files: int) -> None:
    late = say("N-1", "r", 3, None, files=files)
    goes_on(
        one.run([late, late, say("N", "r", 4, None, files=files)], [say("N", "r", 3, None, files=files)])[0], "failed"
    )


# --- Calls of the test's functions ------------------------------------------------------------------------------------
CALLED = """
def given(*args, **kwargs):
    return 3
def failing(*args, **kwargs):
    raise ValueError("mine")
assert f(given, failing) == 3
"""
FUNCTION = say(
    "N", "r", ["h", 1, ["k", 1, {"m": "builtins", "q": "function", "b": [], "d": ["__call__"], "l": True}]], None
)
NESTED = "def again(*args):\n    return f(again)\nassert f(again) == 3"


def answers(heard: list[Any]) -> list[Any]:
    """Return the call, the status and the value of each answer to a callback."""
    return [tree[1:4] for tree in heard if tree[0] == "cbr"]


@pytest.mark.parametrize("request_number", ["N-1", "N+1", 0, "x", None, [], {}], ids=repr)
def test_a_function_is_called_for_an_open_request_only(one: OneProcess, request_number: Any) -> None:
    steps = [FUNCTION, TAKE, say("cb", 1, request_number, 1, [], {}, None), TAKE, WRONG]
    verdicts, heard = one.run(steps, [RIGHT], tests=[CALLED, TEST])
    goes_on(verdicts, "failed")
    assert [(call, status) for call, status, _ in answers(heard)] == [(1, "x")]


@pytest.mark.parametrize(
    ("function", "args", "keywords", "extras"),
    [
        (3, [], {}, None), (0, [], {}, None), (-1, [], {}, None), ("1", [], {}, None), ([], [], {}, None),
        (None, [], {}, None), (1, 5, {}, None), (1, [], 5, None), (1, [], [1], None), (1, [["nothing"]], {}, None),
        (1, [], {"a": ["nothing"]}, None), (1, [], {}, 5), (1, [], {}, {"m": 5}), (1, [["eo", 1]], {}, None),
        (1, [["y", 0, 1]], {}, None), (1, [nested(MAX_DEPTH + 1)], {}, None),
    ],
    ids=repr,
)  # fmt: skip
def test_a_callback_that_is_none_is_told_so(
    one: OneProcess, function: Any, args: Any, keywords: Any, extras: Any
) -> None:
    steps = [FUNCTION, TAKE, say("cb", [7], "N", function, args, keywords, extras), TAKE, WRONG]
    (first, second), heard = one.run(steps, [say("N-1", "r", 3, None), RIGHT], tests=[CALLED, TEST])
    assert first["status"] in ("error", "failed"), first
    assert second["status"] == "passed", second
    assert [(call, status) for call, status, _ in answers(heard)] == [([7], "x")]


def test_what_functions_return_is_no_answer(one: OneProcess) -> None:
    calls = [say("cb", 1, "N", 1, [], {}, None), TAKE] * 20
    verdicts, heard = one.run([FUNCTION, TAKE, *calls, WRONG], [RIGHT], tests=[CALLED, TEST])
    goes_on(verdicts, "failed")
    assert answers(heard) == [[1, "r", 3]] * 20


@pytest.mark.parametrize(("number", "message"), [(1, "mine"), (2, UNTAKEN), (0, UNTAKEN), (True, UNTAKEN)])
def test_an_exception_of_the_test_is_had_by_its_number(one: OneProcess, number: Any, message: str) -> None:
    steps = [FUNCTION, TAKE, say("cb", 1, "N", 2, [], {}, None), TAKE, say("N", "x", ["eo", number], None)]
    verdicts, heard = one.run(steps, [RIGHT], tests=[CALLED, TEST])
    goes_on(verdicts, "error", message)
    assert answers(heard) == [[1, "x", ["raise", "ValueError", ["t", ["mine"], heard[2][3][2][2]], "mine", 1]]]


def test_an_exception_of_another_test_is_not_had(one: OneProcess) -> None:
    steps = [FUNCTION, TAKE, say("cb", 1, "N", 2, [], {}, None), TAKE, WRONG]
    for status in ("r", "x"):
        (_, second), _ = one.run(steps, [say("N", status, ["eo", 1], None)], tests=[CALLED, TEST])
        assert (second["status"], UNTAKEN in second["message"]) == ("error", True), second


def test_calls_between_both_nest_only_so_deep(one: OneProcess) -> None:
    calls = [say("cb", 1, "N", 1, [], {}, None), TAKE] * 80
    ends = [step for up in range(MAX_NESTED + 1) for step in (say(f"N-{up}", "r", 4, None), TAKE)][:-1]
    verdicts, heard = one.run([FUNCTION, TAKE, *calls, *ends], [RIGHT], tests=[NESTED, TEST])
    goes_on(verdicts, "failed")
    told = answers(heard)
    assert [status for _, status, _ in told] == ["x"] * (80 - MAX_NESTED) + ["r"] * MAX_NESTED
    assert [value[1] for _, status, value in told if status == "x"] == ["RecursionError"] * (80 - MAX_NESTED)
