"""Runs one test cell: compiled and executed with pristine references, past every hook of the student's shell."""

from __future__ import annotations

import ast
import asyncio
import doctest
import inspect
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from grader.sandbox.inside.honesty import GUARD, Guard, guarded
from grader.sandbox.inside.pristine import Pristine
from grader.sandbox.inside.shadows import Shadows

_compile, _exec, _eval, _issubclass, _type = compile, exec, eval, issubclass, type
_AssertionError, _KeyboardInterrupt = AssertionError, KeyboardInterrupt
_getpid, _getframe = os.getpid, sys._getframe

_CANARIES = (
    "assert False",
    "assert 1 == 2",
    "assert not [1]",
    "assert len([1, 2, 3]) == 2",
    "assert isinstance('1', int)",
    "assert all([True, False])",
    "assert sorted([2, 1]) == [2, 1]",
    "assert abs(1.0 - 2.0) < 1e-6",
    "raise AssertionError('canary')",
)
_LIBRARY_CANARIES = {
    "numpy": "import numpy\nnumpy.testing.assert_allclose(1.0, 2.0)",
    "unittest": "import unittest\nunittest.TestCase().assertEqual(1, 2)",
}
_COMPILED = [compile(source, "<canary>", "exec") for source in _CANARIES]
_COMPILED_OF_LIBRARIES = {name: compile(source, "<canary>", "exec") for name, source in _LIBRARY_CANARIES.items()}


_INSIDES = frozenset(("__code__", "__defaults__", "__kwdefaults__"))
_SETS_TRACE_BACK = doctest.DocTestRunner.run.__code__
_FRAMES = frozenset(("tb_frame", "gi_frame", "cr_frame", "ag_frame"))


class _Watch:
    """Notes what no honest cell does while a test runs. An audit hook can't be taken off again."""

    _EVENTS = frozenset(
        (
            "sys.settrace", "sys.setprofile", "sys.monitoring.register_callback", "gc.get_objects", "gc.get_referrers",
            "sys._current_frames", "sys._current_exceptions",
        )
    )  # fmt: skip

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.on = False
        self.seen: str | None = None
        self.code_changed = False
        self._namespace = namespace
        sys.addaudithook(self._note)

    def _note(self, event: str, arguments: Any) -> None:
        if event == "object.__setattr__" and arguments[1] in _INSIDES:
            self.code_changed = True
        if not self.on:
            return
        if event in self._EVENTS:
            if not (event == "sys.settrace" and _getframe(1).f_code is _SETS_TRACE_BACK):
                self.seen = event
        elif event == "sys._getframe" or (event == "object.__getattr__" and arguments[1] in _FRAMES):
            self.on = False  # our own look at the caller is no event
            if _getframe(1).f_globals is self._namespace:
                self.seen = event
            self.on = True


class TestRunner:
    """Runs test cells in the namespace of the notebook."""

    __test__ = False  # not a test class, whatever pytest thinks

    def __init__(self, namespace: dict[str, Any], pristine: Pristine) -> None:
        self._namespace = namespace
        self._pristine = pristine
        self._watch = _Watch(namespace)
        self._process = os.getpid()
        self._shadows = Shadows(namespace, pristine)
        self._canaries = [*_COMPILED, *(code for name, code in _COMPILED_OF_LIBRARIES.items() if name in sys.modules)]

    def expect(self, given: Mapping[str, Sequence[Any]], bound: Sequence[str]) -> None:
        """Say what names mean to the instructor, before any student code runs.

        `given` are imports: the module and, for `from` imports, the attribute. `bound` are builtins' names that the
        instructor's own cells give a meaning to.
        """
        self._pristine.guard(module for module, _ in given.values())
        self._shadows.expect(given, bound)

    def run(
        self, source: str, name: str, classes: frozenset[str], show: Callable[[BaseException], None]
    ) -> dict[str, Any]:
        """Run `source` (plain Python) and return its verdict.

        `classes` are those that the instructor's notebook defines; `show` is given the exception of a failed test.
        """
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        tree = guarded(_compile(source, name, "exec", ast.PyCF_ONLY_AST | flags))
        self._pristine.restore(self._namespace, code=self._watch.code_changed)
        self._watch.code_changed = False
        lent = self._shadows.look_past(tree)
        last = take_last_expression(tree)
        body = _compile(tree, name, "exec", flags)
        final = _compile(ast.Expression(last), name, "eval", flags) if last is not None else None
        tripped = self._tripped_canary()
        if tripped is not None:
            return {"status": "error", "canary": tripped}
        lent[GUARD] = Guard(classes, self._namespace)
        self._namespace.update(lent)
        verdict = self._judge(body, final, name, show)
        taken = [self._namespace.pop(key, None) for key in lent]
        if any(found is not value for found, value in zip(taken, lent.values(), strict=True)):
            return {"status": "error", "canary": "guard"}
        return verdict

    def _judge(self, body: Any, final: Any, name: str, show: Callable[[BaseException], None]) -> dict[str, Any]:
        value = None
        self._watch.on, self._watch.seen = True, None
        try:
            self._execute(body)
            if final is not None:
                value = self._execute(final)
        except BaseException as error:  # noqa: BLE001  (whatever a student's class raises is a failed test)
            self._watch.on = False
            self._leave_if_forked()
            verdict = {"status": kind_of(error), "line": line_of(error, name)}
            show(error)
            return verdict
        self._watch.on = False
        self._leave_if_forked()
        if self._watch.seen is not None:
            return {"status": "error", "canary": self._watch.seen}
        return {"status": "passed", "credit": credit_of(value)}

    def _execute(self, code: Any) -> Any:
        if code.co_flags & inspect.CO_COROUTINE:
            return asyncio.new_event_loop().run_until_complete(_eval(code, self._namespace))
        return _eval(code, self._namespace)

    def _tripped_canary(self) -> str | None:
        for index, code in enumerate(self._canaries):
            try:
                _exec(code, {"__builtins__": self._namespace["__builtins__"]})
            except _AssertionError:
                continue
            except BaseException as error:
                if _type(error) is _KeyboardInterrupt:
                    raise
            return f"canary {index}"
        return None

    def _leave_if_forked(self) -> None:
        if _getpid() != self._process:
            os._exit(0)


def take_last_expression(tree: ast.Module) -> ast.expr | None:
    last = tree.body[-1] if tree.body else None
    if isinstance(last, ast.Expr):
        tree.body.pop()
        return last.value
    return None


def kind_of(error: BaseException) -> str:
    if _issubclass(_type(error), _AssertionError):
        return "failed"
    if _issubclass(_type(error), _KeyboardInterrupt):
        return "interrupted"
    return "error"


def line_of(error: BaseException, name: str) -> int | None:
    trace, line = BaseException.__getattribute__(error, "__traceback__"), None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == name:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def credit_of(value: Any) -> float | str | None:
    """Return the number that the last expression shows, "unreadable" for anything else, None for nothing."""
    if value is None:
        return None
    if _type(value) in (int, float):
        return float(value) if abs(value) < 1e12 else "unreadable"
    numpy = sys.modules.get("numpy")
    if numpy is not None and _type(value).__module__ == "numpy" and isinstance(value, numpy.number):
        try:
            return float(value)
        except (TypeError, ValueError):
            return "unreadable"
    return "unreadable"
