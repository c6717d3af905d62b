"""The system call filter, interpreted as the kernel would, for both machines; then for real."""

from __future__ import annotations

import errno
import struct
import subprocess
import sys

import pytest

from grader.sandbox.inside import seccomp
from grader.sandbox.inside.syscalls import ABSENT, ALLOWED

ALLOW, EPERM, ENOSYS, KILL = 0x7FFF0000, 0x50000 | errno.EPERM, 0x50000 | errno.ENOSYS, 0x80000000
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
# Numbers of what no run may do, from the kernel's tables.
REFUSED = {
    "ptrace": (101, 117), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "unshare": (272, 97), "setns": (308, 268), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "kcmp": (312, 272), "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219), "bpf": (321, 280),
    "perf_event_open": (298, 241), "userfaultfd": (323, 282), "io_uring_enter": (426, 426), "personality": (135, 92),
    "open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264), "move_pages": (279, 239), "open_tree": (428, 428),
    "move_mount": (429, 429), "fsopen": (430, 430), "pidfd_getfd": (438, 438), "shmget": (29, 194), "msgget": (68, 186),
    "semget": (64, 190), "mq_open": (240, 180), "memfd_secret": (447, 447), "fanotify_init": (300, 262),
    "init_module": (175, 105), "finit_module": (313, 273), "kexec_load": (246, 104), "seccomp": (317, 277),
    "syslog": (103, 116), "reboot": (169, 142), "swapon": (167, 224), "clock_settime": (227, 112), "acct": (163, 89),
    "io_submit": (209, 2), "quotactl": (179, 60), "migrate_pages": (256, 238), "mount_setattr": (442, 442),
}  # fmt: skip


def answer(machine: str, number: int, *arguments: int, architecture: int | None = None) -> int:
    """Return what the filter answers to a call."""
    code = seccomp.program(machine)
    assert code is not None
    given = [*arguments, *([0] * (6 - len(arguments)))]
    data = struct.pack("<IIQ6Q", number, architecture or MACHINES[machine][1], 0, *given)
    operations = list(struct.iter_unpack("=HBBI", code))
    at = loaded = 0
    while True:
        kind, if_true, if_false, value = operations[at]
        if kind == 0x06:
            return int(value)
        if kind == 0x20:
            (loaded,) = struct.unpack_from("<I", data, value)
            at += 1
        else:
            holds = {0x15: loaded == value, 0x35: loaded >= value, 0x45: bool(loaded & value)}[kind]
            at += 1 + (if_true if holds else if_false)


@pytest.fixture(params=MACHINES)
def machine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_what_is_listed_is_allowed_and_nothing_else(machine: str) -> None:
    column = MACHINES[machine][0]
    allowed = {numbers[column] for numbers in ALLOWED.values()}
    absent = {numbers[column] for numbers in ABSENT.values()}
    looked_into = {ALLOWED[name][column] for name in ("socket", "socketpair")}
    for number in set(range(600)) - looked_into:
        expected = ALLOW if number in allowed else ENOSYS if number in absent or number > 456 else EPERM
        assert answer(machine, number) == expected, number


@pytest.mark.parametrize("name", REFUSED)
def test_what_escapes_are_made_of_is_refused(name: str, machine: str) -> None:
    assert answer(machine, REFUSED[name][MACHINES[machine][0]]) == EPERM


def test_other_machines_calls_are_none(machine: str) -> None:
    assert answer(machine, 0x40000001) == answer(machine, 0xFFFFFFFF) == ENOSYS
    assert answer(machine, 1, architecture=0x40000003) == KILL
    assert seccomp.program("pdp11") is None


@pytest.mark.parametrize("flag", [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000])
def test_clone_makes_no_namespace(flag: int, machine: str) -> None:
    number = ALLOWED["clone"][MACHINES[machine][0]] or 0
    assert answer(machine, number, 0x3D0F00) == ALLOW  # a thread
    assert answer(machine, number, 17) == ALLOW  # a process
    assert answer(machine, number, 17 | flag) == EPERM


@pytest.mark.parametrize(
    ("family", "protocol", "allowed"),
    [
        (1, 0, True), (2, 0, True), (2, 6, True), (2, 17, True), (10, 0, True), (10, 58, True), (16, 0, True),
        (2, 132, False), (2, 33, False), (2, 262, False), (10, 115, False), (16, 12, False), (16, 6, False),
        (17, 3, False), (38, 0, False), (40, 0, False), (21, 0, False), (15, 2, False), (29, 1, False), (0, 0, False),
    ],
)  # fmt: skip
def test_sockets_of_few_families(family: int, protocol: int, allowed: bool, machine: str) -> None:
    column = MACHINES[machine][0]
    assert answer(machine, ALLOWED["socket"][column] or 0, family, 1, protocol) == (ALLOW if allowed else EPERM)
    assert answer(machine, ALLOWED["socketpair"][column] or 0, family) == (ALLOW if family == 1 else EPERM)


def test_terminals_are_not_fed(machine: str) -> None:
    number = ALLOWED["ioctl"][MACHINES[machine][0]] or 0
    assert answer(machine, number, 0, 0x5412) == answer(machine, number, 0, 0x541C) == EPERM
    assert answer(machine, number, 0, 0x5401) == ALLOW


def test_jumps_stay_inside(machine: str) -> None:
    code = seccomp.program(machine)
    assert code is not None
    steps = list(struct.iter_unpack("=HBBI", code))
    assert len(steps) < 4096
    for index, (operation, if_true, if_false, _) in enumerate(steps):
        if operation in (0x15, 0x35, 0x45):
            assert index + 1 + max(if_true, if_false) < len(steps)
    assert steps[-1][0] == 0x06


def test_the_kernel_takes_it() -> None:
    code = (
        "import asyncio, ctypes, os, socket, subprocess, threading\n"
        "from grader.sandbox.inside import seccomp\n"
        "ctypes.CDLL(None).prctl(38, 1, 0, 0, 0)\n"
        "assert seccomp.install()\n"
        "assert ctypes.CDLL(None).unshare(0x10000000) == -1\n"
        "for family in (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6): socket.socket(family).close()\n"
        "socket.socketpair()\n"
        "try:\n    socket.socket(40, socket.SOCK_STREAM)\nexcept PermissionError:\n    pass\n"
        "else:\n    raise SystemExit(3)\n"
        "pid = os.fork()\n"
        "if pid == 0: os._exit(0)\n"
        "os.waitpid(pid, 0)\n"
        "t = threading.Thread(target=print); t.start(); t.join()\n"
        "subprocess.run(['true'], check=True)\n"
        "asyncio.run(asyncio.sleep(0))\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
