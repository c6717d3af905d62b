"""Where the modules that a test uses live: here, or in the student's process.

Libraries are here. The assignment's own files are there when the notebook uses them, as their objects are, and here
when only tests do; the test process has its own copy of the assignment's files. pyplot is there: it holds the figures.
"""

from __future__ import annotations

import builtins
import importlib
import sys
import types
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.sandbox.inside.separate.library import RemoteFunction
from grader.sandbox.inside.separate.values_names import is_library

if TYPE_CHECKING:
    from grader.sandbox.inside.separate.session import Session

_THERE = ("matplotlib.pyplot", "pylab", "matplotlib.pylab")
_import = builtins.__import__


class RemoteModule(types.ModuleType):
    """A module of the student's process. What our own module of that name has as a class or a constant is our own."""

    def __init__(self, name: str, session: Session, own: types.ModuleType | None, number: int | None) -> None:
        super().__init__(name)
        vars(self).update(_nbq_session=session, _nbq_own=own, _nbq_number=number)
        if own is not None:
            self.__spec__ = own.__spec__

    def __getattr__(self, name: str) -> Any:
        if name.startswith(("_nbq_", "_ipython", "_repr")):
            raise AttributeError(name)
        own = vars(self)["_nbq_own"]
        if own is not None:
            found = getattr(own, name)
            if isinstance(found, types.FunctionType | types.BuiltinFunctionType):
                return RemoteFunction(self.__name__, name, vars(self)["_nbq_session"])
            if isinstance(found, type | types.ModuleType | int | float | str | bool):
                return found
        return vars(self)["_nbq_session"].ask("attr", self, name)

    def tree(self) -> list[Any]:
        """Return the tree that stands for the module over there."""
        number = vars(self)["_nbq_number"]
        return ["g", self.__name__, None] if number is None else ["h", number]

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("__"):
            super().__setattr__(name, value)
        else:
            vars(self)["_nbq_session"].ask("setattr", self, name, value)

    def __dir__(self) -> Iterable[str]:
        own = vars(self)["_nbq_own"]
        return dir(own) if own is not None else list(vars(self)["_nbq_session"].ask("dir", self))


class Modules:
    """Decides for each module. `used`: the top-level modules that cells other than tests import."""

    def __init__(self, session: Session, used: Iterable[str], folder: Path) -> None:
        self._session = session
        self._used = frozenset(used)
        self._folder = folder
        sys.path[:] = [*(place for place in sys.path if place and Path(place).resolve() != folder), str(folder)]
        self.imported: Callable[[], None] = lambda: None
        for name in _THERE:
            if name in sys.modules:
                self._stand_in(name)

    def is_local(self, name: str) -> bool:
        """Whether the module is one of this process."""
        if name in _THERE:
            return True  # a RemoteModule, but one that we make ourselves
        top = name.partition(".")[0]
        if top in sys.modules:
            return is_library(top) or not self._is_given(top)
        return not (self._is_given(top) and top in self._used)

    def _is_given(self, top: str) -> bool:
        """Whether a module is one of the assignment's own files."""
        return (self._folder / f"{top}.py").is_file() or (self._folder / top).is_dir()

    def load(self, name: str) -> Any:
        """Return the module. Raises ImportError."""
        if name in _THERE:
            return self._stand_in(name)
        return importlib.import_module(name)

    def _stand_in(self, name: str) -> RemoteModule:
        """Put a stand-in in the place of our own module, for whoever imports it."""
        found = sys.modules.get(name)
        if type(found) is not RemoteModule:
            found = RemoteModule(name, self._session, importlib.import_module(name), None)
            sys.modules[name] = found
            package, _, last = name.rpartition(".")
            if package:
                setattr(sys.modules[package], last, found)
        return found

    def of_notebook(self, name: str, number: int | None) -> Any:
        """Return what a test gets where the student's process has a module."""
        if name in _THERE or (is_library(name) and number is None):
            return self.load(name)
        return RemoteModule(name, self._session, None, number)

    def import_hook(self, name: str, scope: Any = None, local: Any = None, wanted: Any = (), level: int = 0) -> Any:
        """Do what `__import__` does, for tests."""
        if level or not name:
            return _import(name, scope, local, wanted, level)
        if name in _THERE:
            self._stand_in(name)
        if self.is_local(name):
            found = _import(name, scope, local, wanted, level)
            self.imported()
            return found
        return self._session.ask("import", name if wanted else name.partition(".")[0])
