"""Builds what will be run: the instructor's notebook with the learner's answers in it, and a note on each repair."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from grader.ingest import CellType, SubmittedCell
from grader.source import PYTHON_KERNEL, NotebookKernel, Role, SourceCell, SourceNotebook

MAX_REPAIRS = 20


@dataclass(frozen=True, kw_only=True)
class PlannedCell:
    """One cell of the run. `source` is run for the score, `visible` is run and shown to the learner.

    `role` "own" is a cell that the learner added, or one that the instructor left unlabelled.
    """

    role: Role
    cell_type: CellType
    grade_id: str | None
    points: Decimal
    source: str
    visible: str
    changed: bool = True
    hint: str | None = None

    @property
    def has_hidden(self) -> bool:
        """Whether a part of this test is hidden."""
        return self.role == "test" and self.source != self.visible


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to run, in order, and what was repaired on the way."""

    cells: tuple[PlannedCell, ...]
    repairs: tuple[str, ...]
    classes: frozenset[str] = frozenset()
    """Names of the classes in the instructor's version: answers may be objects of these."""
    kernel: NotebookKernel = PYTHON_KERNEL


def plan_run(source: SourceNotebook, submission: Sequence[SubmittedCell]) -> Plan:
    """Put the learner's answers and own cells into the instructor's version."""
    labelled = source.labelled
    chosen, repairs = _choose(labelled, submission)
    groups = _own_cells(labelled, submission, chosen)
    planned: list[PlannedCell] = list(groups.get(None, []))
    for grade_id, cell in labelled.items():
        index = chosen.get(grade_id)
        submitted = submission[index] if index is not None else None
        repairs += _damage(cell, submitted)
        planned.append(_fill(cell, submitted))
        planned += groups.get(grade_id, [])
    order = [chosen[grade_id] for grade_id in labelled if grade_id in chosen]
    if order != sorted(order):
        repairs.append("Some cells of the assignment had been moved; they were run in their original order.")
    return Plan(cells=tuple(planned), repairs=tuple(_bounded(repairs)), classes=source.classes, kernel=source.kernel)


def _choose(labelled: dict[str, SourceCell], submission: Sequence[SubmittedCell]) -> tuple[dict[str, int], list[str]]:
    """Return which submitted cell stands for each grade_id: the last one, as nbgrader takes it."""
    chosen: dict[str, int] = {}
    doubled: dict[str, None] = {}
    for index, cell in enumerate(submission):
        if cell.grade_id in labelled:
            if cell.grade_id in chosen:
                doubled[cell.grade_id] = None
            chosen[cell.grade_id] = index
    return chosen, [_doubled(labelled[grade_id]) for grade_id in doubled]


def _doubled(cell: SourceCell) -> str:
    if cell.role in ("solution", "manual"):
        return f"The cell “{cell.grade_id}” was there more than once; its last copy was taken as your answer."
    return f"The {_noun(cell)} “{cell.grade_id}” was there more than once; the original was run, once."


def _own_cells(
    labelled: dict[str, SourceCell], submission: Sequence[SubmittedCell], chosen: dict[str, int]
) -> dict[str | None, list[PlannedCell]]:
    """Return the learner's own cells by the labelled cell that they follow."""
    groups: dict[str | None, list[PlannedCell]] = {}
    anchor: str | None = None
    for index, cell in enumerate(submission):
        known = labelled.get(cell.grade_id) if cell.grade_id is not None else None
        if known is not None and chosen[known.grade_id or ""] == index:
            anchor = known.grade_id
        elif known is None or not _same(cell.source, known.visible, known.source):
            groups.setdefault(anchor, []).append(_own(cell))
    return groups


def _own(cell: SubmittedCell) -> PlannedCell:
    return PlannedCell(
        role="plain",
        cell_type=cell.cell_type,
        grade_id=None,
        points=Decimal(0),
        source=cell.source,
        visible=cell.source,
    )


def _fill(cell: SourceCell, submitted: SubmittedCell | None) -> PlannedCell:
    """Return the cell of the run: the learner's text where an answer is asked for, else the instructor's."""
    if cell.role in ("solution", "manual"):
        text = submitted.source if submitted is not None else cell.visible
        source = visible = text
        changed = text != cell.visible
    else:
        source, visible, changed = cell.source, cell.visible, cell.role == "task"
    return PlannedCell(
        role=cell.role,
        cell_type=cell.cell_type,
        grade_id=cell.grade_id,
        points=cell.points,
        source=source,
        visible=visible,
        changed=changed,
        hint=cell.hint,
    )


def _damage(cell: SourceCell, submitted: SubmittedCell | None) -> list[str]:
    name = f"The {_noun(cell)} “{cell.grade_id}”"
    if submitted is None:
        if cell.role in ("solution", "manual"):
            return [f"{name} was missing; it was put back empty, as in the original."]
        return [f"{name} was missing; it was put back."]
    if submitted.cell_type != cell.cell_type:
        return [f"{name} had become a {submitted.cell_type} cell; it was made a {cell.cell_type} cell again."]
    if cell.role in ("test", "locked", "task") and not _same(submitted.source, cell.visible, cell.source):
        return [f"{name} had been changed; the original was used."]
    return []


def _noun(cell: SourceCell) -> str:
    nouns = {"test": "test cell", "solution": "answer cell", "manual": "answer cell", "task": "task cell"}
    return nouns.get(cell.role, "given cell")


def _same(text: str, *originals: str) -> bool:
    return any(text.strip() == original.strip() for original in originals)


def _bounded(repairs: list[str]) -> Iterable[str]:
    if len(repairs) > MAX_REPAIRS:
        return [*repairs[:MAX_REPAIRS], f"{len(repairs) - MAX_REPAIRS} more cells were repaired."]
    return repairs
