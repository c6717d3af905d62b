"""What a test cell does that the test process must not or can't do, found by reading the cell.

The test process holds the hidden tests and decides on points: text or bytes that come from the learner's code must
never be run there. What only shows while a test runs is noted by the test process itself.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Set

from grader.sandbox.inside.separate.magics import CELL_MAGICS, LINE_MAGICS

_RUNNERS = frozenset({"eval", "exec", "compile"})
_UNPICKLERS = frozenset({"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "torch"})
_LOADS = frozenset({"load", "loads", "open", "Unpickler"})
_PROCESSES = frozenset({"multiprocessing", "pathos"})


def find_refusals(tree: ast.Module, remote: Set[str]) -> list[str]:
    """Return a sentence for each thing in a test cell that the `separate` engine can't do.

    `remote`: names that only the learner's process gives a meaning to.
    """
    return list(dict.fromkeys(_refusals(tree, remote)))


def _refusals(tree: ast.Module, remote: Set[str]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _call(node)
        elif isinstance(node, ast.ClassDef):
            yield from _bases(node, remote)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from _import(node)


def _call(node: ast.Call) -> Iterator[str]:
    name = _dotted(node.func)
    last = name.rpartition(".")[2]
    if last in _RUNNERS and name in (last, f"builtins.{last}") and not _is_written_out(node):
        yield f"It calls {last} on text that is not written out in the test."
    elif last == "read_pickle" or (last in _LOADS and name.partition(".")[0] in _UNPICKLERS):
        yield f"It calls {name}, which runs whatever the file or the bytes tell it to."
    elif name == "os.fork":
        yield "It starts a process of its own."
    elif isinstance(node.func, ast.Attribute):
        yield from _magic(node, node.func)


def _is_written_out(node: ast.Call) -> bool:
    return bool(node.args) and isinstance(node.args[0], ast.Constant)


def _magic(node: ast.Call, function: ast.Attribute) -> Iterator[str]:
    owner = function.value
    if not (isinstance(owner, ast.Call) and _dotted(owner.func) == "get_ipython"):
        return
    first = str(node.args[0].value) if node.args and isinstance(node.args[0], ast.Constant) else "?"
    if function.attr in ("system", "getoutput"):
        yield "It runs a command of the shell (!)."
    elif function.attr == "run_line_magic" and first not in LINE_MAGICS:
        yield f"It uses the magic %{first}."
    elif function.attr == "run_cell_magic" and first not in CELL_MAGICS:
        yield f"It uses the magic %%{first}."


def _bases(node: ast.ClassDef, remote: Set[str]) -> Iterator[str]:
    for base in node.bases:
        name = _dotted(base)
        if name.partition(".")[0] in remote:
            yield f"It makes a subclass of {name}, which belongs to the learner's notebook."


def _import(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
    for name in names:
        if name.partition(".")[0] in _PROCESSES:
            yield f"It imports {name}, which starts processes of its own."


def _dotted(node: ast.expr) -> str:
    """Return "a.b.c" for such an expression, "" for any other."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        left = _dotted(node.value)
        return f"{left}.{node.attr}" if left else ""
    return ""
