"""The feedback page: one small HTML file without script, safe to show on the site's own pages."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from grader.executed import shown_outputs
from grader.records import CellRecord
from grader.repair import Plan, PlannedCell
from grader.report import CellResult, Report
from grader.sanitize import safe_html, safe_markdown, safe_text

MAX_BYTES = 3 << 20
_STATUS = {
    "passed": "passed",
    "partial": "partly passed",
    "failed": "failed",
    "error": "failed with an error",
    "timeout": "stopped: it took too long",
    "not-run": "not run",
    "manual": "waits for your instructor",
}
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 1.5rem auto; padding: 0 1rem; }
table { border-collapse: collapse; } td, th { padding: .25rem .75rem; border: 1px solid #8886; text-align: left; }
pre { overflow-x: auto; padding: .5rem .75rem; border: 1px solid #8886; border-radius: .25rem; white-space: pre-wrap; }
.output { margin-left: 1rem; } .error { border-color: #b3261e; } .verdict { font-weight: 600; } img { max-width: 100%; }
:root { color-scheme: light dark; }
"""


def feedback_html(plan: Plan, records: tuple[CellRecord, ...], report: Report, title: str) -> str:
    """Return the page for one graded submission."""
    results = {cell.grade_id: cell for cell in report.cells}
    passed = frozenset(cell.grade_id for cell in report.cells if cell.status == "passed")
    parts = [_summary(report, title)]
    left = MAX_BYTES
    for cell, record in zip(plan.cells, records, strict=True):
        part = _cell(cell, shown_outputs(cell, record, passed), results.get(cell.grade_id or ""))
        size = len(part.encode("utf-8", "replace"))
        if size > left:
            parts.append("<p>The rest was left out: too large.</p>")
            break
        left -= size
        parts.append(part)
    return _page(title, "\n".join(parts))


def rejection_html(report: Report, title: str) -> str:
    """Return the page for a submission that was refused."""
    return _page(title, f"<h1>{safe_text(title)}</h1>\n<p>{safe_text(report.message or '')}</p>")


def _page(title: str, body: str) -> str:
    head = f'<meta charset="utf-8"><title>{safe_text(title)}</title><style>{_STYLE}</style>'
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body>\n{body}\n</body></html>\n'


def _number(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _summary(report: Report, title: str) -> str:
    rows = [
        f"<tr><td><code>{safe_text(cell.grade_id)}</code></td><td>{_STATUS[cell.status]}</td>"
        f"<td>{_number(cell.score)} of {_number(cell.max_score)}</td><td>{safe_text(cell.message or '')}</td></tr>"
        for cell in report.cells
    ]
    lines = [
        f"<h1>{safe_text(title)}</h1>",
        f'<p class="verdict">{_number(report.score)} of {_number(report.max_score)} points</p>',
    ]
    if report.message:
        lines.append(f"<p>{safe_text(report.message)}</p>")
    if report.repairs:
        lines.append("<ul>" + "".join(f"<li>{safe_text(repair)}</li>" for repair in report.repairs) + "</ul>")
    if rows:
        head = "<tr><th>Cell</th><th>Result</th><th>Points</th><th></th></tr>"
        lines.append(f"<table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>")
    return "\n".join(lines)


def _cell(cell: PlannedCell, outputs: list[dict[str, Any]], result: CellResult | None) -> str:
    if cell.cell_type == "markdown":
        body = safe_markdown(cell.visible)
    else:
        body = f"<pre><code>{safe_text(cell.visible)}</code></pre>"
    verdict = ""
    if result is not None:
        points = f"{_number(result.score)} of {_number(result.max_score)}"
        verdict = f'<p class="verdict">{_STATUS[result.status]}, {points} points. {safe_text(result.message or "")}</p>'
    return f"<section>{body}{''.join(map(_output, outputs))}{verdict}</section>"


def _output(output: dict[str, Any]) -> str:
    kind = output["output_type"]
    if kind == "stream":
        return f'<pre class="output">{safe_text(output["text"])}</pre>'
    if kind == "error":
        text = "\n".join(output["traceback"]) or f"{output['ename']}: {output['evalue']}"
        return f'<pre class="output error">{safe_text(text)}</pre>'
    return f'<div class="output">{_display(output["data"])}</div>'


def _display(data: dict[str, str]) -> str:
    for image in ("image/png", "image/jpeg"):
        if image in data:  # base64 that was decoded and encoded again, so it can't leave the attribute
            return f'<img alt="" src="data:{image};base64,{data[image]}">'
    if "text/html" in data:
        return safe_html(data["text/html"])
    if "text/markdown" in data:
        return safe_markdown(data["text/markdown"])
    return f"<pre>{safe_text(data.get('text/plain') or data.get('text/latex') or '')}</pre>"
