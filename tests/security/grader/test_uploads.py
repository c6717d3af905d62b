"""Hostile files, archives and file names, given to the command line and to the library as an upload would be."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from grader.errors import InvalidSubmission
from grader.grading import Grader, GradeRequest, GraderOptions
from grader.ingest import read_file
from tests.security.grader import attack_set
from tests.security.grader.attack_set import CASES

pytestmark = [
    pytest.mark.bubblewrap,
    pytest.mark.skipif(not CASES, reason="the attack set is not beside the checkout"),
]


def _make_special(name: str, folder: Path) -> Path:
    path = folder / "ps1.ipynb"
    kind = (attack_set.ATTACKS / "submissions" / CASES[name]["file"]).read_text().split()[0]
    {"fifo": os.mkfifo, "dir": os.mkdir}[kind](path)
    return path


@pytest.mark.parametrize("name", sorted(attack_set.SPECIAL_FILES))
def test_what_is_no_ordinary_file_is_refused_at_once(name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidSubmission, match="ordinary file"):
        read_file(_make_special(name, tmp_path))


def test_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "ps1.ipynb").symlink_to("/etc/passwd")
    with pytest.raises(InvalidSubmission, match="ordinary file"):
        read_file(tmp_path / "ps1.ipynb")


@pytest.mark.parametrize("name", sorted(attack_set.ARCHIVES))
def test_an_archive_is_no_notebook_and_nothing_unpacks_it(name: str, tmp_path: Path) -> None:
    body = read_file(attack_set.make(name, tmp_path))
    grader = Grader(GraderOptions())  # not started: nothing is run
    report = grader.grade(GradeRequest(source=attack_set.source(), submission=body)).report
    assert (report.status, report.score) == ("rejected-invalid", 0)
    assert report.message


@pytest.fixture(scope="module")
def graded_by_name(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, dict[str, Any]]]:
    """All hostile names, archives and special files given to one command; its lines, by case."""
    folder = tmp_path_factory.mktemp("uploads")
    mark = folder / "marked"
    paths: dict[str, str] = {}
    for name in sorted(attack_set.FILE_NAMES):
        hostile, body = attack_set.file_name(name, str(mark))
        inside = folder / name
        inside.mkdir()
        paths[name] = f"{inside}/{hostile}"
        with contextlib.suppress(OSError):  # a name that no file system takes is given all the same
            Path(paths[name]).parent.mkdir(parents=True, exist_ok=True)
            Path(paths[name]).write_bytes(body)
    for name in sorted(attack_set.ARCHIVES | attack_set.SPECIAL_FILES):
        inside = folder / name
        inside.mkdir()
        special = name in attack_set.SPECIAL_FILES
        paths[name] = str(_make_special(name, inside) if special else attack_set.make(name, inside))
    source = folder / "source.ipynb"
    source.write_bytes(attack_set.source())
    command = [sys.executable, "-m", "grader", "grade", "--source", source, "--output", folder / "output"]
    done = subprocess.run([*command, "--", *paths.values()], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return folder, dict(zip(paths, lines, strict=True))


@pytest.mark.parametrize("name", sorted(attack_set.FILE_NAMES | attack_set.ARCHIVES | attack_set.SPECIAL_FILES))
def test_the_command_takes_any_file_and_any_name(
    name: str, graded_by_name: tuple[Path, dict[str, dict[str, Any]]]
) -> None:
    folder, lines = graded_by_name
    case, line = CASES[name], lines[name]
    assert line["status"] in {case["terminal_status"], *case["also_acceptable"]}
    assert line["score"] <= case["max_score"]
    assert line["status"] == "graded" or (line["score"] == 0 and line["message"])
    assert not (folder / "marked").exists()


def test_the_command_writes_only_below_its_output_folder(
    graded_by_name: tuple[Path, dict[str, dict[str, Any]]],
) -> None:
    folder, lines = graded_by_name
    written = [path.name for path in (folder / "output").rglob("*")]
    graded = [line for line in lines.values() if line["status"] == "graded"]
    assert len(graded) >= 3
    assert len([name for name in written if name.endswith(".ipynb")]) == len(graded)
    assert all(name.isprintable() and not name.startswith(("-", ".")) and len(name) < 120 for name in written)
    assert {path.name for path in folder.iterdir()} == {*lines, "source.ipynb", "output"}


def test_two_names_that_are_written_alike_do_not_overwrite_each_other(tmp_path: Path) -> None:
    names = ("a_b-3", "a_b", "a;b", ".a_b", "-a_b", "a_b-2", "é" * 90, "é" * 91, "数" * 80)
    for name in names:
        (tmp_path / f"{name}.ipynb").write_bytes(attack_set.full_marks())
    source = tmp_path / "source"
    source.write_bytes(attack_set.source())
    command = [sys.executable, "-m", "grader", "grade", "--source", source, "--output", tmp_path / "output", "--"]
    subprocess.run([*command, *(tmp_path / f"{name}.ipynb" for name in names)], check=True, capture_output=True)
    assert len(list((tmp_path / "output").glob("*.ipynb"))) == len(names)
