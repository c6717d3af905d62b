"""Builds bubblewrap commands: the one place that knows how a contained process sees the machine.

Two ways lead to the same containment. As root, bubblewrap sets up the mounts with the rights it has and `setpriv`
inside gives them up for a numeric account that owns nothing else. As anyone else, a user namespace does.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

SYSTEM_FOLDERS = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")
SYSTEM_FILES = (
    "/etc/ssl/certs",
    "/etc/ca-certificates",
    "/etc/fonts",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/alternatives",
)


@dataclass(kw_only=True)
class Containment:
    """What a contained process may see and do.

    `uid` is the numeric account that it runs under (on the machine when the caller is root, else only inside).
    `argv` is the command. `read_only` paths appear at their own place; `binds` are (source, destination) pairs that
    are writable, `read_only_binds` such pairs that aren't; `tmpfs` maps a destination to a size in bytes. The
    environment holds only `environment`.
    """

    argv: Sequence[str]
    uid: int
    environment: dict[str, str]
    read_only: Sequence[Path] = ()
    binds: Sequence[tuple[Path, str]] = ()
    read_only_binds: Sequence[tuple[Path, str]] = ()
    tmpfs: dict[str, int] = field(default_factory=dict)
    working_folder: str = "/"
    host_name: str = "nbquest"
    die_with_parent: bool = True
    keep_root: bool = False
    """Keep all rights inside, for a caller that makes namespaces of its own there and drops the rights itself."""
    own_network: bool = True
    """False leaves the network namespace to the caller: making one needs CAP_NET_ADMIN, which a container may lack."""


def find_bubblewrap() -> str | None:
    """Return the path of `bwrap`, or None where it isn't installed."""
    return shutil.which("bwrap")


def python_folders(python: Path) -> list[Path]:
    """Return the folders that `python` (an interpreter, perhaps a virtual environment's) needs to be seen to run."""
    code = "import sys; print(sys.prefix); print(sys.base_prefix)"
    lines = subprocess.run([str(python), "-I", "-c", code], check=True, capture_output=True, text=True).stdout.split(
        "\n"
    )
    folders = {Path(line) for line in lines if line}
    return sorted(folder for folder in folders if not folder.is_relative_to("/usr"))


def interpreter_folders(python: Path) -> list[Path]:
    """Return the folders that the interpreter reads: its own, and those that `.pth` files add.

    It is asked, uncontained, so its packages must be the administrator's choice.
    """
    code = "import sys; print('\\n'.join(sys.path))"
    told = subprocess.run([str(python), "-I", "-c", code], check=True, capture_output=True, text=True).stdout
    own = python_folders(python)
    added = {Path(line) for line in told.splitlines() if Path(line).is_dir()}
    return [*own, *sorted(path for path in added if not any(map(path.is_relative_to, [*own, Path("/usr")])))]


def command(spec: Containment) -> list[str]:
    """Return the bubblewrap command line for `spec`: no network, own processes, read-only system, no capability."""
    arguments = [
        find_bubblewrap() or "bwrap",
        "--unshare-pid",
        "--unshare-ipc",
        "--unshare-uts",
        *(["--unshare-net"] if spec.own_network else []),
    ]
    arguments += ["--unshare-cgroup-try", "--hostname", spec.host_name, "--new-session", "--clearenv"]
    if spec.die_with_parent:
        arguments.append("--die-with-parent")
    arguments += _account_arguments(spec)
    arguments += _system_mounts()
    mounts = [*spec.read_only_binds, *spec.binds]
    for destination, size in spec.tmpfs.items():
        arguments += ["--perms", "1777", "--size", str(size), "--tmpfs", destination]
    arguments += _open_parents([*map(str, spec.read_only), *(inside for _, inside in mounts)])
    for path in spec.read_only:
        arguments += ["--ro-bind", str(path), str(path)]
    for source, destination in spec.read_only_binds:
        arguments += ["--ro-bind", str(source), destination]
    for source, destination in spec.binds:
        arguments += ["--bind", str(source), destination]
    for name, value in spec.environment.items():
        arguments += ["--setenv", name, value]
    arguments += ["--chdir", spec.working_folder, "--"]
    if os.geteuid() == 0 and not spec.keep_root:
        arguments += drop_rights(spec.uid)
    return [*arguments, *spec.argv]


def drop_rights(uid: int) -> list[str]:
    """Return the command prefix that gives up root for the account `uid`, for good."""
    account = ["--reuid", str(uid), "--regid", str(uid), "--clear-groups"]
    return ["setpriv", *account, "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", "--"]


def _account_arguments(spec: Containment) -> list[str]:
    if os.geteuid() != 0:
        rights = "--cap-add" if spec.keep_root else "--cap-drop"
        return ["--unshare-user", "--uid", str(spec.uid), "--gid", str(spec.uid), rights, "ALL"]
    if spec.keep_root:
        return ["--cap-add", "ALL"]
    # setpriv needs these three to give up everything, itself included.
    return [
        "--cap-drop",
        "ALL",
        "--cap-add",
        "CAP_SETUID",
        "--cap-add",
        "CAP_SETGID",
        "--cap-add",
        "CAP_SETPCAP",
    ]


def _open_parents(destinations: Sequence[str]) -> list[str]:
    """Make the folders above `destinations` passable: bubblewrap makes them for root alone where it runs as root."""
    system = [Path(folder) for folder in SYSTEM_FOLDERS]
    parents = {parent for destination in destinations for parent in Path(destination).parents if parent != Path("/")}
    ours = sorted(parent for parent in parents if not any(parent.is_relative_to(folder) for folder in system))
    return [part for parent in ours for part in ("--perms", "0755", "--dir", str(parent))]


def _system_mounts() -> list[str]:
    arguments: list[str] = []
    for folder in map(Path, SYSTEM_FOLDERS):
        if folder.is_symlink():
            arguments += ["--symlink", str(folder.readlink()), str(folder)]
        elif folder.is_dir():
            arguments += ["--ro-bind", str(folder), str(folder)]
    for path in SYSTEM_FILES:
        arguments += ["--ro-bind-try", path, path]
    return [*arguments, "--proc", "/proc", "--dev", "/dev"]


def probe(uid: int = 65534, *, own_network: bool = True) -> str | None:
    """Try a contained process; return None when it works, else one line on what is missing."""
    if sys.platform != "linux":
        return "bubblewrap works on Linux only"
    if find_bubblewrap() is None:
        return "bubblewrap is not installed (Debian and Ubuntu: apt-get install bubblewrap)"
    environment = {"PATH": "/usr/bin:/bin"}
    spec = Containment(argv=["true"], uid=uid, environment=environment, own_network=own_network)
    result = subprocess.run(command(spec), capture_output=True, text=True, timeout=20, check=False)
    if result.returncode == 0:
        return None
    reason = (result.stderr.strip().splitlines() or [f"exit status {result.returncode}"])[-1]
    return f"bubblewrap can't make namespaces here: {reason}"
