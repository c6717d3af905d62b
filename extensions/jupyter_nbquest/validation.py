"""Running an assignment's visible tests here, in a fresh kernel. Saved files stay untouched."""

from __future__ import annotations

import asyncio
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, DeadKernelError

from jupyter_nbquest.errors import NotANotebook
from jupyter_nbquest.notebooks import find_test_id, has_code, source_of

CELL_SECONDS = 30
TOTAL_SECONDS = 120.0
START_SECONDS = 60
MAX_MESSAGE = 2000
TEST_MARK = "nbquest_test"

CellStatus = Literal["passed", "failed", "error", "timeout", "not-run"]
_STATUS_OF: dict[str, CellStatus] = {
    "AssertionError": "failed",
    "NotImplementedError": "failed",  # what a release puts where a solution belongs
    "KeyboardInterrupt": "timeout",
    "": "failed",  # a shell has no names for what goes wrong, only a number
}

TOO_LONG = "All cells together took too long, so the run was stopped before this test."
TOO_LONG_CELL = "This cell took too long, so it was stopped. Look for a loop that never ends."
KERNEL_DIED = "Python itself stopped before this test: too much memory, or a cell that ends the kernel."


@dataclass(frozen=True, kw_only=True)
class TestOutcome:
    """How one visible test went. `message` says what to look at; None when it passed."""

    __test__ = False  # the name begins as a test's does; pytest must not collect it

    notebook: str
    grade_id: str
    status: CellStatus
    message: str | None


@dataclass(frozen=True, kw_only=True)
class CellProblem:
    """A cell that is no test and stopped with an error. `cell` counts from 1, as one counts on the screen."""

    notebook: str
    cell: int
    message: str


@dataclass(kw_only=True)
class Validation:
    """How the visible tests of an assignment went."""

    cells: list[TestOutcome] = field(default_factory=list)
    problems: list[CellProblem] = field(default_factory=list)
    repairs: list[str] = field(default_factory=list)


async def validate_notebook(
    content: bytes,
    name: str,
    tests: dict[str, str],
    folder: Path,
    *,
    cell_seconds: int = CELL_SECONDS,
    total_seconds: float = TOTAL_SECONDS,
) -> Validation:
    """Run the saved notebook `content` in `folder` with the release's `tests` in it; return how each test went.

    A test cell that was edited runs as the release has it; one that was deleted runs at the end.
    """
    notebook = read_notebook(content, name)
    validation = Validation(repairs=restore_tests(notebook, name, tests))
    run = await _run(notebook, folder, cell_seconds, total_seconds)
    for position, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        grade_id = cell.metadata.get(TEST_MARK)
        if grade_id is not None:
            status, message = run.judge(position, cell)
            validation.cells.append(TestOutcome(notebook=name, grade_id=grade_id, status=status, message=message))
        elif (problem := run.find_problem(position, cell)) is not None:
            validation.problems.append(CellProblem(notebook=name, cell=position + 1, message=problem))
    return validation


def read_notebook(content: bytes, name: str) -> Any:
    """Return `content` as a notebook of the current format, without its outputs; raise NotANotebook."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a cell that was copied has the other's id: no reason to stop
            notebook = nbformat.reads(content.decode(), as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
            # Tags such as raises-exception would change how a cell is run; marks of ours are ours to set.
            cell.metadata = nbformat.from_dict({"nbgrader": cell.metadata.get("nbgrader", {})})
    except Exception as error:  # nbformat raises whatever its converters meet in a damaged file
        raise NotANotebook(f"“{name}” can't be read as a notebook: save it again, or fetch it anew.") from error
    return notebook


def restore_tests(notebook: Any, name: str, tests: dict[str, str]) -> list[str]:
    """Put the release's visible tests into `notebook`, mark them, and return what had to be repaired."""
    repairs, seen = [], set()
    for cell in notebook.cells:
        grade_id = find_test_id(cell)
        if grade_id is None or grade_id not in tests or grade_id in seen:
            continue
        seen.add(grade_id)
        cell.metadata[TEST_MARK] = grade_id
        if source_of(cell) != tests[grade_id]:
            repairs.append(f"The test “{grade_id}” in {name} had been changed; the original was run.")
            cell.source = tests[grade_id]
    for grade_id, source in tests.items():
        if grade_id not in seen:
            repairs.append(f"The test “{grade_id}” in {name} was missing; it was run at the end.")
            cell = nbformat.v4.new_code_cell(source)
            cell.metadata[TEST_MARK] = grade_id
            notebook.cells.append(cell)
    return repairs


@dataclass(kw_only=True)
class _Run:
    """How far a run came: the cells that the kernel said ended well, the last one begun, and why it stopped early."""

    done_well: set[int] = field(default_factory=set)
    begun: int = -1
    stop: str | None = None

    def judge(self, position: int, cell: Any) -> tuple[CellStatus, str | None]:
        """Return the status and message of the test at `position`. Only the kernel's word that it ended well passes."""
        if not has_code(source_of(cell)):
            return "not-run", "This test is hidden. It runs after you submit."
        if position in self.done_well:
            return "passed", None
        error = _find_error(cell)
        if error is not None:
            return _STATUS_OF.get(error.ename, "error"), _describe(error)
        if position == self.begun and self.stop == TOO_LONG:
            return "timeout", TOO_LONG_CELL
        return "not-run", self.stop or "This test was not reached."

    def find_problem(self, position: int, cell: Any) -> str | None:
        """Return what went wrong in a cell that is no test."""
        if position in self.done_well:
            return None
        error = _find_error(cell)
        if error is not None:
            return _describe(error)
        return TOO_LONG_CELL if position == self.begun and self.stop == TOO_LONG else None


async def _run(notebook: Any, folder: Path, cell_seconds: int, total_seconds: float) -> _Run:
    run = _Run()
    kernel = notebook.metadata.get("kernelspec", {}).get("name") or "python3"
    if kernel not in KernelSpecManager().find_kernel_specs():
        run.stop = f"The notebook asks for a kernel that is not installed here: {kernel}."
        return run

    def begin(cell: Any, cell_index: int, **_rest: Any) -> None:
        run.begun = cell_index

    def done(cell: Any, cell_index: int, execute_reply: Any, **_rest: Any) -> None:
        if execute_reply and execute_reply["content"]["status"] == "ok":
            run.done_well.add(cell_index)

    client = NotebookClient(
        notebook,
        kernel_name=kernel,
        timeout=cell_seconds,
        startup_timeout=START_SECONDS,
        interrupt_on_timeout=True,
        allow_errors=True,
        record_timing=False,
        shutdown_kernel="immediate",
        resources={"metadata": {"path": str(folder)}},
        on_cell_execute=begin,
        on_cell_executed=done,
    )
    try:
        async with asyncio.timeout(total_seconds) as limit:
            await client.async_execute()
    except TimeoutError:
        run.stop = TOO_LONG
    except (DeadKernelError, CellControlSignal):
        # nbclient tells a cancelled wait as a dead kernel, too.
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise asyncio.CancelledError from None
        run.stop = TOO_LONG if limit.expired() else KERNEL_DIED
    except RuntimeError:
        run.stop = "The kernel did not start. Try again; if it happens again, restart your server."
    return run


def _find_error(cell: Any) -> Any:
    return next((output for output in cell.outputs if output.output_type == "error"), None)


def _describe(error: Any) -> str:
    """Return an error output in one line or a few, without the traceback."""
    value = str(error.get("evalue", "")).strip()
    if error.ename == "KeyboardInterrupt":
        return TOO_LONG_CELL
    if error.ename == "AssertionError":
        return value[:MAX_MESSAGE] or "The result is not what the test expects yet."
    if error.ename == "NotImplementedError" and not value:
        return "There is no solution here yet."
    if not error.ename and value.isdigit():
        return f"It ended with exit status {value}."
    return f"{error.ename}: {value}"[:MAX_MESSAGE].strip(": ")


def merge(validations: list[Validation]) -> Validation:
    """Return the validations of several notebooks as one."""
    return Validation(
        cells=[cell for validation in validations for cell in validation.cells],
        problems=[problem for validation in validations for problem in validation.problems],
        repairs=[repair for validation in validations for repair in validation.repairs],
    )
