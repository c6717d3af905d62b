"""The tests of the courses that are shipped tell wrong solutions from right ones, graded by the real grader.

Beside this file, for each course and assignment:

    <course>/<assignment>/wrong/<grade_id>/<what is wrong>.py
        takes the place of the solution cell `grade_id`. Its first line, `# fails: a, b`, names the test cells that must
        fail; no other may.
    <course>/<assignment>/right/<grade_id>/<how>.py
        another correct solution, which must get full marks.

To add a case, add a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution

from grader.grading import Grader, GraderOptions, GradeRequest
from grader.release import Release, make_release
from grader.report import Report

CASES = Path(__file__).parent
COURSES = Path(__file__).parents[3] / "courses"
ASSIGNMENTS = sorted(COURSES.glob("*/source/*"))
WRONG = sorted(CASES.glob("*/*/wrong/*/*.py"))
RIGHT = sorted(CASES.glob("*/*/right/*/*.py"))
OPTIONS = GraderOptions()

pytestmark = pytest.mark.bubblewrap


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """An assignment as published, with the instructor's solutions by grade_id."""

    release: Release
    notebook: NotebookNode
    solutions: dict[str, str]

    def submission(self, **sources: str) -> bytes:
        """Return what a learner hands in: the release, solved by the instructor except for `sources`."""
        unknown = set(sources) - set(self.solutions)
        assert not unknown, f"no solution cell is called {unknown}"
        notebook = nbformat.reads(self.release.release.decode(), as_version=4)
        for cell in notebook.cells:
            if is_solution(cell):
                grade_id = cell.metadata.nbgrader.grade_id
                cell.source = sources.get(grade_id, self.solutions[grade_id])
        return nbformat.writes(notebook).encode()

    def tests_of(self, grade_id: str) -> list[NotebookNode]:
        """Return the test cells between this solution cell and the next one."""
        found, inside = [], False
        for cell in self.notebook.cells:
            if is_solution(cell):
                inside = cell.metadata.nbgrader.grade_id == grade_id
            elif inside and is_grade(cell):
                found.append(cell)
        return found


@cache
def publish(course: str, slug: str) -> Assignment:
    """Make the assignment's release version, once."""
    source = (COURSES / course / "source" / slug / f"{slug}.ipynb").read_bytes()
    release = make_release(source, name=slug, resources={}, options=OPTIONS)
    notebook = nbformat.reads(release.source.decode(), as_version=4)
    solutions = {cell.metadata.nbgrader.grade_id: cell.source for cell in notebook.cells if is_solution(cell)}
    return Assignment(release=release, notebook=notebook, solutions=solutions)


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    """One grader for all cases, as a worker has it."""
    with Grader(OPTIONS) as grader:
        yield grader


def grade(grader: Grader, assignment: Assignment, submission: bytes) -> Report:
    """Grade one submission against the instructor's version."""
    return grader.grade(GradeRequest(source=assignment.release.source, submission=submission)).report


def grade_case(grader: Grader, assignment: Assignment, path: Path) -> Report:
    """Grade what a case's author hands in: all else is the instructor's."""
    sources = {path.parent.name: path.read_text(encoding="utf-8")}
    return grade(grader, assignment, assignment.submission(**sources))


def case_name(path: Path) -> str:
    """Return a short name of a case: assignment, solution cell, what is wrong."""
    return "-".join((path.parents[2].name, path.parent.name, path.stem))


def published_case(path: Path) -> Assignment:
    """Return the assignment that a case belongs to."""
    return publish(path.parents[3].name, path.parents[2].name)


def expected_failures(path: Path) -> set[str]:
    """Return the test cells that a wrong solution must fail."""
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# fails: "), f"{path} does not say which tests it fails"
    return set(first.removeprefix("# fails: ").split(", "))


def hint_of(cell: NotebookNode) -> str | None:
    """Return the hint of a hidden test, as its author wrote it."""
    found = re.search(r"### BEGIN HIDDEN TESTS\n# hint: (.+)", cell.source)
    return found[1] if found else None


each_assignment = pytest.mark.parametrize("path", ASSIGNMENTS, ids=lambda path: path.name)


@each_assignment
def test_instructors_version_gets_full_marks(grader: Grader, path: Path) -> None:
    assignment = publish(path.parents[1].name, path.name)
    report = grade(grader, assignment, assignment.submission())
    assert report.status == "graded", report.message
    assert not report.repairs
    assert {cell.grade_id for cell in report.cells if cell.status != "passed"} == set()
    assert report.score == report.max_score == assignment.release.max_score


@each_assignment
def test_bare_release_gets_nothing(grader: Grader, path: Path) -> None:
    assignment = publish(path.parents[1].name, path.name)
    report = grade(grader, assignment, assignment.release.release)
    assert report.score == 0
    assert report.max_score == assignment.release.max_score
    assert {cell.grade_id for cell in report.cells if cell.status == "passed"} == set()


@each_assignment
def test_release_tells_no_secret(path: Path) -> None:
    release = publish(path.parents[1].name, path.name).release.release.decode()
    assert "HIDDEN TESTS" not in release
    assert "# hint:" not in release
    assert "BEGIN SOLUTION" not in release


@pytest.mark.parametrize("path", WRONG, ids=case_name)
def test_wrong_solution_fails_where_it_should(grader: Grader, path: Path) -> None:
    assignment = published_case(path)
    report = grade_case(grader, assignment, path)
    failed = {cell.grade_id: cell for cell in report.cells if cell.status != "passed"}
    assert set(failed) == expected_failures(path), report.cells
    assert report.score == report.max_score - sum(cell.max_score for cell in failed.values())
    hints = {cell.metadata.nbgrader.grade_id: hint_of(cell) for cell in assignment.notebook.cells if is_grade(cell)}
    for grade_id, cell in failed.items():
        hint = hints[grade_id]
        assert cell.message
        assert cell.hidden == (hint is not None)
        if hint is not None:
            assert hint in cell.message
            assert "assert" not in cell.message, "a hidden test's source was told"


@pytest.mark.parametrize("path", RIGHT, ids=case_name)
def test_other_right_solution_gets_full_marks(grader: Grader, path: Path) -> None:
    report = grade_case(grader, published_case(path), path)
    assert {cell.grade_id for cell in report.cells if cell.status != "passed"} == set(), report.cells
    assert report.score == report.max_score


@each_assignment
def test_each_exercise_was_tried(path: Path) -> None:
    assignment = publish(path.parents[1].name, path.name)
    cases = CASES / path.parents[1].name / path.name
    for grade_id in assignment.solutions:
        tests = assignment.tests_of(grade_id)
        hidden = {cell.metadata.nbgrader.grade_id for cell in tests if hint_of(cell)}
        failures = [expected_failures(case) for case in sorted((cases / "wrong" / grade_id).glob("*.py"))]
        assert len(failures) >= 4, f"{grade_id}: try more wrong solutions"
        assert any(failed <= hidden for failed in failures), f"{grade_id}: none is caught by a hidden test alone"
        untried = {cell.metadata.nbgrader.grade_id for cell in tests} - set().union(*failures)
        assert not untried, f"no wrong solution fails {untried}"
        assert list((cases / "right" / grade_id).glob("*.py")), f"{grade_id}: try another right solution"
