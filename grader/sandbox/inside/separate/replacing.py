"""Notices what a test replaces for the student's code: builtins, functions of modules."""

from __future__ import annotations

import ast
import builtins
import sys
import types
import unittest.mock
from collections.abc import Callable, Iterator
from operator import is_
from typing import Any

from grader.sandbox.inside.separate.mainmodule import MainModule
from grader.sandbox.inside.separate.values_names import is_library

_MISSING = object()


class Replacing:
    """What is replaced at the moment. `imports`: module and attribute behind each name that the notebook imports."""

    def __init__(self, imports: dict[str, tuple[str, str | None]]) -> None:
        self._imports = imports
        builtins.input = _refuse_input
        self._names = tuple(vars(builtins))
        self._values = tuple(vars(builtins).values())
        self._about_builtins = False
        self._watched: dict[tuple[str, str], Any] = {}
        self._patched: dict[tuple[str, str], Any] = {}
        _notice_patches(self._enter, self._leave)

    def begin_cell(self, tree: ast.Module, source: str) -> None:
        """Watch the attributes of modules that a cell assigns to, and the builtins once a cell names them."""
        self._about_builtins = self._about_builtins or "builtins" in source
        known = {**self._imports, **dict(_imported(tree))}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
                module = _module_named(node.value, known)
                if (
                    module is not None
                    and (module != "sys" or node.attr == "stdin")  # what is printed comes over anyway
                    and is_library(module)
                    and (module, node.attr) not in self._watched
                ):
                    self._watched[module, node.attr] = getattr(sys.modules[module], node.attr, _MISSING)

    def wanted(self) -> list[tuple[str, str, Any]]:
        """Return module, name and new value of everything that is replaced."""
        if not (self._about_builtins or self._patched or self._watched):
            return []
        found = {**self._changed_builtins(), **self._patched}
        for (module, name), original in self._watched.items():
            value = getattr(sys.modules[module], name, _MISSING)
            if value is not original and value is not _MISSING:
                found[module, name] = value
        return [(module, name, value) for (module, name), value in found.items()]

    def _changed_builtins(self) -> dict[tuple[str, str], Any]:
        now = vars(builtins)
        if len(now) == len(self._values) and all(map(is_, now.values(), self._values)):
            return {}
        before = dict(zip(self._names, self._values, strict=True))
        return {
            ("builtins", name): value
            for name, value in now.items()
            if before.get(name, _MISSING) is not value and name != "_"
        }

    def _enter(self, target: Any, name: str, value: Any) -> None:
        if isinstance(target, types.ModuleType) and type(target) is not MainModule and is_library(target.__name__):
            self._patched[target.__name__, name] = value

    def _leave(self, target: Any, name: str) -> None:
        if isinstance(target, types.ModuleType):
            self._patched.pop((target.__name__, name), None)


def _refuse_input(_prompt: Any = "", /) -> str:
    from IPython.core.error import StdinNotImplementedError  # noqa: PLC0415

    raise StdinNotImplementedError("raw_input was called, but this frontend does not support input requests.")


def _notice_patches(enter: Callable[[Any, str, Any], None], leave: Callable[[Any, str], None]) -> None:
    """Have `unittest.mock.patch` tell what it replaces."""
    kind: Any = unittest.mock._patch
    begin, end = kind.__enter__, kind.__exit__

    def __enter__(self: Any) -> Any:  # noqa: N807
        result = begin(self)
        enter(self.target, self.attribute, getattr(self.target, self.attribute, None))
        return result

    def __exit__(self: Any, *error: Any) -> Any:  # noqa: N807
        leave(getattr(self, "target", None), self.attribute)
        return end(self, *error)

    kind.__enter__, kind.__exit__ = __enter__, __exit__


def _imported(tree: ast.Module) -> Iterator[tuple[str, tuple[str, str | None]]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                yield (alias.asname, (alias.name, None)) if alias.asname else (top, (top, None))


def _module_named(node: ast.expr, known: dict[str, tuple[str, str | None]]) -> str | None:
    """Return the module that an expression like `np.random` stands for."""
    if isinstance(node, ast.Name):
        module, attribute = known.get(node.id, (None, None))
        return module if attribute is None else None
    if isinstance(node, ast.Attribute):
        outer = _module_named(node.value, known)
        name = f"{outer}.{node.attr}"
        return name if outer is not None and name in sys.modules else None
    return None
