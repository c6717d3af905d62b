"""The examples of docs/howto/write-tests-that-certify.md need the engine that the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from grader.certify import certify
from grader.grading import Grader
from tests.factories.notebooks import cell, graded, marks, notebook, solution

pytestmark = [pytest.mark.bubblewrap]

PAGE = Path(__file__).resolve().parents[3] / "docs" / "howto" / "write-tests-that-certify.md"
EXAMPLES = re.findall(r"<!-- example: (\w+) -->\n```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
GIVEN = "class Sensor:\n    def read(self):\n        return 3"
ANSWERS = """
import json, pickle

def mean(numbers):
    return sum(numbers) / len(numbers)

def total(numbers):
    return sum(numbers)

def twice(sensor):
    return sensor.read() * 2

class Account:
    def __init__(self, owner):
        self.owner, self.balance = owner, 0

    def __str__(self):
        return f"{self.owner}: {self.balance}"

saved = pickle.dumps([1, 2, 3])
written = json.dumps([1, 2, 3])
"""


def test_there_are_examples_of_both_kinds() -> None:
    """In pairs: what needs `shared`, and what to write instead."""
    assert [engine for engine, _ in EXAMPLES] == ["shared", "separate"] * (len(EXAMPLES) // 2)
    assert len(EXAMPLES) >= 10


@pytest.mark.parametrize(("engine", "text"), EXAMPLES)
def test_an_example_needs_the_engine_that_the_page_says(engine: str, text: str, grader: Grader) -> None:
    """And the right answers pass it."""
    given = cell(GIVEN if "given cell" in text else "", marks=marks("given"))
    source = notebook(given, solution("answers", ANSWERS.strip()), graded("test", text.strip()))
    certificate = certify(source, {}, grader, budget_seconds=0)
    assert certificate.engine == engine, certificate.reasons
    assert [warning.text for warning in certificate.warnings if warning.grade_id == "test"] == []
    if engine == "shared":
        assert certificate.reasons[0].grade_id == "test"
