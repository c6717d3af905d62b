"""Reads from the instructor's notebook what names mean in the test process, and what that process can't do.

Nothing that a learner submits has a say in it. Names are read by scope (symtable), so that a parameter or a local
variable of a function is not taken for a name of the notebook.
"""

from __future__ import annotations

import ast
import builtins
import re
import symtable
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from IPython.core.inputtransformer2 import TransformerManager

from grader.certificate import Policy, Reason
from grader.refusals import find_refusals
from grader.source import SourceCell, SourceNotebook

STAR = "*"
_BUILTINS = frozenset(name for name in dir(builtins) if not name.startswith("_"))
_SEEDS = re.compile(r"seed\s*\(|set_state|setstate")
_PATCHED = re.compile(r"__main__\.([A-Za-z_]\w*)")
# A name imported by an answer alone may be the learner's own function as well, but what judges answers may not.
_JUDGES = re.compile(r"assert|close|equal|raises|testing", re.IGNORECASE)


@dataclass
class _Cell:
    """One code cell of the instructor's, read: the names of the notebook that it stores and loads.

    `..._inside`: in its functions, which may run at any time.
    """

    cell: SourceCell
    tree: ast.Module
    stored: set[str] = field(default_factory=set)
    loaded: set[str] = field(default_factory=set)
    stored_inside: set[str] = field(default_factory=set)
    loaded_inside: set[str] = field(default_factory=set)

    @property
    def is_test(self) -> bool:
        return self.cell.role == "test"


def read_policy(source: SourceNotebook) -> Policy:
    """Return the policy of a notebook. Cells that aren't Python have no say; they will raise when they are run."""
    cells = [read for cell in source.cells if (read := _read(cell)) is not None]
    tests = [cell for cell in cells if cell.is_test]
    others = [cell for cell in cells if not cell.is_test]
    imports = _imports(cells)
    prelude = _prelude(cells)
    rebound = _rebound(cells)
    remote = _students_names(others) - set(imports)
    return Policy(
        prelude=tuple(text for text, _ in prelude),
        imports={name: origin for name, origin in imports.items() if name not in _assigned(others)},
        forwarded=tuple(sorted(_forwarded(tests, others))),
        protected=tuple(sorted(_protected(prelude, imports, cells, rebound))),
        modules=tuple(sorted({module for cell in others for module in _modules(cell.tree)})),
        contested=tuple(sorted(_stored(tests) & _stored(others))),
        live=tuple(sorted({name for cell in others for name in cell.stored_inside})),
        bound=tuple(sorted(_stored(others) & _BUILTINS)),
        seeded=any(_SEEDS.search(cell.cell.source) for cell in others),
        unsupported=tuple(
            Reason(text=text, grade_id=cell.cell.grade_id)
            for cell in tests
            for text in find_refusals(cell.tree, remote)
        ),
    )


def _read(cell: SourceCell) -> _Cell | None:
    if cell.cell_type != "code":
        return None
    try:
        python = TransformerManager().transform_cell(cell.source)
        read = _Cell(cell, ast.parse(python))
        _note_names(symtable.symtable(python, "<cell>", "exec"), read)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return read


def _note_names(table: symtable.SymbolTable, cell: _Cell) -> None:
    top = table.get_type() == "module"
    for symbol in table.get_symbols():
        if not top and not symbol.is_global():
            continue
        if symbol.is_assigned() or symbol.is_imported():
            (cell.stored if top else cell.stored_inside).add(symbol.get_name())
        if symbol.is_referenced():
            (cell.loaded if top else cell.loaded_inside).add(symbol.get_name())
    for child in table.get_children():
        _note_names(child, cell)


# --- Imports ----------------------------------------------------------------------------------------------------------
def _imports(cells: Sequence[_Cell]) -> dict[str, tuple[str, str | None]]:
    """Return what each imported name stands for; a name that is imported in two ways stands for neither."""
    found: dict[str, tuple[str, str | None]] = {}
    doubtful: set[str] = set()
    for cell in cells:
        for name, origin in _imported(cell.tree):
            if found.setdefault(name, origin) != origin:
                doubtful.add(name)
    return {name: origin for name, origin in found.items() if name not in doubtful}


def _imported(tree: ast.Module) -> Iterator[tuple[str, tuple[str, str | None]]]:
    """Yield the names that a cell imports into the notebook, wherever the statement stands outside of functions."""
    for node in _outside_functions(tree.body):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname:
                    yield alias.asname, (alias.name, None)
                else:
                    top = alias.name.partition(".")[0]
                    yield top, (top, None)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                if alias.name == STAR:
                    yield f"{STAR}{node.module}", (node.module, STAR)
                else:
                    yield alias.asname or alias.name, (node.module, alias.name)


def _modules(tree: ast.Module) -> Iterator[str]:
    """Yield the top-level modules that a cell imports, in functions, too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def _outside_functions(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        yield node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        for name in ("body", "orelse", "finalbody"):
            yield from _outside_functions(getattr(node, name, []))
        for handler in getattr(node, "handlers", []):
            yield from _outside_functions(handler.body)


def _assigned(cells: Iterable[_Cell]) -> set[str]:
    """Return the names that a cell gives a value to otherwise than by importing it."""
    return {name for cell in cells for name in _bound_otherwise(cell.tree)}


def _bound_otherwise(tree: ast.Module) -> Iterator[str]:
    for node in _outside_functions(tree.body):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif not isinstance(node, ast.Import | ast.ImportFrom):
            for part in _expressions(node):
                if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                    yield part.id


def _expressions(node: ast.stmt) -> Iterator[ast.AST]:
    """Walk the expressions of one statement, without the statements and the scopes inside it."""
    waiting: list[ast.AST] = [node]
    while waiting:
        for child in ast.iter_child_nodes(waiting.pop()):
            inner_scope = ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
            if not isinstance(child, ast.stmt | ast.ExceptHandler | inner_scope):
                yield child
                waiting.append(child)


# --- What locked cells define -----------------------------------------------------------------------------------------
def _prelude(cells: Sequence[_Cell]) -> list[tuple[str, set[str]]]:
    """Return the source of what each locked cell imports and defines, and the names that it binds."""
    result = []
    for cell in cells:
        if cell.cell.role != "locked":
            continue
        kept = [node for node in cell.tree.body if _runs_in_test_process(node)]
        if kept:
            text = "\n".join(ast.unparse(node) for node in kept)
            names = {name for name, _ in _imported(ast.Module(kept, []))}
            names |= {node.name for node in kept if isinstance(node, ast.FunctionDef | ast.ClassDef)}
            result.append((text, names))
    return result


def _runs_in_test_process(node: ast.stmt) -> bool:
    """Whether a statement of a locked cell is run in the test process, too.

    Imports and functions are, unless the function keeps state of the notebook. A class is only when it judges answers:
    the objects of any other go to the learner's functions, so they have to be made where those are.
    """
    if isinstance(node, ast.Import | ast.ImportFrom):
        return True
    if isinstance(node, ast.FunctionDef):
        inner = list(ast.walk(node))
        return not any(isinstance(part, ast.Global | ast.Yield | ast.YieldFrom) for part in inner)
    return isinstance(node, ast.ClassDef) and _judges(node)


def _judges(node: ast.ClassDef) -> bool:
    if any(isinstance(base, ast.Name | ast.Attribute) and "TestCase" in ast.unparse(base) for base in node.bases):
        return True
    return any(isinstance(part, ast.Assert) for part in ast.walk(node))


def _rebound(cells: Iterable[_Cell]) -> set[str]:
    answers = [cell for cell in cells if cell.cell.role in ("solution", "manual")]
    return {name for cell in answers for name in cell.stored | cell.stored_inside}


def _protected(
    prelude: Sequence[tuple[str, set[str]]],
    imports: dict[str, tuple[str, str | None]],
    cells: Sequence[_Cell],
    rebound: set[str],
) -> Iterator[str]:
    """Yield the names that mean the instructor's in the test process, whatever the learner makes of them."""
    yield from {name for _, names in prelude for name in names} - rebound
    answers = {name for cell in cells if cell.cell.role in ("solution", "manual") for name, _ in _imported(cell.tree)}
    given = {name for cell in cells if cell.cell.role not in ("solution", "manual") for name, _ in _imported(cell.tree)}
    for name, (module, attribute) in imports.items():
        only_answers = name in answers and name not in given
        if not only_answers or attribute is None or _JUDGES.search(f"{module}.{attribute}"):
            yield name


# --- What test cells store --------------------------------------------------------------------------------------------
def _forwarded(tests: Sequence[_Cell], others: Sequence[_Cell]) -> set[str]:
    """Return the names that a test cell stores or deletes and another cell loads.

    A cell that stores a name itself before it loads it, outside of functions, doesn't look for that of a test. Nor does
    one need a test's import of what it imports itself.
    """
    changed = {
        name for cell in tests for name in {*_bound_otherwise(cell.tree), *_deleted(cell.tree), *_patched(cell.tree)}
    }
    changed |= {name for cell in tests for name in cell.stored_inside}
    imported = {name for cell in tests for name, _ in _imported(cell.tree)}
    imported -= {name for cell in others for name in cell.stored}
    loaded = {name for cell in others for name in cell.loaded_inside | (cell.loaded - cell.stored)}
    return ((changed | imported) & loaded) - {"__builtins__"}


def _stored(cells: Iterable[_Cell]) -> set[str]:
    return {name for cell in cells for name in {*cell.stored, *cell.stored_inside, *_deleted(cell.tree)}}


def _deleted(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Del):
            yield node.id


def _patched(tree: ast.Module) -> Iterator[str]:
    """Yield names that a test gives as text: patch("__main__.f"), patch.object(__main__, "f"), globals()["f"]."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _PATCHED.findall(node.value)
            if node.value.isidentifier() and not hasattr(builtins, node.value):
                yield node.value


def _students_names(cells: Iterable[_Cell]) -> set[str]:
    """Return the names that only the student's process gives a meaning to."""
    return {name for cell in cells for name in cell.stored - _local(cell)}


def _local(cell: _Cell) -> set[str]:
    if cell.cell.role != "locked":
        return set()
    kept = [node for node in cell.tree.body if _runs_in_test_process(node)]
    return {node.name for node in kept if isinstance(node, ast.FunctionDef | ast.ClassDef)}
