"""Small changes to Python code, each at one place: mistakes that learners make, and some that no test should miss."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

Replacement = ast.AST | list[ast.stmt]
Found = Iterator[tuple[str, Callable[[ast.AST], Replacement]]]

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.FloorDiv,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.MatMult: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitOr,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_KEPT = (*_FUNCTIONS, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal, ast.Pass, ast.Return)


@dataclass(frozen=True)
class Mutation:
    """A change at the place with this number (see `_places`). `words`: what it does; `line` counts from 1."""

    place: int
    line: int
    words: str
    make: Callable[[ast.AST], Replacement]


@dataclass(frozen=True)
class _Place:
    node: ast.AST
    parents: Sequence[ast.AST]

    @property
    def parent(self) -> ast.AST:
        return self.parents[-1]

    def within(self, *kinds: type[ast.AST]) -> bool:
        return any(isinstance(parent, kinds) for parent in self.parents)


def find_mutations(tree: ast.Module) -> Iterator[Mutation]:
    """Yield what can be changed in `tree`: of each kind one, then the next of each kind, spread over the code."""
    places = list(_places(tree, (tree,)))
    rows = []
    for find in _KINDS:
        found = [
            Mutation(number, getattr(place.node, "lineno", 1), words, make)
            for number, place in enumerate(places)
            for words, make in find(place)
        ]
        rows.append(_spread(found))
    for turn in range(max(map(len, rows), default=0)):
        yield from (row[turn] for row in rows if turn < len(row))


def apply_mutation(tree: ast.Module, mutation: Mutation) -> str | None:
    """Return the changed code, None where it would be no Python. `tree` stays as it is."""
    changed = copy.deepcopy(tree)
    place = list(_places(changed, (changed,)))[mutation.place]
    _Replace(place.node, mutation.make).visit(changed)
    try:
        text = ast.unparse(ast.fix_missing_locations(changed))
        compile(text, "<mutant>", "exec", dont_inherit=True, flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except (SyntaxError, ValueError, RecursionError):
        return None
    return text


class _Replace(ast.NodeTransformer):
    """Puts something else where one node stands."""

    def __init__(self, node: ast.AST, make: Callable[[ast.AST], Replacement]) -> None:
        self._node = node
        self._make = make

    def visit(self, node: ast.AST) -> ast.AST | list[ast.stmt]:
        """Return what stands in the node's place from now on."""
        return self._make(node) if node is self._node else self.generic_visit(node)


def _places(node: ast.AST, parents: tuple[ast.AST, ...]) -> Iterator[_Place]:
    """Yield what may be changed below `node`, in order: no docstrings, magics, annotations or formats of f-strings."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "format_spec", "type_params"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or _is_docstring(child) or _is_magic(child):
                continue
            yield _Place(child, parents)
            yield from _places(child, (*parents, child))


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_magic(node: ast.AST) -> bool:
    calls = (part for part in ast.walk(node) if isinstance(part, ast.Call))
    return isinstance(node, ast.Expr | ast.Assign) and any(
        isinstance(call.func, ast.Name) and call.func.id == "get_ipython" for call in calls
    )


def _spread(found: list[Mutation]) -> list[Mutation]:
    """Return the first, the last, the middle one and so on: whatever number is taken comes from all over the code."""
    order: dict[int, None] = {}
    parts = 1
    while len(order) < len(found):
        for step in range(parts + 1):
            order[round(step * (len(found) - 1) / parts)] = None
        parts *= 2
    return [found[number] for number in order]


# The kinds, those first that a test should notice whatever it checks.


def _returns(place: _Place) -> Found:
    node = place.node
    if isinstance(node, ast.Return) and not _is_nothing(node.value):
        yield "it returns None", lambda old: ast.Return(ast.Constant(None))


def _values(place: _Place) -> Found:
    """At the top of a cell the answer is often a name's value."""
    node = place.node
    if isinstance(node, ast.Assign) and isinstance(place.parent, ast.Module) and not _is_nothing(node.value):
        yield "the name gets None", lambda old: _with(old, value=ast.Constant(None))


def _raises(place: _Place) -> Found:
    def make(old: ast.AST) -> ast.AST:
        error = ast.Raise(ast.Call(ast.Name("ValueError", ast.Load()), [ast.Constant("not yet")], []), None)
        return _with(old, body=[error])

    if isinstance(place.node, _FUNCTIONS):
        yield "the function raises an error", make


def _comparisons(place: _Place) -> Found:
    node = place.node
    if not isinstance(node, ast.Compare) or isinstance(place.parent, ast.While):  # that might never end
        return
    first = _COMPARISONS[type(node.ops[0])]
    yield (
        f"{_symbol(node.ops[0])} becomes {_symbol(first())}",
        lambda old: _with(old, ops=[first(), *getattr(old, "ops", [])[1:]]),
    )


def _arithmetic(place: _Place) -> Found:
    node = place.node
    if not isinstance(node, ast.BinOp | ast.AugAssign) or (isinstance(node, ast.AugAssign) and place.within(ast.While)):
        return
    if isinstance(node, ast.BinOp) and isinstance(node.left, ast.Constant) and isinstance(node.left.value, str):
        return  # a format or a joined text: the change would only ever raise
    other = _ARITHMETIC[type(node.op)]
    yield f"{_symbol(node.op)} becomes {_symbol(other())}", lambda old: _with(old, op=other())


def _wrong_types(place: _Place) -> Found:
    node = place.node
    if isinstance(node, ast.List) and isinstance(node.ctx, ast.Load):
        yield "a list becomes a tuple", lambda old: ast.Tuple(getattr(old, "elts", []), ast.Load())
    elif isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Load) and isinstance(place.parent, ast.Return):
        yield "a tuple becomes a list", lambda old: ast.List(getattr(old, "elts", []), ast.Load())
    elif isinstance(node, ast.Return) and not _is_nothing(node.value):
        yield "it returns text instead of the value", lambda old: _with(old, value=_called("str", old))
        yield "it returns a list of the value", lambda old: ast.Return(ast.List([_value(old)], ast.Load()))
    elif isinstance(node, ast.Assign) and isinstance(place.parent, ast.Module):
        yield "the name gets text instead of the value", lambda old: _with(old, value=_called("str", old))


def _constants(place: _Place) -> Found:
    node = place.node
    if not isinstance(node, ast.Constant) or isinstance(place.parent, ast.JoinedStr):
        return
    value = node.value
    if isinstance(value, bool):
        yield f"{value} becomes {not value}", lambda old: ast.Constant(not value)
    elif isinstance(value, int | float):
        yield f"{value} becomes {value + 1}", lambda old: ast.Constant(value + 1)
    elif isinstance(value, str):
        changed = value.swapcase() if value.swapcase() != value else f"{value}x"
        words = "a text changes its case" if changed.lower() == value.lower() else "a text gets a letter more"
        yield words, lambda old: ast.Constant(changed)


def _other_results(place: _Place) -> Found:
    """An argument handed back untouched, an empty result, or always the same one."""
    node = place.node
    if isinstance(node, _FUNCTIONS):
        arguments = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args) if argument.arg != "self"]
        if arguments:
            back = ast.Return(ast.Name(arguments[0], ast.Load()))
            yield f"it returns {arguments[0]} at once", lambda old: _with(old, body=[back])
    elif isinstance(node, ast.Return) and not _is_nothing(node.value):
        empty = _empty(node.value)
        yield f"it returns {ast.unparse(empty)}", lambda old: ast.Return(empty)


def _prints(place: _Place) -> Found:
    node = place.node
    if isinstance(node, ast.Return) and not _is_nothing(node.value):
        yield "it prints instead of returning", lambda old: ast.Expr(_called("print", old))


def _conditions(place: _Place) -> Found:
    node = place.node
    if isinstance(node, ast.If | ast.IfExp):
        yield "a condition is turned round", lambda old: _with(old, test=_negated(getattr(old, "test", None)))
    elif isinstance(node, ast.comprehension) and node.ifs:
        yield "a filter is left out", lambda old: _with(old, ifs=[])


def _booleans(place: _Place) -> Found:
    node = place.node
    if isinstance(node, ast.BoolOp):
        other = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield f"{_symbol(node.op)} becomes {_symbol(other())}", lambda old: _with(old, op=other())


def _statements(place: _Place) -> Found:
    node = place.node
    if not isinstance(node, ast.stmt) or isinstance(node, _KEPT) or place.within(ast.While):
        return
    # A loop that isn't left any more might never end.
    if not isinstance(node, ast.While | ast.Break | ast.Continue):
        yield "a statement is left out", lambda old: ast.Pass()


def _arguments(place: _Place) -> Found:
    node = place.node
    if not isinstance(node, ast.Call) or len(node.args) < 2:
        return
    first, second = node.args[:2]
    starred = isinstance(first, ast.Starred) or isinstance(second, ast.Starred)
    if not starred and ast.dump(first) != ast.dump(second):
        yield "two arguments change places", lambda old: _with(old, args=_swapped(getattr(old, "args", [])))


def _loops(place: _Place) -> Found:
    node = place.node
    if isinstance(node, ast.For | ast.While):
        yield (
            "a loop stops after its first round",
            lambda old: _with(old, body=[*getattr(old, "body", []), ast.Break()]),
        )


def _stop_after_one_round(old: ast.AST) -> ast.AST:
    return _with(old, body=[*getattr(old, "body", []), ast.Break()])


_KINDS: tuple[Callable[[_Place], Found], ...] = (
    _returns,
    _values,
    _comparisons,
    _arithmetic,
    _wrong_types,
    _raises,
    _constants,
    _other_results,
    _conditions,
    _prints,
    _loops,
    _statements,
    _booleans,
    _arguments,
)


def _with(old: ast.AST, **fields: object) -> ast.AST:
    for name, value in fields.items():
        setattr(old, name, value)
    return old


def _value(node: ast.AST) -> ast.expr:
    value = getattr(node, "value", None)
    return value if isinstance(value, ast.expr) else ast.Constant(None)


def _called(function: str, node: ast.AST) -> ast.Call:
    return ast.Call(ast.Name(function, ast.Load()), [_value(node)], [])


def _negated(test: ast.expr | None) -> ast.expr:
    return ast.UnaryOp(ast.Not(), test or ast.Constant(False))


def _swapped(arguments: list[ast.expr]) -> list[ast.expr]:
    first, second, *rest = arguments
    return [second, first, *rest]


def _is_nothing(value: ast.expr | None) -> bool:
    return value is None or (isinstance(value, ast.Constant) and value.value is None)


def _empty(value: ast.expr | None) -> ast.expr:
    """Return an empty value of the kind that `value` looks like, 0 where nothing tells."""
    if isinstance(value, ast.List | ast.ListComp):
        return ast.List([], ast.Load())
    if isinstance(value, ast.Dict | ast.DictComp):
        return ast.Dict([], [])
    if isinstance(value, ast.Tuple):
        return ast.Tuple([], ast.Load())
    if isinstance(value, ast.JoinedStr) or (isinstance(value, ast.Constant) and isinstance(value.value, str)):
        return ast.Constant("")
    if isinstance(value, ast.Compare | ast.BoolOp) or (isinstance(value, ast.Constant) and value.value is False):
        return ast.Constant(True)
    return ast.Constant(0)


_SYMBOLS: dict[type[ast.AST], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.MatMult: "@",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.And: "and",
    ast.Or: "or",
}


def _symbol(operator: ast.AST) -> str:
    return _SYMBOLS[type(operator)]
