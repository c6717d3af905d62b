"""What certifying found, as a terminal shows it, and how far it is while it runs."""

from __future__ import annotations

import contextlib
import sys
import textwrap
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.status import Status

from nbquest.courses.certifying import CertifyStep, OnStep
from nbquest.courses.views import AssignmentCertificates, Finding, NotebookCertificate

WIDTH = 100
ENGINES = {
    "separate": "tests run in a process of their own",
    "shared": "tests run in the same process as the learner's code",
    "kernel": "tests run in the notebook's own kernel",
}


@contextlib.contextmanager
def showing_steps() -> Iterator[OnStep]:
    """Yield what shows steps: in a terminal one line that changes, elsewhere a line for each notebook."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _line_for_each_notebook
        return
    with Status("Reading the course", console=console) as status:
        yield lambda step: status.update(f"{_place(step)}: trying {step.text} ({step.done} of {step.total} tried)")


def _line_for_each_notebook(step: CertifyStep) -> None:
    if step.done == 0:
        print(f"Trying {_place(step)}", flush=True)


def _place(step: CertifyStep) -> str:
    return f"{step.assignment}/{step.notebook}"


def print_certificates(found: Sequence[AssignmentCertificates]) -> None:
    """Print the certificates of several assignments."""
    for assignment in found:
        version = "" if assignment.version is None else f", version {assignment.version}"
        print(f"{assignment.title} ({assignment.assignment}{version})")
        for note in assignment.notes:
            print(f"    note: {note}")
        for notebook in assignment.notebooks:
            print_certificate(notebook)


def print_certificate(found: NotebookCertificate) -> None:
    """Print the certificate of one notebook."""
    if not found.certified:
        print(f"    {found.notebook}: not certified, so {ENGINES['shared']} (shared)")
        if found.problem:
            _print_sentence(found.problem)
        return
    tried = f"; {found.tried} wrong answers were tried" if found.tried else ""
    print(f"    {found.notebook}: {ENGINES[found.engine]} ({found.engine}){tried}")
    _print_findings("why not in a process of their own:", found.reasons)
    _print_findings("please look at:", found.warnings)


def _print_findings(title: str, findings: Sequence[Finding]) -> None:
    if findings:
        print(f"      {title}")
    for finding in findings:
        _print_sentence(finding.text if finding.grade_id is None else f"{finding.grade_id}: {finding.text}")


def _print_sentence(text: str) -> None:
    readable = text.encode(sys.stdout.encoding or "utf-8", "replace").decode(sys.stdout.encoding or "utf-8")
    print(textwrap.fill(readable, WIDTH, initial_indent="      - ", subsequent_indent="        "))
