"""Hostile, broken and benign submissions: no score for nothing, no secret out, no grade of another changed.

The cases lie beside the checkout (`../shared/attacks`); `expected.json` there says what each may reach. Cases about
uploads of archives and file names concern the service, not the grader; the files they would store are tried here.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import re
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from grader.errors import InvalidSubmission
from grader.grading import GradeOutcome, Grader, GradeRequest, GraderOptions, Limits
from grader.ingest import read_file

ATTACKS = Path(__file__).resolve().parents[3].parent / "shared" / "attacks"
EXPECTED: dict[str, Any] = json.loads((ATTACKS / "expected.json").read_text()) if ATTACKS.is_dir() else {"cases": {}}
CASES: dict[str, Any] = EXPECTED["cases"]
NOT_A_NOTEBOOK = {name for name, case in CASES.items() if case["file"].endswith((".zip", ".spec"))}
FILE_NAMES = {name for name in NOT_A_NOTEBOOK if name.startswith("up_name_")}  # for the service: we are given bytes
# What this engine does not meet yet, and why. A test that starts to pass must leave this list.
KNOWN_GAPS: dict[str, str] = {}
QUICK = Limits(cell_seconds=2.5, total_seconds=12)
# Reads every file of the learner environment, which on a busy machine takes long; it is to fail by finding nothing.
PATIENT = Limits(cell_seconds=60, total_seconds=120)
PATIENT_CASES = {"leak_release_diff"}
FIRST_ACCOUNT = 0x60000000
SECRETS = ("ENVSECRET_d8f1c2", "NEIGHBOURWORK_51d0aa", "SOLUTIONTEXT_77ab31")

pytestmark = [
    pytest.mark.bubblewrap,
    pytest.mark.skipif(not CASES, reason="the attack set is not beside the checkout"),
]


@dataclass
class Plants:
    """What stands around the grader to be broken into, and what got there."""

    marks: Path
    connections: list[str] = field(default_factory=list)
    received: bytearray = field(default_factory=bytearray)


def _listen(server: socket.socket, name: str, plants: Plants) -> None:
    while True:
        try:
            if server.type == socket.SOCK_DGRAM:
                plants.received += server.recv(65536)
                plants.connections.append(name)
                continue
            connection, _ = server.accept()
        except OSError:
            return
        plants.connections.append(name)
        with connection:
            connection.settimeout(1)
            try:
                plants.received += connection.recv(65536)
            except OSError:
                continue


@pytest.fixture(scope="module")
def plants() -> Iterator[Plants]:
    marks = Path(EXPECTED["mark_dir"])
    # Places and ports are written into the cases, so two checkouts on one machine take turns.
    lock = os.open(Path(tempfile.gettempdir(), "nbquest-attack-set.lock"), os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    shutil.rmtree(marks, ignore_errors=True)
    marks.mkdir()
    marks.chmod(0o1777)
    found = Plants(marks=marks)
    servers = []
    for place, kind, family in [
        (str(marks / "listener.sock"), socket.SOCK_STREAM, socket.AF_UNIX),
        ("\0atk_listener", socket.SOCK_STREAM, socket.AF_UNIX),
        *[(("127.0.0.1", port), socket.SOCK_STREAM, socket.AF_INET) for port in EXPECTED["ports"].values()],
        (("127.0.0.1", EXPECTED["ports"]["listener"]), socket.SOCK_DGRAM, socket.AF_INET),
    ]:
        server = socket.socket(family, kind)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(place)
        if kind == socket.SOCK_STREAM:
            server.listen()
        threading.Thread(target=_listen, args=(server, str(place), found), daemon=True).start()
        servers.append(server)
    yield found
    for server in servers:
        if server.type == socket.SOCK_STREAM:
            server.shutdown(socket.SHUT_RDWR)
        server.close()
    shutil.rmtree(marks, ignore_errors=True)
    os.close(lock)


@pytest.fixture(scope="module")
def graders(plants: Plants) -> Iterator[dict[bool, Grader]]:
    planted = {"GRADER_DB_URL": "postgresql://grader:ENVSECRET_d8f1c2@127.0.0.1:15432/g"}
    planted["JUPYTERHUB_API_TOKEN"] = "ENVSECRET_d8f1c2"
    with pytest.MonkeyPatch.context() as patch:
        for name, value in planted.items():
            patch.setenv(name, value)
        with Grader(GraderOptions(limits=QUICK)) as quick, Grader(GraderOptions(limits=PATIENT)) as patient:
            yield {False: quick, True: patient}


def _grade(grader: Grader, submission: bytes) -> GradeOutcome:
    source = (ATTACKS / "ps1_source.ipynb").read_bytes()
    return grader.grade(GradeRequest(source=source, submission=submission))


def _shown(outcome: GradeOutcome) -> str:
    """Return everything that a learner gets to see."""
    report = json.dumps(outcome.report.to_json(), ensure_ascii=False)
    return "\n".join([report, (outcome.executed_notebook or b"").decode(), outcome.feedback_html or ""])


def _disguises(text: str) -> list[str]:
    body = text.encode()
    return [text, text[::-1], body.hex(), base64.b64encode(body).decode().rstrip("=")[:-1]]


def _leaks(shown: str, own: str) -> list[str]:
    """Return the canaries and secrets in `shown` that the submission did not bring itself."""
    canaries = [*EXPECTED["canaries"].values(), *SECRETS]
    return [canary for canary in canaries for form in _disguises(canary) if form in shown and form not in own]


ACTIVE = (
    r"<script", r"<[^>]+\son\w+\s*=", r"javascript:[^<]*[\"']\s*>", r"href\s*=\s*[\"']?\s*data:", r"<iframe",
    r"<object", r"<embed", r"<svg", r"<form", r"<base", r"<link", r"<meta(?! charset)", r"<style", r"<[^>]+\sstyle\s*=",
)  # fmt: skip


def _active_markup(page: str) -> list[str]:
    without_ours = re.sub(r"<style>.*?</style>", "", page, count=1, flags=re.DOTALL)
    return [pattern for pattern in ACTIVE if re.search(pattern, without_ours, re.IGNORECASE)]


def _orphans() -> list[str]:
    """Return what still runs of a submission: our descendants under an account of the sandbox's."""
    children: dict[int, list[tuple[int, int, str]]] = {}
    for path in Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(OSError):
            text = path.read_text()
            fields = dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)
            entry = (int(path.parent.name), int(fields["Uid"].split()[0]), f"{fields['Name']} {fields['State']}")
            children.setdefault(int(fields["PPid"]), []).append(entry)
    found, waiting = [], [os.getpid()]
    while waiting:
        for pid, uid, told in children.get(waiting.pop(), []):
            waiting.append(pid)
            if FIRST_ACCOUNT <= uid < FIRST_ACCOUNT + (1 << 24) and "zombie" not in told:
                found.append(told)
    return found


def _check(case: dict[str, Any], outcome: GradeOutcome, own: str, plants: Plants) -> list[str]:
    report = outcome.report
    shown = _shown(outcome)
    must_not = set(case["must_not"])
    problems = []
    if not report.score.is_finite() or report.score > case["max_score"]:
        problems.append(f"score {report.score} is above {case['max_score']}")
    if case["min_score"] is not None and report.score < case["min_score"]:
        problems.append(f"score {report.score} is below {case['min_score']}")
    if report.status not in {case["terminal_status"], *case["also_acceptable"]}:
        problems.append(f"status {report.status}")
    for rule in must_not:
        if rule.startswith("output_contains:") and rule.split(":", 1)[1] in shown:
            problems.append(rule)
    problems += [f"shows {leak}" for leak in _leaks(shown, own)]
    if "active_markup_in_feedback" in must_not:
        problems += [f"feedback has {pattern}" for pattern in _active_markup(outcome.feedback_html or "")]
    if len(shown.encode()) > 8 << 20:
        problems.append("output over the limit")
    if sorted(path.name for path in plants.marks.iterdir()) != ["listener.sock"]:
        problems.append("left a mark outside")
    if plants.connections:
        problems.append(f"connected to {plants.connections}")
    return problems


def _params() -> list[Any]:
    gaps = {name: [pytest.mark.xfail(reason=reason, strict=True)] for name, reason in KNOWN_GAPS.items()}
    return [pytest.param(name, marks=gaps.get(name, [])) for name in CASES if name not in NOT_A_NOTEBOOK]


@pytest.mark.parametrize("name", _params())
def test_attack(name: str, graders: dict[bool, Grader], plants: Plants, tmp_path: Path) -> None:
    case = CASES[name]
    path = _make(case, tmp_path)
    plants.connections.clear()
    try:
        body = read_file(path)
    except InvalidSubmission:
        assert case["terminal_status"] == "rejected-invalid" or "rejected-invalid" in case["also_acceptable"]
        return
    grader = graders[name in PATIENT_CASES]
    outcome = _grade(grader, body)
    assert _check(case, outcome, body.decode("utf-8", "replace"), plants) == []
    assert _settled(_orphans) == []
    after = _grade(graders[False], (ATTACKS / "submissions" / "ok_partial.ipynb").read_bytes()).report
    assert (after.status, after.score) == ("graded", 4)


def _settled(look: Any) -> Any:
    """Return what `look` finds once it finds nothing, or after a second."""
    end = time.monotonic() + 1
    while (found := look()) and time.monotonic() < end:
        time.sleep(0.05)
    return found


def _make(case: dict[str, Any], folder: Path) -> Path:
    """Return the submitted file; two are too large to be kept and are made here."""
    kept = ATTACKS / "submissions" / case["file"]
    if kept.exists():
        return kept
    path = folder / "made.ipynb"
    if case["file"] == "up_oversized.ipynb":
        with path.open("wb") as file:
            file.truncate(300 << 20)
        return path
    assert case["file"] == "bad_outputs_50mb.ipynb"
    notebook = json.loads((ATTACKS / "submissions" / "ok_noisy.ipynb").read_text())
    output = {"output_type": "stream", "name": "stdout", "text": "x" * (50 << 20)}
    notebook["cells"][1]["outputs"] = [output]
    path.write_text(json.dumps(notebook))
    return path


@pytest.mark.parametrize("name", sorted(NOT_A_NOTEBOOK - FILE_NAMES))
def test_what_is_no_notebook_file_is_rejected_or_read(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    path = ATTACKS / "submissions" / case["file"]
    if path.suffix == ".spec":
        kind = path.read_text().split()[0]
        path = tmp_path / "ps1.ipynb"
        if kind == "fifo":
            os.mkfifo(path)
        elif kind == "dir":
            path.mkdir()
        else:
            path.symlink_to("/etc/passwd")
        with pytest.raises(InvalidSubmission):
            read_file(path)
        return
    if not path.exists():  # a zip of many entries, which the service unpacks
        path = tmp_path / "many.zip"
        path.write_bytes(b"PK\x03\x04" + bytes(1000))
    grader = Grader(GraderOptions())  # not started: nothing is run
    assert _grade(grader, read_file(path)).report.status == "rejected-invalid"
