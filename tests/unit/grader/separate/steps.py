"""Steps of a peer that speaks the protocol by hand, and what its tests are checked for; see `one_process`."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from grader.options import GraderOptions
from grader.sandbox.inside.separate import wire

Step = dict[str, Any]
Verdict = dict[str, Any]
ROOT = Path(__file__).resolve().parents[4]
TEST = "assert f == 3"
UNTAKEN = "can't be taken"
LOST = "answers what can't be understood"
ENDED = "process ended while"
CLASS = ["k", 1, {"m": "__main__", "q": "A", "b": [], "d": []}]


def say(*message: Any, blob: bytes = b"", files: int = 0) -> Step:
    return {"say": list(message), "blob": blob.hex(), "files": files}


def raw(frame: bytes) -> Step:
    return {"raw": frame.hex()}


def framed(body: bytes, blob: bytes = b"") -> bytes:
    return wire.HEADER.pack(len(body), len(blob)) + body + blob


RIGHT, WRONG = say("N", "r", 3, None), say("N", "r", 4, None)
TAKE, INTERRUPT, DRAINED, CLOSE = {"take": True}, {"interrupt": True}, {"drained": True}, {"close": True}


def nested(levels: int) -> Any:
    """Return the tree of so many tuples around a number."""
    tree: Any = 3
    for _ in range(levels):
        tree = ["t", [tree], 0]
    return tree


class OneProcess:
    """Asks the learner interpreter to run tests in a process whose other side is a thread of it."""

    def __init__(self) -> None:
        script = Path(__file__).parent / "one_process.py"
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self._process = subprocess.Popen(
            [str(GraderOptions().interpreter()), str(script)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT,
        )  # fmt: skip

    def run(
        self, *steps: Sequence[Step], tests: Sequence[str] = (TEST, TEST), classes: Sequence[str] = ()
    ) -> tuple[list[Verdict], list[Any]]:
        """Run tests against a peer that follows `steps`, those of each test; return the verdicts and what it heard."""
        answer = self._ask({"tests": tests, "steps": steps, "classes": classes})
        return answer["verdicts"], answer["heard"]

    def run_honest(self, answers: str, first: str, *tests: str, **more: Any) -> tuple[list[Verdict], list[int]]:
        """Run tests against these answers; return the verdicts and how much is held at the end."""
        answer = self._ask({"answers": answers, "first": first, "tests": tests, **more})
        return answer["verdicts"], answer["held"]

    def _ask(self, job: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        assert "failed" not in answer, answer["failed"]
        return answer

    def close(self) -> None:
        """End the interpreter."""
        with self._process:
            self._process.terminate()


def goes_on(verdicts: list[dict[str, Any]], status: str, message: str = "") -> None:
    """Check the first verdict, that the second test ran as if nothing had been, and that no file stayed open."""
    first, second = verdicts
    assert (first["status"], message in (first["message"] or "")) == (status, True), first
    assert second["status"] == "passed", second
    assert [verdict["more_files"] for verdict in verdicts] == [0, 0]


def has_ended(verdicts: list[dict[str, Any]], message: str) -> None:
    """Check that the conversation ended, and that the test process says so from then on."""
    first, second = verdicts
    assert (first["status"], first["ended"], message in first["message"]) == ("error", True, True), first
    assert (second["status"], second["ended"]) == ("error", True), second
    assert max(verdict["more_files"] for verdict in verdicts) <= 0
