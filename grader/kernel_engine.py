"""The `kernel` engine: a notebook's cells and tests run in the Jupyter kernel that the instructor's notebook names.

It goes through the plan as the `shared` engine does, in two runs. In each a confined process of ours starts the kernel,
sends it the cells and judges the answers; see `grader.sandbox.inside.kernel_client`.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable
from typing import Any

from grader.engine import SharedEngine, Task
from grader.errors import KernelMissing, SandboxFailed
from grader.execution import Ending, is_quiet, python_of
from grader.languages import find_language
from grader.repair import PlannedCell
from grader.sandbox.inside import frames
from grader.sandbox.server import Run
from grader.source import NotebookKernel

START_SECONDS = 90.0
# What the test runner in a Python kernel keeps in order, where a notebook uses it.
_GUARDED = {
    "numpy": ("numpy", "numpy.testing"),
    "pandas": ("numpy", "numpy.testing", "pandas", "pandas.testing"),
    "unittest": ("unittest", "unittest.mock"),
    "mock": ("unittest", "unittest.mock"),
}


class KernelEngine(SharedEngine):
    """Runs plans in Jupyter kernels, each below a confined process of one fork server."""

    deaf: Ending = "died"  # many kernels can't be interrupted, and that is no fault of the other answers

    def _open(self, task: Task) -> Run:
        """Start the process and the kernel. Raises KernelMissing, or what opening a run raises."""
        run = self._server.open_run(files=task.resources, limits=task.limits, seed=task.seed, role="kernel")
        try:
            answer = run.ask(_start_request(task), time.monotonic() + START_SECONDS)
        except (TimeoutError, frames.FrameError) as error:
            run.end()
            raise SandboxFailed(f"the kernel {task.plan.kernel.name} did not start") from error
        if answer.get("status") != "passed":
            run.end()
            raise KernelMissing(_missing(task.plan.kernel, answer.get("installed", ())))
        return run

    def _request(self, cell: PlannedCell, task: Task) -> dict[str, Any]:
        source = cell.source if task.hidden else cell.visible
        if cell.role != "test":
            return {"kind": "cell", "source": source}
        test = None
        if task.plan.kernel.is_python:
            # What `shared` sends to its runner: the same one is put into a Python kernel.
            test = {
                "source": python_of(source),
                "name": f"<{cell.grade_id}>",
                "classes": sorted(task.plan.classes),
                "quiet": is_quiet(source),
            }
        return {"kind": "test", "source": source, "end": secrets.token_hex(16), "test": test}


def _start_request(task: Task) -> dict[str, Any]:
    kernel, language = task.plan.kernel, find_language(task.plan.kernel.language)
    names = [kernel.name]
    if kernel.is_python:  # a notebook may name the instructor's own environment
        names += ["python3", "python"]
    return {
        "kind": "start",
        "nonce": secrets.token_hex(16),
        "kernels": names,
        "python": kernel.is_python,
        "fails": language.fails,
        "ends": language.ends,
        "preload": _preload(task) if kernel.is_python else [],
        "meanings": task.meanings.to_json(),
    }


def _preload(task: Task) -> list[str]:
    text = "\n".join(cell.source for cell in task.plan.cells if cell.cell_type == "code")
    guarded = [name for word, names in _GUARDED.items() if word in text for name in names]
    return list(dict.fromkeys([*guarded, *(module for module, _ in task.meanings.given.values())]))


def _missing(kernel: NotebookKernel, installed: Iterable[Any]) -> str:
    there = ", ".join(str(name)[:50] for name in list(installed)[:20]) or "none"
    return f"the notebook names the kernel {kernel.name}, which the environment lacks (it has: {there})"
