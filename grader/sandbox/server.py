"""The outer side of the sandbox: starts the fork server inside bubblewrap, and hands out runs.

Fails closed: where the fork server can't be contained, `SandboxUnavailable` says why and nothing is run.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import secrets
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Literal

import grader
from grader.errors import SandboxFailed, SandboxUnavailable
from grader.options import GraderOptions, Limits
from grader.sandbox import bubblewrap
from grader.sandbox.inside import frames

Role = Literal["notebook", "test", "kernel"]
START_SECONDS = 60.0
READY_SECONDS = 30.0
END_SECONDS = 10.0
REPLY_LIMIT = 24 << 20
REPLIES_LIMIT = 128 << 20
"""In all of one run; the run's own cap on outputs is far below that, but student code can lift it."""
_PACKAGE = Path(grader.__file__).parent
_INSIDE = "/opt/nbquest"
_FIRST_ACCOUNT = 0x60000000
_LIBRARY_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


@dataclass(kw_only=True)
class Ending:
    """How a run's process ended. `refused` says why it could not be forked at all."""

    status: int | None = None
    over: str | None = None
    refused: str | None = None
    done: threading.Event = field(default_factory=threading.Event)


class Run:
    """One confined process that executes cells on request. Everything that it answers is untrusted."""

    def __init__(self, server: SandboxServer, job: int, channel: socket.socket, ending: Ending) -> None:
        self._server = server
        self._job = job
        self._channel = channel
        self._left = REPLIES_LIMIT
        self.ending = ending

    def ready(self) -> Run:
        """Wait until the process is confined. Raises SandboxUnavailable or SandboxFailed."""
        try:
            answer = self.listen(time.monotonic() + READY_SECONDS)
        except (OSError, frames.FrameError) as error:
            self.ending.done.wait(1)
            self.end()
            if self.ending.refused is not None:
                raise SandboxUnavailable(f"a run could not be confined: {self.ending.refused}") from error
            raise SandboxFailed("a run could not be started: its process ended, or gave no answer") from error
        if "refused" in answer:
            self.end()
            raise SandboxUnavailable(f"a run could not be confined: {answer['refused']}")
        return self

    def ask(self, request: dict[str, Any], deadline: float) -> dict[str, Any]:
        """Send `request`, return the answer. Raises TimeoutError past `deadline`, frames.FrameError when it's gone."""
        try:
            self._channel.settimeout(max(0.01, deadline - time.monotonic()))
            frames.send(self._channel, request)
        except ConnectionError as error:
            raise frames.Closed from error
        return self.listen(deadline)

    def listen(self, deadline: float) -> dict[str, Any]:
        """Return the next answer."""
        body = frames.receive_body(self._channel, limit=min(REPLY_LIMIT, self._left), deadline=deadline)
        self._left -= len(body)
        answer = frames.decode(body)
        if not isinstance(answer, dict):
            raise frames.FrameError("not an answer")
        return answer

    def interrupt(self) -> None:
        """Press the stop button: the cell gets a KeyboardInterrupt."""
        self._server.command("interrupt", self._job)

    def end(self, *, wait: bool = True) -> Ending:
        """Kill whatever is left of the run, and wait until nothing is, or else let the next run wait for that."""
        if not self.ending.done.is_set():
            self._server.command("kill", self._job)
            if wait:
                self.ending.done.wait(END_SECONDS)
            else:
                self._server.leave(self.ending)
        self._channel.close()
        return self.ending


class SandboxServer:
    """Owns the fork server's process. Safe to use from several threads."""

    def __init__(self, options: GraderOptions) -> None:
        self._options = options
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._endings: dict[int, Ending] = {}
        self._leaving: list[Ending] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._errors: IO[bytes] | None = None
        self._alive = False

    def start(self) -> None:
        """Start the fork server unless it runs. Raises SandboxUnavailable."""
        with self._lock:
            if self._alive and self._process is not None and self._process.poll() is None:
                return
            self._launch()

    def _launch(self) -> None:
        if not self._options.insecure:
            problem = bubblewrap.probe(own_network=os.geteuid() != 0)
        else:
            problem = "root never grades without a sandbox; use an ordinary account" if os.geteuid() == 0 else None
        if problem is not None:
            raise SandboxUnavailable(problem)
        self._discard()
        python = self._options.interpreter()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = self._command(python)
        environment = _environment(python) if self._options.insecure else {"PATH": os.defpath}
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  (a pipe would fill up; closed with the server)
        with theirs:
            self._process = subprocess.Popen(
                command,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=self._errors,
                env=environment,
                umask=0o022,  # the account inside has to pass the folders that are made for it
            )
        self._control = ours
        ours.settimeout(START_SECONDS)
        try:
            ready = json.loads(ours.recv(4096) or b"{}").get("event") == "ready"
        except (TimeoutError, ConnectionError):
            ready = False
        if not ready:
            words = self._last_words()
            self._discard()
            raise SandboxUnavailable(f"the fork server didn't start: {words}")
        ours.settimeout(None)
        self._alive = True
        threading.Thread(target=self._hear, args=(ours, self._process), daemon=True, name="sandbox-events").start()

    def _last_words(self) -> str:
        process, errors = self._process, self._errors
        if process is None or errors is None:
            return "no process"
        process.kill()
        process.wait()
        errors.seek(0)
        lines = errors.read(1 << 20).decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else f"exit status {process.returncode}"

    def _discard(self) -> None:
        """Let go of a fork server, dead or alive."""
        if self._control is not None:
            with contextlib.suppress(OSError):
                self._control.shutdown(socket.SHUT_RDWR)
            self._control.close()
            self._control = None
        if self._process is not None:
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        if self._errors is not None:
            self._errors.close()
            self._errors = None

    def _command(self, python: Path) -> list[str]:
        place = str(_PACKAGE.parent) if self._options.insecure else _INSIDE
        mode = "insecure" if self._options.insecure else "contained"
        code = (
            f"import sys; sys.path.insert(0, {place!r}); from grader.sandbox.inside import forkserver; "
            f"sys.path.remove({place!r}); forkserver.main()"
        )
        argv = [str(python), "-I", "-X", "utf8", "-c", code, mode, *self._options.preload]
        if self._options.insecure:
            return argv
        rooms = {"/tmp": 1 << 20, "/sandbox": 1 << 20, "/helpers": 1 << 20}  # noqa: S108  (inside the sandbox)
        spec = bubblewrap.Containment(
            argv=argv,
            uid=1000,
            environment=_environment(python, self._options.folders),
            read_only=self._options.folders or bubblewrap.interpreter_folders(python),
            read_only_binds=[(_PACKAGE, f"{_INSIDE}/grader")],
            tmpfs=rooms,
            host_name="grading",
            keep_root=True,
            own_network=os.geteuid() != 0,
        )
        return bubblewrap.command(spec)

    def _hear(self, control: socket.socket, process: subprocess.Popen[bytes]) -> None:
        """Read what the fork server tells, until it ends."""
        while True:
            try:
                message = control.recv(8192)
            except OSError:
                message = b""
            if not message:
                break
            event = json.loads(message)
            job = event.get("job")
            if job in self._endings:
                ending = self._endings.pop(job)
                ending.status, ending.over = event.get("status"), event.get("over")
                ending.refused = event.get("reason")
                ending.done.set()
        self._alive = False
        for ending in list(self._endings.values()):
            ending.done.set()
        with contextlib.suppress(OSError):
            process.wait(5)

    def command(self, operation: str, job: int) -> None:
        """Send a command about `job`."""
        control = self._control
        if control is not None:
            with self._lock, contextlib.suppress(OSError):
                control.send(json.dumps({"op": operation, "job": job}).encode())

    def leave(self, ending: Ending) -> None:
        """Have the next run begin only after `ending`: a hundred processes that were killed take a while to go."""
        with self._lock:
            self._leaving.append(ending)

    def _see_off(self) -> None:
        with self._lock:
            leaving, self._leaving = self._leaving, []
        for ending in leaving:
            ending.done.wait(END_SECONDS)

    def open_run(self, *, files: Mapping[str, bytes], limits: Limits, seed: int, role: Role = "notebook") -> Run:
        """Fork a confined process with `files` in its working folder. Raises SandboxUnavailable or SandboxFailed."""
        return self.start_run(files=files, limits=limits, seed=seed, role=role).ready()

    def start_run(
        self,
        *,
        files: Mapping[str, bytes],
        limits: Limits,
        seed: int,
        role: Role = "notebook",
        link: socket.socket | None = None,
        setup: Mapping[str, Any] | None = None,
    ) -> Run:
        """Begin to fork a confined process; `Run.ready` waits for it.

        `link` is given to it, besides its own channel; `setup` is told to it over that channel, with the files.
        Raises SandboxUnavailable or SandboxFailed.
        """
        self.start()
        self._see_off()
        number = next(self._numbers)
        control = self._control
        if control is None:
            raise SandboxFailed("the fork server ended")
        ours, theirs = socket.socketpair()
        ending = self._endings[number] = Ending()
        run = Run(self, number, ours, ending)
        job = {**_job(number, limits, seed), "role": role}
        links = [] if link is None else [link.fileno()]
        try:
            with theirs, self._lock:
                socket.send_fds(control, [json.dumps(job).encode()], [theirs.fileno(), *links])
            ours.settimeout(READY_SECONDS)
            sizes = [[name, len(body)] for name, body in files.items()]
            frames.send(ours, {**(setup or {}), "files": sizes})
            for body in files.values():
                ours.sendall(body)
        except OSError as error:
            ending.done.wait(1)
            run.end()
            if ending.refused is not None:
                raise SandboxUnavailable(f"a run could not be confined: {ending.refused}") from error
            raise SandboxFailed(f"a run could not be started: {error}") from error
        return run

    def close(self) -> None:
        """End the fork server and every run."""
        self._alive = False
        self._discard()


def _job(job: int, limits: Limits, seed: int) -> dict[str, Any]:
    return {
        "op": "start",
        "job": job,
        "uid": _FIRST_ACCOUNT + secrets.randbelow(1 << 24),
        "seed": seed,
        "output_kb": limits.output_kb,
        "limits": {
            "memory_mb": limits.memory_mb,
            "disk_mb": limits.disk_mb,
            "processes": limits.processes,
            "cpu_seconds": int(limits.total_seconds) + 30,
        },
    }


def _environment(python: Path, folders: Sequence[Path] = ()) -> dict[str, str]:
    """Return the whole environment of student code: nothing of ours."""
    programs = [folder / "bin" for folder in folders if folder / "bin" != python.parent]
    return {
        "PATH": ":".join(map(str, [python.parent, *programs, "/usr/local/bin", "/usr/bin", "/bin"])),
        "LANG": "C.UTF-8",
        "HOME": "/tmp",  # noqa: S108  (the fork server's; each run has a home of its own)
        "USER": "learner",
        "LOGNAME": "learner",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": "/tmp",  # noqa: S108
        "PYTHONDONTWRITEBYTECODE": "1",
        **dict.fromkeys(_LIBRARY_THREADS, "1"),
    }
