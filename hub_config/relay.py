"""Carries bytes between a learner's sandbox, which has no network, and the one address it may reach: the public proxy.

Three roles, all standard library, started by path (`python -I relay.py ROLE ...`):

    gateway ADDRESS PORT TO_ADDRESS TO_PORT   a plain forwarder; the Docker network's way to the proxy
    outside                                   beside a sandbox: starts it, forwards, ends with it (plan: JSON on stdin)
    inside OPTIONS -- COMMAND...              in the sandbox: starts the learner's server and forwards to and from it

Bytes pass untouched, so WebSockets and event streams do too. The sockets between outside and inside are made outside
and inherited: the learner never names a path that an outer process opens.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import ctypes
import json
import os
import resource
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

CHUNK = 64 * 1024
MAX_CONNECTIONS = 256
STOP_SECONDS = 8.0
LOG_BYTES = 1024 * 1024
PR_SET_PDEATHSIG = 1

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Connect = Callable[[], Awaitable[Streams]]


class Forwarder:
    """Accepts on one socket and joins each connection with a new one to the other side."""

    def __init__(self, connect: Connect, limit: int = MAX_CONNECTIONS) -> None:
        self._connect = connect
        self._limit = limit
        self._open = 0

    async def serve(self, listener: socket.socket) -> asyncio.Server:
        """Start accepting on `listener`, a bound TCP or unix socket."""
        listener.setblocking(False)
        if listener.family == socket.AF_UNIX:
            return await asyncio.start_unix_server(self._join, sock=listener)
        return await asyncio.start_server(self._join, sock=listener)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._open >= self._limit:
            writer.close()
            return
        self._open += 1
        try:
            await self._carry(reader, writer)
        except asyncio.CancelledError:
            pass  # we are ending
        finally:
            self._open -= 1
            _abort(writer)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            other_reader, other_writer = await self._connect()
        except OSError:
            return
        there = asyncio.ensure_future(_pump(reader, other_writer))
        back = asyncio.ensure_future(_pump(other_reader, writer))
        try:
            await asyncio.gather(there, back)
        except OSError:
            pass
        finally:
            there.cancel()
            back.cancel()
            _abort(other_writer)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(CHUNK):
        writer.write(chunk)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()


def _abort(writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, RuntimeError):
        writer.close()


def _to_tcp(host: str, port: int) -> Connect:
    return lambda: asyncio.open_connection(host, port)


def _to_unix(path: str) -> Connect:
    return lambda: asyncio.open_unix_connection(path)


def _adopt(descriptor: int) -> socket.socket:
    return socket.socket(fileno=descriptor)


def _die_with(parent: int) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL))
    if os.getppid() != parent:
        sys.exit(1)


def _stop_signals() -> asyncio.Event:
    """Return an event that is set when this process is asked to end."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    return stopping


# ---------------------------------------------------------------- outside


async def run_outside(plan: dict[str, Any]) -> int:
    """Start the sandbox of `plan`, forward both ways, return its exit status."""
    for file in plan["cgroup_files"]:
        Path(file).write_text(str(os.getpid()))
    await Forwarder(_to_tcp(*plan["public"])).serve(_adopt(plan["hub_fd"]))
    # The listening socket's folder is open here: its own name may be longer than a socket's address can be.
    server_path = f"/proc/self/fd/{plan['folder_fd']}/server.sock"
    await Forwarder(_to_unix(server_path)).serve(_adopt(plan["entry_fd"]))

    environment = os.memfd_create("environment", 0)
    os.write(environment, json.dumps(plan["environment"]).encode())
    os.lseek(environment, 0, os.SEEK_SET)
    control_inside, control = os.pipe()
    os.set_inheritable(control_inside, True)
    inherited = {"server": plan["server_fd"], "environment": environment, "control": control_inside}
    command = [_fill(part, inherited) for part in plan["command"]]
    child = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        pass_fds=tuple(inherited.values()),
        env={"PATH": os.environ.get("PATH", "/usr/bin:/bin")},
    )
    for descriptor in inherited.values():
        os.close(descriptor)
    stopping = _stop_signals()
    log = asyncio.ensure_future(_keep_log(child.stdout, Path(plan["log"])))
    ended = asyncio.ensure_future(child.wait())
    await asyncio.wait([ended, asyncio.ensure_future(stopping.wait())], return_when=asyncio.FIRST_COMPLETED)
    os.close(control)
    if not ended.done():
        await asyncio.wait([ended], timeout=STOP_SECONDS)
    if not ended.done():
        child.kill()
    status = await ended
    await asyncio.wait([log], timeout=2)
    return status if status >= 0 else 128 - status


def _fill(part: str, descriptors: dict[str, int]) -> str:
    """Replace the whole argument `@NAME@` by the number of that descriptor."""
    name = part.strip("@")
    return str(descriptors[name]) if part == f"@{name}@" and name in descriptors else part


async def _keep_log(stream: asyncio.StreamReader | None, path: Path) -> None:
    """Keep the last output of the server in `path`: a learner decides how much it is, so it starts over at 1 MiB."""
    if stream is None:
        return
    with path.open("wb") as file:
        while chunk := await stream.read(CHUNK):
            if file.tell() + len(chunk) > LOG_BYTES:
                file.seek(0)
                file.truncate()
                file.write(b"[earlier output dropped]\n")
            file.write(chunk)
            file.flush()


# ---------------------------------------------------------------- inside


async def run_inside(options: argparse.Namespace) -> int:
    """Start the learner's server, forward to it and from it to the proxy, return its exit status."""
    with os.fdopen(options.environment_fd, "rb") as file:
        environment = json.load(file)
    for limit, value in ((resource.RLIMIT_NPROC, options.processes), (resource.RLIMIT_DATA, options.data_bytes)):
        if value:
            resource.setrlimit(limit, (value, value))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    listener = socket.create_server(("127.0.0.1", options.relay_port))
    await Forwarder(_to_unix(options.hub_socket)).serve(listener)
    await Forwarder(_to_tcp("127.0.0.1", options.server_port)).serve(_adopt(options.server_fd))
    child = await asyncio.create_subprocess_exec(
        *options.command, env=environment, cwd=environment["HOME"], start_new_session=True
    )
    stopping = _stop_signals()
    loop = asyncio.get_running_loop()
    loop.add_reader(options.control_fd, stopping.set)  # readable means closed: nothing is ever written
    ended = asyncio.ensure_future(child.wait())
    await asyncio.wait([ended, asyncio.ensure_future(stopping.wait())], return_when=asyncio.FIRST_COMPLETED)
    loop.remove_reader(options.control_fd)
    if not ended.done():
        child.terminate()
    status = await ended
    return status if status >= 0 else 128 - status


# ---------------------------------------------------------------- gateway


async def run_gateway(host: str, port: int, to_host: str, to_port: int) -> int:
    """Forward from (host, port) to (to_host, to_port) until told to stop."""
    await Forwarder(_to_tcp(to_host, to_port), limit=4096).serve(socket.create_server((host, port)))
    await asyncio.Event().wait()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="relay.py")
    roles = parser.add_subparsers(dest="role", required=True)
    outside = roles.add_parser("outside")
    outside.add_argument("--parent", type=int, required=True)
    inside = roles.add_parser("inside")
    for name in ("server-fd", "environment-fd", "control-fd", "relay-port", "server-port"):
        inside.add_argument(f"--{name}", type=int, required=True)
    inside.add_argument("--hub-socket", required=True)
    inside.add_argument("--processes", type=int, default=0)
    inside.add_argument("--data-bytes", type=int, default=0)
    inside.add_argument("command", nargs="+")
    gateway = roles.add_parser("gateway")
    gateway.add_argument("host")
    gateway.add_argument("port", type=int)
    gateway.add_argument("to_host")
    gateway.add_argument("to_port", type=int)
    return parser


def main() -> int:
    """Play the role that the command line names."""
    options = _parser().parse_args()
    if options.role == "outside":
        _die_with(options.parent)
        return asyncio.run(run_outside(json.load(sys.stdin)))
    if options.role == "inside":
        return asyncio.run(run_inside(options))
    return asyncio.run(run_gateway(options.host, options.port, options.to_host, options.to_port))


if __name__ == "__main__":
    sys.exit(main())
