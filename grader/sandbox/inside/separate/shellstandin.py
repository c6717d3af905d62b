"""What `get_ipython()` and `display()` are in a test."""

from __future__ import annotations

import contextlib
import io
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

from grader.sandbox.inside.output import Collector, kept
from grader.sandbox.inside.separate.errors import Unsupported
from grader.sandbox.inside.separate.magics import CELL_MAGICS, LINE_MAGICS
from grader.sandbox.inside.separate.proxies import RemoteObject, derives
from grader.sandbox.inside.separate.session import Session


class ShellStandIn:
    """Does the few magics that a test may use. `run` runs a text of the test; `scope` is its namespace."""

    def __init__(self, session: Session, collector: Collector, scope: Any, run: Callable[[str], None]) -> None:
        self._session = session
        self._collector = collector
        self._run = run
        self.user_ns = scope

    def run_line_magic(self, name: str, line: str, _stack_depth: int = 1) -> None:
        """Do nothing for a magic that only sets the shell up. Raises Unsupported for any other."""
        if name not in LINE_MAGICS:
            self._refuse(f"a test uses the magic %{name}")

    def run_cell_magic(self, name: str, line: str, cell: str) -> None:
        """Run `cell`, its output captured or not. Raises Unsupported for another magic."""
        if name not in CELL_MAGICS:
            self._refuse(f"a test uses the magic %%{name}")
        if name == "time":
            began = time.perf_counter()
            self._run_like_a_cell(cell)
            print(f"Wall time: {time.perf_counter() - began:.3g} s")  # noqa: T201
            return
        target = next((word for word in line.split() if not word.startswith("-")), None)
        captured = _Captured()
        with contextlib.redirect_stdout(captured.out), contextlib.redirect_stderr(captured.err):
            self._run_like_a_cell(cell)
        if target is not None:
            self.user_ns[target] = captured

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        self._refuse(f"a test uses get_ipython().{name}")

    def _run_like_a_cell(self, cell: str) -> None:
        """Run a text; an error is shown and that is all, as the shell does it."""
        try:
            self._run(cell)
        except Exception:  # noqa: BLE001  (whatever the text raises)
            traceback.print_exc(file=sys.stdout)

    def _refuse(self, text: str) -> Any:
        self._session.cannot(text)
        raise Unsupported(text)

    def display(self, *values: Any, **_: Any) -> None:
        """Show values, as `display` does."""
        for value in values:
            if derives(type(value), RemoteObject):
                self._session.ask("display", value)
            else:
                self._show(value)

    def _show(self, value: Any) -> None:
        from IPython.core.formatters import DisplayFormatter  # noqa: PLC0415
        from IPython.core.getipython import get_ipython  # noqa: PLC0415

        shell = get_ipython()
        formatter = shell.display_formatter if shell is not None else DisplayFormatter()
        data, _ = formatter.format(value)
        self._collector.add({"output_type": "display_data", "data": kept(data), "metadata": {}})


class _Captured:
    """What %%capture keeps."""

    def __init__(self) -> None:
        self.out, self.err = io.StringIO(), io.StringIO()
        self.outputs: list[Any] = []

    @property
    def stdout(self) -> str:
        return self.out.getvalue()

    @property
    def stderr(self) -> str:
        return self.err.getvalue()

    def __str__(self) -> str:
        return self.stdout

    def show(self) -> None:
        """Print what was captured."""
        sys.stdout.write(self.stdout)
        sys.stderr.write(self.stderr)

    __call__ = show
