"""nbgrader's part of the comparison: a course folder, and its own commands run on it."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from tests.bench.assignments import Assignment
from tests.bench.processes import MemoryWatch, Usage, run

LESSON = "bench"


class Course:
    """A course of one assignment, ready to be graded; each grading starts from a fresh copy of it.

    Learners' code runs in the interpreter `python`, as ours does, by a kernelspec of its own.
    """

    def __init__(self, folder: Path, assignment: Assignment, python: Path) -> None:
        self._folder = folder
        self._name = assignment.name
        self._template = folder / "template"
        self._write(assignment)
        spec = {
            "argv": [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            "display_name": "Python 3",
            "language": "python",
        }
        kernel = folder / "jupyter" / "kernels" / "python3"
        kernel.mkdir(parents=True)
        (kernel / "kernel.json").write_text(json.dumps(spec))
        self._environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",  # it calls alembic
            "HOME": str(folder),
            "JUPYTER_DATA_DIR": str(folder / "jupyter"),
            "JUPYTER_PREFER_ENV_PATH": "0",
            "MPLCONFIGDIR": str(folder / "matplotlib"),
        }
        self._command(self._template, "generate_assignment", LESSON)

    def _write(self, assignment: Assignment) -> None:
        source = self._template / "source" / LESSON
        source.mkdir(parents=True)
        (source / f"{self._name}.ipynb").write_bytes(assignment.source)
        for name, body in assignment.resources.items():
            (source / name).write_bytes(body)
        config = f"c = get_config()\nc.CourseDirectory.course_id = '{LESSON}'\n"
        (self._template / "nbgrader_config.py").write_text(config)
        self._resources = dict(assignment.resources)

    @property
    def release(self) -> bytes:
        """The learners' version, made by nbgrader."""
        return (self._template / "release" / LESSON / f"{self._name}.ipynb").read_bytes()

    def hand_in(self, submissions: Mapping[str, bytes]) -> None:
        """Put the learners' notebooks where nbgrader collects them."""
        for learner, body in submissions.items():
            place = self._template / "submitted" / learner / LESSON
            place.mkdir(parents=True)
            (place / f"{self._name}.ipynb").write_bytes(body)
            for name, content in self._resources.items():
                (place / name).write_bytes(content)

    def grade(self) -> tuple[Usage, Usage]:
        """Grade everything; return what `autograde` and what `generate_feedback` used."""
        course = self._fresh()
        return self._command(course, "autograde", LESSON), self._command(course, "generate_feedback", LESSON)

    def scores(self) -> dict[str, Decimal]:
        """Return each learner's points of the last grading."""
        course = self._folder / "course"
        self._command(course, "export")
        with (course / "grades.csv").open(newline="") as file:
            return {row["student_id"]: Decimal(row["raw_score"]) for row in csv.DictReader(file)}

    def peak_memory(self) -> MemoryWatch:
        """Grade everything once more and return the watch on its memory."""
        course = self._fresh()
        process = subprocess.Popen(
            self._line("autograde", LESSON),
            cwd=course,
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        with MemoryWatch(process.pid) as watch:
            process.wait()
        return watch

    def _fresh(self) -> Path:
        course = self._folder / "course"
        shutil.rmtree(course, ignore_errors=True)
        shutil.copytree(self._template, course)
        return course

    def _command(self, course: Path, *command: str) -> Usage:
        return run(self._line(*command), cwd=course, env=self._environment)

    def _line(self, *command: str) -> list[str]:
        return [sys.executable, "-m", "nbgrader", *command]
