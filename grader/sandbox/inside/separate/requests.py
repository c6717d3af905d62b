"""Requests that are about more than one object of the notebook: modules, source code, tracebacks, random numbers."""

from __future__ import annotations

import doctest
import importlib
import inspect
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from IPython.core.getipython import get_ipython

from grader.sandbox.inside import tracebacks
from grader.sandbox.inside.figures import drop_figures

if TYPE_CHECKING:
    from grader.sandbox.inside.separate.student import StudentServer


def _nothing(_server: StudentServer, *_: Any) -> None:
    return None


def _begin_test(_server: StudentServer) -> None:
    """Leave the test cell before behind, as a notebook leaves a cell."""
    drop_figures()


def _import(_server: StudentServer, name: str) -> Any:
    return importlib.import_module(name)


def _source(_server: StudentServer, value: Any) -> tuple[list[str], int]:
    lines, number = inspect.findsource(value)
    return list(lines), number


def _file(_server: StudentServer, value: Any) -> str:
    return inspect.getfile(value)


def _signature(_server: StudentServer, value: Any) -> list[tuple[str, int, bool, Any, bool, Any]]:
    empty = inspect.Parameter.empty
    found = inspect.signature(value)
    rows = [
        (
            p.name,
            int(p.kind),
            p.default is not empty,
            _none_if(p.default),
            p.annotation is not empty,
            _none_if(p.annotation),
        )
        for p in found.parameters.values()
    ]
    given = found.return_annotation is not inspect.Signature.empty
    return [*rows, ("return", -1, False, None, given, _none_if(found.return_annotation))]


def _none_if(value: Any) -> Any:
    return None if value is inspect.Parameter.empty else value


def _members(_server: StudentServer, value: Any) -> list[tuple[str, Any]]:
    return inspect.getmembers(value)


def _traceback(_server: StudentServer, error: BaseException) -> list[str]:
    """Return the traceback of an error as far as it is the student's."""
    shell = get_ipython()
    return tracebacks.format_frames(error.__traceback__, shell.cell_label if shell else str)


def _traceback_of(server: StudentServer, number: int) -> list[str]:
    return _traceback(server, server.objects.find(number))


def _doctest(server: StudentServer, value: Any, verbose: Any) -> None:
    doctest.run_docstring_examples(value, server.namespace, bool(verbose))


def _doctest_all(_server: StudentServer, verbose: bool) -> tuple[int, int]:
    results = doctest.testmod(verbose=verbose)
    return results.failed, results.attempted


def _display(_server: StudentServer, value: Any) -> None:
    from IPython.display import display  # noqa: PLC0415

    display(value)


def _array(_server: StudentServer, value: Any) -> Any:
    return sys.modules["numpy"].asarray(value)


REQUESTS: dict[str, Callable[..., Any]] = {
    "sync": _nothing,
    "begin_test": _begin_test,
    "snapshot": _nothing,
    "import": _import,
    "source": _source,
    "file": _file,
    "signature": _signature,
    "members": _members,
    "doctest": _doctest,
    "doctest_all": _doctest_all,
    "display": _display,
    "array": _array,
    "traceback_of": _traceback_of,
}
