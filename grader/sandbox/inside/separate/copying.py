"""Copies what tests have stored when a snapshot is taken: the run for the score starts from what was there then."""

from __future__ import annotations

import copy
from typing import Any

from grader.sandbox.inside.separate.mirrors import Mirrors


def copied_state(own: dict[str, Any], mirrors: Mirrors) -> tuple[dict[str, Any], Mirrors, Any]:
    """Return copies of what tests have stored and of what both sides have, and what has to outlive them.

    Values that one side may change in place are copied; everything else is the same object in both.
    """
    copies = _Copies()
    return {name: copies.of(value) for name, value in own.items()}, mirrors.copied(copies.of), copies


class _Copies:
    """One copy for each value, so that what was one value is one value again. Keeps the originals alive."""

    def __init__(self) -> None:
        self._made: dict[int, Any] = {}
        self._originals: list[Any] = []

    def of(self, value: Any) -> Any:
        """Return the copy of `value`."""
        kind = type(value)
        if kind not in _CONTAINERS and not (kind.__module__.partition(".")[0] in _LIBRARIES and hasattr(value, "copy")):
            return value
        if id(value) in self._made:
            return self._made[id(value)]
        self._originals.append(value)
        if kind is list:
            items = self._made[id(value)] = []
            items.extend(map(self.of, value))
        elif kind is dict:
            pairs = self._made[id(value)] = {}
            pairs.update({key: self.of(item) for key, item in value.items()})
        elif kind is tuple:
            self._made[id(value)] = tuple(map(self.of, value))
        else:
            self._made[id(value)] = copy.copy(value)
        return self._made[id(value)]


_CONTAINERS = (list, dict, set, tuple, bytearray)
_LIBRARIES = ("numpy", "pandas")
