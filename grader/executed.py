"""What is shown of a run, and the executed notebook: the learner's cells, the visible tests, nothing that is hidden."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from grader.records import CellRecord
from grader.repair import Plan, PlannedCell
from grader.sanitize import safe_html

MAX_BYTES = 4 << 20
MAX_SHOWN = 2 << 20
Outputs = list[dict[str, Any]]
CUT = {"output_type": "stream", "name": "stdout", "text": "The rest of the outputs was left out: too large.\n"}


def shown_outputs(plan: Plan, records: Sequence[CellRecord], passed: frozenset[str]) -> tuple[Outputs, ...]:
    """Return the outputs of each cell, HTML made harmless, at most MAX_SHOWN characters in all.

    `passed` are the grade_ids of the tests that were passed: they show no error.
    """
    left = MAX_SHOWN
    shown = []
    for cell, record in zip(plan.cells, records, strict=True):
        outputs: Outputs = []
        for output in record.outputs:
            if cell.grade_id in passed and output["output_type"] == "error":
                continue
            left -= size_of(output)
            if left < 0:
                outputs.append(CUT)
                break
            outputs.append(harmless(output))
        shown.append(outputs)
    return tuple(shown)


def size_of(output: dict[str, Any]) -> int:
    """Return how many characters an output holds."""
    data = output.get("data", {})
    return len(output.get("text", "")) + sum(map(len, output.get("traceback", ()))) + sum(map(len, data.values()))


def harmless(output: dict[str, Any]) -> dict[str, Any]:
    """Return `output` with its HTML, if it has any, made harmless."""
    data = output.get("data", {})
    if "text/html" not in data:
        return output
    return {**output, "data": {**data, "text/html": safe_html(data["text/html"])}}


def executed_notebook(plan: Plan, shown: Sequence[Outputs]) -> bytes:
    """Return the notebook as JSON, at most MAX_BYTES; `shown` are the outputs of each cell."""
    kernel = plan.kernel
    spec = {"display_name": kernel.display_name, "language": kernel.language, "name": kernel.name}
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": spec}}
    pairs = list(zip(plan.cells, shown, strict=True))
    cells = [_cell(cell, outputs, number) for number, (cell, outputs) in enumerate(pairs, start=1)]
    body = _dump({**notebook, "cells": cells})
    if len(body) > MAX_BYTES:  # a learner's sources are long: they have them, and the outputs are what is new
        body = _dump({**notebook, "cells": [{**cell, "source": ""} for cell in cells]})
    return body if len(body) <= MAX_BYTES else _dump({**notebook, "cells": []})


def _dump(notebook: dict[str, Any]) -> bytes:
    # Without indentation: the encoder that indents is many times slower.
    return json.dumps(notebook, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _cell(cell: PlannedCell, outputs: Outputs, number: int) -> dict[str, Any]:
    content: dict[str, Any] = {
        "id": f"cell-{number}",
        "cell_type": cell.cell_type,
        "metadata": {},
        "source": cell.visible,
    }
    if cell.cell_type == "code":
        content |= {"outputs": outputs, "execution_count": None}
    return content
