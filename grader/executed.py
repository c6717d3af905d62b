"""The executed notebook that a learner may open: their cells and outputs, the visible tests, nothing hidden."""

from __future__ import annotations

import json
from typing import Any

from grader.records import CellRecord
from grader.repair import Plan, PlannedCell
from grader.sanitize import safe_html

MAX_BYTES = 4 << 20
_CUT = {"output_type": "stream", "name": "stdout", "text": "The rest of the outputs was left out: too large.\n"}


def executed_notebook(plan: Plan, records: tuple[CellRecord, ...], passed: frozenset[str]) -> bytes:
    """Return the notebook as JSON, at most MAX_BYTES. `passed` are the grade_ids of tests that were passed."""
    cells: list[dict[str, Any]] = []
    size = sum(len(cell.visible) for cell in plan.cells)
    for number, (cell, record) in enumerate(zip(plan.cells, records, strict=True), start=1):
        outputs = []
        for output in shown_outputs(cell, record, passed):
            size += len(json.dumps(output))
            if size > MAX_BYTES // 2:
                outputs.append(_CUT)
                break
            outputs.append(output)
        cells.append(_cell(cell, outputs, number))
    kernel = plan.kernel
    spec = {"display_name": kernel.display_name, "language": kernel.language, "name": kernel.name}
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": spec}, "cells": cells}
    body = json.dumps(notebook, ensure_ascii=False, indent=1).encode("utf-8", "replace")
    return body if len(body) <= MAX_BYTES else json.dumps({**notebook, "cells": []}).encode()


def shown_outputs(cell: PlannedCell, record: CellRecord, passed: frozenset[str]) -> list[dict[str, Any]]:
    """Return the outputs of a cell, with its HTML made harmless; a passed test shows no error."""
    outputs = []
    for output in record.outputs:
        if cell.grade_id in passed and output["output_type"] == "error":
            continue
        data = output.get("data", {})
        if "text/html" in data:
            outputs.append({**output, "data": {**data, "text/html": safe_html(data["text/html"])}})
        else:
            outputs.append(output)
    return outputs


def _cell(cell: PlannedCell, outputs: list[dict[str, Any]], number: int) -> dict[str, Any]:
    content: dict[str, Any] = {
        "id": f"cell-{number}",
        "cell_type": cell.cell_type,
        "metadata": {},
        "source": cell.visible,
    }
    if cell.cell_type == "code":
        content |= {"outputs": outputs, "execution_count": None}
    return content
