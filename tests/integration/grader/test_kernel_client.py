"""What a kernel's messages are worth, whatever they say: tried with a kernel that says anything."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from grader.sandbox.inside.kernel_client import VERDICT_TYPE, KernelDied, KernelRun

HOSTILE = Path(__file__).resolve().parents[2] / "factories" / "hostile_kernel.py"
OK: dict[str, Any] = {"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}}
ERROR = {"ename": "AssertionError", "evalue": "no", "traceback": ["line 3"]}
FAILED = {"status": "error", "execution_count": 1, **ERROR}
HALF = {"data": {"text/plain": "0.5"}, "metadata": {}, "execution_count": 1}
ONE = {"data": {"text/plain": "1"}, "metadata": {}, "execution_count": 1}
STDERR = {"name": "stderr", "text": "oops"}
Answer = Callable[..., Awaitable[dict[str, Any]]]


def fields(steps: list[Any], *, show: bool = True, **more: Any) -> dict[str, Any]:
    request = {"kind": "test", "source": json.dumps(steps), "end": "END", "test": None, "show": show, "nonce": "n"}
    return request | more


def judge(kernels: Path, *requests: dict[str, Any], budget_kb: int = 64, **start: Any) -> list[dict[str, Any]]:
    """Return the answers of a fresh kernel to `requests`."""

    async def go() -> list[dict[str, Any]]:
        run = KernelRun([str(kernels)], {"output_kb": budget_kb, "seed": 1})
        asked = {"kind": "start", "kernels": ["hostile"], "python": False, "fails": None, "ends": None, "nonce": "n"}
        try:
            assert (await run.answer(asked | start))["status"] == "passed"
            return [await asyncio.wait_for(run.answer(request), 20) for request in requests]
        finally:
            await run.stop()

    return asyncio.run(go())


@pytest.fixture(scope="module")
def kernels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prefix") / "kernels" / "hostile"
    folder.mkdir(parents=True)
    argv = [sys.executable, str(HOSTILE), "{connection_file}"]
    (folder / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "Hostile", "language": "hostile"}))
    return folder.parent


ENDS: list[Any] = [["idle"], ["reply", OK]]
# What the kernel says, and what the test gets for it.
SAYINGS: list[tuple[list[Any], str, Any]] = [
    ([["busy"], ["idle"], ["reply", OK]], "passed", None),
    ([["busy"], ["reply", OK], ["idle"]], "passed", None),
    ([["iopub", "execute_result", HALF], *ENDS], "passed", 0.5),
    ([["iopub", "execute_result", ONE], ["iopub", "execute_result", HALF], *ENDS], "passed", 0.5),
    ([["iopub", "execute_result", HALF], ["iopub", "error", ERROR], ["idle"], ["reply", FAILED]], "failed", None),
    ([["iopub", "execute_result", ONE], ["iopub", "error", ERROR], *ENDS], "failed", None),
    ([["iopub", "error", ERROR], ["iopub", "clear_output", {"wait": False}], *ENDS], "failed", None),
    ([["idle"], ["reply", FAILED]], "failed", None),
    ([["idle"], ["reply", {"status": "aborted"}]], "failed", None),
    ([["idle"], ["reply", {"status": "fine"}]], "failed", None),
    ([["reply", OK], ["reply", FAILED], ["idle"]], "error", None),
    ([["idle"], ["reply", OK], ["iopub", "error", ERROR]], "error", None),
    ([["idle"], ["reply", OK], ["idle"]], "error", None),
    ([["idle"], ["reply", OK], ["iopub", "execute_result", ONE]], "error", None),
    ([["about", "another"], ["iopub", "error", ERROR], ["about", ""], ["idle"], ["reply", OK]], "error", None),
    ([["iopub", "execute_result", {**ONE, "data": {"text/plain": "nan"}}], *ENDS], "passed", "unreadable"),
    ([["iopub", "execute_result", {**ONE, "data": {"text/plain": "ok"}}], *ENDS], "passed", None),
    ([["iopub", "display_data", {**ONE, "data": {VERDICT_TYPE: '{"status": "passed"}'}}], *ENDS], "passed", None),
]


def test_a_test_passes_only_if_nothing_speaks_against_it(kernels: Path) -> None:
    answers = judge(kernels, *(fields(steps) for steps, _, _ in SAYINGS))
    got = [
        (steps, answer["status"], answer.get("credit")) for (steps, _, _), answer in zip(SAYINGS, answers, strict=True)
    ]
    assert got == SAYINGS


NONSENSE: list[Any] = [
    [["exit"]],
    [["raw", "nothing"], ["reply", OK], ["idle"]],
    [["iopub", "stream", {"name": "stdout"}], *ENDS],
    [["iopub", "stream", {"name": "stdout", "text": 5}], *ENDS],
    [["iopub", "error", {"traceback": 5}], *ENDS],
    [["iopub", "status", {}], *ENDS],
    [["idle"], ["reply", {}]],
    [["idle"], ["reply", {"status": "ok", "payload": [{"source": "ask_exit"}]}]],
    [["idle"], ["reply", OK], ["exit"]],
]


@pytest.mark.parametrize("steps", NONSENSE)
def test_nonsense_and_death_end_the_run(steps: list[Any], kernels: Path) -> None:
    with pytest.raises((KernelDied, LookupError, TypeError, ValueError, AttributeError)):
        judge(kernels, fields(steps))


def test_a_reply_without_an_end_of_its_messages_is_no_pass(kernels: Path) -> None:
    [answer] = judge(kernels, fields([["reply", OK]]))
    assert answer["status"] == "error"


def test_the_test_has_to_come_to_its_end_where_the_language_can_tell(kernels: Path) -> None:
    told = [["iopub", "stream", {"name": "stdout", "text": "so far E"}]]
    told += [["iopub", "stream", {"name": "stdout", "text": "ND\n"}], *ENDS]
    ends = json.dumps([["iopub", "stream", {"name": "stdout", "text": "{end}"}], *ENDS])
    for steps, status in ((told, "passed"), (ENDS, "error")):
        [answer] = judge(kernels, fields(steps), ends=ends)
        assert answer["status"] == status
        assert "END" not in json.dumps(answer["outputs"])


def test_errors_on_stderr_count_even_when_they_are_cleared_or_late(kernels: Path) -> None:
    early = [["iopub", "stream", STDERR], ["iopub", "clear_output", {}], *ENDS]
    late = [*ENDS, ["iopub", "stream", STDERR]]
    for steps in (early, late):
        [answer] = judge(kernels, fields(steps))
        assert answer["stderr"] is True


def test_outputs_are_capped_while_they_come(kernels: Path) -> None:
    flood = ["many", 3000, ["iopub", "stream", {"name": "stdout", "text": "x" * 1000}]]
    [answer] = judge(kernels, fields([flood, *ENDS]), budget_kb=8)
    [output] = answer["outputs"]
    assert answer["status"] == "passed"
    assert 8 << 10 <= len(output["text"]) < 9 << 10


def test_a_cell_shows_nothing_that_is_not_asked_for(kernels: Path) -> None:
    steps = [["iopub", "stream", {"name": "stdout", "text": "seen"}], *ENDS]
    asked = [fields(steps, kind=kind, show=show) for kind in ("cell", "test") for show in (True, False)]
    answers = judge(kernels, *asked)
    # What a test said goes out in any case: for the instructor.
    assert [bool(answer["outputs"]) for answer in answers] == [True, False, True, True]


def test_what_must_fail_is_tried_before_each_test(kernels: Path) -> None:
    canary = json.dumps([["idle"], ["reply", FAILED]])
    [answer] = judge(kernels, fields(ENDS), fails=canary)
    assert answer["status"] == "passed"


def test_a_late_answer_to_an_earlier_request_is_not_taken_for_this_one(kernels: Path) -> None:
    answers = judge(kernels, fields([["idle"], ["reply", OK]]), fields([["again", OK], ["idle"], ["reply", FAILED]]))
    assert [answer["status"] for answer in answers] == ["passed", "failed"]
