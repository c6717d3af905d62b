"""Grades the same submissions with nbgrader's autograde and with ours, in turn, and prints the ratio.

Seconds depend on the machine and on what else it does; the ratio, measured side by side, depends on them less.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path

from grader.grading import Grader, GradeRequest, GraderOptions
from grader.release import make_release

REPOSITORY = Path(__file__).resolve().parents[3]
NOTEBOOK = REPOSITORY / "courses" / "python-foundations" / "source" / "functions" / "functions.ipynb"


def main() -> int:
    """Measure and print; return the exit status."""
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parser.add_argument("--notebook", type=Path, default=NOTEBOOK, help="an instructor's version; graded with itself")
    parser.add_argument("--submissions", type=int, default=5, help="how many copies are graded by each")
    parser.add_argument("--output", type=Path, help="write the figures here as JSON, too")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        theirs, their_score = _nbgrader(Path(folder), arguments.notebook, arguments.submissions)
    ours, our_score, start = _grader(arguments.notebook, arguments.submissions)
    figures = {
        "notebook": arguments.notebook.name,
        "submissions": arguments.submissions,
        "nbgrader_seconds": round(theirs, 3),
        "grader_seconds": round(ours, 3),
        "grader_start_seconds": round(start, 3),
        "ratio": round(theirs / ours, 1),
        "same_score": their_score == our_score,
    }
    for name, value in figures.items():
        print(f"{name:22} {value}")
    if arguments.output:
        arguments.output.write_text(json.dumps(figures, indent=1) + "\n")
    return 0 if figures["same_score"] else 1


def _nbgrader(course: Path, notebook: Path, count: int) -> tuple[float, Decimal]:
    """Return seconds for each submission (one command grades all, so its start is shared) and the score."""
    (course / "source" / "bench").mkdir(parents=True)
    shutil.copy(notebook, course / "source" / "bench" / notebook.name)
    (course / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'bench'\n")
    _run(course, "generate_assignment", "bench")
    for number in range(count):
        place = course / "submitted" / f"student{number}" / "bench"
        place.mkdir(parents=True)
        shutil.copy(notebook, place / notebook.name)
    began = time.monotonic()
    _run(course, "autograde", "bench")
    seconds = (time.monotonic() - began) / count
    _run(course, "export")
    rows = (course / "grades.csv").read_text().splitlines()
    score = dict(zip(rows[0].split(","), rows[1].split(","), strict=True))["raw_score"]
    return seconds, Decimal(score)


def _run(course: Path, *command: str) -> None:
    # nbgrader starts the kernel that is installed beside it.
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "HOME": str(course), "JUPYTER_PREFER_ENV_PATH": "1"}
    line = [sys.executable, "-m", "nbgrader", *command]
    done = subprocess.run(
        line,
        cwd=course,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(f"nbgrader {command[0]} failed:\n{done.stderr[-2000:]}")


def _grader(notebook: Path, count: int) -> tuple[float, Decimal, float]:
    """Return the median seconds of a submission on a warm grader, the score, and the seconds to warm it."""
    options = GraderOptions()
    source = make_release(notebook.read_bytes(), name=notebook.stem, resources={}, options=options).source
    began = time.monotonic()
    with Grader(options) as grader:
        start = time.monotonic() - began
        request = GradeRequest(source=source, submission=notebook.read_bytes())
        reports = [grader.grade(request).report for _ in range(count + 1)][1:]
    return statistics.median(report.seconds for report in reports), reports[0].score, start


if __name__ == "__main__":
    sys.exit(main())
