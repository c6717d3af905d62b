"""`python -m grader grade` prints one JSON object for each submission, `certify` a certificate."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from grader.certificate import Certificate
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
        return _certify(options) if options.command == "certify" else _grade(options)
    except SandboxUnavailable as error:
        sys.stderr.write(f"grader: nothing was run, because student code can't be contained here: {error}\n")
    except (GraderError, OSError) as error:
        sys.stderr.write(f"grader: {error}\n")
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m grader", description="Grade nbgrader notebooks.")
    commands = parser.add_subparsers(dest="command", required=True)
    grade = commands.add_parser("grade", help="grade submissions of one notebook")
    certify = commands.add_parser("certify", help="find out how a notebook is best graded, and print it as JSON")
    for command in (grade, certify):
        _add_common(command)
    grade.add_argument("--certificate", type=Path, help="what `certify` printed for this version")
    grade.add_argument("--isolation", default="auto", choices=["auto", "separate", "shared", "kernel"])
    grade.add_argument("--workers", type=int, default=1, help="how many to grade at once")
    grade.add_argument("--output", type=Path, help="where to write executed notebooks and feedback")
    grade.add_argument("submissions", nargs="+", type=Path, metavar="SUBMISSION")
    certify.add_argument("--budget", type=float, default=120.0, help="seconds after which no more answers are tried")
    return parser


def _add_common(command: argparse.ArgumentParser) -> None:
    command.add_argument("--source", type=Path, required=True, help="the instructor's version")
    command.add_argument("--resources", type=Path, help="a folder of files that lie beside the notebook")
    command.add_argument("--timeout", type=float, default=Limits().cell_seconds, help="seconds a cell may take")
    command.add_argument("--total-timeout", type=float, default=Limits().total_seconds, help="seconds a run may take")
    command.add_argument("--memory", type=int, default=Limits().memory_mb, help="megabytes a run may use")
    command.add_argument("--python", type=Path, help="the interpreter that runs student code")
    command.add_argument("--insecure", action="store_true", help="run without a sandbox: your own notebooks only")


def _prepare(arguments: argparse.Namespace) -> tuple[GraderOptions, bytes, dict[str, bytes]]:
    """Return how to grade, the instructor's version with its AUTOTEST directives replaced, and the files beside it."""
    limits = Limits(cell_seconds=arguments.timeout, total_seconds=arguments.total_timeout, memory_mb=arguments.memory)
    python = arguments.python.absolute() if arguments.python else None  # the sandbox has a working folder of its own
    options = GraderOptions(python=python, limits=limits, insecure=arguments.insecure)
    resources = read_resources(arguments.resources) if arguments.resources else {}
    return options, instantiate_source(arguments.source.read_bytes(), resources=resources, options=options), resources


def _certify(arguments: argparse.Namespace) -> int:
    from grader.certify import Step, certify  # noqa: PLC0415 - it brings much that grading needn't load

    def show(step: Step) -> None:
        sys.stderr.write(f"\r{step.done} of {step.total} tried; now {step.text}\x1b[K")

    options, source, resources = _prepare(arguments)
    progress = show if sys.stderr.isatty() else None
    with Grader(options) as grader:
        certificate = certify(source, resources, grader, budget_seconds=arguments.budget, progress=progress)
    sys.stderr.write("\n" if progress else "")
    sys.stdout.write(json.dumps(certificate.to_json(), indent=2) + "\n")
    return 0


def _grade(arguments: argparse.Namespace) -> int:
    options, source, resources = _prepare(arguments)
    certificate = _read_certificate(arguments.certificate) if arguments.certificate else None
    notebook = load_source(source)
    isolation = choose_isolation(arguments.isolation, certificate, notebook.kernel.language)
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
            request = GradeRequest(
                source=notebook,
                submission=submission,
                resources=resources,
                isolation=isolation,
                certificate=certificate,
            )
            return grader.grade(request)

        _print_each(arguments.submissions, pool.map(grade_one, arguments.submissions), arguments.output)
    return 0


def _read_certificate(path: Path) -> Certificate:
    try:
        return Certificate.from_json(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError) as error:
        raise GraderError(f"{path} holds no certificate of this version of the grader") from error


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
