"""Figures and other rich displays that nobody will look at are not drawn: drawing is most of what they cost."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import Any

_FIRST_FIGURE = """
%matplotlib inline
from matplotlib import pyplot
pyplot.plot([1, 2], label="line")
pyplot.legend()
pyplot.title("title")
pyplot.show()
del pyplot
"""


def prepare_figures(shell: Any) -> None:
    """Do what a notebook's first figure takes, in the fork server: choose the inline backend, find fonts, draw one.

    pyplot draws what is open after each cell; the inline backend draws it once more, to show it, and closes it. That
    comes first here, so that every figure is drawn for the picture alone.
    """
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return
    shell.run_cell(_FIRST_FIGURE, store_history=False)
    hooks = shell.events.callbacks["post_execute"]
    hooks.sort(key=lambda hook: hook.__name__ != "flush_figures")


def drop_figures() -> None:
    """Close the figures of a cell that has ended, as the inline backend does after it draws them."""
    backend = sys.modules.get("matplotlib_inline.backend_inline")
    pyplot = sys.modules.get("matplotlib.pyplot")
    # Any of it may be what a cell made of it.
    with contextlib.suppress(BaseException):
        if backend is None or pyplot is None or not backend.show._draw_called:
            return
        backend.show._draw_called, backend.show._to_draw = False, []
        if backend.InlineBackend.instance().close_figures and pyplot.get_fignums():
            pyplot.close("all")


@contextlib.contextmanager
def plain_text_only(shell: Any) -> Iterator[None]:
    """Have values and displays formatted as plain text alone for a while: no HTML is made and no figure drawn."""
    formatters = [
        formatter
        for kind, formatter in shell.display_formatter.formatters.items()
        if kind != "text/plain" and formatter.enabled
    ]
    for formatter in formatters:
        formatter.enabled = False
    try:
        yield
    finally:
        for formatter in formatters:
            formatter.enabled = True
