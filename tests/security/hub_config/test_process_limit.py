"""RLIMIT_NPROC in a sandbox of an ordinary user limits that sandbox, whatever else the account runs."""

from __future__ import annotations

import os
import subprocess

import pytest

from hub_config.local_spawner import counts_by_namespace

pytestmark = pytest.mark.bubblewrap

FORKS = """
import os, resource, signal, time
resource.setrlimit(resource.RLIMIT_NPROC, (20, 20))
made = []
try:
    for _ in range(100):
        child = os.fork()
        if child == 0:
            time.sleep(60)
            os._exit(0)
        made.append(child)
except OSError:
    pass
for child in made:
    os.kill(child, signal.SIGKILL)
print(len(made))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="changes to another account")
@pytest.mark.skipif(not counts_by_namespace(os.uname().release), reason="this kernel counts by account")
def test_the_limit_counts_the_sandbox_alone() -> None:
    account = ["setpriv", "--reuid", "64123", "--regid", "64123", "--clear-groups", "--"]
    inside = ["bwrap", "--unshare-user", "--uid", "1000", "--unshare-pid", "--die-with-parent"]
    inside += ["--ro-bind", "/", "/", "--proc", "/proc", "--cap-drop", "ALL", "--", "python3", "-I", "-c", FORKS]
    # The account runs more than the limit already, outside.
    others = [subprocess.Popen([*account, "sleep", "60"]) for _ in range(30)]
    try:
        answer = subprocess.run([*account, *inside], capture_output=True, text=True, check=False, timeout=60)
    finally:
        for other in others:
            other.kill()
            other.wait()
    assert answer.returncode == 0, answer.stderr
    assert 10 <= int(answer.stdout) < 20
