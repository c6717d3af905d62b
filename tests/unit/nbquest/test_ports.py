"""Ports that the parts of a site find for each other."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from nbquest import ports


def test_a_port_is_free_and_none_that_connections_go_out_from() -> None:
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    for _ in range(20):
        port = ports.free_port()
        assert 1024 < port < lowest
        with socket.socket() as server:
            server.bind((ports.LOOPBACK, port))
            server.listen()


def test_without_room_below_the_kernel_chooses(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Some machines let connections go out from all ports; what stands there otherwise is the usual."""
    monkeypatch.setattr(ports, "_RANGE", tmp_path / "range")
    assert ports.free_port() < 32_768
    (tmp_path / "range").write_text("1024\t65535\n")
    assert 1024 < ports.free_port() < 65_536
