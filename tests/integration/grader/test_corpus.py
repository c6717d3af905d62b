"""Real nbgrader assignments, graded as nbgrader graded them: every graded cell is compared.

Where we differ on purpose the rule is named below and in docs/reference/nbgrader-differences.md; anything else fails.
The table of agreement is printed at the end of the run (`-rP` or `-s` shows it), and the share is asserted.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from grader.errors import SourceError
from grader.grading import Grader, GradeRequest, GraderOptions, Limits
from grader.release import Release, make_release
from grader.report import CellResult, Report
from grader.resources import read_resources

CORPUS = Path(__file__).resolve().parents[3].parent / "shared" / "corpus"
LIMITS = Limits(cell_seconds=30, total_seconds=150)
# These time library calls (%timeit) for half a minute each; one of the four tells as much as all.
SLOW = {"4_numpy": ("mutant",), "2_matplotlib": ("instructor", "mutant")}
# Run in ipykernel, too; all of them when everything is asked for.
IN_KERNEL = {"ps1": ("bitdiddle",), "gradient-descent": ("instructor", "mutant"), "3_pandas": ("mutant",)}
EVERYTHING = os.environ.get("NBQUEST_CORPUS") == "all"
# Two courses import nose and plotly, which are no part of our environment; another interpreter may have them.
PYTHON = Path(os.environ["NBQUEST_CORPUS_PYTHON"]) if "NBQUEST_CORPUS_PYTHON" in os.environ else None

pytestmark = [pytest.mark.corpus, pytest.mark.bubblewrap]


@dataclass(frozen=True)
class Case:
    """One submission of one assignment, and what nbgrader gave for each of its notebooks."""

    folder: Path
    student: str
    oracle: Any
    isolation: str = "auto"

    def __str__(self) -> str:
        name = f"{self.folder.name}-{self.student}"
        return name if self.isolation == "auto" else f"{name}-{self.isolation}"


def _cases() -> list[Case]:
    found = []
    for path in sorted(CORPUS.glob("*/*/oracle.json")):
        for student, oracle in json.loads(path.read_text()).items():
            wanted = EVERYTHING or student in SLOW.get(path.parent.name, (student,))
            if wanted:
                found.append(Case(path.parent, student, oracle))
            if EVERYTHING or student in IN_KERNEL.get(path.parent.name, ()):
                found.append(Case(path.parent, student, oracle, "kernel"))
    return found


@dataclass
class Tally:
    """How many cells agree, by assignment, and why the others don't."""

    agree: Counter[str] = field(default_factory=Counter)
    differ: dict[str, Counter[str]] = field(default_factory=dict)

    def note(self, assignment: str, reason: str | None) -> None:
        if reason is None:
            self.agree[assignment] += 1
        else:
            self.differ.setdefault(assignment, Counter())[reason] += 1

    def table(self) -> str:
        lines = [f"{'assignment':24} {'agree':>6} {'differ on purpose':>18}"]
        for name in sorted({*self.agree, *self.differ}):
            reasons = self.differ.get(name, Counter())
            told = ", ".join(f"{count} {reason}" for reason, count in reasons.items())
            lines.append(f"{name:24} {self.agree[name]:6} {reasons.total():18}  {told}")
        total, agree = self.agree.total() + sum(c.total() for c in self.differ.values()), self.agree.total()
        return "\n".join([*lines, f"{agree} of {total} graded cells agree ({agree / max(1, total):.1%})"])


@pytest.fixture(scope="module")
def tally() -> Iterator[Tally]:
    made = Tally()
    yield made
    print(f"\n{made.table()}")


@pytest.fixture(scope="module")
def corpus_grader() -> Iterator[Grader]:
    with Grader(GraderOptions(python=PYTHON, limits=LIMITS)) as made:
        yield made


@pytest.fixture(scope="module")
def releases() -> dict[Path, Release]:
    return {}


def _release(path: Path, made: dict[Path, Release]) -> Release:
    if path not in made:
        resources = read_resources(path.parent)
        options = GraderOptions(limits=LIMITS)
        made[path] = make_release(path.read_bytes(), name=path.stem, resources=resources, options=options)
    return made[path]


@pytest.mark.parametrize("case", _cases(), ids=str)
def test_agrees_with_nbgrader(case: Case, corpus_grader: Grader, releases: dict[Path, Release], tally: Tally) -> None:
    unexplained = []
    for submitted in sorted((case.folder / "submitted" / case.student).glob("*.ipynb")):
        source = case.folder / "source" / submitted.name
        if not source.exists():
            continue
        request = GradeRequest(
            source=_release(source, releases).source,
            submission=submitted.read_bytes(),
            resources=read_resources(source.parent),
            isolation=case.isolation,
        )
        report = corpus_grader.grade(request).report
        expected = case.oracle.get(submitted.stem) if isinstance(case.oracle, dict) else None
        if not isinstance(expected, dict) or "cells" not in expected:
            _check_refused_by_nbgrader(report)
            continue
        results = {cell.grade_id: cell for cell in report.cells}
        assert set(results) == set(expected["cells"])
        for grade_id, wanted in expected["cells"].items():
            reason = find_difference(results[grade_id], wanted, report)
            tally.note(case.folder.name, reason)
            if reason == "unexplained":
                unexplained.append((grade_id, results[grade_id], wanted))
    assert unexplained == []


def _check_refused_by_nbgrader(report: Report) -> None:
    """nbgrader aborts on copied or retyped cells; we repair them, say so, and grade."""
    assert report.status in ("graded", "error-in-cell")
    assert report.repairs


def find_difference(result: CellResult, wanted: dict[str, Any], report: Report) -> str | None:
    """Return None where both agree, else the rule that explains the difference, or "unexplained"."""
    assert float(result.max_score) == wanted["max_score"]
    manual = bool(wanted["needs_manual_grade"])
    same = float(result.score) == wanted["score"] and (result.status == "manual") == manual
    if same and wanted["max_score"] == 0 and not manual and wanted.get("cell_type") == "code":
        # The score says nothing here, the error does.
        same = (result.status == "passed") == (not wanted.get("error") and not wanted.get("failed_tests"))
    if same:
        return None
    if wanted["auto_score"] is None and manual and result.status != "manual":
        return "deleted cell: restored"
    missing = ("No module named", "is not defined")
    if result.message and any(text in result.message for text in missing) and _lacks_a_package(report):
        return "package missing here"
    return "unexplained"


def _lacks_a_package(report: Report) -> bool:
    """Whether the environment lacks what the course imports: nose and plotly are no part of ours."""
    return report.status == "error-in-cell" or any("No module named" in (cell.message or "") for cell in report.cells)


def test_most_cells_agree(tally: Tally) -> None:
    """Runs last: of the cells whose packages are here at least 95 in 100 agree, the others were deleted cells."""
    restored = sum(reasons["deleted cell: restored"] for reasons in tally.differ.values())
    agree = tally.agree.total()
    assert agree >= 0.95 * (agree + restored), tally.table()


BAD = sorted((CORPUS / "bad_input").glob("*/*.ipynb"))
REFUSED = {
    "problem1": "there is no autotests.yml beside it",
    "test-v0-invalid": "cell 17: .*does not have a grade_id",
    "test-v0-invalid.after_update": "cell 17: .*does not have a grade_id",
    "too-new": "cell cell-2298c977f4deff2b: Schema version is too new",
    "too-new.after_update": "cell cell-2298c977f4deff2b: Schema version is too new",
}


@pytest.mark.parametrize("path", BAD, ids=lambda path: str(path.stem))
def test_old_schemas_are_upgraded_and_unknown_ones_refused(path: Path) -> None:
    resources = read_resources(path.parent)
    if path.stem in REFUSED:
        with pytest.raises(SourceError, match=REFUSED[path.stem]):
            make_release(path.read_bytes(), name=path.stem, resources=resources, options=GraderOptions())
        return
    release = make_release(path.read_bytes(), name=path.stem, resources=resources, options=GraderOptions())
    assert release.max_score > 0
    assert b'"schema_version": 3' in release.release


@pytest.mark.parametrize(
    "source", sorted(CORPUS.glob("*/*/source/*.ipynb")), ids=lambda path: f"{path.parent.parent.name}-{path.stem}"
)
def test_releases_are_nbgraders(source: Path, releases: dict[Path, Release]) -> None:
    """Cell by cell the same text and checksums as `nbgrader generate_assignment` made."""
    ours = json.loads(_release(source, releases).release)
    theirs = json.loads((source.parent.parent / "release" / source.name).read_text())
    assert [_essence(cell) for cell in ours["cells"]] == [_essence(cell) for cell in theirs["cells"]]


def _essence(cell: dict[str, Any]) -> tuple[Any, ...]:
    marks = cell["metadata"].get("nbgrader", {})
    return (
        cell["cell_type"],
        "".join(cell["source"]),
        marks.get("grade_id"),
        marks.get("points"),
        marks.get("checksum"),
        cell["metadata"].get("editable"),
        cell["metadata"].get("deletable"),
        cell.get("outputs", []),
    )
