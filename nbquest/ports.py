"""Ports of this machine's loopback for servers that only other parts of the site talk to."""

from __future__ import annotations

import contextlib
import random
import socket
from pathlib import Path

LOOPBACK = "127.0.0.1"
_LOWEST = 10_000
_TRIES = 200
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free_port() -> int:
    """Return a port of the loopback that nothing listens on at this moment.

    It lies below those that connections go out from: such a one may be taken while the server that has it restarts,
    even by a client that tries to reach the server and so comes to talk to itself.
    """
    chance = random.SystemRandom()
    for port in chance.sample(range(_LOWEST, max(_first_outgoing(), _LOWEST + _TRIES)), _TRIES):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((LOOPBACK, port))
            return port
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _first_outgoing() -> int:
    try:
        return int(_RANGE.read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return 32_768
