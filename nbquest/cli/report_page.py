"""The reference page of the grader's report, from the text beside each field and status in grader/report.py."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import textwrap
from collections.abc import Mapping
from typing import Any, get_args

from grader import report

_JSON_TYPES = {
    "str": "string",
    "str | None": "string or null",
    "bool": "boolean",
    "Decimal": "number",
    "float": "number",
    "tuple[str, ...]": "list of strings",
    "tuple[CellResult, ...]": "list of cells",
    "CellStatus": "[a cell's status](#status-of-a-cell)",
    "ReportStatus": "[a submission's status](#status-of-a-submission)",
    "Isolation": "[an engine](#isolation)",
}


class Undocumented(LookupError):
    """A field or a status of the report has no text of its own."""


def render_report() -> str:
    """Every field of the report, every status, every engine. Raises Undocumented."""
    lines = [
        "# Report",
        "",
        "What grading one notebook comes to. `python -m grader grade` prints one such JSON object a line, with the",
        "file as `submission`. It exits with 0 when every submission got a verdict, whatever that is, and with 2 when",
        "the arguments or the source are unusable or student code can't be contained here.",
        "",
        *_fields(report.Report),
        "",
        "## Cells",
        "",
        *_fields(report.CellResult),
        "",
        "## Status of a submission",
        "",
        *_meanings(report.REPORT_STATUSES, report.ReportStatus),
        "",
        "## Status of a cell",
        "",
        *_meanings(report.CELL_STATUSES, report.CellStatus),
        "",
        "## Isolation",
        "",
        *_meanings(report.ISOLATIONS, report.Isolation),
    ]
    return "\n".join(lines) + "\n"


def _fields(cls: type[Any]) -> list[str]:
    texts = field_texts(cls)
    lines = ["| field | type | meaning |", "| --- | --- | --- |"]
    for field in dataclasses.fields(cls):
        if field.name not in texts:
            raise Undocumented(f"The field {cls.__name__}.{field.name} has no text below it.")
        lines.append(f"| `{field.name}` | {_JSON_TYPES[str(field.type)]} | {texts[field.name]} |")
    return lines


def field_texts(cls: type[Any]) -> dict[str, str]:
    """Return, by name, the string that stands below each field of a class in its source."""
    [tree] = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
    assert isinstance(tree, ast.ClassDef)
    found = {}
    for statement, following in zip(tree.body, tree.body[1:], strict=False):
        match statement, following:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                found[name] = " ".join(text.split())
    return found


def _meanings(texts: Mapping[Any, str], values: Any) -> list[str]:
    missing = set(get_args(values)) ^ set(texts)
    if missing:
        raise Undocumented(f"Documented and used statuses differ: {', '.join(sorted(missing))}.")
    return ["| | meaning |", "| --- | --- |", *(f"| `{value}` | {texts[value]} |" for value in get_args(values))]
