"""What is put into a kernel that runs Python, before any code of the learner's: the test runner of the `shared` engine.

So tests pass by the hooks of the learner's shell there, too, with pristine references and canaries. The verdict leaves
the kernel as a display message of a type that nothing else uses, together with a word that was sent with the test.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import linecache
import random
import sys
from typing import Any

from grader.sandbox.inside.output import without_colours
from grader.sandbox.inside.pristine import Pristine
from grader.sandbox.inside.shell import error_output, safe_text
from grader.sandbox.inside.testcells import TestRunner

VERDICT_TYPE = "application/x-nbquest-verdict"
_loads, _dumps = json.loads, json.dumps
_get_loop, _set_loop = asyncio._get_running_loop, asyncio._set_running_loop


class KernelTests:
    """Runs test cells in the namespace of an IPython shell that a kernel has made."""

    def __init__(self, shell: Any, meanings: dict[str, Any]) -> None:
        self._shell = shell
        self._publish = shell.display_pub.publish
        self._runner = TestRunner(shell.user_ns, Pristine())
        self._runner.expect(**meanings)

    def run(self, text: str) -> None:
        """Run the test that the JSON `text` describes, and publish the verdict."""
        request = _loads(text)
        loop = _get_loop()
        _set_loop(None)  # tests begin outside of the kernel's own loop, as they do elsewhere
        try:
            verdict = self._judge(request)
        finally:
            _set_loop(loop)
        # As a string: a mapping among the data is what some kernels refuse.
        self._publish(data={VERDICT_TYPE: _dumps({"end": request["end"], **verdict})})

    def _judge(self, request: dict[str, Any]) -> dict[str, Any]:
        shown: list[BaseException] = []
        try:
            verdict = self._runner.run(request["source"], request["name"], frozenset(request["classes"]), shown.append)
        except KeyboardInterrupt:
            return {"status": "interrupted"}
        if request["quiet"]:
            verdict.pop("credit", None)
        if shown:
            verdict["message"] = _message(shown[0])
            verdict["error"] = self._error(shown[0], request)
        return verdict

    def _error(self, error: BaseException, request: dict[str, Any]) -> dict[str, Any]:
        """Return the traceback of a test, as the notebook would show it."""
        text, name = request["source"], request["name"]
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
        try:
            trace = BaseException.__getattribute__(error, "__traceback__")
            while trace is not None and trace.tb_frame.f_code.co_filename != name:
                trace = trace.tb_next
            lines = self._shell.InteractiveTB.structured_traceback(type(error), error, trace, tb_offset=0)
            lines = [without_colours(line) for line in lines]
        except BaseException:  # noqa: BLE001  (a lying exception class must not end the run)
            lines = [_message(error)]
        return error_output(type(error), error, lines)


def _message(error: BaseException) -> str:
    name = type.__getattribute__(type(error), "__name__")
    text = safe_text(error, 500)
    return f"{name}: {text}" if text else str(name)


def install(shell: Any, *, seed: int, helpers: list[str], preload: list[str], meanings: dict[str, Any]) -> None:
    """Give `shell` a test runner; import `preload` first, so that it knows those modules as they should be.

    `meanings`: what names mean to the instructor, as `TestRunner.expect` takes it.
    """
    for name in preload:
        try:
            importlib.import_module(name)
        except Exception:  # noqa: BLE001,S112  (what can't be imported fails in the cell that needs it)
            continue
    sys.path[:0] = helpers
    random.seed(seed)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(seed % 2**32)
    shell.nbquest_tests = KernelTests(shell, meanings)
