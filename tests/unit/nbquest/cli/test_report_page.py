"""The report's page leaves nothing out: neither a field of the JSON nor a status."""

from __future__ import annotations

from decimal import Decimal

import pytest

from grader import report
from nbquest.cli import report_page

MADE = report.Report(
    status="graded",
    isolation="separate",
    score=Decimal(1),
    max_score=Decimal(1),
    needs_manual=(),
    repairs=(),
    message=None,
    seconds=0.1,
    cells=(report.CellResult(grade_id="t", score=Decimal(1), max_score=Decimal(1), status="passed"),),
)


def test_what_is_printed_is_documented() -> None:
    printed = MADE.to_json()
    assert list(printed) == list(report_page.field_texts(report.Report))
    assert list(printed["cells"][0]) == list(report_page.field_texts(report.CellResult))


def test_a_status_without_a_meaning_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    fewer = {status: text for status, text in report.CELL_STATUSES.items() if status != "partial"}
    monkeypatch.setattr(report, "CELL_STATUSES", fewer)
    with pytest.raises(report_page.Undocumented, match="partial"):
        report_page.render_report()


def test_a_field_without_a_text_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_page, "field_texts", lambda cls: {})
    with pytest.raises(report_page.Undocumented, match=r"Report\.status"):
        report_page.render_report()
