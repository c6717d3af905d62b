"""Hosts on this machine: network namespaces with addresses of their own, behind a bridge that is ours.

What runs on a host reaches the others by TCP only, and its network can be cut: then packets vanish, and nobody is told.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Host:
    """A host: its namespace, its address, and our end of its cable."""

    name: str
    address: str
    cable: str

    def command(self, command: Sequence[str]) -> list[str]:
        """Return what runs the command there."""
        return ["ip", "netns", "exec", self.name, *command]

    def cut(self) -> None:
        """Pull the cable."""
        _ip("link", "set", self.cable, "down")

    def mend(self) -> None:
        """Plug it in again."""
        _ip("link", "set", self.cable, "up")


@dataclass(frozen=True, kw_only=True)
class Network:
    """A network; `gateway` is this machine's own address in it."""

    gateway: str
    range: str
    hosts: tuple[Host, ...]


def find_obstacle() -> str | None:
    """Return why no network can be made here; None where it can."""
    if os.geteuid() != 0:
        return "only root can make networks"
    if shutil.which("ip") is None:
        return "ip is not installed (Debian, Ubuntu: apt-get install iproute2)"
    name = f"chaos-probe-{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        return f"network namespaces can't be made here: {made.stderr.strip()}"
    _ip("netns", "delete", name)
    return None


@contextlib.contextmanager
def running_network(hosts: int) -> Iterator[Network]:
    """Make a network of so many hosts, for as long."""
    number = os.getpid()
    stem = f"chaos{number}"
    prefix = f"10.{96 + number % 32}.{number // 32 % 256}"
    network = Network(
        gateway=f"{prefix}.1",
        range=f"{prefix}.0/24",
        hosts=tuple(
            Host(name=f"{stem}-{index}", address=f"{prefix}.{10 + index}", cable=f"{stem}v{index}")
            for index in range(hosts)
        ),
    )
    with contextlib.ExitStack() as stack:
        _ip("link", "add", stem, "type", "bridge")
        stack.callback(_ip, "link", "delete", stem)
        _ip("addr", "add", f"{network.gateway}/24", "dev", stem)
        _ip("link", "set", stem, "up")
        for host in network.hosts:
            _ip("netns", "add", host.name)
            stack.callback(_ip, "netns", "delete", host.name)
            _ip("link", "add", host.cable, "type", "veth", "peer", "name", "eth0", "netns", host.name)
            _ip("link", "set", host.cable, "master", stem)
            _ip("link", "set", host.cable, "up")
            for words in (
                ("addr", "add", f"{host.address}/24", "dev", "eth0"),
                ("link", "set", "eth0", "up"),
                ("link", "set", "lo", "up"),
            ):
                _ip("-n", host.name, *words)
        yield network


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"ip {' '.join(words)}: {done.stderr.strip()}")
