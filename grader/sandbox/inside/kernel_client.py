"""Runs cells in a Jupyter kernel with nbclient, and judges what comes back.

All that a kernel says may be said by the learner's code, which runs in it and can send any message that the kernel can.
So a test passes only if nothing speaks against it: the reply is "ok", no error was shown, the test told that it came to
its end, nothing more came after it was over, and code that must fail failed right before. What makes no sense ends the
run.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from queue import Empty
from typing import Any

import zmq
import zmq.asyncio
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionComplete, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from grader.sandbox.inside import frames
from grader.sandbox.inside.kernel_messages import (
    asks_to_exit,
    credit_of,
    error_of,
    failure,
    is_idle,
    parent_of,
    status_of,
    verdict_of,
)
from grader.sandbox.inside.output import Collector, kept, plain

REQUEST_LIMIT = 64 << 20
MESSAGE_LIMIT = 64 << 20
START_SECONDS = 60.0
LOOK_SECONDS = 0.25
"""How often a silent kernel is looked after: does it live?"""
VERDICT_TYPE = "application/x-nbquest-verdict"
_INSTALL = """
def install():
    import sys
    sys.path.insert(0, {place!r})
    try:
        from grader.sandbox.inside import kernel_tests
    finally:
        sys.path.remove({place!r})
    kernel_tests.install(get_ipython(), seed={seed!r}, helpers={helpers!r}, **{more!r})
install()
del install
"""
_RUN_TEST = '__import__("IPython").get_ipython().nbquest_tests.run({request!r})'


class KernelDied(Exception):
    """The kernel is gone, or talks nonsense."""


class Cells(NotebookClient):
    """Executes cells as nbclient does, but keeps what they show in a capped collector, while it arrives."""

    def begin(self, collector: Collector, end: str | None) -> None:
        """Forget the last cell. `end` is the word that the next one tells at its end."""
        self.collector = collector
        self.end = end
        self.ended = False
        self.verdict: dict[str, Any] | None = None
        self.errors: list[dict[str, Any]] = []
        self.results: list[str] = []
        self.reply: dict[str, Any] | None = None
        self._tail = ""

    def note_reply(self, cell: Any, cell_index: int, execute_reply: dict[str, Any]) -> None:
        """Keep the reply; nbclient's hook."""
        self.reply = execute_reply

    def process_message(self, msg: dict[str, Any], cell: Any, cell_index: int) -> None:
        """Handle one message about the cell that runs. Raises CellExecutionComplete at its end."""
        kind, content = msg["msg_type"], msg["content"]
        if kind == "status":
            if content["execution_state"] == "idle":
                raise CellExecutionComplete
        elif kind == "stream":
            self._print(str(content["name"]), content["text"])
        elif kind == "error":
            self.errors.append(error_of(content))
            self.collector.add(self.errors[-1])
        elif kind in ("display_data", "execute_result"):
            self._display(kind, content)
        elif kind == "clear_output":
            self.collector.clear()

    def _print(self, name: str, text: str) -> None:
        if self.end is not None and not self.ended:
            self._tail = self._tail[-len(self.end) :] + text
            self.ended = self.end in self._tail
        self.collector.write(name, text)

    def _display(self, kind: str, content: dict[str, Any]) -> None:
        data = content["data"]
        if VERDICT_TYPE in data:
            if self.end is not None and self.verdict is None:
                self.verdict = verdict_of(data[VERDICT_TYPE], self.end)
            return
        output: dict[str, Any] = {"output_type": kind, "data": kept(data), "metadata": {}}
        if kind == "execute_result":
            self.results.append(str(data.get("text/plain", "")))
            output["execution_count"] = None
        self.collector.add(output)


class KernelRun:
    """One kernel and the cells that are run in it."""

    def __init__(self, kernels: list[str], job: dict[str, Any]) -> None:
        self._specs = KernelSpecManager(kernel_dirs=kernels, ensure_native_kernel=False)
        self._job = job
        self._collector = Collector(job["output_kb"] << 10)
        self._interrupted = False
        # Which checks mean something in this kernel: found out at its start, before any code of the learner's.
        self._canary: str | None = None
        self._ends: str | None = None
        self._has_runner = False

    async def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return the verdict on `request`. Raises KernelDied, and anything else where a message makes no sense."""
        self._interrupted = False
        run = {"start": self._start, "cell": self._run_cell, "test": self._run_test}[request["kind"]]
        return await run(request)

    def interrupt(self) -> None:
        """Press the stop button."""
        if not self._interrupted:
            self._interrupted = True
            self._interrupting = asyncio.ensure_future(self._kernel.interrupt_kernel())

    async def _start(self, request: dict[str, Any]) -> dict[str, Any]:
        names: dict[str, str] = self._specs.find_kernel_specs()
        name = next((name for name in request["kernels"] if name in names), None)
        if name is None:
            return {"status": "error", "installed": sorted(names)}
        # TCP is what every kernel speaks; where there is no loopback, sockets in our own folder will do for most.
        where: dict[str, Any] = {"transport": "tcp", "ip": "127.0.0.1"} if _has_loopback() else {"transport": "ipc"}
        self._kernel = AsyncKernelManager(kernel_name=name, kernel_spec_manager=self._specs, **where)
        await self._kernel.start_kernel(
            # A kernel whose parent has the number 1 might think that it was left alone, and go.
            independent=os.getpid() == 1,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._client = self._kernel.client(context=_context())
        self._client.start_channels(stdin=False, hb=False)
        await asyncio.wait_for(self._wait_until_ready(), START_SECONDS)
        notebook: Any = NotebookNode(cells=[NotebookNode()], metadata=NotebookNode())
        self._cells = Cells(
            notebook, km=self._kernel, allow_errors=True, raise_on_iopub_timeout=True, record_timing=False
        )
        self._cells.on_cell_executed = self._cells.note_reply
        self._cells.kc = self._client
        await self._prepare(request)
        return {"status": "passed"}

    async def _wait_until_ready(self) -> None:
        """Return when both channels work: a subscription may come after the first messages."""
        while True:
            asked = self._client.kernel_info()
            await self._reply(asked)
            with contextlib.suppress(Empty):
                while not is_idle(await self._client.iopub_channel.get_msg(timeout=0.2), asked):
                    pass
                return

    async def _prepare(self, request: dict[str, Any]) -> None:
        """Run what comes before the first cell, and find out which of our checks work."""
        if request["python"]:
            install = _INSTALL.format(
                place=str(Path(__file__).parents[3]),
                seed=self._job["seed"],
                helpers=self._job.get("helpers", []),
                more={"preload": request["preload"], "meanings": request["meanings"]},
            )
            self._has_runner = await self._silently(install) == "ok"
        canary, ends = request["fails"], request["ends"]
        if canary and not self._has_runner and await self._silently(canary) == "error":
            self._canary = canary
        if ends:
            await self._execute(ends.replace("{end}", request["nonce"]), request["nonce"])
            self._ends = ends if self._cells.ended and status_of(self._cells.reply) == "ok" else None
            self._collector.take()

    async def _run_cell(self, request: dict[str, Any]) -> dict[str, Any]:
        await self._execute(request["source"], None)
        outcome = self._outcome()
        if outcome["status"] == "failed":  # only tests fail
            outcome["status"] = "error"
        return outcome | self._shown(request)

    async def _run_test(self, request: dict[str, Any]) -> dict[str, Any]:
        if self._canary is not None and await self._silently(self._canary) != "error" and not self._interrupted:
            return {"status": "error", "canary": "what must fail did not"}
        clean = await self._execute(self._test_source(request), request["end"])
        verdict = self._outcome()
        if verdict["status"] == "passed":
            verdict = self._judge(request) if clean else {"status": "error", "canary": "messages after the end"}
        if "error" in verdict:
            self._collector.add(verdict.pop("error"))
        return verdict | self._shown(request)

    def _test_source(self, request: dict[str, Any]) -> str:
        if self._has_runner:
            return _RUN_TEST.format(request=json.dumps({**request["test"], "end": request["end"]}))
        source = str(request["source"])
        return source if self._ends is None else f"{source.rstrip()}\n{self._ends.replace('{end}', request['end'])}"

    def _judge(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return the verdict on a test against which no message of the kernel speaks."""
        if self._has_runner:
            return self._cells.verdict or {"status": "error", "canary": "no verdict"}
        if self._ends is not None and not self._cells.ended:
            return {"status": "error", "message": "The test did not come to its end."}
        return {"status": "passed", "credit": credit_of(self._cells.results, strict=request["test"] is not None)}

    async def _execute(self, source: str, end: str | None) -> bool:
        """Run `source`; return whether all was over when it seemed to be."""
        self._cells.begin(self._collector, end)
        cell = NotebookNode(cell_type="code", metadata=NotebookNode(tags=[]), source=source, outputs=[])
        try:
            await self._cells.async_execute_cell(cell, 0)
        except CellTimeoutError:
            return False  # a reply, but no end to its messages
        except DeadKernelError as error:
            raise KernelDied from error
        return self._cells.reply is None or await self._is_over(self._cells.reply)

    async def _is_over(self, reply: dict[str, Any]) -> bool:
        """Return whether nothing more comes of an answered request: the kernel takes one after the other."""
        if asks_to_exit(reply):
            raise KernelDied
        about, over = parent_of(reply), True
        asked = self._client.kernel_info()
        while parent_of(message := await self._next(self._client.shell_channel)) != asked:
            over = over and parent_of(message) != about
        until = time.monotonic() + 2
        while not is_idle(message := await self._next(self._client.iopub_channel, until), asked):
            if parent_of(message) == about:
                if message["msg_type"] == "stream":
                    self._cells.process_message(message, None, 0)
                over = over and message["msg_type"] not in ("status", "error", "execute_result")
        return over

    async def _silently(self, source: str) -> str:
        """Run `source` and return how it ended; its outputs pass unseen."""
        reply = await self._reply(self._client.execute(source, silent=True, store_history=False, allow_stdin=False))
        return status_of(reply)

    async def _reply(self, asked: str) -> dict[str, Any]:
        while parent_of(message := await self._next(self._client.shell_channel)) != asked:
            pass
        return message

    async def _next(self, channel: Any, until: float = math.inf) -> dict[str, Any]:
        while True:
            try:
                message: dict[str, Any] = await channel.get_msg(timeout=LOOK_SECONDS)
                return message
            except Empty:
                if not await self._kernel.is_alive() or time.monotonic() > until:
                    raise KernelDied from None

    def _outcome(self) -> dict[str, Any]:
        """Return what the kernel's own messages say of the cell."""
        if self._interrupted:
            return {"status": "interrupted"}
        if self._cells.errors:
            return failure(self._cells.errors[-1])
        reply = self._cells.reply
        return {"status": "passed"} if status_of(reply) == "ok" else failure(error_of((reply or {})["content"]))

    def _shown(self, request: dict[str, Any]) -> dict[str, Any]:
        stderr = self._collector.wrote_to_stderr
        outputs = plain(self._collector.take())
        for output in outputs:
            if self._cells.end is not None and "text" in output:
                output["text"] = output["text"].replace(f"{self._cells.end}\n", "").replace(self._cells.end, "")
        # What a hidden test said is for instructors.
        wanted = request["show"] or request["kind"] == "test"
        return {"stderr": stderr, "outputs": outputs if wanted else []}

    async def stop(self) -> None:
        """End the kernel."""
        await self._kernel.shutdown_kernel(now=True)
        self._client.stop_channels()
        self._client.context.destroy(linger=0)

    def reap(self) -> None:
        """Take leave of orphans, which come to the first process of a pid namespace."""
        while True:
            try:
                found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if found is None or found.si_pid == self._kernel.provisioner.pid:
                return
            os.waitpid(found.si_pid, 0)


def _has_loopback() -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", 0))
            probe.listen()
            with socket.create_connection(probe.getsockname(), 1):
                return True
        except OSError:
            return False


def _context() -> zmq.asyncio.Context:
    """Return a context whose sockets lose no message because we are slow, and take none that is enormous."""
    context = zmq.asyncio.Context()
    context.setsockopt(zmq.RCVHWM, 0)
    context.setsockopt(zmq.MAXMSGSIZE, MESSAGE_LIMIT)
    return context


async def _serve(channel: socket.socket, run: KernelRun) -> None:
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, run.interrupt)
    while True:
        try:
            request = frames.receive(channel, limit=REQUEST_LIMIT)
        except frames.Closed:
            return
        verdict = await run.answer(request)
        frames.send(channel, {"nonce": request["nonce"], **verdict})
        run.reap()


def serve(channel: socket.socket, *, kernels: list[str], job: dict[str, Any]) -> None:
    """Answer requests until the channel closes. The first one names the kernel, which lies in one of the `kernels`."""
    asyncio.run(_serve(channel, KernelRun(kernels, job)))
