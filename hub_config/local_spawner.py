"""Runs each learner's server in bubblewrap on this machine: own home, read-only system, no network but the relay."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Set as AbstractSet
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from jupyterhub.spawner import Spawner
from traitlets import Any as AnyTrait
from traitlets import Float, Integer, Unicode

from grader.sandbox import bubblewrap
from hub_config.cgroups import ControlGroup, Limits, make_group
from hub_config.site import Site
from hub_config.spawner import HOME, PROCESSES, SERVER_PORT, learner_environment
from nbquest.errors import NbquestError
from nbquest.ports import LOOPBACK, free_port

RELAY = Path(__file__).parent / "relay.py"
RELAY_PORT = 8000
RELAY_INSIDE = "/opt/nbquest/relay.py"
SOCKETS_INSIDE = "/run/nbquest"
MIB = 1024 * 1024
ORDINARY_UID = 1000
NPROC_ROOM = 64


def configure_local(c: Any, site: Site) -> None:
    """Take the local spawner."""
    c.JupyterHub.spawner_class = LocalSpawner
    _configure(c, site)


def configure_insecure(c: Any, site: Site) -> None:
    """Take the spawner without any isolation; only ever by the administrator's explicit word."""
    c.JupyterHub.spawner_class = UnisolatedSpawner
    _configure(c, site)


def _configure(c: Any, site: Site) -> None:
    settings = site.settings
    c.LocalSpawner.site = site
    c.LocalSpawner.python = str((settings.learner_environment / "bin" / "python").absolute())
    c.LocalSpawner.uid_base = settings.learner_uid_base
    settings.homes_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings.environments_dir.mkdir(parents=True, exist_ok=True)
    settings.environments_dir.chmod(0o755)
    (settings.logs_dir / "servers").mkdir(mode=0o700, parents=True, exist_ok=True)


class ServerFailed(NbquestError):
    """The learner's server ended before it was ready."""

    code: ClassVar[str] = "server-failed"
    jupyterhub_message = "It ended before it was ready. Try again; if that doesn't help, tell the site's administrator."


class LocalSpawner(Spawner):
    """A learner's server as a contained process; it ends when the Hub ends, however that happens."""

    site = AnyTrait(config=True, help="The site that this Hub belongs to.")
    python = Unicode(config=True, help="Interpreter of the learners' environment.")
    uid_base = Integer(
        config=True, help="As root: a learner's account number is this plus the Hub's number of the person."
    )
    stop_seconds = Float(20.0, config=True, help="Seconds to wait for an orderly end before the process is killed.")

    contained: ClassVar[bool] = True  # in a user namespace of its own
    process: subprocess.Popen[bytes] | None = None
    group = ControlGroup()
    relay_port = RELAY_PORT

    @property
    def uid(self) -> int:
        """Account number that the server runs under."""
        return int(self.uid_base + self.user.id) if os.geteuid() == 0 else ORDINARY_UID

    @property
    def home(self) -> Path:
        """The learner's home on this machine."""
        return Path(self.site.settings.homes_dir / self.user.name)

    @property
    def _log_file(self) -> Path:
        return Path(self.site.settings.logs_dir / "servers" / f"{self.user.name}.log")

    @property
    def run_folder(self) -> Path:
        """Folder of this server's sockets and generated files."""
        return Path(self.site.runtime_dir / f"server-{self.user.id}")

    @cached_property
    def _python_folders(self) -> list[Path]:
        return bubblewrap.python_folders(Path(self.python))

    @property
    def _environments(self) -> Path:
        """Folder of the environments of courses: as a whole, so that a running server sees what comes in."""
        return Path(self.site.settings.environments_dir.absolute())

    @property
    def relay_url(self) -> str:
        """The one address that the server can reach, as it sees it."""
        return f"http://{LOOPBACK}:{self.relay_port}"

    def get_env(self) -> dict[str, str]:
        """Return the whole environment of the server."""
        self.hub_connect_url = self.relay_url
        environment: dict[str, str] = super().get_env()
        bin_folder = str(Path(self.python).parent)
        environment |= learner_environment(self.relay_url, str(self._environments / "share" / "jupyter"))
        environment |= {"PATH": f"{bin_folder}:/usr/local/bin:/usr/bin:/bin", "USER": self.user.name}
        return environment

    async def start(self) -> tuple[str, int]:
        """Start the server; return the address at which the proxy reaches it."""
        self._choose_ports()
        self._prepare_home()
        self._prepare_run_folder()
        listeners = _listen(self.run_folder)
        try:
            self._launch(listeners)
            port: int = listeners["entry"].getsockname()[1]
        finally:
            for listener in listeners.values():
                listener.close()
        await self._wait_until_up(port)
        return LOOPBACK, port

    async def _wait_until_up(self, port: int) -> None:
        """Wait for the first answer; fail at once, with a word for the learner, when the process ends before."""
        while not await _answers(port, f"/user/{self.user.name}/api"):
            if self.process is None or self.process.poll() is not None:
                error = ServerFailed()
                self.log.error("%s Its log: %s", error, self._log_file)
                self._clean()
                raise error
            await asyncio.sleep(0.1)

    def _choose_ports(self) -> None:
        # The server has a network of its own, so every server may have the same.
        self.ip, self.port, self.relay_port = LOOPBACK, SERVER_PORT, RELAY_PORT

    def _launch(self, listeners: dict[str, socket.socket]) -> None:
        folder = os.open(self.run_folder, os.O_RDONLY | os.O_DIRECTORY)
        self.group = self._make_group()
        plan = {
            "public": self.site.public_address,
            "hub_fd": listeners["hub"].fileno(),
            "entry_fd": listeners["entry"].fileno(),
            "server_fd": listeners["server"].fileno(),
            "folder_fd": folder,
            "command": self.sandbox_command(),
            "environment": self.get_env(),
            "cgroup_files": self.group.process_files,
            "log": str(self._log_file),
        }
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-I", str(RELAY), "outside", "--parent", str(os.getpid())],
                stdin=subprocess.PIPE,
                pass_fds=[folder, *(listener.fileno() for listener in listeners.values())],
                env={"PATH": os.environ.get("PATH", "/usr/bin:/bin")},
                cwd="/",
                start_new_session=True,
            )
        finally:
            os.close(folder)
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(plan).encode())
        self.process.stdin.close()

    def _make_group(self) -> ControlGroup:
        limits = Limits(memory_bytes=int(self.mem_limit), cpus=float(self.cpu_limit), processes=PROCESSES)
        group = make_group(self.site.label, f"server-{self.user.id}", limits)
        missing = {"memory", "cpu", "pids"} - group.limited
        if missing:
            self.log.warning("No control group for %s here. %s", ", ".join(sorted(missing)), self._stand_ins(missing))
        return group

    def _stand_ins(self, missing: AbstractSet[str]) -> str:
        """Say what limits the server in place of the control groups that are missing."""
        said = {
            "memory": "Memory is limited for each process alone, not for the server.",
            "cpu": "The processor is not limited.",
            "pids": "The number of processes is limited by the account."
            if self.can_limit_processes
            else "The number of processes is NOT limited: a learner can fill this machine's process table.",
        }
        return " ".join(said[controller] for controller in sorted(missing))

    @property
    def can_limit_processes(self) -> bool:
        """Tell whether RLIMIT_NPROC counts this server's processes alone, not all that the site's account runs."""
        return os.geteuid() == 0 or (self.contained and counts_by_namespace(os.uname().release))

    def server_command(self) -> list[str]:
        """Return the command of the server itself."""
        return [self.python, "-m", "jupyterhub.singleuser", *self.get_args()]

    def sandbox_command(self) -> list[str]:
        """Return the command that starts the contained server, relay included; `@name@` are descriptors to fill in."""
        etc = self.run_folder / "etc"
        spec = bubblewrap.Containment(
            argv=self._inner_command(RELAY_INSIDE, f"{SOCKETS_INSIDE}/hub.sock"),
            uid=self.uid,
            environment={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
            read_only=[*self._python_folders, self._environments],
            read_only_binds=[
                (RELAY, RELAY_INSIDE),
                (self.run_folder / "inside", SOCKETS_INSIDE),
                *((file, f"/etc/{file.name}") for file in sorted(etc.iterdir())),
            ],
            binds=[(self.home, HOME)],
            tmpfs={"/tmp": 512 * MIB, "/run": 16 * MIB, "/dev/shm": 128 * MIB},  # noqa: S108  inside
            host_name="nbquest",
        )
        return bubblewrap.command(spec)

    def _inner_command(self, relay: str, hub_socket: str) -> list[str]:
        options = {
            "server-fd": "@server@",
            "environment-fd": "@environment@",
            "control-fd": "@control@",
            "relay-port": str(self.relay_port),
            "server-port": str(self.port),
            "hub-socket": hub_socket,
        }
        if "memory" not in self.group.limited:
            options["data-bytes"] = str(int(self.mem_limit))
        if "pids" not in self.group.limited and self.can_limit_processes:
            options["processes"] = str(PROCESSES + NPROC_ROOM)
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        return [self.python, "-I", relay, "inside", *arguments, "--", *self.server_command()]

    def _prepare_home(self) -> None:
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.geteuid() == 0 and self.home.stat().st_uid != self.uid:
            # Made now, or moved here from a site where the person had another number.
            for folder, _, files in os.walk(self.home, topdown=True):
                for path in [folder, *(os.path.join(folder, name) for name in files)]:  # noqa: PTH118
                    os.chown(path, self.uid, self.uid, follow_symlinks=False)

    def _prepare_run_folder(self) -> None:
        shutil.rmtree(self.run_folder, ignore_errors=True)
        for folder, mode in (
            (self.run_folder, 0o700),
            (self.run_folder / "inside", 0o755),
            (self.run_folder / "etc", 0o755),
        ):
            folder.mkdir(mode=mode, parents=True)
        name, uid = self.user.name, self.uid
        files = {
            "passwd": f"root:x:0:0:root:/root:/bin/sh\n{name}:x:{uid}:{uid}:{name}:{HOME}:/bin/bash\n",
            "group": f"root:x:0:\n{name}:x:{uid}:\n",
            "hosts": "127.0.0.1 localhost nbquest\n::1 localhost\n",
            "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
        }
        for file, text in files.items():
            path = self.run_folder / "etc" / file
            path.write_text(text, encoding="utf-8")
            path.chmod(0o644)

    async def poll(self) -> int | None:
        """Return None while the server runs, else its exit status.

        A server of an earlier Hub process has ended with it, so no process of ours means that there is none.
        """
        if self.process is None:
            return 0
        status = self.process.poll()
        if status is not None:
            self._clean()
        return status

    async def stop(self, now: bool = False) -> None:
        """End the server: orderly, or at once with `now`; afterwards no process of it is left."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGKILL if now else signal.SIGTERM)
        if not await self._wait(self.stop_seconds):
            self.process.kill()
            await self._wait(self.stop_seconds)
        self._clean()

    async def _wait(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self.process is not None and self.process.poll() is None:
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(0.05)
        return True

    def _clean(self) -> None:
        self.process = None
        self.group.remove()
        shutil.rmtree(self.run_folder, ignore_errors=True)

    async def delete_forever(self) -> None:
        """Put the home of a person who is deleted aside, so that nobody who takes the name later gets it."""
        if self.home.is_dir():
            removed = self.site.settings.data_dir / "removed-homes"
            removed.mkdir(mode=0o700, exist_ok=True)
            self.home.rename(removed / f"{self.user.name}-{self.user.id}-{int(time.time())}")


class UnisolatedSpawner(LocalSpawner):
    """The same without any containment: code of learners sees what the site's account sees. For `insecure` only."""

    contained: ClassVar[bool] = False

    def get_env(self) -> dict[str, str]:
        """Return the environment, with the home where it really is."""
        return super().get_env() | {"HOME": str(self.home), "JUPYTERHUB_ROOT_DIR": str(self.home)}

    def _choose_ports(self) -> None:
        self.ip, self.port, self.relay_port = LOOPBACK, free_port(), free_port()

    def _prepare_run_folder(self) -> None:
        super()._prepare_run_folder()
        for folder in (self.site.runtime_dir, self.run_folder, self.site.settings.homes_dir):
            folder.chmod(0o711)  # to be passed through by the learner's account, not listed

    def sandbox_command(self) -> list[str]:
        """Return the server's command with the relay, uncontained; as root under the learner's own account number."""
        command = self._inner_command(str(RELAY), str(self.run_folder / "inside" / "hub.sock"))
        return [*bubblewrap.drop_rights(self.uid), *command] if os.geteuid() == 0 else command


def counts_by_namespace(release: str) -> bool:
    """Tell whether a kernel of this release counts RLIMIT_NPROC in each user namespace for itself: 5.14 and later."""
    found = re.match(r"(\d+)\.(\d+)", release)
    return found is not None and (int(found[1]), int(found[2])) >= (5, 14)


def _listen(folder: Path) -> dict[str, socket.socket]:
    """Make the three listening sockets of one server; the outer relay inherits them."""
    entry = socket.create_server((LOOPBACK, 0))
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        # Bound through the descriptor: the folder's own name may be longer than a socket's address can be.
        hub = _listen_unix(f"/proc/self/fd/{descriptor}/inside/hub.sock")
        server = _listen_unix(f"/proc/self/fd/{descriptor}/server.sock")
    finally:
        os.close(descriptor)
    (folder / "inside" / "hub.sock").chmod(0o666)
    return {"entry": entry, "hub": hub, "server": server}


async def _answers(port: int, path: str) -> bool:
    """Tell whether an HTTP server answers at a loopback port."""
    try:
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
        try:
            writer.write(f"GET {path} HTTP/1.1\r\nHost: {LOOPBACK}\r\nConnection: close\r\n\r\n".encode())
            return await asyncio.wait_for(reader.read(4), 10) == b"HTTP"
        finally:
            writer.close()
    except (OSError, TimeoutError):
        return False


def _listen_unix(path: str) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(128)
    return listener
