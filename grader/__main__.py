"""`python -m grader grade`: one JSON object a line, one line a submission."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from grader.errors import GraderError, InvalidSubmission, SandboxUnavailable
from grader.grading import GradeOutcome, Grader, GradeRequest, GraderOptions, Limits, choose_isolation, rejected
from grader.ingest import read_file
from grader.release import instantiate_source
from grader.resources import read_resources
from grader.source import load_source


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    options = _parser().parse_args(arguments)
    try:
        return _grade(options)
    except SandboxUnavailable as error:
        sys.stderr.write(f"grader: nothing was run, because student code can't be contained here: {error}\n")
    except (GraderError, OSError) as error:
        sys.stderr.write(f"grader: {error}\n")
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m grader", description="Grade nbgrader notebooks.")
    commands = parser.add_subparsers(dest="command", required=True)
    grade = commands.add_parser("grade", help="grade submissions of one notebook")
    grade.add_argument("--source", type=Path, required=True, help="the instructor's version")
    grade.add_argument("--resources", type=Path, help="a folder of files that lie beside the notebook")
    grade.add_argument("--isolation", default="auto", choices=["auto", "separate", "shared", "kernel"])
    grade.add_argument("--workers", type=int, default=1, help="how many to grade at once")
    grade.add_argument("--timeout", type=float, default=Limits().cell_seconds, help="seconds a cell may take")
    grade.add_argument("--total-timeout", type=float, default=Limits().total_seconds, help="seconds a run may take")
    grade.add_argument("--memory", type=int, default=Limits().memory_mb, help="megabytes a run may use")
    grade.add_argument("--python", type=Path, help="the interpreter that runs student code")
    grade.add_argument("--insecure", action="store_true", help="run without a sandbox: your own notebooks only")
    grade.add_argument("--output", type=Path, help="where to write executed notebooks and feedback")
    grade.add_argument("submissions", nargs="+", type=Path, metavar="SUBMISSION")
    return parser


def _grade(arguments: argparse.Namespace) -> int:
    limits = Limits(cell_seconds=arguments.timeout, total_seconds=arguments.total_timeout, memory_mb=arguments.memory)
    options = GraderOptions(python=arguments.python, limits=limits, insecure=arguments.insecure)
    resources = read_resources(arguments.resources) if arguments.resources else {}
    source = instantiate_source(arguments.source.read_bytes(), resources=resources, options=options)
    notebook = load_source(source)
    isolation = choose_isolation(arguments.isolation, language=notebook.kernel.language)
    if arguments.output:
        arguments.output.mkdir(parents=True, exist_ok=True)
    with Grader(options) as grader, ThreadPoolExecutor(max(1, arguments.workers)) as pool:

        def grade_one(path: Path) -> GradeOutcome:
            began = time.monotonic()
            try:
                submission = read_file(path)
            except InvalidSubmission as error:
                report = rejected(str(error), notebook.max_score, isolation, time.monotonic() - began)
                return GradeOutcome(report=report, executed_notebook=None, feedback_html=None)
            request = GradeRequest(source=source, submission=submission, resources=resources, isolation=isolation)
            return grader.grade(request)

        _print_each(arguments.submissions, pool.map(grade_one, arguments.submissions), arguments.output)
    return 0


def _print_each(paths: Sequence[Path], outcomes: Iterable[GradeOutcome], output: Path | None) -> None:
    names: set[str] = set()
    for number, (path, outcome) in enumerate(zip(paths, outcomes, strict=True), start=1):
        line = {"submission": str(path), **outcome.report.to_json()}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
        if output is not None:
            name = _file_name(path.stem)
            while name in names:
                name = f"{name}-{number}"
            names.add(name)
            _write(output, name, outcome)


def _file_name(stem: str) -> str:
    """Return a name to write under: the learner chose the file's, and two may differ only in what can't be kept."""
    safe = "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in stem)
    return safe.encode()[:150].decode("utf-8", "ignore").lstrip(".-") or "_"


def _write(folder: Path, name: str, outcome: GradeOutcome) -> None:
    if outcome.executed_notebook is not None:
        (folder / f"{name}.ipynb").write_bytes(outcome.executed_notebook)
    if outcome.feedback_html is not None:
        (folder / f"{name}.html").write_text(outcome.feedback_html, encoding="utf-8", errors="replace")


if __name__ == "__main__":
    sys.exit(main())
