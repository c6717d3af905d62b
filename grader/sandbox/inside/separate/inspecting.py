"""Lets `inspect` and `doctest` look at the student's functions and classes."""

from __future__ import annotations

import dataclasses  # noqa: F401  (looked up by name below, as pydoc and dis are)
import dis  # noqa: F401
import doctest
import functools
import inspect
import pydoc  # noqa: F401
import sys
import typing  # noqa: F401
from typing import Any

from grader.sandbox.inside.separate.errors import Unsupported
from grader.sandbox.inside.separate.library import RemoteFunction
from grader.sandbox.inside.separate.proxies import RemoteMeta, RemoteMethod, RemoteObject, derives
from grader.sandbox.inside.separate.session import Session


def is_remote(value: Any) -> bool:
    """Whether `value` stands for something of the student's process."""
    kind = type(value)
    return kind in (RemoteMeta, RemoteMethod, RemoteFunction) or derives(kind, RemoteObject)


def teach_inspect(session: Session) -> None:
    """Have the functions of `inspect` that can't do it by themselves ask the student's process."""
    findsource, getfile, getmembers = inspect.findsource, inspect.getfile, inspect.getmembers
    signature = inspect.Signature.from_callable

    def find(value: Any) -> Any:
        if not is_remote(value):
            return findsource(value)
        lines, number = session.ask("source", value)
        return list(lines), int(number)

    def file(value: Any) -> Any:
        return session.ask("file", value) if is_remote(value) else getfile(value)

    def members(value: Any, predicate: Any = None) -> Any:
        if not is_remote(value):
            return getmembers(value, predicate)
        found = session.ask("members", value)
        return [(name, member) for name, member in found if predicate is None or predicate(member)]

    def from_callable(value: Any, **options: Any) -> inspect.Signature:
        if type(value) in (RemoteMeta, RemoteMethod, RemoteFunction):
            return _signature(session.ask("signature", value))
        return signature(value, **options)

    _replace(inspect, findsource=find, getfile=file, getmembers=members)
    _replace(inspect.Signature, from_callable=from_callable)


def teach_libraries(session: Session) -> None:
    """Have functions that only describe an object do so where the object is."""
    for module, names in _DESCRIBING.items():
        holder = sys.modules.get(module)
        for name in names:
            function = getattr(holder, name, None)
            if function is not None:
                _replace(holder, **{name: _there_if_remote(function, RemoteFunction(module, name, session))})


def _there_if_remote(function: Any, there: RemoteFunction) -> Any:
    @functools.wraps(function)
    def described(*args: Any, **kwargs: Any) -> Any:
        return there(*args, **kwargs) if args and is_remote(args[0]) else function(*args, **kwargs)

    return described


_DESCRIBING = {
    "dataclasses": ("fields", "asdict", "astuple", "replace"),
    "inspect": ("getdoc", "getcomments", "getmro", "isabstract", "getattr_static", "classify_class_attrs"),
    "typing": ("get_type_hints",),
    "dis": ("dis", "get_instructions", "code_info", "show_code"),
    "pydoc": ("render_doc", "getdoc"),
}


def _replace(holder: Any, **new: Any) -> None:
    for name, value in new.items():
        setattr(holder, name, value)


def _signature(rows: Any) -> inspect.Signature:
    empty = inspect.Parameter.empty
    *parameters, (_, _, _, _, given, returned) = rows
    return inspect.Signature(
        [
            inspect.Parameter(
                name,
                inspect._ParameterKind(kind),
                default=default if has_default else empty,
                annotation=annotation if has_annotation else empty,
            )
            for name, kind, has_default, default, has_annotation, annotation in parameters
        ],
        return_annotation=returned if given else inspect.Signature.empty,
    )


def teach_doctest(session: Session) -> None:
    """Run the examples in the student's docstrings where they belong: never here."""
    run, test = doctest.run_docstring_examples, doctest.testmod
    runner = doctest.DocTestRunner.run

    def run_examples(value: Any, scope: Any, *args: Any, **options: Any) -> None:
        if not is_remote(value):
            run(value, scope, *args, **options)
            return
        session.ask("doctest", value, *(args[:1] or [options.get("verbose", False)]))

    def testmod(module: Any = None, *args: Any, **options: Any) -> Any:
        if module is not None and module.__name__ != "__main__":
            return test(module, *args, **options)
        failed, attempted = session.ask("doctest_all", bool(options.get("verbose", False)))
        return doctest.TestResults(int(failed), int(attempted))

    def refuse(self: Any, found: Any, *args: Any, **options: Any) -> Any:
        if any(is_remote(value) for value in found.globs.values()):
            raise Unsupported("a test runs doctests of the notebook by itself")
        return runner(self, found, *args, **options)

    _replace(doctest, run_docstring_examples=run_examples, testmod=testmod)
    _replace(doctest.DocTestRunner, run=refuse)
