"""The life of the process that runs one submission: receive a cell, run it, answer, until the other side hangs up.

Without a link it runs test cells, too (the `shared` engine). With one it serves the test process at the other end.
"""

from __future__ import annotations

import contextlib
import os
import random
import select
import socket
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from grader.sandbox.inside import frames
from grader.sandbox.inside.figures import drop_figures, plain_text_only
from grader.sandbox.inside.output import Collector, Descriptors, Stream, plain, without_colours
from grader.sandbox.inside.pristine import Pristine
from grader.sandbox.inside.separate.student import StudentServer
from grader.sandbox.inside.shell import Shell, connect, error_output, safe_text
from grader.sandbox.inside.testcells import TestRunner

REQUEST_LIMIT = 64 << 20


class NotebookProcess:
    """Runs cells in one shell. Made in a fresh fork, already confined, with the working folder as its own."""

    def __init__(
        self,
        shell: Shell,
        pristine: Pristine,
        channel: socket.socket,
        links: Sequence[socket.socket],
        *,
        budget: int,
        seed: int,
        folder: str,
    ) -> None:
        self._shell = shell
        self._channel = channel
        self._collector = Collector(budget)
        self._descriptors = Descriptors(folder)
        sys.stdout = Stream("stdout", self._collector, 1)
        sys.stderr = Stream("stderr", self._collector, 2)
        connect(shell, self._collector)
        self._namespace: dict[str, Any] = shell.user_ns
        _seed(seed)
        self._tests = None if links else TestRunner(self._namespace, pristine)
        self._objects = [StudentServer(self._namespace, link, private=[channel]) for link in links]
        self._pending_hooks = False
        self._expecting = False

    def serve(self) -> None:
        """Answer requests until the channel closes."""
        waited: list[Any] = [self._channel, *self._objects]
        while True:
            try:
                readable: list[Any] = select.select(waited, [], [])[0] if self._objects else [self._channel]
                if self._channel in readable:
                    self._answer(frames.receive(self._channel, limit=REQUEST_LIMIT))
                elif not readable[0].serve_one():
                    waited.remove(readable[0])
            except frames.Closed:
                return
            except KeyboardInterrupt:
                continue

    def _answer(self, request: dict[str, Any]) -> None:
        self._run_pending_hooks()
        if self._tests is not None and not self._expecting and "meanings" in request:
            self._expecting = True  # from the first request, which comes before any student code
            self._tests.expect(**request["meanings"])
        runs = {"test": self._run_test, "cell": self._run_cell, "ping": _pong}
        try:
            with contextlib.nullcontext() if request["show"] else plain_text_only(self._shell):
                verdict = runs[request["kind"]](request)
        except KeyboardInterrupt:
            verdict = {"status": "interrupted"}
        self._descriptors.drain(self._collector)
        verdict["stderr"] = self._collector.wrote_to_stderr
        outputs = plain(self._collector.take())
        # What a hidden test said is for instructors.
        wanted = request["show"] or request["kind"] == "test"
        reply = {"nonce": request["nonce"], **verdict, "outputs": outputs if wanted else []}
        frames.send(self._channel, reply)

    def _run_cell(self, request: dict[str, Any]) -> dict[str, Any]:
        result = self._shell.run_cell(request["source"], store_history=True)
        error = result.error_before_exec or result.error_in_exec
        if error is None:
            return {"status": "passed"}
        return {"status": "interrupted" if type(error) is KeyboardInterrupt else "error", "message": _message(error)}

    def _run_test(self, request: dict[str, Any]) -> dict[str, Any]:
        if self._tests is None:
            raise ValueError("tests run in another process")
        self._pending_hooks = True
        shown: list[BaseException] = []
        verdict = self._tests.run(request["source"], request["name"], frozenset(request["classes"]), shown.append)
        if request["quiet"]:
            verdict.pop("credit", None)
        if shown:
            verdict["message"] = _message(shown[0])
            self._show(shown[0], request)
        return verdict

    def _show(self, error: BaseException, request: dict[str, Any]) -> None:
        """Add the traceback of a test, as the notebook would show it."""
        import linecache  # noqa: PLC0415

        text = request["source"]
        linecache.cache[request["name"]] = (len(text), None, text.splitlines(keepends=True), request["name"])
        try:
            trace = BaseException.__getattribute__(error, "__traceback__")
            while trace is not None and trace.tb_frame.f_code.co_filename != request["name"]:
                trace = trace.tb_next
            lines = self._shell.InteractiveTB.structured_traceback(type(error), error, trace, tb_offset=0)
            lines = [without_colours(line) for line in lines]
        except BaseException:  # noqa: BLE001  (a lying exception class must not end the run)
            lines = [_message(error)]
        self._collector.add(error_output(type(error), error, lines))

    def _run_pending_hooks(self) -> None:
        """Do what is done after any cell, once a test's verdict is out of reach. Its figures are closed, not drawn."""
        drop_figures()
        if self._pending_hooks:
            self._pending_hooks = False
            with contextlib.suppress(BaseException):
                self._shell.events.trigger("post_execute")
            self._collector.take()


def _message(error: BaseException) -> str:
    name = type.__getattribute__(type(error), "__name__")
    text = safe_text(error, 500)
    return f"{name}: {text}" if text else str(name)


def _seed(seed: int) -> None:
    random.seed(seed)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(seed % 2**32)


def _pong(_: dict[str, Any]) -> dict[str, Any]:
    return {"status": "passed"}


def enter(
    shell: Shell,
    pristine: Pristine,
    channel: socket.socket,
    *,
    links: Sequence[socket.socket],
    job: dict[str, Any],
    folder: str,
) -> NoReturn:
    """Serve one submission and end the process, whatever happens."""
    status = 1
    try:
        os.chdir(folder)
        sys.path.insert(0, "")
        for place in job.get("helpers", []):
            sys.path.insert(0, place)
        budget = job["output_kb"] << 10
        process = NotebookProcess(shell, pristine, channel, links, budget=budget, seed=job["seed"], folder=folder)
        frames.send(channel, {"ready": True})
        process.serve()
        status = 0
    finally:
        os._exit(status)
