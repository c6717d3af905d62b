"""What a test gets as the module `__main__`: the namespace of the tests, seen as a module."""

from __future__ import annotations

import types
from collections.abc import Iterable
from typing import Any


class MainModule(types.ModuleType):
    """Reads and writes the namespace. `dir` tells the names of the tests only, not those of the notebook."""

    def __init__(self, scope: Any) -> None:
        super().__init__("__main__")
        types.ModuleType.__setattr__(self, "_nbq_scope", scope)

    def __getattribute__(self, name: str) -> Any:
        if name == "__dict__":
            return types.ModuleType.__getattribute__(self, "_nbq_scope")
        if name in ("__class__", "_nbq_scope"):
            return types.ModuleType.__getattribute__(self, name)
        scope = types.ModuleType.__getattribute__(self, "_nbq_scope")
        try:
            return scope[name]
        except KeyError:
            raise AttributeError(f"module '__main__' has no attribute {name!r}") from None

    def __setattr__(self, name: str, value: Any) -> None:
        types.ModuleType.__getattribute__(self, "_nbq_scope")[name] = value

    def __delattr__(self, name: str) -> None:
        scope = types.ModuleType.__getattribute__(self, "_nbq_scope")
        try:
            del scope[name]
        except KeyError:
            raise AttributeError(name) from None

    def __dir__(self) -> Iterable[str]:
        return list(types.ModuleType.__getattribute__(self, "_nbq_scope").own())
