"""Serves the test process: the objects of the notebook stay here, in the student's process.

A request is `[number, operation, operands, keywords, extras]`, a reply `[number, "r" | "x" | "u", value, extras]`:
returned, raised, or can't be done (a sentence). While it works on a request the student's process may call a function
of the test: `["cb", call, request, function, arguments, keywords, extras]`; the answer is `["cbr", call, "r" | "x",
value, extras]`, and before it there may be further requests. Values are trees of `codec` and of `objects`.

Extras of a request: "r" numbers of objects and "k" keys of values that the test has let go of, "m" changed values, "v"
names to store, "d" names to delete, "p" what the test replaced, "s" states of random generators, "w" files, "a" what to
tell of ("r" random states, "f" files).
Extras of a reply: "n" names that have changed, "g" names that are gone, "o" what was printed, "m" changed values, "k"
keys and "f" functions let go of, "s", "w".

Nothing here is trusted by the test process.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from grader.sandbox.inside.frames import Closed
from grader.sandbox.inside.separate import requests
from grader.sandbox.inside.separate.codec_limits import CodecError, Tree
from grader.sandbox.inside.separate.files import WorkingFolder, temporary_folder
from grader.sandbox.inside.separate.given import read_given
from grader.sandbox.inside.separate.link import Interrupts, Link
from grader.sandbox.inside.separate.mirrors import Mirrors
from grader.sandbox.inside.separate.names import NameWatch
from grader.sandbox.inside.separate.objects import Objects
from grader.sandbox.inside.separate.operations import OPERATIONS, Loop
from grader.sandbox.inside.separate.parcels import Incoming, Outgoing
from grader.sandbox.inside.separate.printed import Printed
from grader.sandbox.inside.separate.randomness import Randomness
from grader.sandbox.inside.separate.replaced import Replaced
from grader.sandbox.inside.separate.reverse import ReverseTable


class Refused(Exception):
    """What was asked can't be done; the message says why."""


class StudentServer:
    """Answers the test process on one link. `private`: sockets that a snapshot of this process must not keep."""

    def __init__(self, namespace: dict[str, Any], link: socket.socket, private: Sequence[socket.socket] = ()) -> None:
        self.namespace = namespace
        self._private = tuple(private)
        self._interrupts = Interrupts()
        self._interrupts.install()
        self._link = Link(link, self._interrupts)
        self.objects = Objects()
        self._mirrors = Mirrors(test_side=False)
        self._names = NameWatch(namespace)
        self._printed = Printed()
        self._replaced = Replaced()
        self._folder = WorkingFolder(Path.cwd(), takes_code=True, temporary=temporary_folder())
        self._randomness = Randomness()
        self._about = ""
        self.reverse = ReverseTable(self._call_back)
        self._calls = 0
        self._current = 0
        self._operations: dict[str, Callable[..., Any]] = {**OPERATIONS, **Loop().operations()}

    def fileno(self) -> int:
        """Return the descriptor to wait on for requests."""
        return self._link.fileno()

    def serve_one(self) -> bool:
        """Answer one request. Returns False when the link is closed."""
        try:
            tree, blob, descriptors = self._link.receive(descriptors=1)
            self._answer(tree, blob, descriptors)
        except Closed:
            return False
        return True

    def _answer(self, tree: Any, blob: memoryview, descriptors: list[int] | None = None) -> None:
        number, operation, operands, keywords, extras = tree
        outer, self._current = self._current, number
        if operation == "snapshot":
            self._snapshot(operands, descriptors or [])
        self._printed.begin()
        try:
            status, value = self._run(operation, operands, keywords, extras, blob)
            self._current = outer
            self._reply(number, status, value)
        finally:
            self._printed.end()

    def _run(self, operation: str, operands: Any, keywords: Any, extras: Any, blob: memoryview) -> tuple[str, Any]:
        """Do what is asked; return how it ended and with what. References to the operands end with this frame."""
        try:
            incoming = Incoming(blob, self._mirrors, self._read, local=True)
            if extras:
                self._take_extras(extras, incoming)
            args = [incoming.read(operand) for operand in operands]
            named = {name: incoming.read(operand) for name, operand in keywords.items()} if keywords else {}
        except CodecError as error:
            return "u", str(error)
        try:
            return "r", self._do(operation, args, named)
        except (Refused, CodecError) as error:
            return "u", str(error)
        except BaseException as error:  # noqa: BLE001  (whatever student code raises is the answer)
            return "x", error

    def _do(self, operation: str, args: list[Any], named: dict[str, Any]) -> Any:
        if operation == "call":
            return args[0](*args[1:], **named)
        if operation == "name":
            try:
                return self.namespace[args[0]]
            except KeyError:
                raise NameError(f"name {args[0]!r} is not defined") from None
        function = self._operations.get(operation)
        if function is not None:
            return function(*args)
        return requests.REQUESTS[operation](self, *args)

    def _reply(self, number: int, status: str, value: Any) -> None:
        try:
            self._send_reply(number, status, value)
        except (CodecError, RecursionError, MemoryError) as error:
            self.objects.message_failed()
            text = str(error) or type(error).__name__
            self._link.send([number, "u", f"what the notebook gave can't be passed: {text}"[:500], None])

    def _send_reply(self, number: int, status: str, value: Any) -> None:
        out = Outgoing(self._mirrors, self.objects.make)
        tree = value if status == "u" else out.tree(value)
        del value
        extras = self._extras(out)
        self._link.send([number, status, tree, extras], out.blob)
        self.objects.message_sent()

    def _extras(self, out: Outgoing) -> dict[str, Any] | None:
        out.add_changes()
        extras = out.extras
        changed, gone = self._names.changes()
        if changed:
            extras["n"] = changed
        if gone:
            extras["g"] = gone
        printed = self._printed.take()
        if printed:
            extras["o"] = printed
        if "r" in self._about:
            states = self._randomness.changes()
            if states != (None, None):
                extras["s"] = out.tree(states)
        if "f" in self._about:
            files = self._folder.changes()
            if files:
                extras["w"] = out.tree(files)
        let_go = self.reverse.take_gone()
        if let_go:
            extras["f"] = let_go
        return out.finish()

    def _take_extras(self, extras: dict[str, Any], incoming: Incoming) -> None:
        if "r" in extras:
            self.objects.release(extras["r"])
        if "m" in extras:
            incoming.apply_changes(extras["m"])
        if "k" in extras:
            self._mirrors.forget(extras["k"])
        if "v" in extras:
            for name, tree in extras["v"]:
                self.namespace[name] = incoming.read(tree)
        for name in extras.get("d", ()):
            self.namespace.pop(name, None)
        if "v" in extras or "d" in extras:
            self._names.note()
        if "a" in extras:
            self._about = extras["a"]
            self._randomness = Randomness()
        if "s" in extras:
            self._randomness.apply(incoming.read(extras["s"]))
        if "w" in extras:
            self._folder.apply(incoming.read(extras["w"]))
        if "p" in extras:
            self._replaced.replace([(where, name, incoming.read(tree)) for where, name, tree in extras["p"]])

    def _read(self, tag: str, payload: list[Any], incoming: Incoming) -> Any:
        if tag == "h":
            return self.objects.find(*payload)
        if tag == "m":
            return self._mirrors.find(*payload)
        return read_given(tag, payload, incoming, self)

    def _call_back(self, function: int, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """Call a function of the test."""
        self._calls += 1
        call, request = self._calls, self._current
        out = Outgoing(self._mirrors, self.objects.make)
        try:
            trees = [out.tree(arg) for arg in args]
            keywords = {name: out.tree(arg) for name, arg in named.items()}
            extras = self._extras(out)
        except CodecError:
            self.objects.message_failed()
            raise
        self._link.send(["cb", call, request, function, trees, keywords, extras], out.blob)
        self.objects.message_sent()
        while True:
            tree, blob, _ = self._link.receive()
            if tree[0] != "cbr":
                self._answer(tree, blob)
            elif tree[1] == call:
                return self._result_of_call(tree, blob)

    def _result_of_call(self, tree: Tree, blob: memoryview) -> Any:
        _, _, status, value, extras = tree
        incoming = Incoming(blob, self._mirrors, self._read, local=True)
        if extras:
            self._take_extras(extras, incoming)
        result = incoming.read(value)
        if status == "x":
            raise result
        return result

    # --- Snapshots ----------------------------------------------------------------------------------------------------
    def _snapshot(self, operands: list[Any], descriptors: list[int]) -> None:
        """Fork; the child serves the link that came along until it closes."""
        serial = operands[0]
        if os.fork():
            for descriptor in descriptors:
                os.close(descriptor)
            return
        try:
            self._link.connection.close()
            for private in self._private:
                private.close()
            self._link = Link(socket.socket(fileno=descriptors[0]), self._interrupts)
            self.objects.begin_series(serial)
            while True:
                with contextlib.suppress(KeyboardInterrupt):
                    if not self.serve_one():
                        break
        finally:
            os._exit(0)
