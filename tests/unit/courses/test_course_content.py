"""The courses that are shipped are valid, complete and consistent.

What their tests catch is tried in tests/integration/courses.
"""

from __future__ import annotations

import ast
import datetime
import tomllib
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from nbgrader.nbgraderformat import SCHEMA_VERSION, MetadataValidator
from nbgrader.utils import is_grade, is_locked, is_solution

COURSES = Path(__file__).parents[3] / "courses"
COURSE_FOLDERS = sorted(path.parent for path in COURSES.glob("*/course.toml"))
NOTEBOOKS = sorted(COURSES.glob("*/source/*/*.ipynb"))
BEGIN, END = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"


def read_course(folder: Path) -> dict[str, Any]:
    """Return what course.toml says."""
    return tomllib.loads((folder / "course.toml").read_text(encoding="utf-8"))


def read_notebook(path: Path) -> NotebookNode:
    """Return the notebook, as nbformat reads it."""
    notebook: NotebookNode = nbformat.read(path, as_version=4)
    return notebook


def hidden_part(source: str) -> str:
    """Return the hidden tests of a cell, or an empty text."""
    if BEGIN not in source:
        return ""
    return source.split(BEGIN, 1)[1].split(END, 1)[0]


def visible_part(source: str) -> str:
    """Return what a learner sees of a test cell."""
    if BEGIN not in source:
        return source
    return source.split(BEGIN, 1)[0] + source.split(END, 1)[1]


each_course = pytest.mark.parametrize("course_folder", COURSE_FOLDERS, ids=lambda path: path.name)
each_notebook = pytest.mark.parametrize("notebook_path", NOTEBOOKS, ids=lambda path: path.stem)


def test_there_is_a_course() -> None:
    assert COURSE_FOLDERS
    assert NOTEBOOKS


@each_course
def test_course_says_what_it_is(course_folder: Path) -> None:
    course = read_course(course_folder)
    assert course["title"]
    assert course["description"]
    assert course["enrolment"] in ("open", "closed")
    for assignment in course["assignments"]:
        assert set(assignment) == {"slug", "title", "description", "due", "skills", "points"}
        assert isinstance(assignment["due"], datetime.datetime)
        assert assignment["due"].tzinfo is not None, "a due date without an offset means another moment to every reader"
        assert assignment["skills"]


@each_course
def test_assignments_are_the_folders(course_folder: Path) -> None:
    slugs = [assignment["slug"] for assignment in read_course(course_folder)["assignments"]]
    assert len(slugs) == len(set(slugs))
    assert sorted(slugs) == sorted(path.name for path in (course_folder / "source").iterdir())


@each_course
def test_due_dates_follow_the_order(course_folder: Path) -> None:
    due = [assignment["due"] for assignment in read_course(course_folder)["assignments"]]
    assert due == sorted(due)


@each_course
def test_points_agree_with_the_notebooks(course_folder: Path) -> None:
    for assignment in read_course(course_folder)["assignments"]:
        cells = [
            cell
            for path in (course_folder / "source" / assignment["slug"]).glob("*.ipynb")
            for cell in read_notebook(path).cells
            if is_grade(cell)
        ]
        assert all(type(cell.metadata.nbgrader.points) is int for cell in cells)
        assert sum(cell.metadata.nbgrader.points for cell in cells) == assignment["points"], assignment["slug"]


@each_notebook
def test_notebook_is_valid_nbgrader_source(notebook_path: Path) -> None:
    notebook = read_notebook(notebook_path)
    nbformat.validate(notebook)
    MetadataValidator().validate_nb(notebook)
    for cell in notebook.cells:
        if "nbgrader" in cell.metadata:
            assert cell.metadata.nbgrader.schema_version == SCHEMA_VERSION
            assert cell.metadata.nbgrader.cell_type == cell.cell_type


@each_notebook
def test_notebook_is_stored_without_outputs(notebook_path: Path) -> None:
    for cell in read_notebook(notebook_path).cells:
        if cell.cell_type == "code":
            assert not cell.outputs
            assert cell.execution_count is None


@each_notebook
def test_notebook_is_stored_as_nbformat_writes_it(notebook_path: Path) -> None:
    assert notebook_path.read_text(encoding="utf-8") == nbformat.writes(read_notebook(notebook_path)) + "\n"


@each_notebook
def test_cells_have_telling_ids(notebook_path: Path) -> None:
    ids = [cell.id for cell in read_notebook(notebook_path).cells]
    assert len(ids) == len(set(ids))
    assert all(ids)


@each_notebook
def test_graded_cells_are_locked_and_solutions_are_not(notebook_path: Path) -> None:
    cells = read_notebook(notebook_path).cells
    assert all(is_locked(cell) for cell in cells if is_grade(cell))
    assert not any(is_grade(cell) for cell in cells if is_solution(cell))


@each_notebook
def test_there_are_four_to_six_exercises(notebook_path: Path) -> None:
    solutions = [cell for cell in read_notebook(notebook_path).cells if is_solution(cell)]
    assert 4 <= len(solutions) <= 6


@each_notebook
def test_visible_tests_explain_themselves(notebook_path: Path) -> None:
    for cell in read_notebook(notebook_path).cells:
        if is_grade(cell):
            asserts = [node for node in ast.walk(ast.parse(visible_part(cell.source))) if isinstance(node, ast.Assert)]
            assert all(node.msg is not None for node in asserts), cell.metadata.nbgrader.grade_id


@each_notebook
def test_hidden_tests_have_a_hint(notebook_path: Path) -> None:
    hidden = [cell for cell in read_notebook(notebook_path).cells if hidden_part(cell.source)]
    assert hidden
    for cell in hidden:
        first = hidden_part(cell.source).strip().splitlines()[0]
        assert first.startswith("# hint: "), cell.metadata.nbgrader.grade_id
        assert cell.source.count(BEGIN) == cell.source.count(END) == 1
