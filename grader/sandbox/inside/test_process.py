"""The life of the process that holds a submission's tests: receive a test cell, run it against the student's process,
answer, until the other side hangs up. It runs the instructor's code only.
"""

from __future__ import annotations

import os
import socket
import sys
import traceback
from typing import Any, NoReturn

from grader.sandbox.inside import frames
from grader.sandbox.inside.separate.tester import Tester

REQUEST_LIMIT = 64 << 20


def enter(channel: socket.socket, link: socket.socket, setup: dict[str, Any], folder: str) -> NoReturn:
    """Serve one submission's tests and end the process, whatever happens."""
    status = 1
    try:
        os.chdir(folder)
        tester = Tester(link, policy=setup["policy"], classes=setup["classes"])
        frames.send(channel, {"ready": True})
        _serve(channel, tester)
        status = 0
    finally:
        if status:
            traceback.print_exc(file=sys.__stderr__)  # an error of ours: for the server's log
        os._exit(status)


def _serve(channel: socket.socket, tester: Tester) -> None:
    while True:
        try:
            request = frames.receive(channel, limit=REQUEST_LIMIT)
            verdict = tester.run(request)
        except frames.Closed:
            return
        except KeyboardInterrupt:
            continue
        frames.send(channel, {**verdict, "nonce": request["nonce"]})
