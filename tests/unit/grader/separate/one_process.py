"""Run by the learner interpreter: forks a test process for each job, whose other side is a thread that follows steps.

A job is one line of JSON on standard input, `{"tests": [source, ...], "steps": [[step, ...], ...], "classes": [...]}`,
the answer one line on standard output: the verdict of each test, with how many files it left open, and what the thread
heard. With "answers" in place of steps the thread serves them as the student's process does; see `run_honest_job`.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import json
import os
import signal
import socket
import struct
import sys
import tempfile
import termios
import threading
import time
import traceback
from pathlib import Path
from types import FrameType
from typing import Any

from grader.certificate import Policy
from grader.sandbox.inside.frames import FrameError
from grader.sandbox.inside.separate import wire
from grader.sandbox.inside.separate.student import StudentServer
from grader.sandbox.inside.separate.tester import Tester

LIMIT = 1 << 24
# Nothing takes this long but what hangs.
SECONDS = 20
NO_STEP = {"say": ["N", "u", "there is no step for this", None]}


class NextTest(Exception):
    """The test process begins the next test, whatever the steps of this one expected."""


class Peer:
    """Answers the beginning and the end of tests as it should, and in each test the first request by its steps.

    A step is a dict with one of "say" (a message), "raw" (bytes), "take", "interrupt", "drained", "close" and "repeat"
    (steps). In messages "N" stands for the number of the request, "N-1" and "N+1" for those beside it, "C" for the
    number of the last callback.
    """

    def __init__(self, channel: socket.socket, steps: list[list[dict[str, Any]]]) -> None:
        self._channel = channel
        self._steps = iter(steps)
        self._number = 0
        self._tester = threading.get_ident()
        self.heard: list[Any] = []

    def serve(self) -> None:
        """Serve the test process until somebody hangs up."""
        steps: list[dict[str, Any]] = []
        with contextlib.suppress(FrameError, OSError):
            while True:
                with contextlib.suppress(NextTest):
                    self._serve_test(steps)
                steps = [{"take": "request"}, *next(self._steps, [NO_STEP])]

    def _serve_test(self, steps: list[dict[str, Any]]) -> None:
        for step in steps:
            self._do(step)
        while True:
            self._take()
            self._do(NO_STEP)

    def _do(self, step: dict[str, Any]) -> None:
        if "repeat" in step:
            for _ in range(step.get("times", sys.maxsize)):
                for inner in step["repeat"]:
                    self._do(inner)
        elif "say" in step:
            self._say(step["say"], bytes.fromhex(step.get("blob", "")), step.get("files", 0))
        elif "raw" in step:
            self._channel.sendall(bytes.fromhex(step["raw"]))
        elif "take" in step:
            while self._take() and step["take"] == "request":
                pass
        elif "interrupt" in step:
            signal.pthread_kill(self._tester, signal.SIGINT)
        elif "drained" in step:
            while struct.unpack("i", fcntl.ioctl(self._channel, termios.TIOCOUTQ, b"\0" * 4)) != (0,):
                time.sleep(0)
        elif "close" in step:
            self._channel.close()

    def _take(self) -> bool:
        """Hear a message; return whether it is the answer to a callback."""
        while True:
            tree, _, _ = wire.receive(self._channel, limit=LIMIT)
            if tree[0] == "cbr":
                self.heard.append(tree)
                return True
            self._number = tree[0]
            if tree[1] == "begin_test":
                self._say([tree[0], "r", None, {"n": ["f"]}])
                raise NextTest
            if tree[1] != "sync":
                self.heard.append(tree)
                return False
            self._say([tree[0], "r", None, None])

    def _say(self, message: Any, blob: bytes = b"", files: int = 0) -> None:
        wire.send(self._channel, self._filled(message), blob, [self._channel.fileno()] * files)

    def _filled(self, value: Any) -> Any:
        if type(value) is list:
            return [self._filled(item) for item in value]
        if type(value) is str and value[:1] == "N":
            return self._number + int(value[1:] or 0)
        return value


def test_request(source: str) -> dict[str, Any]:
    """Return the request to run a test that shows all it has."""
    return {
        "source": source, "name": "<t>", "grade_id": "t", "quiet": True, "phase": "display", "snapshot": False,
        "group": "t",
    }  # fmt: skip


def run_job(job: dict[str, Any]) -> dict[str, Any]:
    """Run the tests of a job against a peer that follows steps."""
    near, far = socket.socketpair()
    peer = Peer(far, job["steps"])
    tester = Tester(near, policy=Policy().to_json(), classes={"t": job["classes"]})
    threading.Thread(target=peer.serve, daemon=True).start()
    before = _open_files()
    verdicts = []
    for source in job["tests"]:
        verdict = _verdict(tester, source)
        verdicts.append({**verdict, "more_files": _open_files() - before})
    return {"verdicts": verdicts, "heard": peer.heard}


def run_honest_job(job: dict[str, Any]) -> dict[str, Any]:
    """Run the tests of a job against answers that are served as they should be; tell how much is held at the end.

    With "interrupted", that test is run again and again, interrupted at each of its steps in our modules in turn, and
    the other tests after it each time; the verdicts of all are returned.
    """
    near, far = socket.socketpair()
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(job["answers"], namespace)
    server = StudentServer(namespace, far)
    tester = Tester(near, policy=Policy().to_json(), classes=None)

    def serve() -> None:
        while server.serve_one():
            pass

    threading.Thread(target=serve, daemon=True).start()
    verdicts = [_verdict(tester, job["first"])]
    at, reached = 0, True
    while reached and "interrupted" in job:
        at += job["stride"]
        interruption = Interruption(at)
        sys.setprofile(interruption)
        verdict = _verdict(tester, job["interrupted"])
        sys.setprofile(None)
        reached = interruption.left <= 0
        verdicts += [{**_verdict(tester, source), "at": at, "before": verdict} for source in job["tests"]]
    if "interrupted" not in job:
        verdicts += [_verdict(tester, source) for source in job["tests"]]
    gc.collect()  # errors are held by the frames of their tracebacks, and these by them
    _verdict(tester, "")
    held = [len(server.objects._objects), len(server.objects._numbers), len(server._mirrors)]
    return {"verdicts": verdicts, "held": [*held, len(tester._session._objects), len(tester._main.mirrors)]}


class Interruption:
    """Interrupts this process at one of the steps that it makes in the modules under test."""

    def __init__(self, at: int) -> None:
        self.left = at

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        """Count a call or return of a function."""
        if event in ("call", "c_return") and "/inside/separate/" in frame.f_code.co_filename and _in_cell(frame):
            self.left -= 1
            if self.left == 0:
                sys.setprofile(None)
                signal.raise_signal(signal.SIGINT)


def _in_cell(frame: FrameType | None) -> bool:
    while frame is not None and frame.f_code is not Tester._judge.__code__:
        frame = frame.f_back
    return frame is not None


def _verdict(tester: Tester, source: str) -> dict[str, Any]:
    try:
        return tester.run(test_request(source))
    except BaseException:
        return {"status": "raised", "message": traceback.format_exc()}


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def in_a_child(job: dict[str, Any], answers: int) -> None:
    """Run a job in a process of its own; write what came out to the file `answers`."""
    pid = os.fork()
    if pid == 0:
        signal.alarm(SECONDS)
        try:
            os.chdir(tempfile.mkdtemp())
            answer = run_honest_job(job) if "answers" in job else run_job(job)
        except BaseException:
            answer = {"failed": traceback.format_exc()}
        with open(answers, "w", closefd=False) as file:
            file.write(json.dumps(answer) + "\n")
            file.flush()
        os._exit(0)
    if os.waitpid(pid, 0)[1]:
        print(json.dumps({"failed": "the test process never came back"}), flush=True)


def main() -> None:
    """Answer jobs until the input ends."""
    for name in ("numpy", "pandas", "unittest"):
        with contextlib.suppress(ImportError):
            __import__(name)
    for line in sys.stdin:
        in_a_child(json.loads(line), 1)


if __name__ == "__main__":
    main()
