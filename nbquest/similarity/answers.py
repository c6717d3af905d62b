"""The learners' own code in what they handed in: answers in solution cells, and cells that they added."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from grader.errors import InvalidSubmission
from grader.ingest import read_submission
from grader.repair import plan_run
from grader.source import SourceNotebook, load_source
from nbquest.courses import api as courses
from nbquest.files.errors import BlobDamaged, BlobNotFound
from nbquest.files.store import BlobStore
from nbquest.similarity.fingerprints import Scanned, Template, make_template, scan_cell

MOST_CHARACTERS = 100_000
"""Of one cell; what comes after is not looked at. Far beyond what people write by hand."""
ANSWERS = frozenset({"solution", "manual", "plain"})
"""Roles of cells whose text is the learner's."""
LOST = (BlobNotFound, BlobDamaged)
"""Errors of a stored file that can't be had any more."""


@dataclass(frozen=True, kw_only=True)
class AnswerCell:
    """A code cell with a learner's text. `grade_id`: None for one that they added."""

    notebook: str
    grade_id: str | None
    language: str
    source: str


@dataclass(frozen=True, kw_only=True)
class Assigned:
    """A version of an assignment, as answers are read by it: the instructor's notebooks and what was given, by path."""

    notebooks: Mapping[str, SourceNotebook]
    templates: Mapping[str, Template]


def read_assigned(session: Session, blobs: BlobStore, version_id: int) -> Assigned:
    """Return the version of this number. Raises AssignmentNotFound."""
    version = courses.get_grading_version(session, blobs, version_id)
    notebooks = {
        path: version.prepared.get(path) or load_source(content) for path, content in version.notebooks.items()
    }
    return Assigned(
        notebooks=notebooks,
        templates={
            path: make_template(given_cells(notebook), notebook.kernel.language) for path, notebook in notebooks.items()
        },
    )


def given_cells(notebook: SourceNotebook) -> list[str]:
    """Return the code cells that learners are given, as they are in the release."""
    return [cell.visible[:MOST_CHARACTERS] for cell in notebook.cells if cell.cell_type == "code"]


def read_answers(blobs: BlobStore, assigned: Assigned, files: Mapping[str, str]) -> list[AnswerCell] | None:
    """Return the learner's code cells in the stored notebooks `files` (digests by path), in order.

    Cells of the release that they left as they were are not among them.
    None where one of them can't be read. Raises those of LOST where a file is lost, BlobStoreUnavailable.
    """
    found: list[AnswerCell] = []
    for path, digest in sorted(files.items()):
        source = assigned.notebooks.get(path)
        if source is None:
            continue
        given = {cell.strip() for cell in given_cells(source)}
        try:
            plan = plan_run(source, read_submission(blobs.get(digest)))
        except InvalidSubmission:
            return None
        found += [
            AnswerCell(
                notebook=path,
                grade_id=cell.grade_id,
                language=source.kernel.language,
                source=cell.source[:MOST_CHARACTERS],
            )
            for cell in plan.cells
            if cell.role in ANSWERS and cell.cell_type == "code" and cell.source.strip() not in given | {""}
        ]
    return found


def scan_answers(assigned: Assigned, answers: list[AnswerCell]) -> list[Scanned]:
    """Return each answer's tokens and fingerprints."""
    return [scan_cell(cell.source, cell.language, assigned.templates[cell.notebook]) for cell in answers]
