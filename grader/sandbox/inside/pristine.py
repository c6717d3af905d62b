"""Pristine references, taken before any student code runs and put back before each test cell."""

from __future__ import annotations

import builtins
import contextlib
import gc
import signal
import sys
import threading
from collections.abc import Iterable
from types import FunctionType, ModuleType
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


_OURS = "grader"
_SIGNALS = tuple(signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP})
_TIMERS = (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF)
_monitoring: Any = getattr(sys, "monitoring", None)  # from Python 3.12
_getsignal, _signal, _setitimer = signal.getsignal, signal.signal, signal.setitimer


def is_ours(name: str) -> bool:
    """Whether the module `name` is a part of the grader: no business of the learner's."""
    return name == _OURS or name.startswith(f"{_OURS}.")


class Pristine:
    """What the interpreter was like before the student came."""

    def __init__(self) -> None:
        self._builtins = {key: value for key, value in vars(builtins).items() if key not in _LEFT_ALONE}
        self._modules = {name: module for name, module in sys.modules.items() if not is_ours(name)}
        self._ours: dict[str, ModuleType] = {}
        self._guarded: dict[str, dict[str, Any]] = {}
        self._code: dict[FunctionType, tuple[Any, Any, Any]] = {}
        self.guard(_GUARDED)
        self._meta_path = list(sys.meta_path)
        self._path_hooks = list(sys.path_hooks)
        case = sys.modules.get("unittest.case")
        self._case = dict(vars(case.TestCase)) if case else {}
        self._note_code(self._case.values())
        self._handlers = {number: _getsignal(number) for number in _SIGNALS}
        self._collected = list(gc.callbacks)
        self._switches = sys.getswitchinterval()

    def guard(self, names: Iterable[str]) -> None:
        """Remember the functions and classes of these modules, as far as they are there. Before any student code."""
        for name in names:
            module = self._modules.get(name)
            if name not in self._guarded and isinstance(module, ModuleType):
                self._guarded[name] = {key: value for key, value in vars(module).items() if callable(value)}
                self._note_code(self._guarded[name].values())

    def forget_ours(self) -> None:
        """Let `import` and sys.modules know nothing of the grader. What runs already is not hindered.

        Before a fork: in each child it would copy a page for almost every name.
        """
        self._ours = {name: module for name, module in sys.modules.items() if is_ours(name)}
        for name in self._ours:
            del sys.modules[name]

    def recall_ours(self) -> None:
        """Undo `forget_ours`, where more of the grader is to be imported."""
        sys.modules.update(self._ours)

    def module(self, name: str) -> Any:
        """Return a module as it was found, or as it was imported since; None if it wasn't."""
        return self._modules.get(name) or sys.modules.get(name)

    def builtin(self, name: str) -> Any:
        """Return a builtin that tests may rely on, None for others."""
        return self._builtins.get(name)

    def restore(self, namespace: dict[str, Any], *, code: bool = False) -> None:
        """Put back what tests rely on; `code`: the insides of functions, too."""
        self._stop_watchers()
        namespace["__builtins__"] = builtins
        _put_back(builtins, self._builtins)
        for name, module in self._modules.items():
            if sys.modules.get(name) is not module:
                sys.modules[name] = module
        for name, contents in self._guarded.items():
            _put_back(self._modules[name], contents)
        if self._case:
            _put_back(self._modules["unittest.case"].TestCase, self._case)
        if code:
            for function, (insides, defaults, keywords) in self._code.items():
                function.__code__, function.__defaults__, function.__kwdefaults__ = insides, defaults, keywords
        self._forget_invented_modules()
        sys.meta_path[:] = [*self._meta_path, *(f for f in sys.meta_path if not self._is_ours_or_students(f))]
        sys.path_hooks[:] = self._path_hooks

    def _note_code(self, functions: Iterable[Any]) -> None:
        for function in functions:
            inner = function
            for _ in range(5):
                if isinstance(inner, FunctionType):
                    self._code[inner] = (inner.__code__, inner.__defaults__, inner.__kwdefaults__)
                inner = getattr(inner, "__wrapped__", None)

    def _stop_watchers(self) -> None:
        """Take away what would run code of the student's in the middle of a test, uncalled."""
        sys.settrace(None)
        sys.setprofile(None)
        threading.settrace(None)
        threading.setprofile(None)
        for timer in _TIMERS:
            _setitimer(timer, 0)
        for number, handler in self._handlers.items():
            if _getsignal(number) is not handler and handler is not None:
                with contextlib.suppress(OSError, ValueError):
                    _signal(number, handler)
        gc.callbacks[:] = self._collected
        sys.setswitchinterval(self._switches)
        for tool in range(6) if _monitoring else ():
            if _monitoring.get_tool(tool) is not None:
                _monitoring.set_events(tool, 0)

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
