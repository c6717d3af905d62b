"""A frame carries a tree, a blob and open files; what isn't a frame is refused before it is decoded."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.sandbox.inside.frames import Closed, FrameError
from grader.sandbox.inside.separate import wire

LIMIT = 64 << 20
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    left, right = socket.socketpair()
    with left, right:
        yield left, right


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def raw(channel: socket.socket, body: bytes, blob: bytes = b"") -> None:
    """Send in the background what no honest sender would."""
    frame = wire.HEADER.pack(len(body), len(blob)) + body + blob
    threading.Thread(target=channel.sendall, args=(frame,), daemon=True).start()


def test_a_frame_arrives(pair: tuple[socket.socket, socket.socket]) -> None:
    left, right = pair
    for tree, blob in (({"op": [1, -0.0, "é\ud800"]}, b"\0\xff"), ([], b""), (None, bytearray(b"x"))):
        wire.send(left, tree, blob)
        received, piece, descriptors = wire.receive(right, limit=LIMIT)
        assert (received, bytes(piece), descriptors) == (tree, bytes(blob), [])
        assert piece.readonly


def test_a_long_frame_arrives(pair: tuple[socket.socket, socket.socket]) -> None:
    blob = os.urandom(5 << 20)
    sender = threading.Thread(target=wire.send, args=(pair[0], ["x" * (1 << 20)], blob))
    sender.start()
    tree, piece, _ = wire.receive(pair[1], limit=LIMIT)
    sender.join()
    assert tree == ["x" * (1 << 20)]
    assert piece == blob


def test_descriptors_travel_with_a_frame(pair: tuple[socket.socket, socket.socket]) -> None:
    read_end, write_end = os.pipe()
    wire.send(pair[0], "here", descriptors=[write_end])
    os.close(write_end)
    tree, _, descriptors = wire.receive(pair[1], limit=LIMIT, descriptors=1)
    assert tree == "here"
    (received,) = descriptors
    assert not os.get_inheritable(received)
    os.write(received, b"through")
    os.close(received)
    assert os.read(read_end, 100) == b"through"
    os.close(read_end)


def test_descriptors_that_nobody_asked_for_are_closed(pair: tuple[socket.socket, socket.socket]) -> None:
    before = open_files()
    ends = [*os.pipe(), *os.pipe()]
    wire.send(pair[0], 1, descriptors=ends)
    wire.send(pair[0], 2, descriptors=ends)
    assert wire.receive(pair[1], limit=LIMIT)[2] == []
    (kept,) = wire.receive(pair[1], limit=LIMIT, descriptors=1)[2]
    for descriptor in (*ends, kept):
        os.close(descriptor)
    assert open_files() == before


def test_a_refused_frame_s_descriptors_are_closed(pair: tuple[socket.socket, socket.socket]) -> None:
    ends = os.pipe()
    before = open_files()
    socket.send_fds(pair[0], [wire.HEADER.pack(3, 0) + b"no!"], list(ends))
    with pytest.raises(FrameError):
        wire.receive(pair[1], limit=LIMIT, descriptors=2)
    # The channel itself was closed as well.
    assert open_files() == before - 1
    for descriptor in ends:
        os.close(descriptor)


# --- Limits -----------------------------------------------------------------------------------------------------------
DEEP = wire.MAX_DEPTH + 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no",
        b"[1",
        b"1 2",
        b"NaN",
        b"[-Infinity]",
        b'"\xc3\xa9"',
        b'"\xff"',
        b"[" * DEEP + b"]" * DEEP,
        b'{"a":' * DEEP + b"1" + b"}" * DEEP,
        b"[" * 1_000_000,
        b"[" * 400 + b"]",
        b"[" + b"1," * wire.MAX_ITEMS + b"1]",
        b"[" + b"[]," * (wire.MAX_ITEMS // 2) + b"1]",
        b'"' * (3 * wire.MAX_ITEMS),
        b"9" * (wire.MAX_DIGITS + 1),
        b"[0." + b"7" * 1_000_000 + b"]",
        b'["' + b"x" * 500 + b'",' + b"9" * 5000 + b"]",
        b'["\\\\",' + b"9" * 5000 + b"]",
        b"\\" * 100_000,
        b'"\\',
    ],
    ids=lambda body: repr(body[:20]),
)
def test_what_is_not_a_frame_is_refused(pair: tuple[socket.socket, socket.socket], body: bytes) -> None:
    raw(pair[0], body)
    with pytest.raises(FrameError):
        wire.receive(pair[1], limit=LIMIT)
    assert pair[1].fileno() == -1


def test_a_frame_over_the_limit_is_refused_at_once(pair: tuple[socket.socket, socket.socket]) -> None:
    for sizes in ((1001, 0), (0, 1001), (600, 600), (0xFFFFFFFF, 0xFFFFFFFF)):
        left, right = socket.socketpair()
        left.sendall(wire.HEADER.pack(*sizes))
        with left, pytest.raises(FrameError, match="limit"):
            wire.receive(right, limit=1000)


@settings(max_examples=300, deadline=None)
@given(JSON)
def test_what_strings_hold_counts_for_nothing(tree: Any) -> None:
    wire.check(json.dumps(tree, ensure_ascii=True).encode())
    wire.check(json.dumps(["[" * 1000 + '"\\' + "9" * 1000 + "," * 1000, tree, '\\"[[[']).encode())


@pytest.mark.parametrize("depth", [1, wire.MAX_DEPTH, wire.MAX_DEPTH + 1, wire.MAX_DEPTH + 50])
def test_depth_is_counted_right(depth: int) -> None:
    body = b"[" + b"[]," * 500 + b"[" * (depth - 1) + b'"]"' + b"]" * (depth - 1) + b"]"
    if depth <= wire.MAX_DEPTH:
        wire.check(body)
    else:
        with pytest.raises(FrameError, match="deep"):
            wire.check(body)


@pytest.mark.parametrize("unit", [b'"\\"', b'\\n"', b'"",', b"[]", b"{},", b"1,", b'"a":1,', b"[[[]]],", b"\\", b"7"])
def test_checking_is_quick_and_needs_little_memory(unit: bytes) -> None:
    body = unit * ((8 << 20) // len(unit))
    tracemalloc.start()
    began = time.process_time()
    try:
        wire.check(body)
    except FrameError:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert time.process_time() - began < 5
    assert peak < 20 * len(body)


# --- Ends and interruptions -------------------------------------------------------------------------------------------
def test_the_end_is_told(pair: tuple[socket.socket, socket.socket]) -> None:
    left, right = pair
    left.close()
    with pytest.raises(Closed):
        wire.receive(right, limit=LIMIT)
    with pytest.raises(Closed):
        wire.receive(right, limit=LIMIT)
    with pytest.raises(Closed):
        wire.send(left, 1)


def test_the_other_side_may_be_gone(pair: tuple[socket.socket, socket.socket]) -> None:
    pair[1].close()
    with pytest.raises(Closed):
        wire.send(pair[0], "x" * 100)


def test_the_end_within_a_frame_is_told(pair: tuple[socket.socket, socket.socket]) -> None:
    for part in (b"\0\0", wire.HEADER.pack(5, 0) + b"[1", wire.HEADER.pack(3, 4) + b"[1]ab"):
        left, right = socket.socketpair()
        left.sendall(part)
        left.close()
        with pytest.raises(Closed):
            wire.receive(right, limit=LIMIT)


def test_a_timeout_between_frames_leaves_the_channel_in_step(pair: tuple[socket.socket, socket.socket]) -> None:
    with pytest.raises(TimeoutError):
        wire.receive(pair[1], limit=LIMIT, deadline=time.monotonic() + 0.01)
    wire.send(pair[0], "late")
    assert wire.receive(pair[1], limit=LIMIT, deadline=time.monotonic() + 10)[0] == "late"


def test_a_timeout_within_a_frame_closes_the_channel(pair: tuple[socket.socket, socket.socket]) -> None:
    pair[0].sendall(wire.HEADER.pack(10, 0) + b"[1")
    with pytest.raises(TimeoutError):
        wire.receive(pair[1], limit=LIMIT, deadline=time.monotonic() + 0.05)
    with pytest.raises(Closed):
        wire.receive(pair[1], limit=LIMIT)


def test_only_json_is_sent(pair: tuple[socket.socket, socket.socket]) -> None:
    for value in (float("nan"), object(), {1, 2}):
        with pytest.raises((TypeError, ValueError)):
            wire.send(pair[0], value)
    wire.send(pair[0], "still open")
    assert wire.receive(pair[1], limit=LIMIT)[0] == "still open"
