"""What the test process may ask of one object: the operations of the language, by name."""

from __future__ import annotations

import asyncio
import copy
import operator
import os
from collections.abc import Callable
from typing import Any


def _delete(value: Any, name: str) -> None:
    delattr(value, name)


def _enter(value: Any) -> Any:
    return type(value).__enter__(value)


def _exit(value: Any, error: BaseException | None) -> Any:
    return type(value).__exit__(value, *_error_parts(error))


def _error_parts(error: BaseException | None) -> tuple[Any, Any, Any]:
    return (None, None, None) if error is None else (type(error), error, error.__traceback__)


def _power(base: Any, exponent: Any, *modulus: Any) -> Any:
    return pow(base, exponent, *modulus)


BINARY = (
    "add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "lshift", "rshift", "and_", "or_", "xor",
    "iadd", "isub", "imul", "imatmul", "itruediv", "ifloordiv", "imod", "ilshift", "irshift", "iand", "ior", "ixor",
    "ipow",
)  # fmt: skip
COMPARING = ("eq", "ne", "lt", "le", "gt", "ge")

OPERATIONS: dict[str, Callable[..., Any]] = {
    **{name: getattr(operator, name) for name in (*BINARY, *COMPARING)},
    "neg": operator.neg,
    "pos": operator.pos,
    "invert": operator.invert,
    "index": operator.index,
    "contains": operator.contains,
    "getitem": operator.getitem,
    "setitem": operator.setitem,
    "delitem": operator.delitem,
    "pow": _power,
    "divmod": divmod,
    "abs": abs,
    "round": round,
    "int": int,
    "float": float,
    "complex": complex,
    "bytes": bytes,
    "bool": bool,
    "len": len,
    "iter": iter,
    "next": next,
    "reversed": reversed,
    "hash": hash,
    "str": str,
    "repr": repr,
    "format": format,
    "dir": dir,
    "attr": getattr,
    "setattr": setattr,
    "delattr": _delete,
    "enter": _enter,
    "exit": _exit,
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "trunc": lambda value: type(value).__trunc__(value),
    "floor": lambda value: type(value).__floor__(value),
    "ceil": lambda value: type(value).__ceil__(value),
    "fspath": lambda value: type(value).__fspath__(value),
    "lengthhint": operator.length_hint,
}


class Loop:
    """The event loop that a student's coroutines run on, each to its end."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._process = 0

    def run(self, awaitable: Any) -> Any:
        """Return what `awaitable` comes to."""
        if self._loop is None or self._loop.is_closed() or self._process != os.getpid():
            self._loop, self._process = asyncio.new_event_loop(), os.getpid()

        async def wait() -> Any:
            return await awaitable

        return self._loop.run_until_complete(wait())

    def operations(self) -> dict[str, Callable[..., Any]]:
        """Return the operations that need a loop."""
        run = self.run
        return {
            "await": run,
            "aiter": lambda value: type(value).__aiter__(value),
            "anext": lambda value: run(type(value).__anext__(value)),
            "aenter": lambda value: run(type(value).__aenter__(value)),
            "aexit": lambda value, error: run(type(value).__aexit__(value, *_error_parts(error))),
        }
