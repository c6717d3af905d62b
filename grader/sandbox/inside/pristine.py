"""Pristine references, taken before any student code runs and put back before each test cell."""

from __future__ import annotations

import builtins
import sys
import threading
from types import ModuleType
from typing import Any

# Builtins that notebooks replace for good reasons (a test that feeds `input`, a course that wraps `print`).
_LEFT_ALONE = frozenset({"input", "print", "open", "help", "exit", "quit", "display", "get_ipython", "_"})
# Modules that tests compare and assert with: a function replaced there would answer for the student.
_GUARDED = (
    "math", "cmath", "random", "operator", "functools", "itertools", "collections", "copy", "types", "inspect", "ast",
    "re", "json", "hashlib", "decimal", "fractions", "statistics", "string", "traceback", "contextlib", "unittest",
    "unittest.case", "unittest.mock", "numpy", "numpy.testing", "numpy.testing._private.utils", "numpy.linalg",
    "numpy._core.numeric", "pandas", "pandas.testing", "pandas._testing", "pandas._testing.asserters",
)  # fmt: skip


class Pristine:
    """What the interpreter was like before the student came."""

    def __init__(self) -> None:
        self._builtins = dict(vars(builtins))
        self._modules = dict(sys.modules)
        self._guarded = {
            name: {key: value for key, value in vars(module).items() if callable(value)}
            for name in _GUARDED
            if isinstance(module := sys.modules.get(name), ModuleType)
        }
        self._meta_path = list(sys.meta_path)
        self._path_hooks = list(sys.path_hooks)
        case = sys.modules.get("unittest.case")
        self._case = dict(vars(case.TestCase)) if case else {}

    def restore(self, namespace: dict[str, Any]) -> None:
        """Put back what tests rely on."""
        sys.settrace(None)
        sys.setprofile(None)
        threading.settrace(None)
        threading.setprofile(None)
        namespace["__builtins__"] = builtins
        _put_back(builtins, {key: value for key, value in self._builtins.items() if key not in _LEFT_ALONE})
        for name, module in self._modules.items():
            if sys.modules.get(name) is not module:
                sys.modules[name] = module
        for name, contents in self._guarded.items():
            _put_back(self._modules[name], contents)
        if self._case:
            _put_back(self._modules["unittest.case"].TestCase, self._case)
        self._forget_invented_modules()
        sys.meta_path[:] = [*self._meta_path, *(f for f in sys.meta_path if not self._is_ours_or_students(f))]
        sys.path_hooks[:] = self._path_hooks

    def _is_ours_or_students(self, finder: Any) -> bool:
        return any(finder is known for known in self._meta_path) or type(finder).__module__ == "__main__"

    def _forget_invented_modules(self) -> None:
        """Drop modules made up in a cell under a name of their own: a test that imports them gets the real one."""
        for name, module in list(sys.modules.items()):
            if name in self._modules or name == "__main__":
                continue
            if type(module) is ModuleType and getattr(module, "__spec__", None) is None:
                del sys.modules[name]


def _put_back(holder: Any, contents: dict[str, Any]) -> None:
    present = vars(holder)
    for key, value in contents.items():
        if present.get(key) is not value and key not in ("__dict__", "__weakref__"):
            setattr(holder, key, value)
