"""What a run of an assignment may use: as course.toml asks, within what the site allows."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from grader.options import Limits
from nbquest.courses.errors import CourseFolderError

HIGHEST = Limits(cell_seconds=120.0, total_seconds=600.0, memory_mb=2048, output_kb=8192, disk_mb=1024, processes=256)
"""The most that a course may ask for where a site's settings say nothing else."""


class LimitsEntry(BaseModel):
    """`limits` of course.toml: what isn't given is as usual at the site."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    cell_seconds: float | None = Field(default=None, ge=0.5, description="Seconds that one cell may take.")
    total_seconds: float | None = Field(default=None, ge=1, description="Seconds that a whole notebook may take.")
    memory_mb: int | None = Field(default=None, ge=64, description="Memory of all processes of a run together, in MiB.")
    output_kb: int | None = Field(default=None, ge=1, description="Output that is kept of a run, in KiB.")
    disk_mb: int | None = Field(default=None, ge=1, description="Files that a run may write, in MiB.")
    processes: int | None = Field(default=None, ge=8, description="Processes and threads that a run may have.")

    def said(self) -> dict[str, float]:
        """Return what is given."""
        return {name: value for name, value in self.model_dump().items() if value is not None}


def ceiling(usual: Limits, most: Limits) -> Limits:
    """Return the larger of both in each limit."""
    return _each(usual, most, max)


def effective(said: Mapping[str, float], *, usual: Limits, highest: Limits) -> Limits:
    """Return the limits of a run: as `said`, else as usual, and in no case above `highest`."""
    known: dict[str, Any] = {name: said[name] for name in _NAMES if name in said}
    return _each(dataclasses.replace(usual, **known), highest, min)


def check_limits(said: Mapping[str, float], highest: Limits, *, file: str, where: str = "") -> None:
    """Raise CourseFolderError where `said` asks for more than `highest`, or for what contradicts itself."""
    problems = [
        f"{where}limits.{name}: {value:g} is more than the {getattr(highest, name):g} that this site allows (its "
        f"setting grading_max_{name})"
        for name, value in said.items()
        if value > getattr(highest, name)
    ]
    cell, total = said.get("cell_seconds"), said.get("total_seconds")
    if cell is not None and total is not None and cell > total:
        problems.append(f"{where}limits.cell_seconds: {cell:g} is more than limits.total_seconds, {total:g}")
    if problems:
        raise CourseFolderError("; ".join(problems), file=file)


_NAMES = tuple(field.name for field in dataclasses.fields(Limits))


def _each(first: Limits, second: Limits, choose: Any) -> Limits:
    return Limits(**{name: choose(getattr(first, name), getattr(second, name)) for name in _NAMES})
