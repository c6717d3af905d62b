"""The fork server: started once inside bubblewrap, it preloads the libraries and forks a confined process per run.

It is single-threaded, holds no secret, and talks over one socket (JSON datagrams, descriptors attached):

    {"op": "start", "job": 3, "limits": {...}, ...} + the run's channel   ->  {"job": 3, "event": "started"|"refused"}
    {"op": "interrupt", "job": 3}   {"op": "kill", "job": 3}               ->  {"job": 3, "event": "exited", ...}

The child closes every descriptor but its own channel, so it can reach neither this socket nor another run.
"""

from __future__ import annotations

import base64
import contextlib
import gc
import importlib
import json
import os
import select
import shutil
import signal
import socket
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from grader.sandbox.inside import confine, frames, memory, notebook_process
from grader.sandbox.inside.shell import Shell, make_shell

PRELOADED = (
    "numpy", "numpy.testing", "pandas", "pandas.testing", "matplotlib.pyplot", "unittest", "unittest.mock",
    "statistics", "decimal", "fractions", "hashlib", "random", "copy", "inspect",
)  # fmt: skip
POLL_SECONDS = 0.05
MESSAGE_LIMIT = 1 << 16
SETUP_LIMIT = 512 << 20


class _Run:
    """One confined process and what it may use."""

    def __init__(self, job: int, pid: int, memory_mb: int, processes: int, folder: Path | None) -> None:
        self.job = job
        self.pid = pid
        self.memory_mb = memory_mb
        self.processes = processes
        self.folder = folder
        self.over: str | None = None


class ForkServer:
    """Serves one control socket until it closes."""

    def __init__(self, control: socket.socket, *, contained: bool) -> None:
        self._control = control
        self._contained = contained
        self._runs: dict[int, _Run] = {}
        self._shell: Shell = make_shell()
        self._uid = os.getuid()
        for name in PRELOADED:
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
        gc.collect()
        gc.freeze()

    def serve(self) -> None:
        """Handle messages and watch the runs."""
        self._tell({"event": "ready"})
        while True:
            readable, _, _ = select.select([self._control], [], [], POLL_SECONDS if self._runs else None)
            if readable and not self._handle_message():
                break
            self._watch_memory()
            self._reap()
        for run in self._runs.values():
            self._signal(run, signal.SIGKILL)

    def _handle_message(self) -> bool:
        message, descriptors, _, _ = socket.recv_fds(self._control, MESSAGE_LIMIT, 2)
        if not message:
            return False
        request = json.loads(message)
        run = self._runs.get(request["job"])
        if request["op"] == "start":
            self._start(request, descriptors[0])
        elif run is not None:
            self._signal(run, signal.SIGINT if request["op"] == "interrupt" else signal.SIGKILL)
            if request["op"] == "kill":
                self._wait_for(run)
        return True

    def _wait_for(self, run: _Run) -> None:
        deadline = time.monotonic() + 5
        while run.job in self._runs and time.monotonic() < deadline:
            self._reap()
            if run.job in self._runs:
                time.sleep(0.001)

    def _signal(self, run: _Run, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            if self._contained:
                os.kill(run.pid, number)
            elif number == signal.SIGKILL:
                os.killpg(run.pid, number)
            else:
                os.kill(run.pid, number)

    def _watch_memory(self) -> None:
        for run in self._runs.values():
            if run.over is None:
                run.over = memory.exceeded(run.pid, memory_mb=run.memory_mb, processes=run.processes)
                if run.over is not None:
                    self._signal(run, signal.SIGKILL)

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            for run in [run for run in self._runs.values() if run.pid == pid]:
                del self._runs[run.job]
                self._clean(run)
                self._tell({"job": run.job, "event": "exited", "status": status, "over": run.over})

    def _clean(self, run: _Run) -> None:
        if not self._contained:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(run.pid, signal.SIGKILL)
        if run.folder is not None:
            shutil.rmtree(run.folder, ignore_errors=True)

    def _tell(self, message: dict[str, Any]) -> None:
        self._control.send(json.dumps(message).encode())

    def _start(self, job: dict[str, Any], channel: int) -> None:
        read_end, write_end = os.pipe()
        folder = None if self._contained else Path(tempfile.mkdtemp(prefix="grading-"))
        middle = os.fork()
        if middle == 0:
            self._in_child(job, channel, write_end, folder)
        os.close(write_end)
        os.close(channel)
        answer = b""
        while part := os.read(read_end, 4096):
            answer += part
        os.close(read_end)
        os.waitpid(middle, 0)
        try:
            pid = int(answer)
        except ValueError:
            self._tell({"job": job["job"], "event": "refused", "reason": answer.decode("utf-8", "replace")[:500]})
            return
        limits = job["limits"]
        run = _Run(job["job"], pid, limits["memory_mb"], limits["processes"], folder)
        self._runs[run.job] = run
        self._tell({"job": run.job, "event": "started"})

    def _in_child(self, job: dict[str, Any], channel: int, tell: int, folder: Path | None) -> None:
        """Make the namespaces, fork into them, and tell the server the pid of the process inside."""
        try:
            if self._contained:
                confine.unshare("mount", "uts", "ipc", "pid", "net")
            ready_read, ready_write = os.pipe()
            inner = os.fork()
            if inner == 0:
                os.close(ready_read)
                self._in_grandchild(job, channel, ready_write, folder)
            os.close(ready_write)
            problem = os.read(ready_read, 4096)
            os.write(tell, problem or str(inner).encode())
        except BaseException as error:  # noqa: BLE001  (the edge of a process: told to the server, then ended)
            os.write(tell, f"error: {error}".encode())
        finally:
            os._exit(0)

    def _in_grandchild(self, job: dict[str, Any], channel: int, ready: int, folder: Path | None) -> None:
        try:
            _keep_only({channel, ready})
            connection = socket.socket(fileno=channel)
            setup = frames.receive(connection, limit=SETUP_LIMIT)
            work = self._confine(job, setup["files"], folder)
        except BaseException as error:  # noqa: BLE001  (the edge of a process: told to the server, then ended)
            os.write(ready, f"error: {error}".encode())
            os._exit(1)
        os.close(ready)
        notebook_process.enter(self._shell, connection, job, work)

    def _confine(self, job: dict[str, Any], encoded: dict[str, str], folder: Path | None) -> str:
        limits = job["limits"]
        uid = job["uid"] if self._uid == 0 else self._uid
        files = {name: base64.b64decode(body) for name, body in encoded.items()}
        if folder is not None:
            os.setsid()
            confine.write_files(folder, files, None)
            work, home = str(folder), str(folder)
        else:
            confine.raise_loopback()
            confine.furnish(uid, limits["disk_mb"])
            confine.write_files(confine.WORK, files, uid)
            helpers = {name: body for name, body in files.items() if name.endswith(".py")}
            if helpers:
                confine.store_helpers(helpers)
                job["helpers"] = [str(confine.HELPERS)]
            work, home = str(confine.WORK), str(confine.HOME)
        os.environ["HOME"] = home
        os.environ["TMPDIR"] = work if folder is not None else "/tmp"  # noqa: S108
        confine.limit_resources(**{key: limits[key] for key in ("memory_mb", "disk_mb", "processes", "cpu_seconds")})
        if self._contained:
            confine.drop_rights(uid)
        else:
            confine.restrict()
        return work


def _keep_only(wanted: set[int]) -> None:
    edges = sorted({*wanted, 0, 1, 2})
    for first, second in zip(edges, [*edges[1:], 65536], strict=True):
        os.closerange(first + 1, second)


def main() -> None:
    """Serve the control socket that is our standard input."""
    control = socket.socket(fileno=os.dup(0))
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1):
        os.dup2(null, number)
    os.close(null)
    contained = sys.argv[1] == "contained"
    confine.become_subreaper()
    confine.hide_memory()
    if contained:
        confine.unshare("net")
    signal.signal(signal.SIGINT, signal.default_int_handler)
    ForkServer(control, contained=contained).serve()
