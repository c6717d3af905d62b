"""Builds notebooks for tests."""

from __future__ import annotations

import json
from typing import Any


def cell(source: str, *, kind: str = "code", marks: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return one cell; `marks` is its nbgrader metadata."""
    content: dict[str, Any] = {"cell_type": kind, "metadata": {"nbgrader": marks} if marks else {}, "source": source}
    if kind == "code":
        content |= {"outputs": [], "execution_count": None}
    return content


def marks(grade_id: str, *, grade: bool = False, solution: bool = False, **more: Any) -> dict[str, Any]:
    """Return nbgrader metadata of the newest schema."""
    base = {"grade_id": grade_id, "grade": grade, "solution": solution, "locked": not solution, "schema_version": 3}
    return {**base, "task": False, **more}


def solution(grade_id: str, source: str) -> dict[str, Any]:
    """Return an answer cell."""
    return cell(source, marks=marks(grade_id, solution=True))


def graded(grade_id: str, source: str, points: float = 1) -> dict[str, Any]:
    """Return an autograded test cell."""
    return cell(source, marks=marks(grade_id, grade=True, points=points))


def notebook(*cells: dict[str, Any], language: str = "python", kernel: str = "python3") -> bytes:
    """Return a notebook file."""
    spec = {"name": kernel, "display_name": kernel.title(), "language": language}
    metadata = {"kernelspec": spec}
    return json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": metadata, "cells": list(cells)}).encode()
