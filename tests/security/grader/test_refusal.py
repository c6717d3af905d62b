"""Where student code can't be contained, none is run: whatever is taken away, on the command line and in a worker."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from grader.grading import GraderOptions
from grader.pool import GraderPool
from grader.sandbox import bubblewrap
from grader.sandbox.doctor import LIMITS, check_sandbox
from grader.sandbox.probes import APART, PROBES
from nbquest.courses.options import grader_options
from nbquest.settings import REPOSITORY, Settings
from tests.factories import namespaces
from tests.factories.notebooks import graded, notebook, solution

pytestmark = pytest.mark.bubblewrap
NEEDS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can take rights from others")
SHORT = [sys.executable, namespaces.__file__]
SECOND = "a run could not be confined|Creating new namespace failed"
"""What is said where there is one namespace only: the kernel may still count that of the check before it."""
LACKING = {
    "no bubblewrap": (["env", "PATH=/nowhere"], "bubblewrap is not installed"),
    "no right to make namespaces": (["setpriv", "--bounding-set", "-sys_admin"], "can't make namespaces"),
    "an account without user namespaces": (
        ["bwrap", "--dev-bind", "/", "/", "--unshare-user", "--uid", "12345", "--disable-userns", "--cap-drop", "ALL"],
        "can't make namespaces",
    ),
    "no process namespaces": ([*SHORT, '{"pid": 1}'], "Creating new namespace failed"),
    "no network namespaces": ([*SHORT, '{"net": 1}'], SECOND),
    "no mount namespaces": ([*SHORT, '{"mnt": 1}'], SECOND),
    "no ipc namespaces": ([*SHORT, '{"ipc": 1}'], SECOND),
    "no uts namespaces": ([*SHORT, '{"uts": 1}'], SECOND),
}


@pytest.fixture
def grade(tmp_path: Path):
    """Return a function that grades by command, below a prefix; the submission leaves a mark when it is run."""
    mark = tmp_path / "ran"
    test = graded("t", "assert x == 1")
    (tmp_path / "source.ipynb").write_bytes(
        notebook(solution("a", "### BEGIN SOLUTION\nx = 1\n### END SOLUTION"), test)
    )
    (tmp_path / "work.ipynb").write_bytes(notebook(solution("a", f"x = 1\nopen({str(mark)!r}, 'w').close()"), test))

    def run(prefix: Sequence[str], *options: str) -> subprocess.CompletedProcess[str]:
        files = ["--source", str(tmp_path / "source.ipynb"), str(tmp_path / "work.ipynb")]
        command = [*prefix, sys.executable, "-m", "grader", "grade", *options, *files]
        done = subprocess.run(
            command, cwd=REPOSITORY, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=120
        )
        assert not mark.exists()
        return done

    return run


@NEEDS_ROOT
def test_with_nothing_taken_away_it_grades(grade) -> None:
    """So that what follows is refused for the reason that it names."""
    done = grade([*SHORT, "{}"])
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["max_score"] == 1


@NEEDS_ROOT
@pytest.mark.parametrize("lacking", LACKING)
def test_the_command_runs_nothing_and_says_why(grade, lacking: str) -> None:
    prefix, said = LACKING[lacking]
    done = grade(prefix)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("grader: nothing was run, because student code can't be contained here: ")
    assert re.search(said, done.stderr)
    assert len(done.stderr.strip().splitlines()) == 1


@NEEDS_ROOT
def test_root_never_grades_insecurely(grade) -> None:
    """Not by the command's option, not with nothing to isolate it, not by the site's setting."""
    for prefix in ([], LACKING["no bubblewrap"][0]):
        done = grade(prefix, "--insecure")
        assert (done.returncode, done.stdout) == (2, "")
        assert "root never grades without a sandbox" in done.stderr


def test_insecure_is_only_what_an_administrator_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Never the default, never what a lack leads to; where a sandbox is to be had, it is used all the same."""
    assert not GraderOptions().insecure
    for wanted in (False, True):
        assert not grader_options(Settings(data_dir=tmp_path, insecure=wanted)).insecure
    monkeypatch.setattr(bubblewrap, "find_bubblewrap", lambda: None)
    assert not grader_options(Settings(data_dir=tmp_path)).insecure
    assert grader_options(Settings(data_dir=tmp_path, insecure=True)).insecure


@NEEDS_ROOT
def test_the_doctor_says_what_is_lacking() -> None:
    """In words for a person; the check of something that isn't there is never passed."""
    code = (
        "import json\nfrom grader.options import GraderOptions\nfrom grader.sandbox.doctor import check_sandbox\n"
        "print(json.dumps([[c.name, c.ok, c.detail] for c in check_sandbox(GraderOptions())]))"
    )
    for prefix, said in LACKING.values():
        done = subprocess.run(
            [*prefix, sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=False
        )
        checks = json.loads(done.stdout)
        assert not checks[-1][1]
        assert re.search(said, checks[-1][2])
        assert not any("confined run" in name for name, _, _ in checks)


@NEEDS_ROOT
@pytest.mark.parametrize(
    "probe", [probe for probe in (*PROBES, APART) if probe.promised != "no"], ids=lambda probe: probe.name
)
def test_each_probe_notices_that_there_is_no_sandbox(probe, tmp_path: Path) -> None:
    """The same code, run outside by an ordinary account: what always passes would prove nothing."""
    tmp_path.chmod(0o777)
    for parent in tmp_path.parents[:2]:
        parent.chmod(0o755)
    (tmp_path / "mark").write_text("found")
    planted = {
        "namespaces": {
            kind: str(Path(f"/proc/self/ns/{kind}").readlink()) for kind in ("pid", "net", "mnt", "ipc", "uts")
        },
        "account": 12345,
        "port": 9,
        "abstract": "nobody",
        "file": str(tmp_path / "mark"),
        "secret": "a-planted-secret",
        "processes": 8,
        "disk": 1 << 20,
        "memory": 64 << 20,
    }
    account = ["setpriv", "--reuid", "12345", "--regid", "12345", "--clear-groups"]
    done = subprocess.run(
        [*account, "/usr/bin/python3", "-I", "-c", probe.code(planted)],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "NBQUEST_DOCTOR_TOKEN": "a-planted-secret"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 1
    assert "AssertionError" in done.stderr, done.stderr


def test_the_doctor_names_what_each_lack_means() -> None:
    names = [probe.name for probe in (*PROBES, APART)]
    assert len(set(names)) == len(names)
    assert all(probe.holds and probe.means for probe in (*PROBES, APART))
    on = {check.name for check in check_sandbox(GraderOptions(limits=replace(LIMITS))) if check.ok}
    assert set(names) - on <= {"separate account", "own control group"}


def test_a_pool_refuses_too(monkeypatch: pytest.MonkeyPatch) -> None:
    from grader.errors import SandboxUnavailable
    from grader.grading import GradeRequest

    source = notebook(solution("a", "x = 1"), graded("t", "assert x == 1"))
    monkeypatch.setattr(bubblewrap, "find_bubblewrap", lambda: None)
    with GraderPool(GraderOptions()) as pool, pytest.raises(SandboxUnavailable, match="not installed"):
        pool.grade(GradeRequest(source=source, submission=source))
