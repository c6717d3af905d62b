"""How fast grading is beside nbgrader's: the same submissions, in one run, on one worker. Prints JSON lines.

In each round nbgrader, the floor (see `floor.py`) and each of our engines grade the same batch, one after the other, so
that a slow minute of the machine meets all of them. A figure is the median over the rounds; a ratio is the median of
the rounds' ratios. Peak memory is measured in a run of its own, because looking at it costs time.

Per submission, in milliseconds: `wall_ms`, and `cpu_ms` over all processes. `nbgrader`: the command `nbgrader
autograde`, from start to end; `nbgrader with feedback`: with `generate_feedback`, which makes the page that ours comes
with, and which ours is judged by (docs/decisions/0013). Ours: `wall_ms` and `cpu_ms` are a warm batch; `with_start_*`
is all that a fresh process used, from its start to the end of its first batch; `host_cpu_ms` is the part of `cpu_ms`
outside the sandbox. `cold_start_ms`: from the start of that process to its first verdict.

Most of what the floor takes for a wrong answer is IPython's formatting of errors; `right_only` compares the answers
without a mistake, where there is none.

Our fork server and the floor's have loaded what the assignment's certificate says that its notebook imports.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from grader.certify import certify
from grader.errors import GraderError
from grader.grading import Grader, GraderOptions, choose_isolation
from grader.ingest import read_submission
from grader.release import make_release
from grader.repair import plan_run
from grader.source import load_source
from tests.bench import floor
from tests.bench.assignments import KINDS, Assignment
from tests.bench.nbgrader_side import Course
from tests.bench.processes import MemoryWatch, cpu_seconds
from tests.bench.squares import TINY
from tests.bench.weather import NUMPY

REPOSITORY = Path(__file__).resolve().parents[2]
ASSIGNMENTS = (TINY, NUMPY)
ENGINES = ("separate", "shared", "kernel")
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1")


@dataclass(frozen=True, kw_only=True)
class Target:
    """What `separate` has to reach: at least so many times nbgrader's speed, at most so many times the floor."""

    warm: float
    with_start: float
    floor: float


TARGETS = {"tiny": Target(warm=20, with_start=10, floor=3), "numpy": Target(warm=8, with_start=5, floor=1.6)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="script/bench grading", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--submissions", type=int, default=24, help="how many a batch has")
    parser.add_argument("--assignment", choices=[one.name for one in ASSIGNMENTS], action="append")
    parser.add_argument("--engine", choices=ENGINES, action="append", help="only this one of ours")
    parser.add_argument("--without-nbgrader", action="store_true", help="only ours and the floor: seconds, not minutes")
    parser.add_argument("--quick", action="store_true", help="one round of eight submissions")
    parser.add_argument("--check", action="store_true", help="exit status 1 where `separate` misses a target")
    options = parser.parse_args(arguments)
    if options.quick:
        options.rounds, options.submissions = 1, 8
    _say({"cpus": os.cpu_count(), "python": platform.python_version(), "linux": platform.release()})
    missed: list[str] = []
    for assignment in ASSIGNMENTS:
        if options.assignment is None or assignment.name in options.assignment:
            with tempfile.TemporaryDirectory() as folder:
                missed += _Bench(Path(folder), assignment, options).measure()
    for line in missed:
        sys.stderr.write(f"missed: {line}\n")
    return 1 if missed and options.check else 0


def _say(line: dict[str, Any]) -> None:
    print(json.dumps(line), flush=True)


@dataclass
class _Series:
    """One figure of each round."""

    values: dict[str, list[float]] = field(default_factory=dict)

    def add(self, **figures: float) -> None:
        for name, value in figures.items():
            self.values.setdefault(name, []).append(value)

    def median(self, name: str) -> float:
        return statistics.median(self.values[name])

    def ratio(self, name: str, other: _Series, its_name: str) -> float:
        """Return the median over the rounds of `name` divided by the other's figure of the same round."""
        pairs = zip(self.values[name], other.values[its_name], strict=True)
        return round(statistics.median(mine / its for mine, its in pairs), 2)


class _Bench:
    """The measurement of one assignment."""

    def __init__(self, folder: Path, assignment: Assignment, options: argparse.Namespace) -> None:
        self._folder = folder
        self._name = assignment.name
        self._options = options
        self._python = GraderOptions().interpreter().absolute()
        made = make_release(
            assignment.source, name=assignment.name, resources=assignment.resources, options=GraderOptions()
        )
        submissions = assignment.submissions(made.release, options.submissions)
        self._count = len(submissions)
        self._right = [n for n in range(self._count) if KINDS[n % len(KINDS)] == "right"]
        self._course: Course | None = None
        if not options.without_nbgrader:
            self._course = Course(folder / "nbgrader", assignment, self._python)
            self._course.hand_in(submissions)
        _fill(folder / "submissions", {f"{learner}.ipynb": body for learner, body in submissions.items()})
        _fill(folder / "resources", dict(assignment.resources))
        source = load_source(made.source)
        with Grader(GraderOptions(python=self._python)) as grader:
            certificate = certify(made.source, assignment.resources, grader)
        self._certificate = certificate
        (folder / "source.json").write_text(json.dumps(source.to_json()))
        (folder / "certificate.json").write_text(json.dumps(certificate.to_json()))
        cells = [
            [cell.source for cell in plan_run(source, read_submission(body)).cells if cell.cell_type == "code"]
            for body in submissions.values()
        ]
        (folder / "cells.json").write_text(json.dumps(cells))
        (folder / "right.json").write_text(json.dumps([list(submissions)[n] for n in self._right]))
        wanted = options.engine or ENGINES
        self._engines = [engine for engine in ENGINES if engine in wanted and _exists(engine)]
        self._series = {name: _Series() for name in ("nbgrader", "with feedback", "floor", *self._engines)}
        self._scores: dict[str, dict[str, Decimal]] = {}

    def measure(self) -> list[str]:
        """Run all rounds, print the figures; return what misses its target."""
        for _ in range(self._options.rounds):
            if self._course is not None:
                self._round_of_nbgrader(self._course)
            self._round_of_the_floor()
            for engine in self._engines:
                self._round_of_ours(engine)
        if self._course is not None:
            self._scores["nbgrader"] = self._course.scores()
        return self._report()

    # --- one round ----------------------------------------------------------------------------------------------------

    def _add(self, name: str, **seconds: float) -> None:
        self._series[name].add(**{key: 1000 * value / self._count for key, value in seconds.items()})

    def _add_right(self, name: str, *, wall: float, cpu: float) -> None:
        count = len(self._right)
        self._series[name].add(right_wall=1000 * wall / count, right_cpu=1000 * cpu / count)

    def _round_of_nbgrader(self, course: Course) -> None:
        grading, feedback = course.grade()
        self._add("nbgrader", wall=grading.wall, cpu=grading.cpu)
        self._add("with feedback", wall=grading.wall + feedback.wall, cpu=grading.cpu + feedback.cpu)

    def _round_of_the_floor(self) -> None:
        script = [str(self._python), "-X", "utf8", str(floor.__file__), str(self._folder / "cells.json")]
        environment = {**os.environ, **ONE_THREAD, "MPLCONFIGDIR": str(self._folder)}
        done = subprocess.run(
            [*script, ",".join(self._certificate.preload), ",".join(map(str, self._right))],
            cwd=self._folder / "resources",
            env=environment,
            stdout=subprocess.PIPE,
            check=True,
        )
        _, warm, right = map(json.loads, done.stdout.splitlines())
        self._add("floor", wall=warm["wall"], cpu=warm["cpu"])
        self._add_right("floor", wall=right["wall"], cpu=right["cpu"])

    def _round_of_ours(self, engine: str) -> None:
        began = time.monotonic()
        process = self._start(engine)
        first, warm, right = self._conduct(process, lambda: cpu_seconds(process.pid))
        process.wait()
        self._add(engine, wall=warm["wall"], cpu=warm["used"], host=warm["host_cpu"])
        self._add(engine, start_wall=first["last"] - began, start_cpu=first["cpu"])
        self._add_right(engine, wall=right["wall"], cpu=right["used"])
        self._series[engine].add(cold=1000 * (first["first"] - began))
        self._scores[engine] = {learner: Decimal(score) for learner, score in warm["scores"].items()}

    def _start(self, engine: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.bench.grader_side", str(self._folder), engine, str(self._python)]
        return subprocess.Popen(
            command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def _conduct(self, process: subprocess.Popen[str], cpu: Callable[[], float]) -> list[dict[str, Any]]:
        """Lead the process through its batches; return what it told of each, with the processor time `used`."""
        assert process.stdin is not None
        assert process.stdout is not None
        told = []
        while True:
            line = process.stdout.readline()
            if not line:
                break
            told.append({**json.loads(line), "cpu": cpu()})
            process.stdin.write("\n")
        if [event["event"] for event in told] != ["ready", "graded", "graded", "graded"]:
            raise SystemExit("our side of the comparison failed: see above")
        for before, event in itertools.pairwise(told):
            event["used"] = event["cpu"] - before["cpu"]
        return told[1:]

    # --- the figures --------------------------------------------------------------------------------------------------

    def _report(self) -> list[str]:
        common = {"submissions": self._count, "rounds": self._options.rounds}
        peaks: dict[str, float] = {}
        if self._course is not None:
            peaks["nbgrader"] = _megabytes(self._course.peak_memory())
        missed = []
        for name, series in self._series.items():
            if not series.values:
                continue
            line: dict[str, Any] = {
                "assignment": self._name,
                "engine": "nbgrader with feedback" if name == "with feedback" else name,
                **common,
                "wall_ms": round(series.median("wall"), 2),
                "cpu_ms": round(series.median("cpu"), 2),
            }
            if name in self._engines:
                peaks[name] = self._peak(name)
                line |= self._ours(name)
                if name == "separate":
                    line["certified"] = self._certificate.engine == "separate"
                    line["missed"] = self._misses(line, peaks)
                    missed += [f"{self._name}, {name}: {reason}" for reason in line["missed"]]
            if name in peaks:
                line["peak_memory_mb"] = peaks[name]
            _say(line)
        if "separate" not in self._engines and self._options.engine is None:
            missed.append(f"{self._name}: there is no engine `separate`")
        return missed

    def _ours(self, engine: str) -> dict[str, Any]:
        mine, base = self._series[engine], self._series["nbgrader"]
        line: dict[str, Any] = {
            "host_cpu_ms": round(mine.median("host"), 2),
            "with_start_wall_ms": round(mine.median("start_wall"), 2),
            "with_start_cpu_ms": round(mine.median("start_cpu"), 2),
            "cold_start_ms": round(mine.median("cold"), 0),
            "right_only": {
                "wall_ms": round(mine.median("right_wall"), 2),
                "cpu_ms": round(mine.median("right_cpu"), 2),
                "times_the_floor": {
                    name: mine.ratio(f"right_{name}", self._series["floor"], f"right_{name}")
                    for name in ("wall", "cpu")
                },
            },
            "times_the_floor": {name: mine.ratio(name, self._series["floor"], name) for name in ("wall", "cpu")},
        }
        if base.values:
            line["times_faster_than_autograde"] = _times_faster(base, mine)
            # What ours is judged by: both make the page that the learner reads. See docs/decisions/0013.
            line["times_faster_than_nbgrader"] = _times_faster(self._series["with feedback"], mine)
            line["same_scores"] = self._scores[engine] == self._scores["nbgrader"]
        return line

    def _peak(self, engine: str) -> float:
        process = self._start(engine)
        with MemoryWatch(process.pid) as watch:
            self._conduct(process, lambda: 0.0)
            process.wait()
        return _megabytes(watch)

    def _misses(self, line: dict[str, Any], peaks: dict[str, float]) -> list[str]:
        target = TARGETS[self._name]
        missed = [
            f"{name} is {value} times the floor, not at most {target.floor}"
            for name, value in line["times_the_floor"].items()
            if value > target.floor
        ]
        for name, value in line.get("times_faster_than_nbgrader", {}).items():
            wanted = target.with_start if name.endswith("start") else target.warm
            if value < wanted:
                missed.append(f"{name} is {value} times faster than nbgrader, not {wanted}")
        if peaks["separate"] >= peaks.get("nbgrader", float("inf")):
            missed.append(f"it takes {peaks['separate']} MB, nbgrader {peaks['nbgrader']} MB")
        if not line.get("same_scores", True):
            missed.append("its scores are not nbgrader's")
        return missed


def _times_faster(base: _Series, mine: _Series) -> dict[str, float]:
    return {
        "wall": base.ratio("wall", mine, "wall"),
        "cpu": base.ratio("cpu", mine, "cpu"),
        "wall_with_start": base.ratio("wall", mine, "start_wall"),
        "cpu_with_start": base.ratio("cpu", mine, "start_cpu"),
    }


def _fill(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir()
    for name, body in files.items():
        (folder / name).write_bytes(body)


def _exists(engine: str) -> bool:
    try:
        choose_isolation(engine)
    except GraderError:
        return False
    return True


def _megabytes(watch: MemoryWatch) -> float:
    return round(watch.peak / 2**20, 1)
