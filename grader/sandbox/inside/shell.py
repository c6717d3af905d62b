"""The IPython shell that runs the cells: as a notebook's kernel would, but without any kernel to talk to."""

from __future__ import annotations

import builtins
import contextlib
import getpass
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import StdinNotImplementedError
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.ultratb import AutoFormattedTB, SyntaxTB
from traitlets.config import Config

from grader.sandbox.inside import tracebacks
from grader.sandbox.inside.output import Collector, kept
from grader.sandbox.inside.tracebacks import safe_text as safe_text  # noqa: PLC0414  (it is ours to give)

# What every notebook does, done before anything is forked: the first time imports a lot, and the interpreter writes
# into code that it specialises, which in a fork would copy page after page.
_WARM_UP = (
    "1 / 0",
    "1 + 1",
    "import os",
    "x = 1;",
    "assert 1 == 1",
    'def f(n):\n    """Warm up."""\n    if n < 0:\n        raise ValueError\n    return [i for i in range(n)]\nf(3)',
)
_WARM_UPS = 12


class _Hook(DisplayHook):
    """Collects the value of a cell's last expression."""

    collector: Collector | None = None

    def start_displayhook(self) -> None:
        return None

    def write_output_prompt(self) -> None:
        return None

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        if self.collector is not None:
            data = kept(format_dict)
            self.collector.add(
                {"output_type": "execute_result", "data": data, "metadata": {}, "execution_count": self.prompt_count}
            )

    def finish_displayhook(self) -> None:
        return None


class _Publisher(DisplayPublisher):
    """Collects what `display` is given."""

    collector: Collector | None = None

    def publish(self, data: Any, metadata: Any = None, **_: Any) -> None:
        if self.collector is not None:
            self.collector.add({"output_type": "display_data", "data": kept(data), "metadata": {}})

    def clear_output(self, wait: bool = False) -> None:
        if self.collector is not None:
            self.collector.clear()


class _Tracebacks(AutoFormattedTB):
    """Formats errors by our own formatter, unless a cell asks for another mode than IPython's usual one."""

    label: tracebacks.Label

    def structured_traceback(
        self, etype: Any = None, evalue: Any = None, etb: Any = None, tb_offset: Any = None, context: int = 5
    ) -> list[str]:
        if self.mode == "Context" and isinstance(evalue, BaseException):
            self.tb = etb
            return tracebacks.format_error(evalue, etb, self.label)
        lines: list[str] = super().structured_traceback(etype, evalue, etb, tb_offset, context)
        return lines


class _SyntaxErrors(SyntaxTB):
    """Formats errors of code that can't be compiled."""

    label: tracebacks.Label

    def structured_traceback(
        self, etype: Any = None, evalue: Any = None, etb: Any = None, tb_offset: Any = None, context: int = 5
    ) -> list[str]:
        return tracebacks.format_syntax_error(evalue, self.label)


class Shell(InteractiveShell):
    """An interactive shell without history file, terminal or standard input."""

    displayhook_class = _Hook
    display_pub_class = _Publisher
    collector: Collector | None = None

    def init_sys_modules(self) -> None:
        import sys  # noqa: PLC0415

        sys.modules[self.user_module.__name__] = self.user_module

    def init_virtualenv(self) -> None:
        return None

    def init_traceback_handlers(self, custom_exceptions: Any) -> None:
        super().init_traceback_handlers(custom_exceptions)
        self.InteractiveTB = _Tracebacks(mode=self.xmode, theme_name=self.colors, tb_offset=1)
        self.SyntaxTB = _SyntaxErrors(theme_name=self.colors)
        self.InteractiveTB.label = self.SyntaxTB.label = self.cell_label

    def cell_label(self, filename: str) -> str | None:
        """Return how to name the cell whose code has this file name, None for any other code."""
        found = self.compile.format_code_name(filename)
        return " ".join(found) if found else tracebacks.test_label(filename)

    def enable_gui(self, gui: Any = None) -> None:
        return None

    def ask_exit(self) -> None:
        return None

    def _tee(self, channel: Any) -> Any:
        """Keep no second copy of what cells print; the collector's cap would count for nothing."""
        return contextlib.nullcontext()

    def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
        if self.collector is not None:
            self.collector.add(error_output(etype, evalue, [str(line) for line in stb]))


def error_output(etype: Any, evalue: Any, lines: list[str]) -> dict[str, Any]:
    """Return an error in the shape that notebooks store."""
    return {"output_type": "error", "ename": tracebacks.name_of(etype), "evalue": safe_text(evalue), "traceback": lines}


def make_shell() -> Shell:
    """Return the shell; done once in the fork server, before anything is forked."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.autocall = 0
    shell: Shell = Shell.instance(config=config)
    shell.builtin_trap.activate()
    for _ in range(_WARM_UPS):
        for cell in _WARM_UP:
            shell.run_cell(cell, store_history=False)
    shell.reset(new_session=False)
    return shell


def connect(shell: Shell, collector: Collector) -> None:
    """Let `shell` write to `collector`, and refuse `input()` as a kernel without a front end does."""
    shell.collector = collector
    shell.displayhook.collector = collector
    shell.display_pub.collector = collector

    def refuse(*_: Any, **__: Any) -> str:
        raise StdinNotImplementedError("raw_input was called, but this frontend does not support input requests.")

    builtins.input = refuse
    getpass.getpass = refuse
