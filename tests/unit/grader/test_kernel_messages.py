"""Reading what a kernel says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.sandbox.inside.kernel_messages import asks_to_exit, credit_of, error_of, failure, status_of, verdict_of


@pytest.mark.parametrize(
    ("results", "strict", "credit"),
    [
        ([], True, None),
        (["0.5"], True, 0.5),
        ([" 2 "], False, 2.0),
        (["-1"], False, -1.0),
        (["[1] 0.25"], False, 0.25),
        (["np.float64(1.5)"], True, 1.5),
        ([".5", "1e0"], False, 0.5),
        (["ok"], False, None),
        (["ok", "0.5"], False, 0.5),
        (["ok"], True, "unreadable"),
        (["True"], True, "unreadable"),
        (["nan"], False, "unreadable"),
        (["[1] NA"], False, "unreadable"),
        (["-Inf"], False, "unreadable"),
        (["1e999"], False, "unreadable"),
        (["1" * 200], True, "unreadable"),
        (["1/2"], False, None),
    ],
)
def test_points_are_the_least_number_shown(results: list[str], strict: bool, credit: Any) -> None:
    assert credit_of(results, strict=strict) == credit


def test_an_error_is_told_as_the_language_names_it() -> None:
    python = failure(
        error_of({"ename": "AssertionError", "evalue": "why", "traceback": ["\x1b[31mcell, line 7\x1b[0m"]})
    )
    assert python == {"status": "failed", "message": "AssertionError: why", "line": 7}
    shell = failure(error_of({"ename": "", "evalue": "3", "traceback": []}))
    assert shell == {"status": "failed", "message": "It ended with exit status 3.", "line": None}
    xeus = failure(error_of({"ename": "<class 'builtins.ValueError'>", "evalue": "no"}))
    assert (xeus["status"], xeus["message"]) == ("error", "ValueError: no")


def test_a_verdict_is_only_taken_with_its_word_and_in_its_shape() -> None:
    text = json.dumps({"end": "word", "status": "passed", "credit": 1, "stderr": False, "outputs": [1]})
    assert verdict_of(text, "word") == {"status": "passed", "credit": 1}
    assert verdict_of(text, "other") is None
    assert verdict_of({"end": "word"}, "word") is None
    assert verdict_of("[]", "word") is None
    assert verdict_of(" " * (1 << 20) + text, "word") is None


def test_what_a_reply_says() -> None:
    assert status_of(None) == "ok"
    assert status_of({"content": {"status": "aborted"}}) == "aborted"
    assert asks_to_exit({"content": {"payload": [{"source": "ask_exit"}]}})
    assert not asks_to_exit({"content": {"payload": None}})


anything = st.recursive(st.none() | st.integers() | st.text() | st.floats(), st.lists, max_leaves=5)


@given(st.dictionaries(st.sampled_from(["ename", "evalue"]), anything), st.lists(anything))
def test_any_error_becomes_text(content: dict[str, Any], traceback: list[Any]) -> None:
    error = error_of({**content, "traceback": traceback})
    assert isinstance(error["ename"], str)
    assert all(isinstance(line, str) for line in error["traceback"])
    assert failure(error)["status"] in ("failed", "error")


@given(st.lists(st.text()), st.booleans())
def test_any_text_gives_a_finite_number_or_none(results: list[str], strict: bool) -> None:
    credit = credit_of(results, strict=strict)
    assert credit is None or credit == "unreadable" or abs(float(credit)) < float("inf")
