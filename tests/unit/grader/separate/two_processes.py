"""Run by the learner interpreter: forks a student's process and a test process for each job, without any sandbox.

A job is one line of JSON on standard input, `{"cells": [[role, source], ...], "policy": ..., "classes": ...}`, the
answer one line on standard output: the verdicts of its test cells, in order. What stands in a test after `# HIDDEN` is
hidden.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sys
import tempfile
import traceback
from typing import Any

from grader.sandbox.inside import frames
from grader.sandbox.inside.separate import wire
from grader.sandbox.inside.shell import connect, make_shell

SECONDS = 20


def _transformed(shell: Any, source: str) -> str:
    python: str = shell.transform_cell(source)
    return python


def _serve_student(shell: Any, link: socket.socket, channel: socket.socket) -> None:
    from grader.sandbox.inside.output import Collector, Stream
    from grader.sandbox.inside.separate.student import StudentServer

    collector = Collector(1 << 16)
    sys.stdout, sys.stderr = Stream("stdout", collector, 1), Stream("stderr", collector, 2)
    connect(shell, collector)
    server = StudentServer(shell.user_ns, link, private=[channel])
    import select

    while True:
        try:
            readable, _, _ = select.select([channel, server], [], [])
            if server in readable and not server.serve_one():
                return
            if channel in readable:
                source = frames.receive(channel, limit=1 << 24)
                result = shell.run_cell(source, store_history=True)
                collector.take()
                frames.send(channel, {"ok": bool(result.success)})
        except frames.Closed:
            return
        except KeyboardInterrupt:
            continue


def _serve_tests(setup: dict[str, Any], link: socket.socket, channel: socket.socket) -> None:
    from grader.sandbox.inside.separate.tester import Tester

    tester = Tester(link, policy=setup["policy"], classes=setup["classes"])
    while True:
        try:
            request = frames.receive(channel, limit=1 << 24)
        except frames.Closed:
            return
        frames.send(channel, tester.run(request))


def _fork(target: Any, *args: Any) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            target(*args)
        except BaseException:
            sys.stderr = sys.__stderr__
            traceback.print_exc()
        finally:
            os._exit(0)
    return pid


def run_job(shell: Any, job: dict[str, Any]) -> list[dict[str, Any]]:
    """Run the cells of a job; return the verdicts of its tests: scoring where there is a hidden part, else display."""
    link_student, link_tests = socket.socketpair()
    near_student, far_student = socket.socketpair()
    near_tests, far_tests = socket.socketpair()
    folder = tempfile.mkdtemp()
    os.chdir(folder)
    for name, text in job.get("files", {}).items():
        with open(name, "w") as file:  # noqa: PTH123
            file.write(text)

    def student() -> None:
        for end in (link_tests, near_student, near_tests, far_tests):
            end.close()
        if "" not in sys.path:
            sys.path.insert(0, "")
        _serve_student(shell, link_student, far_student)

    def tests() -> None:
        for end in (link_student, near_student, near_tests, far_student):
            end.close()
        _serve_tests(job, link_tests, far_tests)

    pids = [_fork(student), _fork(tests)]
    for end in (link_student, link_tests, far_student, far_tests):
        end.close()
    verdicts: list[dict[str, Any]] = []
    hidden: list[tuple[int, str, str]] = []

    def ask(channel: socket.socket, request: Any, seconds: float = SECONDS) -> Any:
        frames.send(channel, request)
        import select

        if not select.select([channel], [], [], seconds)[0]:
            for pid in pids:
                os.kill(pid, signal.SIGINT)
        return frames.receive(channel, limit=1 << 26)

    def request_for(name: str, source: str, phase: str, snapshot: bool) -> dict[str, Any]:
        python = _transformed(shell, source)
        quiet = source.rstrip().endswith(";")
        shared = {"source": python, "name": f"<{name}>", "grade_id": name, "quiet": quiet}
        return {**shared, "phase": phase, "snapshot": snapshot, "group": name}

    seconds = job.get("seconds", SECONDS)
    try:
        for index, (role, source) in enumerate(job["cells"]):
            name = f"t{index}"
            if role != "test":
                ask(near_student, source, seconds)
                continue
            visible = source.partition("# HIDDEN")[0]
            verdict = ask(near_tests, request_for(name, visible, "display", visible != source), seconds)
            if visible != source and verdict["status"] == "passed":
                hidden.append((len(verdicts), name, source))
            verdicts.append(verdict)
        for position, name, source in hidden:
            shown = verdicts[position]
            verdicts[position] = scored = ask(near_tests, request_for(name, source, "scoring", False), seconds)
            scored["classes"] = sorted({*scored["classes"], *shown["classes"]})
    except frames.FrameError:
        verdicts.append({"status": "died"})
    finally:
        for end in (near_student, near_tests):
            end.close()
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    return verdicts


def main() -> None:
    """Answer jobs until the input ends."""
    for name in (
        "numpy",
        "pandas",
        "matplotlib.pyplot",
        "unittest",
        "unittest.mock",
        "numpy.testing",
        "pandas.testing",
    ):
        with contextlib.suppress(ImportError):
            __import__(name)
    assert wire  # loaded before any fork
    from grader.sandbox.inside.separate import student, tester  # noqa: F401

    shell = make_shell()
    for line in sys.stdin:
        print(json.dumps(run_job(shell, json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
