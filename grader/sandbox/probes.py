"""What the doctor tries in the sandbox: code that fails there where a protection is off.

Each probe is a notebook cell that raises where it can do what it must not. `planted` is what the doctor put outside.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Probe:
    """One protection. `holds`: what is so where it is on; `means`: what may happen where it is off.

    `promised`: by whom: every grader, one that runs as root, or none yet; the lack of another is told, but no fault.
    """

    name: str
    holds: str
    means: str
    source: str
    promised: Literal["always", "as root", "no"] = "always"

    def code(self, planted: Mapping[str, object]) -> str:
        """Return the cell's source."""
        return f"planted = {dict(planted)!r}\n{_TOOLS}\n{textwrap.dedent(self.source).strip()}\n"

    def is_needed(self, account: int) -> bool:
        """Whether a grader of this account promises it."""
        return self.promised == "always" or (self.promised == "as root" and account == 0)


_TOOLS = """
import ctypes, errno, os, resource, socket, time
libc = ctypes.CDLL(None, use_errno=True)
def refused(function, *arguments):
    try:
        function(*arguments)
    except OSError:
        return True
    return False
def own_namespace(kind):
    inside = os.readlink(f'/proc/self/ns/{kind}')
    assert inside != planted['namespaces'][kind], f'it is in the {kind} namespace of the site'
"""

PROBES = (
    Probe(
        name="own processes",
        holds="it is process 1 of a namespace of its own",
        means="student code could reach processes of the site, and leave some behind",
        source="""
            assert os.getpid() == 1
            own_namespace('pid')
        """,
    ),
    Probe(
        name="hidden processes",
        holds="no other process is to be seen or signalled",
        means="student code could read or stop other processes of this machine",
        source="""
            assert [p for p in os.listdir('/proc') if p.isdigit()] == ['1'], 'others are to be seen in /proc'
            assert all(refused(os.kill, pid, 0) for pid in range(2, 1 << 16)), 'others could be signalled'
        """,
    ),
    Probe(
        name="no network",
        holds="no interface but loopback, and nobody at the other end of that",
        means="student code could send tests and answers away, and reach services of this machine",
        source="""
            own_namespace('net')
            assert {name for _, name in socket.if_nameindex()} <= {'lo'}, 'there is an interface'
            for family, address in (
                (socket.AF_INET, ('127.0.0.1', planted['port'])),
                (socket.AF_INET, ('192.0.2.1', 80)),
                (socket.AF_UNIX, chr(0) + planted['abstract']),
            ):
                with socket.socket(family) as connection:
                    connection.settimeout(2)
                    assert refused(connection.connect, address), f'{address} answers'
        """,
    ),
    Probe(
        name="own mounts",
        holds="files of this machine that grading doesn't need are not there, and nothing can be mounted",
        means="student code could read other files of this machine",
        source="""
            own_namespace('mnt')
            assert not os.path.exists(planted['file']), 'a file of the site is to be seen'
            assert libc.mount(b'none', b'/tmp', b'tmpfs', 0, None) != 0, 'a file system could be mounted'
        """,
    ),
    Probe(
        name="read-only system",
        holds="only the run's own folders can be written to",
        means="student code could change the interpreter or the grader for the submissions that follow",
        source="""
            for folder in ('/', '/usr', '/etc', '/dev', '/opt', '/helpers', os.path.dirname(os.__file__)):
                assert os.statvfs(folder).f_flag & os.ST_RDONLY, f'{folder} is not read-only'
                path = os.path.join(folder, 'nbquest-doctor')
                assert refused(open, path, 'w'), f'{folder} can be written to'
                assert libc.mount(b'none', folder.encode(), None, 4128, None) != 0, f'{folder} can be made writable'
            for folder in ('.', '/tmp', os.path.expanduser('~')):
                open(os.path.join(folder, 'probe'), 'w').close()
        """,
    ),
    Probe(
        name="own shared memory",
        holds="System V and POSIX segments of this machine are out of reach",
        means="student code could exchange data with other submissions",
        source="""
            own_namespace('ipc')
            assert libc.shmget(0x6e6271, 4096, 0o1600) == -1, 'a segment could be made'
        """,
    ),
    Probe(
        name="own host name",
        holds="the machine's name is not told, and can't be changed",
        means="student code could learn, or as root change, the machine's name",
        source="""
            own_namespace('uts')
            assert libc.sethostname(b'probe', 5) != 0, 'the name could be changed'
        """,
    ),
    Probe(
        name="separate account",
        holds="it runs under an account number that nothing else has",
        means="without root, student code runs under the site's own account; the other protections alone part them",
        source="""
            assert os.getuid() == os.geteuid() != 0 and os.getgroups() in ([], [os.getgid()], [65534]), 'it is root'
            outside = os.getuid()
            for line in open('/proc/self/uid_map'):
                first, there, count = map(int, line.split())
                if first <= os.getuid() < first + count:
                    outside = there + os.getuid() - first
            assert outside not in (0, planted['account']), f'outside it is account {outside}'
        """,
        promised="as root",
    ),
    Probe(
        name="no capability",
        holds="it has no right of root, and none to get back",
        means="student code could undo other protections",
        source="""
            header = ctypes.create_string_buffer((0x20080522).to_bytes(4, 'little') + bytes(4))
            data = (ctypes.c_uint32 * 6)()
            assert libc.capget(header, data) == 0 and not any(data), 'it has capabilities'
            assert not any(libc.prctl(23, number, 0, 0, 0) == 1 for number in range(41)), 'some could come back'
            assert refused(os.setuid, 0) and refused(os.chroot, '/tmp') and refused(os.setgroups, [0])
        """,
    ),
    Probe(
        name="no new privileges",
        holds="set-user-id programs give it nothing",
        means="a set-user-id program of the system could make student code root",
        source="assert libc.prctl(39, 0, 0, 0, 0) == 1",
    ),
    Probe(
        name="system call filter",
        holds="calls that a notebook never needs are refused: namespaces, tracing, keys, memory that no limit counts",
        means="a flaw of the kernel would be easier to use (there is a filter for x86-64 and ARM64 only)",
        source="""
            assert libc.prctl(21, 0, 0, 0, 0) == 2, 'there is none'
            for name, call in (
                ('unshare', lambda: libc.unshare(0x10000000)),
                ('ptrace', lambda: libc.ptrace(0, 0, None, None)),
                ('memfd_create', lambda: libc.memfd_create(b'probe', 0)),
            ):
                ctypes.set_errno(0)
                assert call() == -1 and ctypes.get_errno() in (errno.EPERM, errno.ENOSYS), f'{name} is not refused'
        """,
    ),
    Probe(
        name="memory limit",
        holds="what is over the limit is refused, or ends the run",
        means="one submission could take the memory of the whole machine",
        source="""
            try:
                block = bytearray(planted['memory'] + (64 << 20))
            except MemoryError:
                pass
            else:
                time.sleep(5)
                raise AssertionError('more than the limit was given')
        """,
    ),
    Probe(
        name="process limit",
        holds="what is over the limit is refused, or ends the run",
        means="one submission could fill the machine's process table",
        source="""
            children = []
            try:
                for _ in range(4 * planted['processes']):
                    child = os.fork()
                    if child == 0:
                        time.sleep(60)
                        os._exit(0)
                    children.append(child)
            except OSError:
                pass
            for child in children:
                os.kill(child, 9)
                os.waitpid(child, 0)
            assert len(children) <= planted['processes'], f'{len(children)} were made'
        """,
    ),
    Probe(
        name="own control group",
        holds="the kernel adds up the memory and processes that it uses",
        means="the fork server adds them up every few milliseconds instead, and without the kernel's own memory",
        source="""
            paths = [line.rstrip().split(':', 2)[2] for line in open('/proc/self/cgroup')]
            assert any(path != '/' for path in paths), 'it is in that of the fork server'
        """,
        promised="no",
    ),
    Probe(
        name="open files limit",
        holds="open files are limited",
        means="one submission could use up the machine's open files",
        source="""
            files = []
            try:
                for _ in range(5000):
                    files.append(os.dup(0))
            except OSError:
                pass
            for number in files:
                os.close(number)
            assert len(files) < 5000
            assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0), 'memory images could be written'
        """,
    ),
    Probe(
        name="disk limit",
        holds="its own file system in memory is full when the limit is reached",
        means="one submission could fill memory or disk with files",
        source="""
            written = 0
            try:
                for number in range(8):
                    with open(f'probe-{number}', 'wb', buffering=0) as file:
                        while written < 4 * planted['disk']:
                            written += file.write(bytes(1 << 20))
            except OSError:
                pass
            assert written <= planted['disk'], f'{written >> 20} MiB were written'
        """,
    ),
    Probe(
        name="files limit",
        holds="the number of files is limited, too",
        means="one submission could take the kernel's memory with empty files",
        source="""
            made = 0
            try:
                while made < 60000:
                    os.close(os.open(f'probe-{made}', os.O_CREAT | os.O_WRONLY))
                    made += 1
            except OSError:
                pass
            assert made < 60000
        """,
    ),
    Probe(
        name="no secret in the environment",
        holds="only harmless variables, and a value planted in the site's environment is not among them",
        means="student code could use the site's credentials",
        source="""
            values = list(os.environ.values())
            for entry in os.listdir('/proc'):
                if entry.isdigit():
                    try:
                        values.append(open(f'/proc/{entry}/environ', errors='replace').read())
                    except OSError:
                        pass
            assert not any(planted['secret'] in value for value in values), 'the planted value is there'
            words = ('TOKEN', 'NBQUEST', 'SECRET', 'PASSWORD', 'URL')
            assert not [name for name in os.environ for word in words if word in name]
        """,
    ),
)

APART = Probe(
    name="tests apart from the student's code",
    holds="two process namespaces: neither process can see, signal or trace the other",
    means="student code could look into the process that holds the hidden tests",
    source="""
        assert os.getpid() == 1, 'they share a process namespace'
        own_namespace('pid')
        assert [p for p in os.listdir('/proc') if p.isdigit()] == ['1'], 'one can see the other'
        assert all(refused(os.kill, pid, 0) for pid in range(2, 1 << 16)), 'one can signal the other'
        assert libc.ptrace(16, 2, None, None) == -1, 'one can trace the other'
    """,
)

WALL_TIMER = Probe(
    name="wall timer",
    holds="code that heeds no interrupt was ended from outside, with all that it had started",
    means="one submission could hold a worker for ever",
    source="""
        import signal
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if os.fork() == 0:
            os.setsid()
        while True:
            try:
                time.sleep(60)
            except BaseException:
                pass
    """,
)
