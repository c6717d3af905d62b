"""The largest hostile input that is let in is answered within seconds, and within bounded memory, too."""

from __future__ import annotations

import json
import os
import resource
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.errors import InvalidSubmission
from grader.ingest import MAX_BYTES, read_submission
from grader.sandbox.inside.frames import FrameError
from grader.sandbox.inside.separate import wire
from grader.sandbox.inside.separate.codec import CodecError, decode

# The children of these forks do nothing with threads that were there before.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")]
SECONDS = 20


def bounded(work: Callable[[], Any], *, megabytes: int) -> str:
    """Return what came of `work`, done by a child that may grow by so much: "done", or the name of an error."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
        room = pages * resource.getpagesize() + (megabytes << 20)
        resource.setrlimit(resource.RLIMIT_AS, (room, room))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        try:
            work()
            outcome = "done"
        except BaseException as error:
            causes = [error, error.__cause__]
            outcome = "MemoryError" if any(isinstance(cause, MemoryError) for cause in causes) else type(error).__name__
        os.write(write_end, outcome.encode())
        os._exit(0)
    os.close(write_end)
    _, status = os.waitpid(child, 0)
    with os.fdopen(read_end) as answer:
        return answer.read() or f"killed by signal {os.WTERMSIG(status)}"


def filled(unit: bytes, size: int, before: bytes = b"", after: bytes = b"") -> bytes:
    return before + unit * ((size - len(before) - len(after)) // len(unit)) + after


UNITS = [b"[", b"[],", b"1,", b'"",', b'"a":0,', b"\\n", b'\\"', b'"', b"9" * 200 + b","]


@pytest.mark.parametrize("unit", UNITS, ids=repr)
@pytest.mark.parametrize("inside", ["text", "list"])
def test_a_submission_of_the_largest_size(unit: bytes, inside: str) -> None:
    before, after = {
        "text": (b'{"nbformat": 4, "cells": [], "a": "', b'"}'),
        "list": (b'{"nbformat": 4, "cells": [', b"1]}"),
    }[inside]
    body = filled(unit, MAX_BYTES, before, after)
    outcome = bounded(lambda: read_submission(body), megabytes=600)
    assert outcome in ("done", InvalidSubmission.__name__)


# What the sandbox gives a process is more than what is allowed here.
LARGE = 16 << 20


def received(body: bytes, blob: bytes = b"") -> Any:
    left, right = socket.socketpair()
    frame = wire.HEADER.pack(len(body), len(blob)) + body + blob
    threading.Thread(target=left.sendall, args=(frame,), daemon=True).start()
    tree, piece, _ = wire.receive(right, limit=160 << 20)
    return decode(tree, piece, resolve=lambda tag, _payload: tag, local=False)


@pytest.mark.parametrize("unit", UNITS, ids=repr)
@pytest.mark.parametrize("inside", ["text", "list"])
def test_a_message_of_a_large_size(unit: bytes, inside: str) -> None:
    before, after = {"text": (b'"', b'"'), "list": (b'["l",[', b"1],1]")}[inside]
    body = filled(unit, LARGE, before, after)
    outcome = bounded(lambda: received(body), megabytes=250)
    assert outcome in ("done", FrameError.__name__, CodecError.__name__)


def repeated(tree: Any, size: int = LARGE) -> bytes:
    """Return a list of as many of these trees as a frame may hold."""
    unit = json.dumps(tree, separators=(",", ":")).encode()
    items = sum(map(unit.count, (b",", b"[", b"{"))) + 1
    count = min(size // (len(unit) + 1), (wire.MAX_ITEMS - 10) // items)
    return b'["l",[' + b",".join([unit] * count) + b"],1]"


SERIES = ["pandas.Series", ["array", "=d", [0], "C", True, 0, 0, 0], ["pandas.RangeIndex", 0, 0, 1, None, 0], None, 0]


@pytest.mark.parametrize(
    "tree",
    [
        ["l", [], 0],
        ["set", [], 0],
        ["deque", [], None, 0],
        ["counter", [], [], 0],
        ["default", "list", [], [], 0],
        ["decimal", "9" * 20_000],
        ["decimal", "1E+1000000"],
        ["fraction", ["i", "f" * 8000], ["i", "e" * 8001]],
        ["i", "f" * (1 << 20)],
        ["s", "61" * 1000],
        ["datetime", 2020, 1, 1, 1, 1, 1, 1, 0, ["zone", "zoneinfo", "Europe/Paris"]],
        ["array", "=d", [0], "C", True, 0, 0, 0],
        ["array", "<M8[ns]", [0] * 30, "F", True, 0, 0, 0],
        ["objects", [1], "C", True, [1], 0],
        ["scalar", "=d", "00" * 8],
        ["pandas.Timestamp", ["scalar", "<M8[s]", "00" * 8], ["zone", "zoneinfo", "Europe/Paris"]],
        ["pandas.Period", 1, "M"],
        ["pandas.RangeIndex", 0, 9, 1, None, 0],
        SERIES,
        ["pandas.DataFrame", [SERIES[1]] * 5, SERIES[2], ["pandas.RangeIndex", 0, 5, 1, None, 0], 0],
        ["pandas.MultiIndex", [SERIES[2]] * 5, [["array", "=b", [0], "C", True, 0, 0, 0]] * 5, [None] * 5, 0],
    ],
    ids=lambda tree: json.dumps(tree)[:40],
)
def test_very_many_of_each_kind(tree: Any) -> None:
    body = repeated(tree)
    outcome = bounded(lambda: received(body), megabytes=500)
    assert outcome in ("done", CodecError.__name__)


def test_one_blob_cannot_be_taken_twice() -> None:
    body = repeated(["y", 0, LARGE])
    assert bounded(lambda: received(body, bytes(LARGE)), megabytes=250) == CodecError.__name__


@pytest.mark.parametrize("tree", [["set", None, 1], ["d", None, None, 1], ["counter", None, None, 1]], ids=str)
def test_keys_of_one_hash_are_refused_at_once(tree: Any) -> None:
    keys = [["i", format(((1 << 61) - 1) * factor, "x")] for factor in range(150_000)]
    body = json.dumps([keys if part is None else part for part in tree]).encode()
    assert bounded(lambda: received(body), megabytes=250) == CodecError.__name__
