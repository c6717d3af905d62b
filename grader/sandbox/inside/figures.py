"""Figures and other rich displays that nobody will look at are not drawn: drawing is most of what they cost."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import Any


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
