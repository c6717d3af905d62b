"""Length-prefixed JSON over a stream socket: the only thing that crosses the sandbox's wall.

Whatever comes from inside is untrusted: `receive` caps the size and the depth before it decodes.
"""

from __future__ import annotations

import json
import re
import socket
import struct
import time
from typing import Any

HEADER = struct.Struct(">I")
MAX_DEPTH = 40
MAX_ITEMS = 250_000
_STRINGS = re.compile(rb'"[^"]*"?')
_BRACKETS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{]|[\]}]', re.DOTALL)


class FrameError(Exception):
    """What arrived is not a frame."""


class Closed(FrameError):
    """The other side is gone."""


def send(channel: socket.socket, value: Any) -> None:
    """Write `value` as one frame."""
    body = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode()
    channel.sendall(HEADER.pack(len(body)) + body)


def receive(channel: socket.socket, *, limit: int, deadline: float | None = None) -> Any:
    """Read one frame of at most `limit` bytes. Raises TimeoutError past `deadline` (monotonic), Closed at the end."""
    return decode(receive_body(channel, limit=limit, deadline=deadline))


def receive_body(channel: socket.socket, *, limit: int, deadline: float | None = None) -> bytes:
    """Read one frame as `receive` does, for `decode`."""
    (size,) = HEADER.unpack(exactly(channel, HEADER.size, deadline))
    if size > limit:
        raise FrameError(f"a frame of {size} bytes is over the limit of {limit}")
    return exactly(channel, size, deadline)


def decode(body: bytes) -> Any:
    """Return what a frame holds. Raises FrameError; a small value needs some 60 bytes, however short its text is."""
    if body.count(b",") + body.count(b"[") + body.count(b"{") > MAX_ITEMS and _items(body) > MAX_ITEMS:
        raise FrameError("too many items")
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH and depth(body) > MAX_DEPTH:
        raise FrameError("nested too deep")
    try:
        return json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise FrameError("not JSON") from error


def _items(body: bytes) -> int:
    """Return how many items the JSON text `body` holds at most: what stands in strings doesn't count."""
    # Without the escapes every string ends at the next quote.
    plain = _STRINGS.sub(b"", body.replace(b"\\\\", b"").replace(b'\\"', b""))
    return plain.count(b",") + plain.count(b"[") + plain.count(b"{")


def depth(body: bytes) -> int:
    """Return how deep brackets nest in the JSON text `body`, without decoding it."""
    deepest = level = 0
    for match in _BRACKETS.finditer(body):
        first = match.group()[:1]
        if first in b"[{":
            level += 1
            deepest = max(deepest, level)
        elif first in b"]}":
            level -= 1
    return deepest


def exactly(channel: socket.socket, count: int, deadline: float | None = None) -> bytes:
    """Read `count` bytes. Raises as `receive` does."""
    parts = []
    while count:
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            channel.settimeout(left)
        try:
            part = channel.recv(min(count, 1 << 20))
        except ConnectionError as error:
            raise Closed from error
        if not part:
            raise Closed
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
