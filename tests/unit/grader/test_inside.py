"""The parts that run in the sandbox, as far as they are pure."""

from __future__ import annotations

import ast
import json
import socket
import struct
import time
import unittest.mock
from collections.abc import Iterator

import pytest

from grader.sandbox.inside import frames
from grader.sandbox.inside.honesty import GUARD, Guard, guarded
from grader.sandbox.inside.output import Collector, kept, plain


class _Liar:
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


_Liar.__module__ = "__main__"


def check(source: str, certified: frozenset[str] = frozenset(), **names: object) -> None:
    code = compile(guarded(ast.parse(source)), "<test>", "exec")
    exec(code, {GUARD: Guard(certified, globals()), **names})


@pytest.mark.parametrize(
    "source",
    [
        "case.assertEqual(x, 3)",
        "case.assertIn(3, [x])",
        "assert case.allclose(first=[x], second=[3])",
        "is_equal(x, 3)",
    ],
)
def test_a_lying_object_is_not_judged_by_a_library(source: str) -> None:
    case = unittest.mock.MagicMock(unsafe=True)
    with pytest.raises(AssertionError, match="compared fairly"):
        check(source, x=_Liar(), case=case, is_equal=case)
    case.assert_not_called()
    check(source, x=3, case=case, is_equal=case)


def test_a_lying_object_fails_the_comparison() -> None:
    for source in ("assert x == 3", "assert 3 == x", "assert [x] == [3]", "assert {'a': (x,)} == {'a': (3,)}"):
        with pytest.raises(AssertionError, match="compared fairly"):
            check(source, x=_Liar())


def test_what_equals_anything_fails_the_comparison() -> None:
    from unittest.mock import ANY, MagicMock

    for value in (ANY, MagicMock()):
        with pytest.raises(AssertionError, match="compared fairly"):
            check("assert x == 3", x=value)


def test_a_class_that_names_another_home_is_found_out() -> None:
    class Disguised:
        __module__ = "json"

        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = None  # type: ignore[assignment]

    with pytest.raises(AssertionError, match="compared fairly"):
        check("assert x == 3", x=Disguised())


def test_a_class_of_the_instructors_may_be_compared() -> None:
    check("assert x == 3", frozenset({"_Liar"}), x=_Liar())


def test_plain_and_library_objects_may_be_compared() -> None:
    import datetime
    from fractions import Fraction

    check(
        "assert x < y and x != y and x - x == type(x - x)()", x=datetime.date(2020, 1, 1), y=datetime.date(2021, 1, 1)
    )
    check("assert x == 0.5 and x * 2 == 1 and [x, x] == [x] * 2", x=Fraction(1, 2))
    check("assert x is not None and 1 in x and sorted(x) == [1, 2]", x={1, 2})


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    left, right = socket.socketpair()
    with left, right:
        yield left, right


def test_frames_cross_a_socket(pair: tuple[socket.socket, socket.socket]) -> None:
    frames.send(pair[0], {"a": [1, "é"]})
    assert frames.receive(pair[1], limit=100) == {"a": [1, "é"]}


def test_a_frame_over_the_limit_is_refused_unread(pair: tuple[socket.socket, socket.socket]) -> None:
    frames.send(pair[0], {"a": "x" * 200})
    with pytest.raises(frames.FrameError, match="over the limit"):
        frames.receive(pair[1], limit=100)


@pytest.mark.parametrize("body", [b"[" * 60 + b"]" * 60, b"{", b"\xff", b"9" * 5000])
def test_a_frame_that_is_no_decent_json_is_refused(body: bytes, pair: tuple[socket.socket, socket.socket]) -> None:
    pair[0].sendall(struct.pack(">I", len(body)) + body)
    with pytest.raises(frames.FrameError):
        frames.receive(pair[1], limit=10_000)


def test_silence_and_hanging_up_are_told_apart(pair: tuple[socket.socket, socket.socket]) -> None:
    with pytest.raises(TimeoutError):
        frames.receive(pair[1], limit=10, deadline=time.monotonic() - 1)
    pair[0].close()
    with pytest.raises(frames.Closed):
        frames.receive(pair[1], limit=10, deadline=time.monotonic() + 5)


@pytest.mark.parametrize("body", [b"[" + b"[]," * 300_000 + b"[]]", b"[" + b"1," * 300_000 + b"1]"])
def test_a_frame_of_many_items_is_refused_before_it_is_decoded(body: bytes) -> None:
    with pytest.raises(frames.FrameError, match="items"):
        frames.decode(body)


def test_what_stands_in_texts_are_no_items() -> None:
    text = '[,"\\' * 400_000
    assert frames.decode(json.dumps({"text": text}).encode()) == {"text": text}


def test_output_is_capped_per_cell_and_in_all() -> None:
    collector = Collector(100)
    for _ in range(10):
        collector.write("stdout", "x" * 80)
        collector.write("stdout", "y" * 80)
        outputs = plain(collector.take())
    assert outputs == []
    collector = Collector(100)
    collector.write("stdout", "x" * 1000)
    [output] = plain(collector.take())
    assert len(output["text"]) < 200
    assert "cut off" in output["text"]


def test_stderr_is_noted_even_when_the_output_is_full() -> None:
    collector = Collector(1)
    collector.write("stdout", "xx")
    collector.write("stderr", "warning")
    assert collector.wrote_to_stderr


def test_only_known_types_are_kept() -> None:
    data = {"text/plain": "1", "application/javascript": "x", "image/svg+xml": "<svg/>", "image/png": b"\x89"}
    assert json.loads(json.dumps(kept(data))) == {"text/plain": "1", "image/png": "iQ=="}
