"""Refuses objects that lie: a learner's class whose `==` is always true would pass almost any test.

Each operand of a comparison or calculation in a test cell, and what it hands to a function that judges
(`assertEqual`, `np.allclose`), is looked at first. Plain data and library objects pass.
An instance of a class that the learner made up passes only if the instructor's notebook has a class of that name, or
if the class overrides no operator. Refusing raises AssertionError, so the test fails.
"""

from __future__ import annotations

import ast
import re
import sys
from types import FunctionType
from typing import Any

GUARD = "<honest>"  # no identifier, so no cell can shadow it
_OPERATORS = frozenset(
    f"__{name}__"
    for name in [
        *("eq", "ne", "lt", "le", "gt", "ge", "contains", "sub", "rsub", "add", "radd", "mul", "rmul", "truediv"),
        *("rtruediv", "floordiv", "rfloordiv", "mod", "rmod", "pow", "rpow", "abs", "neg", "pos", "invert", "and"),
        *("rand", "or", "ror", "xor", "rxor", "float", "int", "index", "round", "array", "array_ufunc"),
    ]
)
_JUDGES = re.compile("assert|equal|close", re.IGNORECASE)
_LOOKED_AT = 20_000
_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE: made while Python runs
_EQUAL_TO_ANYTHING = ("__main__", "unittest.mock")
_PLAIN = frozenset({int, float, complex, bool, str, bytes, type(None), range})


class _Guarding(ast.NodeTransformer):
    """Wraps operands in a call of the guard."""

    def _wrap(self, node: ast.expr) -> ast.expr:
        if isinstance(node, ast.Constant):
            return node
        call = ast.Call(func=ast.Name(id=GUARD, ctx=ast.Load()), args=[node], keywords=[])
        return ast.fix_missing_locations(ast.copy_location(call, node))

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        if all(isinstance(operator, ast.Is | ast.IsNot) for operator in node.ops):
            return node
        node.left = self._wrap(node.left)
        node.comparators = [self._wrap(operand) for operand in node.comparators]
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        node.left, node.right = self._wrap(node.left), self._wrap(node.right)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if _JUDGES.search(name):
            node.args = [arg if isinstance(arg, ast.Starred) else self._wrap(arg) for arg in node.args]
            for keyword in node.keywords:
                keyword.value = self._wrap(keyword.value) if keyword.arg else keyword.value
        return node


def guarded(tree: ast.Module) -> ast.Module:
    """Return `tree` with its comparisons and calculations guarded."""
    guarded_tree: ast.Module = _Guarding().visit(tree)
    return guarded_tree


class Guard:
    """Called with each operand; returns it or raises AssertionError."""

    def __init__(self, certified: frozenset[str], namespace: dict[str, Any]) -> None:
        self._certified = certified
        self._namespace = namespace
        self._judged: dict[int, tuple[type, bool]] = {}

    def __call__(self, value: Any) -> Any:
        self._look(value, [0])
        return value

    def _look(self, value: Any, seen: list[int], depth: int = 0) -> None:
        kind = type(value)
        if kind in _PLAIN:
            return
        seen[0] += 1
        if seen[0] > _LOOKED_AT or depth > 50:
            return
        if kind in (list, tuple, set, frozenset):
            for item in value:
                self._look(item, seen, depth + 1)
        elif kind is dict:
            for key, item in value.items():
                self._look(key, seen, depth + 1)
                self._look(item, seen, depth + 1)
        elif self._lies(kind):
            name = type.__getattribute__(kind, "__name__")
            raise AssertionError(f"the answer is an object of the class {name}, which can't be compared fairly")

    def _lies(self, kind: type) -> bool:
        known = self._judged.get(id(kind))
        if known is None:
            known = self._judged[id(kind)] = (kind, any(map(self._is_made_up, type.mro(kind))))
        return known[1]

    def _is_made_up(self, kind: type) -> bool:
        """Whether `kind` itself overrides an operator and is neither the instructor's nor a library's."""
        attributes = type.__getattribute__(kind, "__dict__")
        overridden = _OPERATORS & set(attributes)
        if not overridden or not kind.__flags__ & _HEAP_TYPE:
            return False
        if type.__getattribute__(kind, "__name__") in self._certified:
            return False
        module = attributes.get("__module__")
        home = sys.modules.get(module) if isinstance(module, str) else None
        if home is None or getattr(home, "__spec__", None) is None or module in _EQUAL_TO_ANYTHING:
            return True
        return any(self._is_students(attributes[name]) for name in overridden)

    def _is_students(self, function: Any) -> bool:
        return isinstance(function, FunctionType) and function.__globals__ is self._namespace
