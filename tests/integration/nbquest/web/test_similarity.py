"""The report on pages and by the API: for instructors of the course, in words that accuse nobody."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nbquest.db.engine import session_scope
from nbquest.identity import api as identity
from nbquest.web.pages import STATIC_DIR
from tests.factories.similarity import ANSWER, OTHER, RENAMED, publish_runs, runs_submission, submit_runs
from tests.integration.nbquest.web.running import RunningService, error_of, fresh_name

HOSTILE = "</pre><script>document.title = 'taken'</script>"
REPORT = "api/courses/runs/assignments/runs/similarity"
ACCUSING = re.compile(r"plagiar|cheat|suspic|suspect|culprit|copied|guilt|offen[cs]e|misconduct|fraud", re.IGNORECASE)


@pytest.fixture(scope="module")
def runs(service: RunningService, tmp_path_factory: pytest.TempPathFactory) -> RunningService:
    """The service, with a second course `runs` of `runner`'s to which three people handed in."""
    with session_scope(service.engine) as session:
        publish_runs(session, service.blobs, tmp_path_factory.mktemp("runs"))
        identity.set_course_role(session, "teacher", "runs", None)
        identity.set_course_role(session, "runner", "runs", "instructor")
        identity.set_course_role(session, "aide", "runs", "mentor")
        for person, answer in (("ada", ANSWER), ("bob", f"{RENAMED}\n# {HOSTILE}"), ("cyd", OTHER)):
            submit_runs(session, service.blobs, person, runs_submission(answer))
    return service


def test_the_page_leads_to_both_side_by_side(runs: RunningService) -> None:
    """From the course's page, through the list; what learners wrote stays text."""
    browser = runs.browser("runner")
    assert 'href="/services/nbquest/instruct/runs/similarity"' in browser.get("courses/runs").text
    assert "Choose an assignment" in browser.get("instruct/runs/similarity").text
    page = browser.get("instruct/runs/similarity", params={"assignment": "runs"})
    assert page.status_code == 200
    assert "1 pair of 3 submissions" in page.text
    assert "in 2 of 3" in page.text
    (address,) = re.findall(r'href="/services/nbquest/(instruct/runs/similarity/runs/[^"]+)"', page.text)
    both = browser.get(address)
    assert both.status_code == 200
    assert "1 passage in common" in both.text
    assert 'href="#right-1"' in both.text
    assert 'id="right-1"' in both.text
    assert "<mark>        return 0</mark>" in both.text
    assert "<script>document" not in both.text
    for answer in (page, both):
        assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=", answer.text)
    nothing = browser.get("instruct/runs/similarity", params={"assignment": "runs", "least_percent": 100}).text
    assert "1 pair" in nothing


def test_the_api_gives_the_same(runs: RunningService) -> None:
    client = runs.api("runner")
    report = client.get(REPORT).json()
    (pair,) = report["pairs"]
    assert {pair["left"]["person"], pair["right"]["person"]} == {"ada", "bob"}
    assert (report["compared"], report["found"], report["least_percent"]) == (3, 1, 30)
    both = client.get(f"{REPORT}/{pair['left']['submission_id']}/{pair['right']['submission_id']}").json()
    assert both["pair"] == pair
    assert [passage["holders"] for passage in both["passages"]] == [2]
    same = f"{REPORT}/{pair['left']['submission_id']}/{pair['left']['submission_id']}"
    assert error_of(client.get(same), 404)["code"] == "not-compared"
    error_of(client.get(REPORT, params={"least_percent": 0}), 422)
    error_of(client.get("api/courses/runs/assignments/none/similarity"), 404)


def test_it_is_for_instructors_alone(runs: RunningService) -> None:
    """Neither learners nor mentors, nor who teaches another course; administrators count as instructors."""
    for name in ("ada", "aide", "teacher", fresh_name()):
        error_of(runs.api(name).get(REPORT), 403)
        assert runs.browser(name).get("instruct/runs/similarity").status_code == 403
    assert runs.api(fresh_name("root"), admin=True).get(REPORT).status_code == 200
    assert "similarity" not in runs.browser("aide").get("courses/runs").text


def test_no_word_of_it_accuses() -> None:
    """Neither of the pages, the command nor the guide."""
    repository = STATIC_DIR.parents[2]
    texts = [
        *(repository / "nbquest" / "similarity").glob("*.py"),
        *(STATIC_DIR.parent / "templates" / name for name in ("similarity.html", "comparison.html")),
        repository / "nbquest" / "cli" / "similarity.py",
        repository / "docs" / "howto" / "similarity.md",
    ]
    assert len(texts) > 10
    for path in texts:
        assert isinstance(path, Path)
        assert not ACCUSING.search(path.read_text()), path
