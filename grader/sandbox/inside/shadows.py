"""Looks past names that a learner's cell put before the instructor's: a `len` or an `np` of their own answers for them.

The names stay what they are for the learner's own functions. Only the test's text is changed: where it loads such a
name, and doesn't bind it itself, it gets the builtin or the import that the instructor meant.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any

from grader.sandbox.inside.pristine import Pristine

_PLAIN = (int, float, str, bytes, bool, list, tuple, dict, set, type(None))
_MARK = "<real>"  # with it, no identifier: no cell can store under such a name


class Shadows:
    """Knows what names mean to the instructor."""

    def __init__(self, namespace: dict[str, Any], pristine: Pristine) -> None:
        self._namespace = namespace
        self._pristine = pristine
        self._given: Mapping[str, Sequence[Any]] = {}
        self._bound: frozenset[str] = frozenset()
        self._lent: dict[str, Any] = {}

    def expect(self, given: Mapping[str, Sequence[Any]], bound: Sequence[str]) -> None:
        """Take over what `TestRunner.expect` was told."""
        self._given, self._bound = given, frozenset(bound)

    def look_past(self, tree: ast.Module) -> dict[str, Any]:
        """Rename in `tree` the names that are shadowed; return what the new names stand for."""
        loaded = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)]
        hidden = {node.id: real for node in loaded if (real := self._hidden(node.id)) is not None}
        for name in _bound(tree) if hidden else ():
            hidden.pop(name, None)
        for node in loaded:
            if node.id in hidden:
                node.id = _MARK + node.id
        self._lent |= {_MARK + name: real for name, real in hidden.items()}
        return dict(self._lent)  # a function of an earlier test may be called by a later one

    def _hidden(self, name: str) -> Any:
        """Return what `name` ought to be, if it's something else that could pass for it."""
        if name not in self._namespace or name in self._bound:
            return None
        found = self._namespace[name]
        real = self._import(name) if name in self._given else self._pristine.builtin(name)
        if real is None or found is real:
            return None
        return real if callable(found) or not (callable(real) or type(found) in _PLAIN) else None

    def _import(self, name: str) -> Any:
        module, attribute = self._given[name]
        found = self._pristine.module(module)
        if not isinstance(found, ModuleType) or getattr(found, "__spec__", None) is None:
            return None
        return found if attribute is None else vars(found).get(attribute)


def _bound(tree: ast.Module) -> Iterator[str]:
    """Yield every name that `tree` binds, in whatever scope."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.alias):
            yield (node.asname or node.name).partition(".")[0]
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            yield node.name
        elif isinstance(node, ast.MatchMapping) and node.rest:
            yield node.rest
