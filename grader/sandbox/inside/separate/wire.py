"""Frames between the student's process and the test process: JSON, a blob of raw bytes, and open files, in one message.

A frame is two lengths (of the JSON, of the blob), the JSON and the blob. The peer may be hostile: bytes, nesting, items
and digits are capped before anything is decoded, so that decoding needs at most a few times the memory of the frame.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import socket
import struct
import time
from collections.abc import Sequence
from typing import Any

from grader.sandbox.inside.frames import Closed, FrameError

HEADER = struct.Struct(">II")
# A level of a value takes two levels of JSON; the rest is for the message around it.
MAX_DEPTH = 300
MAX_ITEMS = 1_000_000
MAX_DIGITS = 400
_JOINED = 1 << 16
_INT = struct.calcsize("i")
_RIGHTS = [socket.SOL_SOCKET, socket.SCM_RIGHTS]

_STRINGS = re.compile(rb'"[^"]*"?')
_OTHER_THAN_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
_ONE_KIND = bytes.maketrans(b"{}", b"[]")
_ONE_DIGIT = bytes.maketrans(b"123456789", b"0" * 9)
_TOO_MANY_DIGITS = b"0" * (MAX_DIGITS + 1)


def send(channel: socket.socket, tree: Any, blob: bytes | bytearray = b"", descriptors: Sequence[int] = ()) -> None:
    """Write one frame. Raises Closed when the other side is gone, ValueError or TypeError when `tree` isn't JSON.

    When anything interrupts it half-way, the channel is closed: what is left of the frame can't be made good.
    """
    body = _ENCODER.encode(tree).encode("ascii")
    head = HEADER.pack(len(body), len(blob)) + body
    if len(blob) <= _JOINED:
        head, blob = head + blob, b""
    try:
        if descriptors:
            head = head[socket.send_fds(channel, [head], list(descriptors)) :]
        channel.sendall(head)
        if blob:
            channel.sendall(blob)
    except BaseException as error:
        channel.close()
        if isinstance(error, OSError):
            raise Closed from error
        raise


def receive(
    channel: socket.socket, *, limit: int, deadline: float | None = None, descriptors: int = 0
) -> tuple[Any, memoryview, list[int]]:
    """Return the tree, the blob and the descriptors (at most `descriptors` of them) of the next frame.

    `limit`: bytes of JSON and blob together. Raises TimeoutError past `deadline` (monotonic), Closed at the end and
    FrameError for what isn't a frame. The channel is closed when that happens, or anything else, within a frame; a
    timeout or an interrupt before its first byte leaves it in step.
    """
    _wait(channel, deadline)
    opened: list[int] = []
    try:
        head = _start(channel, descriptors, opened)
        if len(head) < HEADER.size:
            head += _exactly(channel, HEADER.size - len(head), deadline)
        length, rest = HEADER.unpack(head)
        if length + rest > limit:
            raise FrameError(f"a frame of {length + rest} bytes is over the limit of {limit}")
        tree = _decoded(_exactly(channel, length, deadline))
        return tree, memoryview(_exactly(channel, rest, deadline)).toreadonly(), opened
    except BaseException:
        channel.close()
        for descriptor in opened:
            with contextlib.suppress(OSError):
                os.close(descriptor)
        raise


def _decoded(body: bytearray) -> Any:
    check(body)
    try:
        text = body.decode("ascii")
        body.clear()
        return _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        raise FrameError("not JSON") from error


def check(body: bytes | bytearray) -> None:
    """Raise FrameError when the JSON text `body` nests too deep, holds too many items or too long a number."""
    # Without the escapes every string ends at the next quote. Each step is linear and runs in C.
    if b"\\" in body:
        body = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    if body.count(b'"') > 2 * MAX_ITEMS:
        raise FrameError("too many items")
    body = _STRINGS.sub(b"", body)
    opening = body.count(b"[") + body.count(b"{")
    if opening + body.count(b",") > MAX_ITEMS:
        raise FrameError("too many items")
    if len(body) > MAX_DIGITS and _TOO_MANY_DIGITS in body.translate(_ONE_DIGIT):
        raise FrameError("a number is too long")
    if opening > MAX_DEPTH:
        _check_depth(body)


def _check_depth(body: bytes | bytearray) -> None:
    # Each round takes the innermost brackets away.
    body = body.translate(_ONE_KIND, _OTHER_THAN_BRACKETS)
    for _ in range(MAX_DEPTH):
        size = len(body)
        body = body.replace(b"[]", b"")
        if not body:
            return
        if len(body) == size:
            break
    raise FrameError("nested too deep")


def _refuse_constant(name: str) -> Any:
    raise FrameError(f"{name} is not JSON")


_ENCODER = json.JSONEncoder(ensure_ascii=True, allow_nan=False, check_circular=False, separators=(",", ":"))
_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def _wait(channel: socket.socket, deadline: float | None) -> None:
    """Return once there is something to read. A signal's exception gets out of here with nothing read."""
    if channel.fileno() < 0:
        raise Closed
    poll = select.poll()
    poll.register(channel, select.POLLIN)
    while True:
        left = None if deadline is None else (deadline - time.monotonic()) * 1000
        if left is not None and left <= 0:
            raise TimeoutError
        if poll.poll(left):
            return


def _start(channel: socket.socket, descriptors: int, opened: list[int]) -> bytes:
    try:
        if not descriptors:
            head = channel.recv(HEADER.size)
        else:
            # `socket.recv_fds` leaves the flags out.
            space = socket.CMSG_LEN(descriptors * _INT)
            head, parts, _, _ = channel.recvmsg(HEADER.size, space, socket.MSG_CMSG_CLOEXEC)
            opened += [number for *kind, data in parts if kind == _RIGHTS for number in memoryview(data).cast("i")]
    except OSError as error:
        raise Closed from error
    if not head:
        raise Closed
    return head


def _exactly(channel: socket.socket, count: int, deadline: float | None) -> bytearray:
    data = bytearray(count)
    view = memoryview(data)
    while count:
        try:
            got = channel.recv_into(view, 0, socket.MSG_DONTWAIT)
        except BlockingIOError:
            _wait(channel, deadline)
            continue
        except OSError as error:
            raise Closed from error
        if not got:
            raise Closed
        view = view[got:]
        count -= got
    return data
