"""Which names of the notebook have changed since the test process was last told."""

from __future__ import annotations

from operator import is_
from typing import Any

# IPython puts these there, and they mean the test process's own in a test.
_NOT_TOLD = frozenset({
    "__name__", "__doc__", "__package__", "__loader__", "__spec__", "__builtin__", "__builtins__", "__file__",
    "get_ipython", "exit", "quit", "open", "display",
})  # fmt: skip


class NameWatch:
    """Compares the names of a namespace with what they were."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self._namespace = namespace
        self._names: tuple[str, ...] = ()
        self._values: tuple[Any, ...] = ()

    def changes(self) -> tuple[list[str], list[str]]:
        """Return the names that were given another value since the last time, and those that are gone."""
        space = self._namespace
        same = len(space) == len(self._values) and all(map(is_, space.values(), self._values))
        if same and tuple(space) == self._names:
            return [], []
        before = dict(zip(self._names, self._values, strict=True))
        self._names, self._values = tuple(space), tuple(space.values())
        missing = object()
        changed = [
            name
            for name, value in zip(self._names, self._values, strict=True)
            if before.get(name, missing) is not value and type(name) is str and name not in _NOT_TOLD
        ]
        return changed, [name for name in before if name not in space]

    def note(self) -> None:
        """Take what was just stored by the test process as known to it."""
        self._names, self._values = tuple(self._namespace), tuple(self._namespace.values())
