"""Runs test cells in the test process, against the student's process or a snapshot of it."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import inspect
import linecache
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.sandbox.inside import tracebacks
from grader.sandbox.inside.output import Collector, Stream, plain
from grader.sandbox.inside.separate.along import Along, Told
from grader.sandbox.inside.separate.clocks import Clocks
from grader.sandbox.inside.separate.copying import copied_state
from grader.sandbox.inside.separate.errors import InertObject, NotebookEnded, Unsupported
from grader.sandbox.inside.separate.files import WorkingFolder, temporary_folder
from grader.sandbox.inside.separate.guards import guard_libraries, guard_pickles
from grader.sandbox.inside.separate.inspecting import teach_doctest, teach_inspect, teach_libraries
from grader.sandbox.inside.separate.link import Interrupts, Link
from grader.sandbox.inside.separate.mainmodule import MainModule
from grader.sandbox.inside.separate.mirrors import Mirrors
from grader.sandbox.inside.separate.modules import Modules
from grader.sandbox.inside.separate.namespace import TestNamespace
from grader.sandbox.inside.separate.remote import Remote
from grader.sandbox.inside.separate.replacing import Replacing
from grader.sandbox.inside.separate.resolving import Resolver
from grader.sandbox.inside.separate.session import Session
from grader.sandbox.inside.separate.shellstandin import ShellStandIn
from grader.sandbox.inside.separate.testbuiltins import TYPE_OF, TestBuiltins, WrittenOut, type_of, with_type_calls
from grader.sandbox.inside.shell import error_output, safe_text
from grader.sandbox.inside.testcells import credit_of, kind_of, line_of, take_last_expression

_FLAGS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
BUDGET = 1 << 16
_MISSING = object()
_eval = eval


@dataclass
class _Snapshot:
    """A snapshot of the student's process, and what the tests had stored when it was taken."""

    serial: int
    link: Link
    own: dict[str, Any]
    notebook: frozenset[str]
    hidden: frozenset[str]
    mirrors: Mirrors
    told: Told
    originals: Any


class Tester:
    """Runs test cells. `policy` is a `grader.certificate.Policy` as JSON; `classes` None records instead of judging."""

    __test__ = False  # not a test class, whatever pytest thinks

    def __init__(
        self,
        link: socket.socket,
        *,
        policy: Mapping[str, Any],
        classes: Mapping[str, list[str]] | None,
        budget: int = BUDGET,
    ) -> None:
        self._classes = classes
        self._interrupts = Interrupts()
        self._interrupts.install()
        self._collector = Collector(budget)
        sys.stdout = Stream("stdout", self._collector, 1)
        sys.stderr = Stream("stderr", self._collector, 2)
        self._session = Session()
        self._modules = Modules(self._session, policy.get("modules", ()), Path.cwd())
        self._session.module = self._modules.of_notebook
        self._resolver = Resolver(self._session, self._modules, policy)
        self._session.prepare = self._resolver.import_all
        self._scope = TestNamespace(self._resolver.resolve)
        self._resolver.scope = self._scope
        self._replacing = Replacing(self._resolver.imports)
        self._along = Along(
            self._session,
            self._scope,
            policy,
            replacing=self._replacing,
            folder=WorkingFolder(Path.cwd(), takes_code=False, temporary=temporary_folder()),
            collector=self._collector,
        )
        self._clocks = Clocks()
        self._main = self._session.remote = self._remote(Link(link, self._interrupts))
        self._written_out = WrittenOut()
        self._builtins = self._make_builtins()
        teach_inspect(self._session)
        teach_doctest(self._session)
        teach_libraries(self._session)
        guard_pickles()
        self._modules.imported = lambda: guard_libraries(self._written_out.check)
        self._snapshots: dict[str, _Snapshot] = {}
        self._serial = 0
        self._only_scored: dict[str, Any] = {}
        self._group: str | None = None
        self._shown_own: frozenset[str] = frozenset()
        sys.modules["__main__"] = MainModule(self._scope)

    def _remote(self, link: Link) -> Remote:
        return Remote(self._session, link, self._along, self._clocks)

    def _make_builtins(self) -> TestBuiltins:
        shell = ShellStandIn(self._session, self._collector, self._scope, self._run_text)
        made = TestBuiltins(self._scope.__missing__)
        made.update(
            __import__=self._modules.import_hook,
            eval=self._written_out.eval,
            exec=self._written_out.exec,
            compile=self._written_out.compile,
            get_ipython=lambda: shell,
            display=shell.display,
        )
        made[TYPE_OF] = type_of
        return made

    def run(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Run a test cell and return its verdict."""
        self._session.begin_cell(None if self._classes is None else self._classes.get(request["grade_id"], []))
        self._collector.take()
        try:
            run = self._run_scoring if request["phase"] == "scoring" else self._run_display
            verdict = run(request)
        except KeyboardInterrupt:
            verdict = {"status": "interrupted", "message": None, "line": None, "credit": None}
        verdict["stderr"] = self._collector.wrote_to_stderr
        verdict["outputs"] = plain(self._collector.take())
        verdict["classes"] = sorted(self._session.met)
        verdict["unsupported"] = list(self._session.unsupported)
        return verdict

    # --- Phases -------------------------------------------------------------------------------------------------------
    def _run_display(self, request: Mapping[str, Any]) -> dict[str, Any]:
        self._begin(request)
        try:
            self._session.ask("begin_test")
            if request["snapshot"]:
                self._take_snapshot(request["grade_id"])
        except (NotebookEnded, Unsupported) as error:
            return self._failed(error, request)
        return self._judge(request)

    def _run_scoring(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Run a test whole, on the snapshot that was taken before the first test of its group."""
        first = request["group"]
        if first != self._group:
            snapshot = self._snapshots.pop(first, None)
            if snapshot is None:
                return self._failed(NotebookEnded("there is no snapshot of the notebook for this test"), request)
            self._open_group(first, snapshot)
        self._begin(request)
        try:
            self._session.ask("begin_test")
            return self._judge(request)
        except (NotebookEnded, Unsupported) as error:
            return self._failed(error, request)

    def _open_group(self, first: str, snapshot: _Snapshot) -> None:
        """Leave the group that was run before, and take up the state in which this one is to be met."""
        if self._group is not None:
            own = self._scope.own()
            self._only_scored = {name: value for name, value in own.items() if name not in self._shown_own}
            self._session.remote.close()
        self._group, self._shown_own = first, frozenset(snapshot.own)
        remote = self._session.remote = self._remote(snapshot.link)
        remote.mirrors = snapshot.mirrors
        self._along.told = snapshot.told
        self._scope.set_state({**self._only_scored, **snapshot.own}, snapshot.notebook, snapshot.hidden)

    def _begin(self, request: Mapping[str, Any]) -> None:
        self._along.begin_cell(request["source"])
        self._scope.update_own(__name__="__main__", __builtins__=self._builtins)
        self._scope.forget_kept()

    def _take_snapshot(self, grade_id: str) -> None:
        self._serial += 1
        near, far = socket.socketpair()
        with far:
            self._main.send_descriptor("snapshot", self._serial, far.fileno())
        own, mirrors, originals = copied_state(self._scope.own(), self._main.mirrors)
        self._snapshots[grade_id] = _Snapshot(
            serial=self._serial,
            link=Link(near, self._interrupts),
            own=own,
            notebook=frozenset(self._scope.notebook),
            hidden=frozenset(self._scope.hidden),
            mirrors=mirrors,
            told=self._along.told.copy(),
            originals=originals,
        )

    # --- One test -----------------------------------------------------------------------------------------------------
    def _judge(self, request: Mapping[str, Any]) -> dict[str, Any]:
        name = request["name"]
        try:
            body, final = self._compiled(request["source"], name)
            self._execute(body)
            value = self._execute(final) if final is not None else None
            if self._along.has_news():
                self._session.ask("sync")
        except BaseException as error:
            if type(error) is KeyboardInterrupt:
                raise
            verdict = self._failed(error, request)
            self._tell_news()
            return verdict
        if self._session.refused is not None:
            return self._failed(InertObject(self._session.refused), request)
        if self._session.unsupported:
            return self._failed(Unsupported(next(iter(self._session.unsupported))), request)
        credit = None if request["quiet"] else credit_of(value)
        return {"status": "passed", "message": None, "line": None, "credit": credit}

    def _tell_news(self) -> None:
        """Tell what a test did before it failed: cells that come later may rely on what it imported."""
        if self._along.has_news():
            with contextlib.suppress(Exception):  # whatever it is, the test has failed already
                self._session.ask("sync")

    def _compiled(self, source: str, name: str) -> tuple[Any, Any]:
        tree = compile(source, name, "exec", ast.PyCF_ONLY_AST | _FLAGS, dont_inherit=True)
        self._written_out.add(tree)
        guard_libraries(self._written_out.check)
        self._replacing.begin_cell(tree, source)
        tree = with_type_calls(tree)
        last = take_last_expression(tree)
        body = compile(tree, name, "exec", _FLAGS, dont_inherit=True)
        if last is None:
            return body, None
        return body, compile(ast.Expression(last), name, "eval", _FLAGS, dont_inherit=True)

    def _run_text(self, source: str) -> None:
        """Run a part of a test that it holds as text: the body of a cell magic."""
        self._written_out.check(source, "run_cell_magic")
        exec(compile(source, "<cell>", "exec"), self._scope)  # noqa: S102

    def _execute(self, code: Any) -> Any:
        if code.co_flags & inspect.CO_COROUTINE:
            return asyncio.new_event_loop().run_until_complete(_eval(code, self._scope))
        return _eval(code, self._scope)

    def _failed(self, error: BaseException, request: Mapping[str, Any]) -> dict[str, Any]:
        verdict = {
            "status": kind_of(error),
            "message": _message(error),
            "line": line_of(error, request["name"]),
            "credit": None,
            "ended": isinstance(error, NotebookEnded),
        }
        self._show(error, request)
        return verdict

    def _show(self, error: BaseException, request: Mapping[str, Any]) -> None:
        """Add the traceback of a test, as the notebook would show it."""
        name, text = request["name"], request["source"]
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
        try:
            lines = tracebacks.format_error(error, error.__traceback__, tracebacks.test_label)
        except Exception:  # noqa: BLE001  (an exception that can't be shown)
            lines = [_message(error)]
        self._collector.add(error_output(type(error), error, [*lines[:-1], *self._students_part(error), *lines[-1:]]))

    def _students_part(self, error: BaseException) -> list[str]:
        """Return where in the student's code an error came from."""
        number = next((number for known, number, _ in self._session.errors if known is error), None)
        if number is None:
            return []
        try:
            lines = self._session.remote.request("traceback_of", (number,))
        except BaseException:  # noqa: BLE001  (the student's process is gone, or says no)
            return []
        if not isinstance(lines, list) or not all(type(line) is str for line in lines) or not lines:
            return []
        return ["In the notebook:\n", "\n".join(lines)[:8000]]


def _message(error: BaseException) -> str:
    name = type.__getattribute__(type(error), "__name__")
    text = safe_text(error, 500)
    return f"{name}: {text}" if text else str(name)
