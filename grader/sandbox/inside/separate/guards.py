"""Keeps text and bytes of the student's from being run by libraries in the test process.

What `testbuiltins` does for `eval` and its like, this does for libraries that run text as part of their work.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

from grader.sandbox.inside.separate.errors import Unsupported

# Module, function, position of the text. Each evaluates it as Python, in one way or another.
_EVALUATE = (
    ("sympy.parsing.sympy_parser", "parse_expr", 0),
    ("pandas.core.computation.eval", "eval", 0),
    ("numexpr", "evaluate", 0),
)
_HARMLESS_TEXT = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_ .+-*/<>=!&|~()[],'\"%\n`")


def guard_pickles() -> None:
    """Have every unpickling that would import something fail, from now on and for good."""
    sys.addaudithook(_refuse_pickles)


def _refuse_pickles(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "pickle.find_class":
        raise Unsupported(f"a test unpickles an object of {arguments[0]}, which may be the student's")


def guard_libraries(check: Callable[[Any, str], None]) -> None:
    """Have libraries that are imported by now run only what `check(text, name)` lets pass."""
    for module_name, name, position in _EVALUATE:
        module = sys.modules.get(module_name)
        function = getattr(module, name, None)
        if function is None or hasattr(function, "_nbq_guarded"):
            continue
        setattr(module, name, _guarded(function, position, check))


def _guarded(function: Any, position: int, check: Callable[[Any, str], None]) -> Any:
    @functools.wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        text = args[position] if len(args) > position else None
        if type(text) is str and not (_HARMLESS_TEXT.issuperset(text) and "__" not in text and "(" not in text):
            check(text, function.__name__)
        return function(*args, **kwargs)

    guarded._nbq_guarded = True  # type: ignore[attr-defined]
    return guarded
