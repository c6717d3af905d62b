"""The sandbox holds, as root, with CAP_SYS_ADMIN alone, and as an ordinary user; and where it can't, nothing is run."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import grader
from grader.errors import SandboxFailed, SandboxUnavailable
from grader.grading import Grader, GradeRequest, GraderOptions, Limits
from grader.sandbox import bubblewrap
from grader.sandbox.doctor import check_sandbox
from tests.factories.notebooks import graded, notebook, solution

pytestmark = pytest.mark.bubblewrap
NEEDS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become other accounts")
CHECK = "import json, sys\nfrom pathlib import Path\nfrom grader.options import GraderOptions\n"
CHECK += "from grader.sandbox.doctor import check_sandbox\n"
CHECK += "checks = check_sandbox(GraderOptions(python=Path(sys.argv[1])))\n"
CHECK += "print(json.dumps([[c.name, c.ok or not c.needed, c.detail] for c in checks]))"
# What a container gets that was given SYS_ADMIN and nothing else beyond the usual.
CONTAINER = (
    "+sys_admin,+setuid,+setgid,+setpcap,+chown,+dac_override,+fowner,+fsetid,+kill,+sys_chroot,+mknod,+net_raw,"
    "+net_bind_service,+audit_write,+setfcap"
)


def test_each_protection_holds() -> None:
    checks = check_sandbox(GraderOptions())
    assert len(checks) >= 20
    assert [check for check in checks if check.needed and not check.ok] == []


def _check_as(prefix: list[str], python: Path, hub: Path, library: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(library)}
    command = [*prefix, str(hub), "-c", CHECK, str(python)]
    told = subprocess.run(command, capture_output=True, text=True, env=environment, cwd="/", check=False)
    assert told.returncode == 0, told.stderr
    checks = json.loads(told.stdout)
    assert len(checks) >= 10
    assert [check for check in checks if not check[1]] == []


@NEEDS_ROOT
def test_root_needs_no_more_than_a_containers_rights() -> None:
    prefix = ["setpriv", "--bounding-set", f"-all,{CONTAINER}", "--inh-caps", "-all"]
    _check_as(prefix, GraderOptions().interpreter(), Path(sys.executable), Path(grader.__file__).parents[1])


# IPython and what it needs; the other libraries are preloaded only where they are.
PACKAGES = (
    "IPython", "traitlets", "decorator.py", "decorator", "jedi", "parso", "matplotlib_inline", "pexpect",
    "ptyprocess", "wcwidth", "prompt_toolkit", "pygments", "stack_data", "executing", "asttokens", "pure_eval",
    "typing_extensions.py", "ipython_pygments_lexers.py", "psutil", "numpy", "numpy.libs",
)  # fmt: skip


@pytest.fixture(scope="module")
def readable() -> Iterator[tuple[Path, Path, Path]]:
    """Interpreters and a copy of the grader that any account can read, wherever this checkout lies."""
    system = Path("/usr/bin/python3")
    ours = f"{sys.version_info[0]}.{sys.version_info[1]}"
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    found = subprocess.run([system, "-c", code], capture_output=True, text=True, check=False)
    if found.stdout.strip() != ours:
        pytest.skip(f"the system's python is not {ours}, so it can't read our packages")
    folder = Path("/var/tmp") / f"grader-test-{os.getpid()}"  # not below a folder of root's alone
    folder.mkdir(mode=0o755)
    try:
        subprocess.run([system, "-m", "venv", "--without-pip", folder / "learner"], check=True)
        packages = _packages(GraderOptions().interpreter())
        target = folder / "learner" / "lib" / f"python{ours}" / "site-packages"
        for name in PACKAGES:
            if (packages / name).exists():
                subprocess.run(["cp", "-a", packages / name, target / name], check=True)
        shutil.copytree(Path(grader.__file__).parent, folder / "library" / "grader")
        subprocess.run(["chmod", "-R", "a+rX", str(folder)], check=True)
        yield folder / "learner" / "bin" / "python", system, folder / "library"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _packages(python: Path) -> Path:
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    return Path(subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=True).stdout.strip())


@NEEDS_ROOT
def test_an_ordinary_user_needs_no_rights_at_all(readable: tuple[Path, Path, Path]) -> None:
    prefix = ["setpriv", "--reuid", "12345", "--regid", "12345", "--clear-groups"]
    _check_as(prefix, *readable)


SOURCE = notebook(solution("a", "x = 1"), graded("t", "assert x == 1"))


def test_without_bubblewrap_nothing_is_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bubblewrap, "find_bubblewrap", lambda: None)
    mark = tmp_path / "ran"
    request = GradeRequest(source=SOURCE, submission=notebook(solution("a", f"open({str(mark)!r}, 'w')")))
    grader_ = Grader(GraderOptions())
    with pytest.raises(SandboxUnavailable, match="bubblewrap"):
        grader_.grade(request)
    assert not mark.exists()


def test_an_interpreter_without_ipython_is_told() -> None:
    with pytest.raises(SandboxUnavailable, match="IPython"), Grader(GraderOptions(python=Path("/usr/bin/python3"))):
        pass


def test_insecure_is_a_choice_but_never_for_root() -> None:
    if os.geteuid() == 0:
        with pytest.raises(SandboxUnavailable, match="root"), Grader(GraderOptions(insecure=True)):
            pass
        return
    with Grader(GraderOptions(insecure=True)) as grader_:
        report = grader_.grade(GradeRequest(source=SOURCE, submission=SOURCE)).report
    assert report.score == 1


def _descendants(pid: int) -> set[int]:
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found, waiting = set(), [pid]
    while waiting:
        for child in children.get(waiting.pop(), []):
            found.add(child)
            waiting.append(child)
    return found


def _gone(pids: set[int]) -> bool:
    end = time.monotonic() + 10
    while alive := {pid for pid in pids if Path(f"/proc/{pid}").exists()}:
        if time.monotonic() > end:
            return not alive
        time.sleep(0.05)
    return True


def test_nothing_outlives_the_grader_not_even_its_sudden_death() -> None:
    code = (
        "import sys, time\nfrom grader.grading import *\nfrom tests.factories.notebooks import *\n"
        "a = 'import os, time\\nos.fork()\\nos.setsid() if os.getpid() > 1 else 0\\ntime.sleep(600)'\n"
        "s = notebook(solution('a', a))\n"
        "g = Grader(GraderOptions())\ng.__enter__()\n"
        "print('started', flush=True)\ng.grade(GradeRequest(source=s, submission=s))"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().strip() == "started"
            before = _descendants(process.pid)
            started = _grown(process, before, by=2)
        finally:
            process.kill()
    assert _gone(started)


def _grown(process: subprocess.Popen[str], before: set[int], by: int) -> set[int]:
    """The processes below `process` once there are `by` more than `before`: a run of the learner and its child."""
    while len(started := _descendants(process.pid)) < len(before) + by:
        assert process.poll() is None, "the grader ended before the run did"
        time.sleep(0.05)
    return started


def test_a_fork_server_that_dies_is_told_and_started_anew() -> None:
    with Grader(GraderOptions(limits=Limits(cell_seconds=20))) as grader_:
        assert _gone(_kill_fork_servers())
        time.sleep(0.2)
        try:
            report = grader_.grade(GradeRequest(source=SOURCE, submission=SOURCE)).report
        except SandboxFailed:
            report = grader_.grade(GradeRequest(source=SOURCE, submission=SOURCE)).report
        assert report.score == 1


def test_a_fork_server_that_dies_in_the_middle_is_no_verdict_on_the_learner() -> None:
    slow = notebook(solution("a", "import time\ntime.sleep(60)"))
    with Grader(GraderOptions()) as grader_, ThreadPoolExecutor(1) as pool:
        before = _runs()
        grading = pool.submit(grader_.grade, GradeRequest(source=SOURCE, submission=slow))
        while not (_runs() - before):
            time.sleep(0.05)
        _kill_fork_servers()
        with pytest.raises(SandboxFailed):
            grading.result(30)


def _runs() -> set[int]:
    return _descendants(os.getpid())


def _kill_fork_servers() -> set[int]:
    servers = {pid for pid in _runs() if b"forkserver" in Path(f"/proc/{pid}/cmdline").read_bytes()}
    for pid in servers:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return servers


def test_a_run_reaches_neither_the_fork_server_nor_another_run() -> None:
    spy = (
        "import os, socket, stat\n"
        "open_files = [n for n in map(int, os.listdir('/proc/self/fd')) if os.path.exists(f'/proc/self/fd/{n}')]\n"
        "sockets = [n for n in open_files if stat.S_ISSOCK(os.fstat(n).st_mode)]\n"
        "others = [p for p in os.listdir('/proc') if p.isdigit() and p != str(os.getpid())]\n"
        "x = (len(sockets), others)\n"
    )
    source = notebook(solution("a", spy), graded("t", "assert x == (1, [])"))
    with Grader(GraderOptions()) as grader_:
        assert grader_.grade(GradeRequest(source=source, submission=source)).report.score == 1
