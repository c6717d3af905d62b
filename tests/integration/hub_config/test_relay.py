"""The relay carries bytes as they are."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from hub_config.local_spawner import RELAY
from nbquest.ports import LOOPBACK, free_port
from tests.factories.hub import wait_until

SIZE = 3 * 1024 * 1024


@pytest.fixture
def echo() -> Iterator[int]:
    """A server that reads to the end, then sends everything back."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        listener.settimeout(10)

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with closing(connection):
                    received = b""
                    while chunk := connection.recv(65536):
                        received += chunk
                    connection.sendall(received)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


@pytest.fixture
def gateway(echo: int) -> Iterator[int]:
    """A relay in front of the echo server."""
    port = free_port()
    command = [sys.executable, "-I", str(RELAY), "gateway", LOOPBACK, str(port), LOOPBACK, str(echo)]
    process = subprocess.Popen(command)

    def answers() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((LOOPBACK, port)) == 0

    wait_until(answers, 60)
    yield port
    process.terminate()
    process.wait(10)


def test_bytes_pass_untouched_and_one_side_may_finish_first(gateway: int) -> None:
    sent = os.urandom(SIZE)
    with socket.create_connection((LOOPBACK, gateway), timeout=20) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    assert received == sent


def test_many_at_once_do_not_mix(gateway: int) -> None:
    connections = [socket.create_connection((LOOPBACK, gateway), timeout=20) for _ in range(20)]
    for number, connection in enumerate(connections):
        connection.sendall(f"number {number}".encode())
    for number, connection in enumerate(connections):
        with closing(connection):
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(100) == f"number {number}".encode()


def test_nobody_behind_it_is_a_closed_connection(gateway: int, echo: int) -> None:
    port = free_port()
    command = [sys.executable, "-I", str(RELAY), "gateway", LOOPBACK, str(port), LOOPBACK, str(free_port())]
    process = subprocess.Popen(command)
    try:

        def closed() -> bool:
            with socket.socket() as probe:
                if probe.connect_ex((LOOPBACK, port)) != 0:
                    return False
                probe.settimeout(10)
                return probe.recv(10) == b""

        wait_until(closed, 60)
    finally:
        process.terminate()
        process.wait(10)
