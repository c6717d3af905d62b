"""The life of the process that runs one submission in a Jupyter kernel.

This process holds the channel to the outside and speaks Jupyter's protocol with the kernel, which is a child of it and
runs the learner's code. Both have the same account, so what keeps the kernel away from this process is that its memory
and descriptors can't be opened (it is not dumpable), and that signals don't harm the first process of a pid namespace.
"""

from __future__ import annotations

import importlib
import os
import socket
import sys
from pathlib import Path
from typing import Any, NoReturn

from grader.sandbox.inside import confine, frames

_CLIENT = "grader.sandbox.inside.kernel_client"
# jsonschema's check of URIs builds a grammar, which takes a second; nothing here checks any.
_SLOW = "rfc3987_syntax"


def preload() -> None:
    """Import what `enter` needs: called in the fork server before it forks the first process for a kernel."""
    if _CLIENT in sys.modules:
        return
    left_out = _SLOW not in sys.modules
    if left_out:
        sys.modules[_SLOW] = None  # type: ignore[assignment]  # an import of it fails, which is allowed for
    try:
        importlib.import_module(_CLIENT)
    except ImportError:
        return  # told by `enter`, to the host that asked for it
    finally:
        if left_out:
            del sys.modules[_SLOW]


def kernel_folders() -> list[str]:
    """Return where kernelspecs may lie: beside our interpreter, and beside those whose packages it uses as well.

    Nothing of the learner's is among them, and nothing of the machine's but what belongs to the environment.
    """
    packages = [Path(place) for place in sys.path if Path(place).name == "site-packages"]
    prefixes = [Path(sys.prefix), *(place.parents[2] for place in packages)]
    return [str(prefix / "share" / "jupyter" / "kernels") for prefix in dict.fromkeys(prefixes)]


def enter(connection: socket.socket, job: dict[str, Any], work: str) -> NoReturn:
    """Serve one submission and end the process, whatever happens."""
    status = 1
    try:
        confine.hide_memory()
        os.chdir(work)
        null = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(null, number)
        try:
            client = importlib.import_module(_CLIENT)
        except ImportError as error:
            frames.send(connection, {"refused": f"the environment can't run kernels: {error}"})
            os._exit(status)
        frames.send(connection, {"ready": True})
        client.serve(connection, kernels=kernel_folders(), job=job)
        status = 0
    finally:
        os._exit(status)
