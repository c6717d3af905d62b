"""The page that a learner reads, and the one that an instructor reads: what stands on each, and what never does."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import pytest

from grader.executed import CUT, MAX_SHOWN, executed_notebook, shown_outputs
from grader.execution import Execution, RunLog
from grader.feedback import content_policy, feedback_html, rejection_html
from grader.ingest import read_submission
from grader.instructor import instructor_html, scoring_details
from grader.records import NOT_RUN, CellRecord, read_outputs
from grader.repair import plan_run
from grader.report import CellResult, CellStatus, Report
from grader.scoring import HIDDEN_FAILED
from grader.source import SourceNotebook, load_source
from tests.factories.notebooks import cell, graded, notebook, solution

TEST = "assert f(1) == 2\n### BEGIN HIDDEN TESTS\n# hint: Try zero.\nassert f(0) == ht_secret\n### END HIDDEN TESTS"
CELLS = [cell("# A *title*", kind="markdown"), solution("f", "def f(n): return 2"), graded("t", TEST, 2)]
SOURCE: SourceNotebook = load_source(notebook(*CELLS))
SUBMISSION = notebook(*CELLS)
PLAN = plan_run(SOURCE, read_submission(SUBMISSION))
TRACE = {"output_type": "error", "ename": "AssertionError", "evalue": "", "traceback": ["assert f(0) == ht_secret"]}


def report(status: CellStatus = "failed", message: str | None = HIDDEN_FAILED, **more: Any) -> Report:
    result = CellResult(
        grade_id="t", score=Decimal(0), max_score=Decimal(2), status=status, message=message, **{"hidden": True, **more}
    )
    return Report(
        status="graded",
        isolation="separate",
        score=Decimal(0),
        max_score=Decimal(2),
        needs_manual=(),
        repairs=("The test cell “t” had been changed; the original was used.",),
        message=None,
        seconds=0.1,
        cells=(result,),
    )


def records(*outputs: dict[str, Any], of_test: CellRecord | None = None) -> tuple[CellRecord, ...]:
    """Return records of the three cells; the answer cell has these outputs."""
    answer = CellRecord(outcome="passed", outputs=read_outputs(list(outputs)))
    return NOT_RUN, answer, of_test or CellRecord(outcome="passed")


def learners_page(*outputs: dict[str, Any], verdict: Report | None = None) -> str:
    verdict = verdict or report()
    return feedback_html(PLAN, shown_outputs(PLAN, records(*outputs), frozenset()), verdict, "A <title>")


def test_a_learner_reads_points_repairs_texts_and_each_result() -> None:
    page = learners_page({"output_type": "stream", "name": "stdout", "text": "1 < 2"})
    for text in (
        "A &lt;title&gt;",
        "<em>title</em>",
        "0 of 2",
        "had been changed",
        "Not yet",
        HIDDEN_FAILED,
        "1 &lt; 2",
    ):
        assert text in page
    assert "ht_secret" not in page
    assert "Try zero" not in page


def test_a_hint_is_called_one_and_a_passed_test_is_folded() -> None:
    assert "A hint:</strong>Try zero." in learners_page(verdict=report(message="Try zero."))
    assert '<details class="test alert" id="cell-3" open>' in learners_page()
    assert '<details class="test growth" id="cell-3">' in learners_page(verdict=report("passed", None, hidden=False))


def test_the_page_allows_its_own_style_and_nothing_else() -> None:
    page = learners_page(
        {"output_type": "display_data", "data": {"text/html": "<b style='x' onclick=y>hi</b><style>b{}</style>"}}
    )
    assert re.search(r'http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'sha256-', page)
    assert content_policy(page.encode()) in page
    assert page.count("<style>") == 1
    assert " style=" not in page
    assert "onclick" not in page
    assert "<b>hi</b>" in page
    assert content_policy(rejection_html(report(), "No").encode()) == content_policy(page.encode())


@pytest.mark.parametrize("page", [b"", b"<style>", b"<p>from before</p>"])
def test_a_policy_is_made_for_any_page(page: bytes) -> None:
    assert content_policy(page).startswith("default-src 'none'; style-src 'sha256-")


def test_outputs_are_capped_in_all() -> None:
    printed = {"output_type": "stream", "name": "stdout", "text": "x" * (MAX_SHOWN // 2 + 1)}
    shown = shown_outputs(PLAN, records(printed, printed, printed), frozenset())
    assert [output["text"] for output in shown[1]] == [printed["text"], CUT["text"]]
    assert len(executed_notebook(PLAN, shown)) < MAX_SHOWN


def test_the_executed_notebook_holds_what_was_shown() -> None:
    outputs = shown_outputs(PLAN, records({"output_type": "stream", "name": "stderr", "text": "é"}), frozenset())
    document = json.loads(executed_notebook(PLAN, outputs))
    assert [found["cell_type"] for found in document["cells"]] == ["markdown", "code", "code"]
    assert document["cells"][1]["outputs"] == [{"output_type": "stream", "name": "stderr", "text": "é"}]
    assert "ht_secret" not in json.dumps(document)


def run_with_hidden_failure() -> Execution:
    said = CellRecord(outcome="failed", outputs=read_outputs([TRACE]))
    scoring = RunLog(records=records(of_test=said), ending="finished")
    return Execution(scoring=scoring, display=RunLog(records=records(), ending="finished"), has_hidden=True)


def test_an_instructor_reads_hidden_tests_and_what_they_said() -> None:
    details = scoring_details(PLAN, run_with_hidden_failure())
    executed = executed_notebook(PLAN, shown_outputs(PLAN, records(), frozenset()))
    page = instructor_html(SOURCE, SUBMISSION, report(), executed=executed, details=details)
    assert '<mark class="hidden">assert f(0) == ht_secret</mark>' in page
    assert "What the hidden tests said" in page
    assert page.count("ht_secret") == 2
    assert content_policy(page.encode()) in page


def test_an_instructors_page_is_made_from_less() -> None:
    page = instructor_html(SOURCE, SUBMISSION, report(), executed=None, details=None)
    assert "ht_secret" in page
    assert "not kept" in page


def test_nothing_is_kept_where_hidden_tests_said_nothing() -> None:
    log = RunLog(records=records(), ending="finished")
    assert scoring_details(PLAN, Execution(scoring=log, display=log, has_hidden=True)) is None
