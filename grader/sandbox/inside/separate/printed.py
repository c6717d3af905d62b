"""Collects what student code prints and displays while it serves one request."""

from __future__ import annotations

import sys
from typing import Any

from grader.sandbox.inside.output import Collector, Stream, plain

MAX_PRINTED = 4 << 20


class Printed:
    """Takes the place of the collector behind the student's streams and shell for as long as a request runs."""

    def __init__(self) -> None:
        for name, number in (("stdout", 1), ("stderr", 2)):
            if not isinstance(getattr(sys, name), Stream):
                setattr(sys, name, Stream(name, Collector(1 << 16), number))
        self._streams: list[Any] = [sys.stdout, sys.stderr]
        self._holders = [(stream, "_collector") for stream in self._streams]
        shell = _shell()
        if shell is not None:
            self._holders += [(holder, "collector") for holder in (shell, shell.displayhook, shell.display_pub)]
        self._collector = Collector(MAX_PRINTED)
        self._before: list[Any] = []

    def begin(self) -> None:
        """Collect from now on."""
        self._before.append([getattr(holder, name, None) for holder, name in self._holders])
        if len(self._before) == 1:
            self._set([self._collector] * len(self._holders))

    def take(self) -> list[dict[str, Any]]:
        """Return what was printed since the last time."""
        if not self._collector.outputs:
            return []
        outputs = plain(self._collector.outputs)
        self._collector = Collector(MAX_PRINTED)
        if self._before:
            self._set([self._collector] * len(self._holders))
        return outputs

    def end(self) -> None:
        """Let the process's own collector collect again."""
        before = self._before.pop()
        if not self._before:
            self._set(before)

    def _set(self, collectors: list[Any]) -> None:
        for (holder, name), collector in zip(self._holders, collectors, strict=True):
            setattr(holder, name, collector)


def _shell() -> Any:
    from IPython.core.getipython import get_ipython  # noqa: PLC0415

    shell = get_ipython()
    return shell if hasattr(shell, "collector") else None
