"""Two plain processes to run test cells in, without a sandbox: see `two_processes`."""

from __future__ import annotations

import json
import os
import subprocess
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from grader.options import GraderOptions
from grader.policy import read_policy
from grader.source import SourceCell, SourceNotebook
from tests.unit.grader.separate.steps import OneProcess

Cells = Sequence[tuple[str, str]]
HIDDEN = "# HIDDEN"
ROOT = Path(__file__).resolve().parents[4]


def notebook(cells: Cells) -> SourceNotebook:
    """Return the instructor's notebook with these cells: role and source of each."""
    made = [
        SourceCell(
            role=role,  # type: ignore[arg-type]
            cell_type="code",
            grade_id=f"t{index}" if role != "plain" else None,
            points=Decimal(1 if role == "test" else 0),
            source=textwrap.dedent(source),
            visible=textwrap.dedent(source).partition(HIDDEN)[0],
        )
        for index, (role, source) in enumerate(cells)
    ]
    return SourceNotebook(cells=tuple(made), title="")


class Processes:
    """Asks the learner interpreter to run notebooks."""

    def __init__(self) -> None:
        script = Path(__file__).parent / "two_processes.py"
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "agg"}
        self._process = subprocess.Popen(
            [str(GraderOptions().interpreter()), str(script)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT,
        )  # fmt: skip

    def run(
        self,
        cells: Cells,
        student: Cells | None = None,
        *,
        classes: Mapping[str, Sequence[str]] | None = None,
        seconds: float = 20,
        files: Mapping[str, str] | None = None,
    ) -> list[dict[str, Any]]:
        """Return the verdicts of the test cells; `student` are the cells that are run, by the policy of `cells`."""
        policy = read_policy(notebook(cells)).to_json()
        plain = [(role, textwrap.dedent(source).strip("\n")) for role, source in student or cells]
        job = {"cells": plain, "policy": policy, "classes": classes, "seconds": seconds, "files": files or {}}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        answer: list[dict[str, Any]] = json.loads(self._process.stdout.readline())
        return answer

    def certify(self, cells: Cells) -> dict[str, list[str]]:
        """Return the classes that the instructor's own run brings to each test cell, which has to pass."""
        verdicts = self.run(cells)
        assert [verdict["status"] for verdict in verdicts] == ["passed"] * len(verdicts), verdicts
        tests = [f"t{index}" for index, (role, _) in enumerate(cells) if role == "test"]
        return {name: verdict["classes"] for name, verdict in zip(tests, verdicts, strict=True)}

    def close(self) -> None:
        """End the interpreter."""
        with self._process:
            self._process.terminate()


@pytest.fixture(scope="session")
def processes() -> Iterator[Processes]:
    made = Processes()
    yield made
    made.close()


@pytest.fixture(scope="session")
def one() -> Iterator[OneProcess]:
    made = OneProcess()
    yield made
    made.close()
