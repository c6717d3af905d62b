"""The feedback page: one HTML file without script, safe to show on the site's own pages.

Its look is one style sheet, told to the browser by its hash, so that no other style and nothing else at all takes part.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from grader.executed import Outputs
from grader.repair import Plan, PlannedCell
from grader.report import CellResult, Report
from grader.sanitize import safe_markdown, safe_text
from grader.scoring import HIDDEN_FAILED

MAX_LENGTH = 3 << 20
"""In characters."""
_STATES = {
    "passed": ("growth", "✓", "Passed"),
    "partial": ("warm", "◐", "Partly passed"),
    "failed": ("alert", "✗", "Not yet"),
    "error": ("alert", "!", "Error"),
    "timeout": ("warm", "◷", "Ran too long"),
    "not-run": ("muted", "–", "Not run"),
    "manual": ("brand", "✎", "For review"),
}
_CUT = '<p class="note">The rest was left out: too large.</p>'
_HIDDEN_PART = '<p class="muted">A part of this test is hidden.</p>'


def feedback_html(plan: Plan, shown: Sequence[Outputs], report: Report, title: str) -> str:
    """Return the page for one graded submission; `shown` are the outputs of each cell."""
    results = {cell.grade_id: cell for cell in report.cells}
    parts = []
    left = MAX_LENGTH
    for number, (cell, outputs) in enumerate(zip(plan.cells, shown, strict=True), start=1):
        result = results.get(cell.grade_id or "")
        part = render_cell(cell, outputs, result, number) if result else render_plain(cell, outputs)
        left -= len(part)
        if left < 0:
            parts.append(_CUT)
            break
        parts.append(part)
    return page(title, render_summary(plan, report, title) + "\n".join(parts))


def rejection_html(report: Report, title: str) -> str:
    """Return the page for a submission that was refused."""
    return page(title, f'<h1>{safe_text(title)}</h1>\n<p class="note">{safe_text(report.message or "")}</p>')


def page(title: str, body: str) -> str:
    """Return the whole HTML file."""
    head = (
        f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_content_policy(style())}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{safe_text(title)}</title><style>{style()}</style>"
    )
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body>\n{body}\n</body></html>\n'


@functools.cache
def style() -> str:
    """Return the page's style sheet."""
    return Path(__file__).with_suffix(".css").read_text(encoding="utf-8")


def _content_policy(sheet: str) -> str:
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:"


def content_policy(document: bytes) -> str:
    """Return the policy under which a page that was made here, perhaps by an earlier version, is to be served."""
    sheet = document.partition(b"<style>")[2].partition(b"</style>")[0].decode("utf-8", "replace")
    return _content_policy(sheet)


def render_summary(plan: Plan, report: Report, title: str) -> str:
    """Return the head of the page: points, what was repaired, and each test with a link to its cell."""
    anchors = {cell.grade_id: number for number, cell in enumerate(plan.cells, start=1) if cell.grade_id}
    score, most = _number(report.score), _number(report.max_score)
    lines = [
        f"<header><h1>{safe_text(title)}</h1>",
        f'<p class="score"><span><strong>{score}</strong> of {most} points</span>'
        f'<meter max="{max(report.max_score, report.score, Decimal(1)):f}" value="{report.score:f}" aria-hidden="true">'
        "</meter></p>",
    ]
    if report.message:
        lines.append(f'<p class="note">{safe_text(report.message)}</p>')
    if report.repairs:
        repairs = "".join(f"<li>{safe_text(repair)}</li>" for repair in report.repairs)
        lines.append(f'<div class="note"><strong>What was mended in your notebook</strong><ul>{repairs}</ul></div>')
    lines.append("</header>")
    if report.cells:
        rows = "".join(_row(cell, anchors.get(cell.grade_id)) for cell in report.cells)
        lines.append(f'<h2>Tests</h2>\n<ul class="tests">{rows}</ul>')
    lines.append("<h2>Your notebook as it ran</h2>")
    return "\n".join(lines)


def _number(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _points(result: CellResult) -> str:
    return f'<span class="points">{_number(result.score)} of {_number(result.max_score)}</span>'


def _state(result: CellResult) -> str:
    colour, mark, word = _STATES[result.status]
    return f'<span class="state {colour}"><span aria-hidden="true">{mark}</span> {word}</span>'


def _row(result: CellResult, anchor: int | None) -> str:
    name = f"<code>{safe_text(result.grade_id)}</code>"
    link = f'<a href="#cell-{anchor}">{name}</a>' if anchor else name
    message = f'<p class="message">{safe_text(result.message)}</p>' if result.message else ""
    return f'<li>{_state(result)}<span class="name">{link}</span>{_points(result)}{message}</li>'


def render_cell(
    cell: PlannedCell, outputs: Outputs, result: CellResult, number: int, *, source: str = "", more: str = ""
) -> str:
    """Return a graded cell, folded when there is nothing to be done about it.

    `source` is HTML that stands for its source, `more` HTML that follows its outputs.
    """
    colour = _STATES[result.status][0]
    told = ""
    if result.message and result.hidden and result.message != HIDDEN_FAILED:
        told = f'<p class="hint message"><strong>A hidden test failed. A hint:</strong>{safe_text(result.message)}</p>'
    elif result.message:
        told = f'<p class="message">{safe_text(result.message)}</p>'
    elif cell.has_hidden and not source:
        told = _HIDDEN_PART
    unfolded = "" if result.status == "passed" and not more else " open"
    summary = f'<span class="name"><code>{safe_text(result.grade_id)}</code></span> {_state(result)} {_points(result)}'
    body = source or _source(cell)
    return (
        f'<details class="test {colour}" id="cell-{number}"{unfolded}><summary>{summary}</summary>'
        f"{told}{body}{render_outputs(outputs)}{more}</details>"
    )


def render_plain(cell: PlannedCell, outputs: Outputs) -> str:
    """Return a cell that isn't graded."""
    return f'<section class="cell">{_source(cell)}{render_outputs(outputs)}</section>'


def _source(cell: PlannedCell) -> str:
    if cell.cell_type == "markdown":
        return f'<div class="text">{safe_markdown(cell.visible)}</div>'
    return code_block(safe_text(cell.visible)) if cell.visible.strip() else ""


def code_block(html: str) -> str:
    """Return source, as HTML already, in a box that a keyboard can scroll."""
    return f'<pre class="code" tabindex="0"><code>{html}</code></pre>'


def render_outputs(outputs: Outputs) -> str:
    """Return the outputs of a cell; their HTML was made harmless before."""
    return "".join(map(_output, outputs))


def _output(output: dict[str, Any]) -> str:
    kind = output["output_type"]
    if kind == "stream":
        stream = " stderr" if output["name"] == "stderr" else ""
        return f'<pre class="out{stream}" tabindex="0">{safe_text(output["text"])}</pre>'
    if kind == "error":
        text = "\n".join(output["traceback"]) or f"{output['ename']}: {output['evalue']}"
        return f'<pre class="out error" tabindex="0">{safe_text(text)}</pre>'
    return f'<div class="shown">{_display(output["data"])}</div>'


def _display(data: dict[str, str]) -> str:
    for image in ("image/png", "image/jpeg"):
        if image in data:  # base64 that was decoded and encoded again, so it can't leave the attribute
            return f'<img alt="What this cell drew" src="data:{image};base64,{data[image]}">'
    if "text/html" in data:
        return data["text/html"]
    if "text/markdown" in data:
        return f'<div class="text">{safe_markdown(data["text/markdown"])}</div>'
    return f"<pre>{safe_text(data.get('text/plain') or data.get('text/latex') or '')}</pre>"
