"""The builtins of a test: Python's own, but for those that would run text of the student's, or look past a stand-in."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable
from types import CodeType
from typing import Any

from grader.sandbox.inside.separate.errors import Unsupported
from grader.sandbox.inside.separate.proxies import RemoteMeta, info_of

TYPE_OF = "<type>"  # no identifier, so no cell can shadow it


class TestBuiltins(dict[str, Any]):
    """Looks up what it doesn't hold in the namespace of the notebook: the body of a class looks nowhere else."""

    __test__ = False  # not a test class, whatever pytest thinks

    def __init__(self, resolve: Callable[[str], Any]) -> None:
        super().__init__(vars(builtins))
        self._resolve = resolve

    def __missing__(self, name: str) -> Any:
        return self._resolve(name)


class WrittenOut:
    """Runs only text that is written out in a test: any other may be the student's."""

    def __init__(self) -> None:
        self._texts: set[str] = set()

    def add(self, tree: ast.AST) -> None:
        """Allow the texts that stand in `tree`."""
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and type(node.value) is str:
                self._texts.add(node.value)

    def check(self, source: Any, name: str) -> None:
        """Raise Unsupported for any other text."""
        if isinstance(source, CodeType | ast.AST) or (type(source) is str and source in self._texts):
            return
        raise Unsupported(f"a test calls {name} on text that is not written out in it")

    def eval(self, source: Any, /, *scopes: Any) -> Any:
        """Do what the builtin does."""
        self.check(source, "eval")
        return builtins.eval(source, *(scopes or _callers_scopes()))  # noqa: S307  (written out in the test)

    def exec(self, source: Any, /, *scopes: Any, **closure: Any) -> None:
        """Do what the builtin does."""
        self.check(source, "exec")
        builtins.exec(source, *(scopes or _callers_scopes()), **closure)  # noqa: S102

    def compile(self, source: Any, filename: Any, mode: str, flags: int = 0, *rest: Any, **named: Any) -> Any:
        """Do what the builtin does."""
        if not flags & ast.PyCF_ONLY_AST:
            self.check(source, "compile")
        return builtins.compile(source, filename, mode, flags, *rest, **named)


def _callers_scopes() -> tuple[Any, Any]:
    import sys  # noqa: PLC0415

    frame = sys._getframe(2)
    return frame.f_globals, frame.f_locals


def type_of(value: Any) -> Any:
    """Do what `type(value)` does, the library's own class for a library's object."""
    kind = type(value)
    return value.__class__ if type(kind) is RemoteMeta and info_of(kind).real is not None else kind


class _TypeCalls(ast.NodeTransformer):
    """Has `type(x)` ask `type_of`."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "type" and len(node.args) == 1 and not node.keywords:
            node.func = ast.copy_location(ast.Name(id=TYPE_OF, ctx=ast.Load()), node.func)
        return node


def with_type_calls(tree: ast.Module) -> ast.Module:
    """Return `tree` with its calls of `type` replaced."""
    changed: ast.Module = _TypeCalls().visit(tree)
    return changed
