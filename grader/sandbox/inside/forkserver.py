"""The fork server: started once inside bubblewrap, it preloads the libraries and forks a confined process per run.

It is single-threaded, holds no secret, and talks over one socket (JSON datagrams, descriptors attached):

    {"op": "start", "job": 3, "role": ..., "limits": {...}, ...} + the run's channel (and its link to another run)
    {"op": "interrupt", "job": 3}   {"op": "kill", "job": 3}
    ->  {"job": 3, "event": "refused", "reason": ...}   {"job": 3, "event": "exited", "status": ..., "over": ...}

The child closes every descriptor but its own, so it can reach neither this socket nor another run. It tells on its
channel that it is confined and ready, or why it isn't; no code but ours has run by then.
"""

from __future__ import annotations

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
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from grader.sandbox.inside import (
    confine,
    figures,
    forking,
    frames,
    kernel_process,
    memory,
    notebook_process,
    test_process,
)
from grader.sandbox.inside.pristine import Pristine
from grader.sandbox.inside.shell import Shell, make_shell

PRELOADED = ("unittest", "unittest.mock", "statistics", "decimal", "fractions", "hashlib", "random", "copy", "inspect")
POLL_SECONDS = 0.05
NICENESS = 10
"""Of runs: whatever one of them starts, this process and the host's get their turn to stop it."""
MESSAGE_LIMIT = 1 << 16
SETUP_LIMIT = 512 << 20


# The test process may share the fork server's network namespace: nothing is in it, and nobody else's code runs there.
_NAMESPACES = {
    "notebook": ("mount", "uts", "ipc", "pid", "net"),
    "kernel": ("mount", "uts", "ipc", "pid", "net"),
    "test": ("mount", "uts", "ipc", "pid"),
}


class _Run:
    """One confined process and what it may use."""

    def __init__(self, job: dict[str, Any], pid: int, folder: Path | None) -> None:
        limits = job["limits"]
        self.job: int = job["job"]
        self.role: str = job["role"]
        self.pid = pid
        self.memory_mb: int = limits["memory_mb"]
        self.processes: int = limits["processes"]
        self.folder = folder
        self.over: str | None = None
        self.ended = os.pidfd_open(pid)


class ForkServer:
    """Serves one control socket until it closes."""

    def __init__(self, control: socket.socket, *, contained: bool, preload: Sequence[str]) -> None:
        self._control = control
        self._contained = contained
        self._runs: dict[int, _Run] = {}
        self._looked_at = time.monotonic()
        self._shell: Shell = make_shell()
        self._uid = os.getuid()
        for name in (*PRELOADED, *preload):
            with contextlib.suppress(Exception):  # a course's module that can't be imported fails where it is used
                importlib.import_module(name)
        figures.prepare_figures(self._shell)
        self._pristine = Pristine()
        self._pristine.forget_ours()
        gc.collect()
        gc.freeze()
        forking.use_huge_pages()

    def serve(self) -> None:
        """Handle messages and watch the runs."""
        self._tell({"event": "ready"})
        while True:
            waited: list[Any] = [self._control, *(run.ended for run in self._runs.values())]
            readable, _, _ = select.select(waited, [], [], POLL_SECONDS if self._runs else None)
            if self._control in readable and not self._handle_message():
                break
            self._watch_memory()
            self._reap()
        for run in self._runs.values():
            self._kill(run)

    def _handle_message(self) -> bool:
        message, descriptors, _, _ = socket.recv_fds(self._control, MESSAGE_LIMIT, 2)
        if not message:
            return False
        request = json.loads(message)
        run = self._runs.get(request["job"])
        if request["op"] == "start":
            self._start(request, descriptors)
        elif run is not None and request["op"] == "interrupt":
            self._interrupt(run)
        elif run is not None:
            self._kill(run)
        return True

    def _interrupt(self, run: _Run) -> None:
        """Press the stop button of all of a run's processes: which of them is busy isn't known out here.

        A kernel is interrupted by the process that started it, in the way that its kernelspec asks for.
        """
        for pid in [run.pid] if run.role == "kernel" else memory.members(run.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT)

    def _kill(self, run: _Run) -> None:
        with contextlib.suppress(ProcessLookupError):
            if self._contained:
                os.kill(run.pid, signal.SIGKILL)
            else:
                for pid in memory.members(run.pid):  # a kernel has a session of its own
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                os.killpg(run.pid, signal.SIGKILL)

    def _watch_memory(self) -> None:
        now = time.monotonic()
        if now - self._looked_at < POLL_SECONDS:
            return
        self._looked_at = now
        for run in self._runs.values():
            if run.over is None:
                run.over = memory.exceeded(
                    run.pid, memory_mb=run.memory_mb, processes=run.processes, give_up=self._is_asked
                )
                if run.over is not None:
                    self._kill(run)

    def _is_asked(self) -> bool:
        """Whether a message waits: it may be the one that ends what takes so long to look at."""
        return bool(select.select([self._control], [], [], 0)[0])

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
        os.close(run.ended)
        if not self._contained:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(run.pid, signal.SIGKILL)
        if run.folder is not None:
            shutil.rmtree(run.folder, ignore_errors=True)

    def _tell(self, message: dict[str, Any]) -> None:
        self._control.send(json.dumps(message).encode())

    def _start(self, job: dict[str, Any], descriptors: list[int]) -> None:
        folder = None if self._contained else Path(tempfile.mkdtemp(prefix="grading-"))
        namespaces = _NAMESPACES[job["role"]] if self._contained else ()
        if job["role"] == "kernel":
            self._pristine.recall_ours()
            kernel_process.preload()
            self._pristine.forget_ours()
        try:
            pid = forking.fork_into(*namespaces)
        except OSError as error:
            self._tell({"job": job["job"], "event": "refused", "reason": str(error)})
        else:
            if pid == 0:
                self._in_child(job, descriptors, folder)
            self._runs[job["job"]] = _Run(job, pid, folder)
            self._looked_at = time.monotonic()  # it had no time to use much yet, and another may be about to start
        finally:
            for descriptor in descriptors:
                os.close(descriptor)

    def _in_child(self, job: dict[str, Any], descriptors: list[int], folder: Path | None) -> NoReturn:
        """Shut this process in, say so, and become what it was forked for."""
        try:
            _keep_only(set(descriptors))
            channel, *links = [socket.socket(fileno=descriptor) for descriptor in descriptors]
            setup = frames.receive(channel, limit=SETUP_LIMIT)
            files = {name: frames.exactly(channel, size) for name, size in setup["files"]}
            try:
                work = self._confine(job, files, folder)
            except Exception as error:  # noqa: BLE001  (told to the host, which then refuses to grade)
                frames.send(channel, {"refused": f"{type(error).__name__}: {error}"})
                os._exit(1)
            if job["role"] == "kernel":
                self._pristine.recall_ours()
                kernel_process.enter(channel, job, work)
            elif job["role"] == "test":
                test_process.enter(channel, links[0], setup, work)
            else:
                notebook_process.enter(self._shell, self._pristine, channel, links=links, job=job, folder=work)
        finally:
            os._exit(1)

    def _confine(self, job: dict[str, Any], files: dict[str, bytes], folder: Path | None) -> str:
        limits = job["limits"]
        uid = job["uid"] if self._uid == 0 else self._uid
        if folder is not None:
            os.setsid()
            confine.write_files(folder, files, None)
            work, home = str(folder), str(folder)
        else:
            if job["role"] != "test":
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
        os.nice(NICENESS)
        confine.limit_resources(
            **{key: limits[key] for key in ("memory_mb", "disk_mb", "processes", "cpu_seconds")},
            any_program=job["role"] == "kernel",
        )
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
    """Serve the control socket that is our standard input; arguments: mode, modules to import."""
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
    ForkServer(control, contained=contained, preload=sys.argv[2:]).serve()
