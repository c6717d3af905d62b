"""What who teaches a course is told about its tests, on the page and by the API."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest

from grader.certificate import Certificate, Policy, Reason
from nbquest.courses.models import PreparedNotebookRow
from nbquest.db.engine import session_scope
from tests.factories.courses import keep_certificate, outcome
from tests.integration.nbquest.web.running import RunningService, error_of, fresh_name

HOSTILE = "<script>document.title = 'taken'</script>"
SHARED = Certificate(
    engine="shared",
    policy=Policy(),
    reasons=(Reason(text=f"It calls eval on text. {HOSTILE}", grade_id="hidden"),),
    warnings=(Reason(text="It may check nothing.", grade_id="visible"),),
    tried=1,
)
SEPARATE = Certificate(engine="separate", policy=Policy(), tried=24)


@pytest.fixture
def certified(service: RunningService) -> Iterator[RunningService]:
    """The service, the first of its two assignments certified for `shared`, the second not at all."""
    with session_scope(service.engine) as session:
        keep_certificate(session, "squares", "first", SHARED)
    yield service
    with session_scope(service.engine) as session:
        session.query(PreparedNotebookRow).update({"certificate": None})


def test_the_page_says_how_tests_run_and_why(certified: RunningService) -> None:
    """In words; what a notebook says stays text."""
    page = certified.browser("teacher").get("instruct/squares/tests").text
    assert "Beside the answers" in page
    assert "It calls eval on text." in page
    assert "<script>document" not in page
    assert "It may check nothing." in page
    assert "1 wrong answer was tried" in page
    assert "Not tried yet" in page
    with session_scope(certified.engine) as session:
        keep_certificate(session, "squares", "second", SEPARATE)
    page = certified.browser("helper").get("instruct/squares/tests").text
    assert "On their own" in page
    assert "Nothing to look at; 24 wrong answers were tried." in page
    assert 'href="/services/nbquest/instruct/squares/tests"' in certified.browser("teacher").get("courses/squares").text


def test_the_api_gives_the_same(certified: RunningService) -> None:
    """To who teaches the course, and to nobody else."""
    first, second = certified.api("teacher").get("api/courses/squares/certificates").json()["items"]
    (notebook,) = first["notebooks"]
    assert (first["assignment"], first["version"], second["assignment"]) == ("first", 1, "second")
    assert (notebook["engine"], notebook["certified"], notebook["tried"]) == ("shared", True, 1)
    assert notebook["reasons"][0]["grade_id"] == "hidden"
    assert notebook["warnings"] == [{"text": "It may check nothing.", "grade_id": "visible"}]
    assert second["notebooks"][0]["certified"] is False
    error_of(certified.api(fresh_name()).get("api/courses/squares/certificates"), 403)


def test_who_teaches_sees_how_a_grade_came_about(service: RunningService) -> None:
    """In the list and with the result; the learner's own page speaks of their work."""
    made = outcome({"visible": (2, 2), "hidden": (0, 3)})
    pages = {}
    for isolation in ("shared", "separate"):
        submission = service.submit(name := fresh_name())
        report = dataclasses.replace(made.report, isolation=isolation)
        service.grade(submission, dataclasses.replace(made, report=report))
        pages[isolation] = service.browser("teacher").get(f"submissions/{submission.id}").text
        listed = service.browser("teacher").get("instruct/squares", params={"person": name}).text
        assert ("within reach of the learner’s code" in listed) == (isolation == "shared")
        assert "process" not in service.browser(name).get(f"submissions/{submission.id}").text
    assert "in one process with the learner’s code" in pages["shared"]
    assert "in a process of their own" in pages["separate"]
