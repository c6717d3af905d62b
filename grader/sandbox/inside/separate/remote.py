"""The conversation of the test process with the student's process, or with one snapshot of it.

Each side speaks in turn. What comes back is judged: a reply to an earlier request (a test was interrupted meanwhile) is
dropped, and a reply that makes no sense ends the conversation.
"""

from __future__ import annotations

import contextlib
import os
import threading
from time import perf_counter_ns
from typing import Any

from grader.sandbox.inside.frames import Closed, FrameError
from grader.sandbox.inside.separate.along import Along
from grader.sandbox.inside.separate.clocks import Clocks
from grader.sandbox.inside.separate.codec_limits import CodecError, Tree
from grader.sandbox.inside.separate.errors import NotebookEnded, Unsupported
from grader.sandbox.inside.separate.giving import give
from grader.sandbox.inside.separate.link import Link
from grader.sandbox.inside.separate.mirrors import Mirrors
from grader.sandbox.inside.separate.parcels import Incoming, Outgoing
from grader.sandbox.inside.separate.proxies import RemoteMethod
from grader.sandbox.inside.separate.session import Session
from grader.sandbox.inside.separate.taking import take

MAX_NESTED = 60
_STEPS = frozenset(("next", "anext", "await"))
_STEP_METHODS = frozenset(("__next__", "__anext__", "send", "throw", "asend", "athrow"))
ENDED = "the notebook's process ended while this test used it"


class Remote:
    """One conversation. `names`: the names that the notebook has, as far as it has told."""

    def __init__(self, session: Session, link: Link, along: Along, clocks: Clocks) -> None:
        self._session = session
        self._link = link
        self._along = along
        self._clocks = clocks
        self.mirrors = Mirrors(test_side=True)
        self._lock = threading.RLock()
        self._process = os.getpid()
        self._number = 0
        self._active: list[int] = []

    def request(self, operation: str, operands: tuple[Any, ...], keywords: dict[str, Any] | None = None) -> Any:
        """Ask for an operation; return what it gives, or raise what it raises."""
        with self._lock:
            number = self._send_request(operation, operands, keywords)
            self._active.append(number)
            began = perf_counter_ns()
            try:
                return self._wait(number)
            except (StopIteration, StopAsyncIteration) as error:
                if operation in _STEPS or (operation == "call" and _is_step(operands[0])):
                    raise
                # Anywhere else it would end a loop of the test, or a `map`, as if there were nothing more to look at.
                raise RuntimeError(f"the notebook raised {type(error).__name__}") from error
            finally:
                self._active.pop()
                self._clocks.note(perf_counter_ns() - began)

    def send_descriptor(self, operation: str, operand: Any, descriptor: int) -> None:
        """Ask for an operation that takes an open file along."""
        with self._lock:
            self._number += 1
            self._transmit([self._number, operation, [operand], None, None], b"", [descriptor])
            self._wait(self._number)

    def close(self) -> None:
        """Hang up."""
        self._link.close()

    # --- Requests -----------------------------------------------------------------------------------------------------
    def _send_request(self, operation: str, operands: tuple[Any, ...], keywords: dict[str, Any] | None) -> int:
        self._link.hold()  # what is noted as told has to be sent
        try:
            out = self._outgoing()
            trees = [out.tree(operand) for operand in operands]
            named = {name: out.tree(value) for name, value in keywords.items()} if keywords else None
            extras = self._extras(out)
            self._number += 1
            self._transmit([self._number, operation, trees, named, extras], out.blob)
            return self._number
        except CodecError as error:
            raise self._cannot(f"a value that a test passes can't be passed: {error}") from None
        except Unsupported as error:
            raise self._cannot(str(error)) from None
        finally:
            self._link.release()

    def _outgoing(self) -> Outgoing:
        return Outgoing(self.mirrors, self._give)

    def _extras(self, out: Outgoing) -> dict[str, Any] | None:
        let_go = self._session.take_let_go()
        if let_go:
            out.extras["r"] = let_go
        out.add_changes()
        self._along.add(out)
        return out.finish()

    def _give(self, value: Any, out: Outgoing) -> Tree:
        return give(value, out, self._session)

    def _transmit(self, message: list[Any], blob: bytes | bytearray, descriptors: list[int] | None = None) -> None:
        if os.getpid() != self._process:
            raise Unsupported("a test starts a process of its own")
        try:
            self._link.send(message, blob, descriptors or ())
        except (Closed, ValueError, TypeError) as error:
            raise NotebookEnded(ENDED) from error

    # --- Replies ------------------------------------------------------------------------------------------------------
    def _wait(self, number: int) -> Any:
        while True:
            try:
                tree, blob, _ = self._link.receive_held()
            except FrameError as error:
                self._link.close()
                raise NotebookEnded(ENDED) from error
            try:
                if type(tree) is not list or not tree:
                    raise self._lost()
                if tree[0] == "cb":
                    self._serve(tree, blob)
                elif tree[0] == number:
                    return self._result(tree, blob)
                elif type(tree[0]) is int and tree[0] < number:
                    self._drop(tree, blob)
                else:
                    raise self._lost()
            finally:
                self._link.release()

    def _lost(self) -> NotebookEnded:
        self._link.close()
        return NotebookEnded("the notebook's process answers what can't be understood")

    def _result(self, tree: list[Any], blob: memoryview) -> Any:
        try:
            status, value = self._read(tree, blob)
        except CodecError as error:
            raise self._cannot(f"what the notebook gave can't be taken: {error}") from None
        if status == "r":
            return value
        if status == "x" and isinstance(value, BaseException):
            raise value
        if status == "u" and type(value) is str:
            raise self._cannot(value)
        raise self._lost()

    def _read(self, tree: list[Any], blob: memoryview) -> tuple[Any, Any]:
        """Return status and value of a reply. Raises CodecError once everything else was taken that can be."""
        refused: CodecError | None = None
        found: Any = None
        try:
            _, status, value, extras = tree
            incoming = Incoming(blob, self.mirrors, self._take, local=False)
            try:
                found = incoming.read(value)
            except CodecError as error:
                refused = error
            if extras:
                self._take_extras(extras, incoming)
        except CodecError as error:
            refused = error
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise self._lost() from error
        if refused is not None:
            raise refused
        return status, found

    def _drop(self, tree: list[Any], blob: memoryview) -> None:
        """Take from a late reply only what both sides have to know."""
        with contextlib.suppress(CodecError):
            self._read(tree, blob)

    def _take_extras(self, extras: Any, incoming: Incoming) -> None:
        if type(extras) is not dict:
            raise CodecError("not a message")
        self._along.take(extras, incoming)
        if "m" in extras:
            incoming.apply_changes(extras["m"])
        if "k" in extras:
            self.mirrors.forget(extras["k"])

    def _take(self, tag: str, payload: list[Any], incoming: Incoming) -> Any:
        if tag == "m":
            return self.mirrors.find(*payload)
        return take(tag, payload, incoming, self._session)

    def _cannot(self, text: str) -> Unsupported:
        self._session.cannot(text)
        return Unsupported(text)

    # --- Calls of functions of the test -------------------------------------------------------------------------------
    def _serve(self, tree: list[Any], blob: memoryview) -> None:
        """Call a function of the test for the student's code, and tell it what came out."""
        try:
            _, call, request, number, args, keywords, extras = tree
        except ValueError:
            raise self._lost() from None
        stop: BaseException | None = None
        try:
            status, value = "r", self._call(number, (args, keywords, extras), blob, asked=request in self._active)
        except Exception as error:  # noqa: BLE001  (it goes to whoever called)
            status, value = "x", error
        except BaseException as error:  # noqa: BLE001  (that ends the test; the caller has to be told first)
            status, value, stop = "x", RuntimeError("the test was ended"), error
        self._answer_call(call, status, value)
        if stop is not None:
            raise stop

    def _call(self, number: Any, parts: tuple[Any, Any, Any], blob: memoryview, *, asked: bool) -> Any:
        if not asked:
            raise RuntimeError("the test was ended")
        if len(self._active) > MAX_NESTED:
            raise RecursionError("maximum recursion depth exceeded between the notebook and a test")
        try:
            incoming = Incoming(blob, self.mirrors, self._take, local=False)
            args, keywords, extras = parts
            function = self._session.function(number)
            values = [incoming.read(arg) for arg in args]
            named = {name: incoming.read(arg) for name, arg in keywords.items()}
            if extras:
                self._take_extras(extras, incoming)
        except CodecError as error:
            raise self._cannot(f"what the notebook gave can't be taken: {error}") from None
        del incoming
        self._link.release()
        return function(*values, **named)

    def _answer_call(self, call: Any, status: str, value: Any) -> None:
        self._link.hold()  # `_wait` releases it
        out = self._outgoing()
        try:
            tree = out.tree(value)
            extras = self._extras(out)
        except (CodecError, Unsupported) as error:
            self._session.cannot(str(error))
            out = self._outgoing()
            status, tree = "x", out.tree(RuntimeError("what a function of the test gave can't be passed"))
            extras = self._extras(out)
        self._transmit(["cbr", call, status, tree, extras], out.blob)


def _is_step(function: Any) -> bool:
    return type(function) is RemoteMethod and function.tree_parts()[1] in _STEP_METHODS
