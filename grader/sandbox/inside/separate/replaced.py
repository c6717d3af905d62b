"""What a test has replaced for the student's code: builtins like `print` and `input`, functions of modules."""

from __future__ import annotations

import importlib
from typing import Any

_MISSING = object()


class Replaced:
    """Puts replacements in place and takes them back."""

    def __init__(self) -> None:
        self._originals: dict[tuple[str, str], Any] = {}

    def replace(self, wanted: list[tuple[str, str, Any]]) -> None:
        """Have exactly `wanted` replaced from now on: module, name and new value of each."""
        for (where, name), original in self._originals.items():
            holder = importlib.import_module(where)
            if original is _MISSING:
                delattr(holder, name)
            else:
                setattr(holder, name, original)
        self._originals.clear()
        for where, name, value in wanted:
            holder = importlib.import_module(where)
            self._originals[where, name] = getattr(holder, name, _MISSING)
            setattr(holder, name, value)
