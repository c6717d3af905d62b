"""Collects what student code prints and displays while it serves one request."""

from __future__ import annotations

import sys
from typing import Any

from grader.sandbox.inside.output import Collector, Stream, plain

MAX_PRINTED = 4 << 20


class Printed:
    """Sets aside what the process's own collector holds for as long as a request runs."""

    def __init__(self) -> None:
        if not isinstance(sys.stdout, Stream):
            collector = Collector(1 << 16)
            sys.stdout, sys.stderr = Stream("stdout", collector, 1), Stream("stderr", collector, 2)
        self._collector: Collector = sys.stdout._collector  # what student code puts in its place doesn't matter
        self._before: list[tuple[list[dict[str, Any]], int, bool]] = []

    def begin(self) -> None:
        """Collect from now on."""
        collector = self._collector
        self._before.append((collector.outputs, collector.left, collector.wrote_to_stderr))
        if len(self._before) == 1:
            collector.outputs, collector.left = [], MAX_PRINTED

    def take(self) -> list[dict[str, Any]]:
        """Return what was printed since the last time."""
        collector = self._collector
        if not collector.outputs:
            return []
        outputs = plain(collector.outputs)
        collector.outputs, collector.left = [], MAX_PRINTED
        return outputs

    def end(self) -> None:
        """Let the collector be as it was."""
        before = self._before.pop()
        if not self._before:
            collector = self._collector
            collector.outputs, collector.left, collector.wrote_to_stderr = before
