"""Runs a command that must not outlive the Hub: `python -I lifeline.py COMMAND...`.

The kernel sends the signal when the thread that started us ends, however it ends; `exec` keeps that promise.
Standard library only, and started by path: it needs nothing of ours.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int, sign: signal.Signals = signal.SIGKILL) -> None:
    """Have this process killed when its parent ends; leave at once if `parent` is gone already."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(sign))
    if os.getppid() != parent:
        sys.exit(1)


if __name__ == "__main__":
    die_with_parent(int(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606  no shell is wanted
