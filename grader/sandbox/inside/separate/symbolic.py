"""Expressions and matrices of sympy as values: built anew from the names of sympy's own classes.

["sym", module, class, arguments]        an expression
["sym", null, kind, parts]               a leaf: a symbol, a number, an undefined function, a matrix
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from grader.sandbox.inside.separate.classinfo import real_class
from grader.sandbox.inside.separate.codec_limits import CodecError, Tree
from grader.sandbox.inside.separate.parcels import Incoming, Outgoing

_PARTS = ("core", "functions", "sets", "logic", "matrices", "integrals", "concrete", "series", "polys", "geometry")
_ROOTS = tuple(f"sympy.{part}." for part in _PARTS)


def is_symbolic(value: Any) -> bool:
    """Whether `value` is an expression or a matrix of sympy."""
    sympy = sys.modules.get("sympy")
    return sympy is not None and hasattr(sympy, "Basic") and isinstance(value, sympy.Basic | sympy.MatrixBase)


def symbolic_tree(value: Any, out: Outgoing) -> Tree:
    """Return the tree of such a value."""
    sympy: Any = sys.modules["sympy"]
    for kind, parts_of in _PARTS_OF.items():
        if isinstance(value, getattr(sympy, kind)):
            return ["sym", None, kind, out.tree(parts_of(value))]
    made = type(value)
    if isinstance(made, sympy.core.function.UndefinedFunction):
        return ["sym", None, "Function", out.tree((made.__name__, tuple(value.args)))]
    return ["sym", made.__module__, made.__qualname__, out.many(list(value.args))]


def _parts_of_symbol(value: Any) -> Any:
    assumptions = getattr(value, "_assumptions_orig", None) or value.assumptions0
    return value.name, tuple((name, known) for name, known in assumptions.items() if known is not None)


# What isn't a class applied to arguments. A Dummy is a Symbol, so it comes first.
_PARTS_OF: dict[str, Callable[[Any], Any]] = {
    "ImmutableMatrix": lambda value: (value.rows, value.cols, tuple(value.flat())),
    "MatrixBase": lambda value: (value.rows, value.cols, tuple(value.flat())),
    "Dummy": lambda value: (value.name, value.dummy_index),
    "Symbol": _parts_of_symbol,
    "Rational": lambda value: (int(value.p), int(value.q)),
    "Float": lambda value: (tuple(int(part) for part in value._mpf_), int(value._prec)),
}


def read_symbolic(incoming: Incoming, _session: Any, module: Any, name: Any, parts: Any) -> Any:
    """Return the value of such a tree, made by sympy of this process. Raises CodecError."""
    sympy: Any = sys.modules.get("sympy")
    if sympy is None or type(name) is not str:
        raise CodecError("sympy isn't imported here")
    if module is None:
        return _read_leaf(sympy, name, incoming.value(parts))
    if type(module) is not str or not module.startswith(_ROOTS):
        raise CodecError("not a class of sympy")
    kind = real_class(module, name)
    if kind is None or not issubclass(kind, sympy.Basic):
        raise CodecError("not a class of sympy")
    return kind(*_checked(sympy, incoming.many(parts)))


def _checked(sympy: Any, arguments: Any) -> Any:
    # Text would be evaluated.
    if not all(isinstance(argument, sympy.Basic | sympy.MatrixBase) for argument in arguments):
        raise CodecError("not an expression")
    return arguments


def _read_leaf(sympy: Any, kind: str, parts: Any) -> Any:
    read = _LEAVES.get(kind)
    if read is None:
        raise CodecError("not an expression")
    return read(sympy, *parts)


def _matrix(sympy: Any, rows: Any, columns: Any, items: Any) -> Any:
    return sympy.Matrix(_whole(rows), _whole(columns), list(_checked(sympy, items)))


def _immutable_matrix(sympy: Any, rows: Any, columns: Any, items: Any) -> Any:
    return sympy.ImmutableMatrix(_whole(rows), _whole(columns), list(_checked(sympy, items)))


def _dummy(sympy: Any, name: Any, number: Any) -> Any:
    return sympy.Dummy(_text(name), dummy_index=_whole(number))


def _symbol(sympy: Any, name: Any, assumptions: Any) -> Any:
    return sympy.Symbol(_text(name), **{_text(key): bool(value) for key, value in assumptions})


def _rational(sympy: Any, numerator: Any, denominator: Any) -> Any:
    return sympy.Rational(_whole(numerator), _whole(denominator))


def _float(sympy: Any, mantissa: Any, precision: Any) -> Any:
    return sympy.Float(tuple(_whole(part) for part in mantissa), precision=_whole(precision))


def _function(sympy: Any, name: Any, arguments: Any) -> Any:
    return sympy.Function(_text(name))(*_checked(sympy, arguments))


_LEAVES: dict[str, Callable[..., Any]] = {
    "ImmutableMatrix": _immutable_matrix,
    "MatrixBase": _matrix,
    "Dummy": _dummy,
    "Symbol": _symbol,
    "Rational": _rational,
    "Float": _float,
    "Function": _function,
}


def _text(value: Any) -> str:
    if type(value) is not str:
        raise CodecError("not a name")
    return value


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise CodecError("not a whole number")
    return value
