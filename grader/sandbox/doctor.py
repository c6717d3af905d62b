"""Checks, one thing at a time, that student code can be contained on this machine."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace
from typing import Any

from grader.errors import GraderError
from grader.options import GraderOptions
from grader.sandbox import bubblewrap
from grader.sandbox.inside import frames
from grader.sandbox.server import Run, SandboxServer

# name, what good looks like, and code that raises AssertionError inside where it doesn't hold
_PROBES = (
    (
        "no rights",
        "no capability, no new privileges, not root",
        "import os\nstatus = dict(l.split(':\\t', 1) for l in open('/proc/self/status') if ':\\t' in l)\n"
        "assert int(status['CapEff'], 16) == int(status['CapBnd'], 16) == 0 and status['NoNewPrivs'].strip() == '1'\n"
        "assert os.getuid() != 0",
    ),
    (
        "system calls are filtered",
        "namespaces and mounts are refused",
        "import ctypes\nassert ctypes.CDLL(None).unshare(0x10000000) == -1\n"
        "assert open('/proc/self/status').read().split('Seccomp:\\t')[1][0] == '2'",
    ),
    (
        "own processes",
        "no other process is to be seen",
        "import os\nassert os.getpid() == 1\nassert [p for p in os.listdir('/proc') if p.isdigit()] == ['1']",
    ),
    (
        "no network",
        "no interface but loopback, no way out",
        "import socket\nassert {name for _, name in socket.if_nameindex()} <= {'lo'}\n"
        "s = socket.socket()\ns.settimeout(2)\ntry:\n    s.connect(('192.0.2.1', 80))\nexcept OSError:\n    pass\n"
        "else:\n    raise AssertionError('connected')",
    ),
    (
        "no secret in the environment",
        "only harmless variables",
        "import os\nassert not [n for n in os.environ for word in ('TOKEN', 'NBQUEST', 'SECRET', 'URL') if word in n]",
    ),
    (
        "read-only system",
        "only the run's own folders can be written to",
        "import os\nfor folder in ('/', '/usr', '/etc', '/dev', '/opt', '/helpers'):\n"
        "    assert not os.access(folder, os.W_OK), folder\n"
        "open('probe', 'w').close(); open('/tmp/probe', 'w').close(); open(os.path.expanduser('~/probe'), 'w').close()",
    ),
    (
        "limits",
        "disk, memory and processes are limited",
        "import os, resource\nv = os.statvfs('.')\nassert v.f_blocks * v.f_frsize < 2 << 30 and 0 < v.f_files < 10**6\n"
        "assert resource.getrlimit(resource.RLIMIT_AS)[1] > 0 and resource.getrlimit(resource.RLIMIT_NPROC)[1] > 0",
    ),
)


@dataclass(frozen=True, kw_only=True)
class SandboxCheck:
    """One thing that was looked at."""

    name: str
    ok: bool
    detail: str


def check_sandbox(options: GraderOptions) -> list[SandboxCheck]:
    """Return what was checked, in order; stops at the first thing without which nothing else can work."""
    problem = bubblewrap.probe(own_network=os.geteuid() != 0)
    checks = [SandboxCheck(name="bubblewrap", ok=problem is None, detail=problem or "makes namespaces")]
    if problem is not None:
        return checks
    server = SandboxServer(replace(options, insecure=False))
    began = time.monotonic()
    try:
        server.start()
        took = f"started in {time.monotonic() - began:.1f} s"
        checks.append(_passed("fork server", f"{took} with {options.interpreter()}"))
        began = time.monotonic()
        run = server.open_run(files={}, limits=options.limits, seed=0)
        checks.append(_passed("confined run", f"opened in {1000 * (time.monotonic() - began):.0f} ms"))
        try:
            checks += [_probe(run, *probe) for probe in _PROBES]
        finally:
            run.end()
    except GraderError as error:
        checks.append(SandboxCheck(name="fork server", ok=False, detail=str(error)))
    finally:
        server.close()
    return checks


def _passed(name: str, detail: str) -> SandboxCheck:
    return SandboxCheck(name=name, ok=True, detail=detail)


def _probe(run: Run, name: str, detail: str, code: str) -> SandboxCheck:
    request: dict[str, Any] = {
        "kind": "test",
        "source": code,
        "name": "<doctor>",
        "classes": [],
        "quiet": True,
        "nonce": "",
        "show": True,
    }
    try:
        answer = run.ask(request, time.monotonic() + 20)
    except (TimeoutError, frames.FrameError) as error:
        return SandboxCheck(name=name, ok=False, detail=f"the run gave no answer: {type(error).__name__}")
    ok = answer.get("status") == "passed"
    return SandboxCheck(name=name, ok=ok, detail=detail if ok else str(answer.get("message") or answer.get("canary")))


if __name__ == "__main__":
    import sys

    found = check_sandbox(GraderOptions())
    for check in found:
        sys.stdout.write(f"{'ok  ' if check.ok else 'FAIL'} {check.name}: {check.detail}\n")
    sys.exit(0 if all(check.ok for check in found) else 1)
