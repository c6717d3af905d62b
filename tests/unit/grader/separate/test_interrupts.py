"""A test that is interrupted leaves both sides in step; what a test has let go of is let go of by the other side."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.grader.separate.steps import (
    CLASS,
    CLOSE,
    DRAINED,
    INTERRUPT,
    RIGHT,
    TAKE,
    TEST,
    WRONG,
    OneProcess,
    framed,
    goes_on,
    raw,
    say,
)  # fmt: skip

KNOWN = ["k", 1]
FUNCTION = ["h", 1, ["k", 1, {"m": "builtins", "q": "function", "b": [], "d": ["__call__"], "l": True}]]


@pytest.mark.parametrize(
    "late",
    [
        [],
        [say("N-2", "r", 4, None)],
        [say("N-2", "r", 4, None), say("N-2", "r", 5, None), say("N-1", "r", 4, None)],
        [say("N-2", "x", 4, None)],
        [say("N-2", "u", "no", None)],
        [say("N-2", "r", ["nothing", 4], None)],
        [say("N-2", "r", 4, {"m": [[1, ["nothing"]]]})],
    ],
)
def test_a_late_answer_counts_for_nothing(one: OneProcess, late: list[Any]) -> None:
    verdicts, _ = one.run([INTERRUPT], [*late, RIGHT])
    goes_on(verdicts, "interrupted")
    assert verdicts[1]["unsupported"] == []
    _, second = one.run([INTERRUPT], [*late, WRONG])[0]
    assert second["status"] == "failed"


def test_what_a_late_answer_tells_is_kept(one: OneProcess) -> None:
    late = say("N-2", "r", ["h", 1, CLASS], {"n": ["g"]})
    now = say("N", "r", ["h", 1, KNOWN], None)
    verdicts, _ = one.run([INTERRUPT], [late, now, TAKE, RIGHT], tests=[TEST, "assert f is not None\nassert g == 3"])
    goes_on(verdicts, "interrupted")


@pytest.mark.parametrize("size", [1, 8, 9, 20])
def test_an_answer_that_an_interrupt_came_into_is_late_and_not_lost(one: OneProcess, size: int) -> None:
    frame = framed(b'[2,"r",["h",1,["k",1,{"m":"__main__","q":"A","b":[],"d":[]}]],{"n":["g"]}]')
    steps = [raw(frame[:size]), DRAINED, INTERRUPT, raw(frame[size:])]
    now = say("N", "r", ["h", 1, KNOWN], None)
    verdicts, _ = one.run(steps, [now, TAKE, RIGHT], tests=[TEST, "assert f is not None\nassert g == 3"])
    goes_on(verdicts, "interrupted")


def test_an_interrupt_in_a_frame_that_never_ends_is_told_at_the_end(one: OneProcess) -> None:
    (first, second), _ = one.run([raw(b"\0\0"), DRAINED, INTERRUPT, CLOSE])
    assert first["status"] == "interrupted"
    assert (second["status"], second["ended"]) == ("error", True)


def test_endless_callbacks_end_with_the_test(one: OneProcess) -> None:
    test = """
import signal
calls = 0
def given():
    global calls
    calls += 1
    if calls == 500:
        signal.raise_signal(signal.SIGINT)
    return calls
assert f(given) == 3
"""
    endless = {"repeat": [say("cb", 1, "N", 1, [], {}, None), TAKE]}
    steps = [say("N", "r", FUNCTION, None), TAKE, endless]
    verdicts, heard = one.run(steps, [RIGHT], tests=[test, "assert calls == 500\n" + TEST])
    goes_on(verdicts, "interrupted")
    answers = [tree[2:4] for tree in heard if tree[0] == "cbr"]
    assert answers[:499] == [["r", number] for number in range(1, 500)]
    assert {status for status, _ in answers[499:]} == {"x"}


@pytest.mark.parametrize(
    "steps", [[say("cb", 1, 0, 1, [], {}, None), TAKE], [say(0, "r", 3, None)]], ids=["cb", "late"]
)
def test_endless_messages_end_with_the_test(one: OneProcess, steps: list[Any]) -> None:
    many = {"repeat": steps, "times": 2000}
    goes_on(one.run([many, INTERRUPT, *([many] if len(steps) == 1 else [])], [RIGHT])[0], "interrupted")


# --- Answers that are served as they should be ------------------------------------------------------------------------
ANSWERS = """
made = []
def f(items):
    class A:
        def __len__(self):
            return 3
    items.append(4)
    made[:] = [A()]
    return made[0], items, made
def last():
    return made
def total(items):
    return sum(items)
"""


def test_an_interrupt_anywhere_leaves_both_sides_in_step(one: OneProcess) -> None:
    verdicts, _ = one.run_honest(
        ANSWERS,
        "mine = [1, 2]",
        "mine.append(1)\nassert total(mine) == sum(mine)\nassert [len(box) for box in last()] in ([], [3])",
        interrupted="mine = [1, 2]\nbox, same, every = f(mine)\nassert same is mine",
        stride=5,
    )
    assert len(verdicts) > 20
    before = [verdict["before"] for verdict in verdicts[1:]]
    assert [verdict for verdict in before if verdict["status"] not in ("interrupted", "passed")] == []
    wrong = [(verdict["at"], verdict["message"]) for verdict in verdicts if verdict["status"] != "passed"]
    assert wrong == []


MAKING = """
from collections import namedtuple
class Box:
    def __init__(self, x): self.x = x
    def itself(self): return self
def make(x): return Box(x)
def many(n): return [Box(x) for x in range(n)]
def fail(): raise KeyError(Box(1))
class Error(Exception): pass
def fail_by(x):
    error = Error(x)
    error.x = x
    raise error
Pair = namedtuple("Pair", "a b")
def pair(x): return Pair(x, [x])
one_pair = Pair(1, 2)
def same_pair(): return one_pair
once = Error()
once.x = 3
def fail_again(): raise once
def each(function): return [function(Box(x)) for x in range(10)]
def echo(x): return x
"""


@pytest.mark.parametrize(
    "test",
    [
        "for x in range(3000):\n    assert make(x).x == x",
        "assert [box.x for box in many(3000)] == list(range(3000))",
        "for x in range(1000):\n    assert make(x).itself().itself().x == x",
        "for x in range(500):\n    try:\n        fail()\n    except KeyError:\n        pass",
        "for x in range(500):\n    try:\n        fail_by(x)\n    except Error as error:\n        assert error.x == x",
        "for x in range(500):\n    try:\n        fail_again()\n    except Error as error:\n        assert error.x == 3",
        "for x in range(500):\n    assert pair(x).a == x",
        "for x in range(500):\n    assert same_pair()._asdict() == {'a': 1, 'b': 2}",
        "for x in range(100):\n    assert each(lambda box: box.x) == list(range(10))",
        "for x in range(1000):\n    assert echo([x]) == [x]\n    assert echo({x: [x]}) == {x: [x]}",
    ],
    ids=lambda test: repr(test[-30:]),
)
def test_what_a_test_lets_go_of_is_let_go_of_over_there(one: OneProcess, test: str) -> None:
    few, held = one.run_honest(MAKING, test.replace("00", ""), "")
    verdicts, later = one.run_honest(MAKING, test, "")
    assert {verdict["status"] for verdict in (*few, *verdicts)} == {"passed"}, verdicts
    assert all(more <= less + 20 for more, less in zip(later, held, strict=True)), (held, later)


def test_an_exception_that_is_kept_stays_what_it_is(one: OneProcess) -> None:
    keep = """
kept = []
for x in range(30):
    for function, args in ((fail_by, (x,)), (fail_again, ())):
        try:
            function(*args)
        except Error as error:
            kept.append(error)
"""
    look = "assert [error.x for error in kept[::2]] == list(range(30))\nassert {error.x for error in kept[1::2]} == {3}"
    verdicts, held = one.run_honest(MAKING, keep, look, "del kept[:-1]", "assert kept[0].x == 3", "del kept")
    assert [verdict["status"] for verdict in verdicts] == ["passed"] * 5, verdicts
    assert held[0] < 20


def test_a_named_tuple_that_is_kept_or_copied_stays_what_it_is(one: OneProcess) -> None:
    keep = """
import copy
kept = [same_pair() for x in range(20)]
copied = [made for x in range(20) for made in (copy.copy(pair(x)), copy.deepcopy(pair(x)))]
own = pair(1)
copy.deepcopy(own).b.append(2)
assert own == (1, [1])
"""
    look = "assert {made._replace(a=5).a for made in kept + copied} == {5}"
    verdicts, held = one.run_honest(MAKING, keep, look, "del kept[1:], copied[1:]", look, "del kept, copied")
    assert [verdict["status"] for verdict in verdicts] == ["passed"] * 5, verdicts
    assert held[0] < 20
