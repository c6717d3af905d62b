"""Tries each protection of the sandbox, from inside of it, and says which of them are on.

Nothing is taken from a configuration: code in a confined process tries what it must not be able to do. What a probe
needs from outside (an open port, a secret, a file to find) is planted by us first.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from grader.certificate import Policy
from grader.errors import GraderError
from grader.options import GraderOptions, Limits
from grader.sandbox import bubblewrap
from grader.sandbox.inside import frames
from grader.sandbox.probes import APART, PROBES, WALL_TIMER, Probe
from grader.sandbox.server import Run, SandboxServer

SECONDS = 30.0
LIMITS = Limits(memory_mb=256, disk_mb=16, processes=32)
"""Small ones, so that reaching them takes no time and disturbs nobody."""
_NAMESPACES = ("pid", "net", "mnt", "ipc", "uts")


@dataclass(frozen=True, kw_only=True)
class SandboxCheck:
    """One thing that was tried. `detail`: what holds, or where it doesn't, what that means.

    Without one that is `needed` the sandbox is not what it promises; another one is a second line of defence.
    """

    name: str
    ok: bool
    detail: str
    needed: bool = True


def check_sandbox(options: GraderOptions) -> list[SandboxCheck]:
    """Return what was tried, in order; stops at the first thing without which nothing else can be tried."""
    problem = bubblewrap.probe(own_network=os.geteuid() != 0)
    checks = [SandboxCheck(name="bubblewrap", ok=problem is None, detail=problem or "makes namespaces")]
    if problem is not None:
        return checks
    with _planted() as planted:
        server = SandboxServer(replace(options, insecure=False))
        began = time.monotonic()
        try:
            server.start()
            took = f"started in {time.monotonic() - began:.1f} s"
            checks.append(_on("fork server", f"{took} with {options.interpreter()}"))
            began = time.monotonic()
            server.open_run(files={}, limits=LIMITS, seed=0).end()
            checks.append(_on("confined run", f"opened and ended in {1000 * (time.monotonic() - began):.0f} ms"))
            checks += [_try(server, probe, planted) for probe in PROBES]
            checks += [_try_apart(server, planted), _try_wall_timer(server)]
        except GraderError as error:
            checks.append(SandboxCheck(name="fork server", ok=False, detail=str(error)))
        finally:
            server.close()
    return checks


@contextlib.contextmanager
def _planted() -> Iterator[dict[str, object]]:
    """Yield what a probe may look for: namespaces, accounts, listeners, a file and a secret of ours."""
    name = f"nbquest-doctor-{secrets.token_hex(8)}"
    secret = secrets.token_hex(16)
    with (
        socket.create_server(("127.0.0.1", 0)) as port,
        socket.socket(socket.AF_UNIX) as abstract,
        tempfile.TemporaryDirectory(prefix=name) as folder,
    ):
        abstract.bind(f"\0{name}")
        abstract.listen()
        Path(folder).chmod(0o755)
        (Path(folder) / "mark").write_text("found", encoding="ascii")
        before = os.environ.get("NBQUEST_DOCTOR_TOKEN")
        os.environ["NBQUEST_DOCTOR_TOKEN"] = secret
        try:
            yield {
                "namespaces": {kind: os.readlink(f"/proc/self/ns/{kind}") for kind in _NAMESPACES},  # noqa: PTH115
                "account": os.geteuid(),
                "port": port.getsockname()[1],
                "abstract": name,
                "file": f"{folder}/mark",
                "secret": secret,
                "processes": LIMITS.processes,
                "disk": LIMITS.disk_mb << 20,
                "memory": LIMITS.memory_mb << 20,
            }
        finally:
            if before is None:
                del os.environ["NBQUEST_DOCTOR_TOKEN"]
            else:
                os.environ["NBQUEST_DOCTOR_TOKEN"] = before


def _on(name: str, detail: str) -> SandboxCheck:
    return SandboxCheck(name=name, ok=True, detail=detail)


def _result(probe: Probe, problem: str | None) -> SandboxCheck:
    detail = probe.holds if problem is None else f"{probe.means} ({problem})"
    return SandboxCheck(name=probe.name, ok=problem is None, detail=detail, needed=probe.is_needed(os.geteuid()))


def _try(server: SandboxServer, probe: Probe, planted: Mapping[str, object]) -> SandboxCheck:
    """Run the probe in a process of its own: some of them wear it out."""
    run = server.open_run(files={}, limits=LIMITS, seed=0)
    try:
        problem = _ask(run, {"kind": "cell", "source": probe.code(planted)})
    finally:
        ending = run.end()
    if problem is not None and ending.over in ("memory", "processes"):
        problem = None  # ended for it from outside, which is a limit, too
    return _result(probe, problem)


def _ask(run: Run, request: dict[str, Any]) -> str | None:
    """Return None where the code ran to its end, else what it met."""
    usual = {"name": "", "classes": [], "quiet": True, "nonce": "", "show": True}
    try:
        answer = run.ask({**usual, **request}, time.monotonic() + SECONDS)
    except (TimeoutError, frames.FrameError) as error:
        return f"the process gave no answer: {type(error).__name__}"
    return None if answer.get("status") == "passed" else str(answer.get("message") or answer.get("status"))


def _try_apart(server: SandboxServer, planted: Mapping[str, object]) -> SandboxCheck:
    """Have the process of the student's code and that of the tests look for each other."""
    ours, theirs = socket.socketpair()
    setup = {"policy": Policy().to_json(), "classes": None}
    with ours, theirs:
        student = server.start_run(files={}, limits=LIMITS, seed=0, link=theirs)
        try:
            tests = server.start_run(files={}, limits=LIMITS, seed=0, role="test", link=ours, setup=setup)
            try:
                student.ready()
                tests.ready()
                source = APART.code(planted)
                problem = _ask(student, {"kind": "cell", "source": source})
                request = {"source": source, "name": "<doctor>", "grade_id": "doctor", "phase": "display"}
                problem = problem or _ask(tests, {**request, "snapshot": False})
            finally:
                tests.end()
        finally:
            student.end()
    return _result(APART, problem)


def _try_wall_timer(server: SandboxServer) -> SandboxCheck:
    """Have code run on that heeds no interrupt: only the end of its namespace stops it and what it started."""
    run = server.open_run(files={}, limits=LIMITS, seed=0)
    source = WALL_TIMER.code({})
    with contextlib.suppress(TimeoutError, frames.FrameError):
        run.ask({"kind": "cell", "source": source, "name": "", "nonce": "", "show": True}, time.monotonic() + 1)
        run.end()
        return _result(WALL_TIMER, "the code ended by itself")
    run.interrupt()
    time.sleep(0.2)
    ended_itself = run.ending.done.is_set()
    ending = run.end()
    gone = ending.done.is_set() and not ended_itself
    return _result(WALL_TIMER, None if gone else "the process went on, or ended by itself")


if __name__ == "__main__":
    import sys

    found = check_sandbox(GraderOptions())
    for check in found:
        mark = "on  " if check.ok else "OFF " if check.needed else "off "
        sys.stdout.write(f"{mark} {check.name}: {check.detail}\n")
    sys.exit(0 if all(check.ok or not check.needed for check in found) else 1)
