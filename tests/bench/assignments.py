"""An assignment and a class's submissions of it: right, wrong, blank, and raising."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.factories.notebooks import cell, solution

KINDS = ("right", "right", "wrong", "right", "wrong", "right", "blank", "raising")
"""What each eight submissions are: a class has mostly right answers, and few blank ones."""

Answers = Callable[[str, int], dict[str, str]]


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """An instructor's notebook, the files beside it, and how its learners answer.

    `answers(kind, number)` returns the learner's text of each answer cell; what it leaves out stays as released.
    """

    name: str
    source: bytes
    answers: Answers
    resources: Mapping[str, bytes] = field(default_factory=dict)

    def submissions(self, release: bytes, count: int) -> dict[str, bytes]:
        """Return `count` notebooks by learner's name, made from the `release` version; no two are alike."""
        return {
            f"learner{number:02}": self._submission(release, KINDS[number % len(KINDS)], number)
            for number in range(count)
        }

    def _submission(self, release: bytes, kind: str, number: int) -> bytes:
        document = json.loads(release)
        answers = self.answers(kind, number)
        for position, content in enumerate(document["cells"]):
            grade_id = content["metadata"].get("nbgrader", {}).get("grade_id")
            if grade_id in answers:
                sign = "# " if content["cell_type"] == "code" else ""
                content["source"] = f"{answers[grade_id]}\n\n{sign}learner {number}"
            if content["cell_type"] == "code":
                content["execution_count"] = position + 1
                content["outputs"] = [] if grade_id else _stale_outputs(number)
        return json.dumps(document, indent=1).encode()


def _stale_outputs(number: int) -> list[dict[str, Any]]:
    """Return what a learner's own run leaves in the file: a grader has to read past it."""
    image = base64.b64encode(random.Random(number).randbytes(24_000)).decode()
    data = {"text/plain": ["<Figure size 640x480 with 1 Axes>"], "image/png": image}
    printed = {"output_type": "stream", "name": "stdout", "text": ["a line of output\n"] * 5}
    return [printed, {"output_type": "display_data", "data": data, "metadata": {}}]


def text(source: str) -> dict[str, Any]:
    """Return a text cell."""
    return cell(source.strip(), kind="markdown")


def function(signature: str, body: str) -> str:
    """Return the source of a function; `body` begins without indentation."""
    return "\n".join([signature, *(f"    {line}" for line in body.strip().split("\n"))])


def answer(grade_id: str, signature: str, body: str) -> dict[str, Any]:
    """Return an answer cell with the instructor's solution of one function."""
    return solution(grade_id, function(signature, f"### BEGIN SOLUTION\n{body.strip()}\n### END SOLUTION"))


def with_hidden(visible: str, hidden: str) -> str:
    """Return a test that shows learners its first part only."""
    return f"{visible.strip()}\n### BEGIN HIDDEN TESTS\n{hidden.strip()}\n### END HIDDEN TESTS"
