"""The socket between the two processes, and the interrupts (SIGINT) that may come while it is used.

A frame that is half sent or half read can't be made good, so an interrupt waits until the frame is through.
"""

from __future__ import annotations

import select
import signal
import socket
import threading
from collections.abc import Sequence
from types import FrameType
from typing import Any

from grader.sandbox.inside.frames import Closed
from grader.sandbox.inside.separate import wire

FRAME_LIMIT = 160 << 20


class Interrupts:
    """Raises KeyboardInterrupt on SIGINT, as Python does, but never in the middle of a frame."""

    def __init__(self) -> None:
        self.held = False
        self._pending = False

    def install(self) -> None:
        """Take SIGINT over, if this is the main thread."""
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, self._handle)

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        if self.held:
            self._pending = True
            return
        raise KeyboardInterrupt

    def release(self) -> None:
        """End a stretch that began with `held = True`; raise what came meanwhile."""
        self.held = False
        if self._pending:
            self._pending = False
            raise KeyboardInterrupt


class Link:
    """Sends and receives frames."""

    def __init__(self, connection: socket.socket, interrupts: Interrupts) -> None:
        self.connection = connection
        self._interrupts = interrupts
        self._poll = select.poll()
        self._poll.register(connection, select.POLLIN)

    def fileno(self) -> int:
        """Return the descriptor of the socket."""
        return self.connection.fileno()

    def send(self, tree: Any, blob: bytes | bytearray = b"", descriptors: Sequence[int] = ()) -> None:
        """Write one frame. Raises frames.Closed when the other side is gone."""
        interrupts = self._interrupts
        interrupts.held = True
        try:
            wire.send(self.connection, tree, blob, descriptors)
        finally:
            interrupts.release()

    def receive(self, *, descriptors: int = 0) -> tuple[Any, memoryview, list[int]]:
        """Read one frame. Raises frames.Closed, frames.FrameError, and KeyboardInterrupt between frames only."""
        try:
            return self.receive_held(descriptors=descriptors)
        finally:
            self.release()

    def receive_held(self, *, descriptors: int = 0) -> tuple[Any, memoryview, list[int]]:
        """Read one frame as `receive` does, and let interrupts wait until `release`: what it tells has to be taken."""
        if self.connection.fileno() < 0:
            raise Closed
        self._poll.poll()
        self.hold()
        try:
            return wire.receive(self.connection, limit=FRAME_LIMIT, descriptors=descriptors)
        except BaseException:
            self.release()
            raise

    def hold(self) -> None:
        """Let interrupts wait until `release`, or until a frame is sent."""
        self._interrupts.held = True

    def release(self) -> None:
        """Let interrupts through; raise what came meanwhile."""
        self._interrupts.release()

    def close(self) -> None:
        """Hang up."""
        self.connection.close()
