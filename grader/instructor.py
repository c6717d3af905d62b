"""The instructor's version of the feedback: everything the learner sees, the hidden tests, and what those said.

Grading keeps only what can't be had again: what was said in the run for the points. The page is made when it is wanted.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Sequence
from typing import Any

from grader.executed import Outputs, harmless, size_of
from grader.execution import Execution
from grader.feedback import code_block, page, render_cell, render_outputs, render_plain, render_summary
from grader.ingest import read_submission
from grader.records import read_outputs
from grader.repair import Plan, PlannedCell, plan_run
from grader.report import Report
from grader.sanitize import safe_text
from grader.source import SourceNotebook

MAX_DETAILS = 256 << 10
_PART = {"BEGIN HIDDEN TESTS": True, "END HIDDEN TESTS": False, "BEGIN MARK SCHEME": True, "END MARK SCHEME": False}
_BANNER = (
    '<p class="note brand">For instructors: parts that learners are not shown are marked, and what the hidden tests '
    "said stands below their cells.</p>"
)
_NO_OUTPUTS = '<p class="note">The outputs of this run are not kept.</p>'


def scoring_details(plan: Plan, execution: Execution) -> bytes | None:
    """Return what tests with a hidden part said in the run for the points, to be kept from learners; None: nothing."""
    said: dict[str, Outputs] = {}
    left = MAX_DETAILS
    for cell, scored, shown in zip(plan.cells, execution.scoring.records, execution.display.records, strict=True):
        if not cell.has_hidden or scored is shown:
            continue
        outputs = [output for output in scored.outputs if output["output_type"] in ("stream", "error")]
        left -= sum(map(size_of, outputs))
        if outputs and left >= 0:
            said[str(cell.grade_id)] = outputs
    return json.dumps(said, separators=(",", ":")).encode() if said else None


def instructor_html(
    source: SourceNotebook, submission: bytes, report: Report, *, executed: bytes | None, details: bytes | None
) -> str:
    """Return the page. `executed` and `details` are what grading gave; raises InvalidSubmission as grading does."""
    plan = plan_run(source, read_submission(submission))
    title = source.title or "Feedback"
    outputs = _outputs_of(executed, len(plan.cells))
    said: dict[str, Any] = json.loads(details) if details else {}
    results = {cell.grade_id: cell for cell in report.cells}
    parts = [render_summary(plan, report, title), _BANNER]
    if outputs is None:
        parts.append(_NO_OUTPUTS)
    each: Iterable[Outputs] = outputs if outputs is not None else itertools.repeat([])
    for number, (cell, shown) in enumerate(zip(plan.cells, each, strict=False), start=1):
        result = results.get(cell.grade_id or "")
        if result is None:
            parts.append(render_plain(cell, shown))
        else:
            more = _scoring_outputs(read_outputs(said.get(result.grade_id)))
            parts.append(render_cell(cell, shown, result, number, source=_whole_source(cell), more=more))
    return page(title, "\n".join(parts))


def _outputs_of(executed: bytes | None, count: int) -> list[Outputs] | None:
    """Return the outputs of each cell of the executed notebook, None where it doesn't hold this many."""
    cells = json.loads(executed)["cells"] if executed else []
    if len(cells) != count:
        return None
    return [list(map(harmless, read_outputs(cell.get("outputs")))) for cell in cells]


def _scoring_outputs(outputs: Sequence[dict[str, Any]]) -> str:
    if not outputs:
        return ""
    return f"<h3>What the hidden tests said</h3>{render_outputs([harmless(output) for output in outputs])}"


def _whole_source(cell: PlannedCell) -> str:
    """Return the source with what learners aren't shown marked; nothing where they are shown all of it."""
    if cell.source == cell.visible:
        return ""
    hidden = False
    html: list[str] = []
    for line in cell.source.split("\n"):
        turn = next((begins for words, begins in _PART.items() if words in line), None)
        hidden = hidden or turn is True
        text = safe_text(line)
        html.append(f'<mark class="hidden">{text or " "}</mark>' if hidden else f"{text}\n")
        hidden = hidden and turn is not False
    return code_block("".join(html))
