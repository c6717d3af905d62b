"""The special methods that cross, and which operation each stands for."""

from __future__ import annotations

SERIAL_BITS = 32

# Operator methods: name -> (operation, whether the operands are swapped).
ARITHMETIC = {
    "add": "add", "sub": "sub", "mul": "mul", "matmul": "matmul", "truediv": "truediv", "floordiv": "floordiv",
    "mod": "mod", "lshift": "lshift", "rshift": "rshift", "and": "and_", "or": "or_", "xor": "xor",
    "divmod": "divmod", "pow": "pow",
}  # fmt: skip
IN_PLACE = {f"i{name}": f"i{operation.rstrip('_')}" for name, operation in ARITHMETIC.items() if name != "divmod"}
COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge")
UNARY = ("neg", "pos", "abs", "invert", "int", "float", "complex", "index", "round", "trunc", "floor", "ceil", "bytes")
CONTAINER = (
    "len", "iter", "next", "getitem", "setitem", "delitem", "contains", "reversed", "enter", "exit", "fspath", "call",
    "await", "aiter", "anext", "aenter", "aexit",
)  # fmt: skip
TEXT = ("str", "repr", "format")

FORWARDED = frozenset(
    f"__{name}__"
    for name in (
        *ARITHMETIC, *(f"r{name}" for name in ARITHMETIC), *IN_PLACE, *COMPARISONS, *UNARY, *CONTAINER, *TEXT,
        "bool", "hash", "init", "new", "length_hint", "copy", "deepcopy", "array", "array_ufunc",
    )
)  # fmt: skip
