"""The pages: what they show to whom, and that nothing on them can run what a learner wrote."""

from __future__ import annotations

import dataclasses
import re
from urllib.parse import urlsplit

import httpx
import pytest

from nbquest.db.engine import session_scope
from nbquest.identity.models import PersonRow
from tests.factories.courses import outcome
from tests.integration.nbquest.web.running import PAGE, RunningService, fresh_name

HOSTILE = "<script>document.title = 'taken'</script><img src=x onerror=\"document.title = 'taken'\">"


def _require_safe(answer: httpx.Response) -> None:
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == "'self'"
    assert policy["form-action"] == "'self'"
    assert policy["base-uri"] == "'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "no-store"
    # The policy would refuse these: a page that has one is broken.
    assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=", answer.text)


def test_security_headers_are_on_every_page(service: RunningService) -> None:
    """And on errors, redirects and the API; static files are kept by browsers, for their address is their content's."""
    submission = service.submit(name := fresh_name())
    service.grade(submission, outcome({"visible": (2, 2), "hidden": (0, 3)}))
    browser, teacher = service.browser(name), service.browser("teacher")
    pages = ("", "courses/squares", f"submissions/{submission.id}", "logout", "nothing-here", "instruct/squares")
    for path in pages:
        _require_safe(browser.get(path))
    _require_safe(teacher.get("instruct/squares"))
    _require_safe(service.client().get("", headers=PAGE))
    _require_safe(service.client().get("oauth_callback", headers=PAGE))
    _require_safe(browser.post("logout"))
    api = service.api(name).get("api/me")
    assert api.headers["x-content-type-options"] == "nosniff"
    assert api.headers["cache-control"] == "no-store"


def test_static_files_are_served_to_anyone_and_kept(service: RunningService) -> None:
    """Those that the page names are there."""
    page = service.browser(fresh_name()).get("").text
    named = re.findall(r'(?:href|src)="(/services/nbquest/static/[^"]+)"', page)
    assert len(named) == 3
    for address in named:
        assert "v=" in urlsplit(address).query
        answer = httpx.get(service.origin + address, trust_env=False)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["x-content-type-options"] == "nosniff"
    for path in ("static/../app.py", "static/%2e%2e/app.py", "static/none.css", "static/"):
        assert service.client().get(path).status_code == 404


def test_home_tells_what_is_next_and_how_far_one_is(service: RunningService) -> None:
    """Empty states at first; after a grade its points, XP and streak."""
    browser = service.browser(name := fresh_name())
    page = browser.get("").text
    assert f"Hello, <bdi>{name}</bdi>" in page
    assert "No streak yet" in page
    assert "What you submit shows up here" in page
    assert "Not started yet." in page
    service.grade(service.submit(name), outcome({"visible": (2, 2), "hidden": (3, 3)}))
    page = browser.get("").text
    assert "Full marks" in page
    assert "1 day in a row" in page
    assert re.search(r"5 / 5", page)
    assert 'id="next-title" dir="auto">Second<' in page


def test_a_sentence_ends_right_after_its_last_word(service: RunningService) -> None:
    """Also where a due date is the last one."""
    page = service.browser(fresh_name()).get("").text
    assert not re.search(r"\s\.(?:\s|<)", re.sub(r"<[^>]+>", "", page))


def test_a_result_tells_what_passed(service: RunningService) -> None:
    """Queued first, marked as what a script is to renew; then points and tests."""
    submission = service.submit(name := fresh_name())
    browser = service.browser(name)
    page = browser.get(f"submissions/{submission.id}").text
    assert "data-pending" in page
    assert "The result shows up here by itself" in page
    service.grade(submission, outcome({"visible": (2, 2), "hidden": (0, 3)}, repairs=("A test was put back.",)))
    page = browser.get(f"submissions/{submission.id}").text
    assert "data-pending" not in page
    assert "1 of 2 tests passed" in page
    assert "A test was put back." in page
    assert "+25 XP" in page
    assert "+25 XP" not in service.browser("teacher").get(f"submissions/{submission.id}").text


def test_the_instructors_list_filters_and_pages(service: RunningService) -> None:
    """By learner and assignment; what is typed into the filter is shown as it is, and nothing more."""
    name = fresh_name()
    for assignment in ("first", "first", "second"):
        service.submit(name, assignment)
    teacher = service.browser("teacher")
    page = teacher.get("instruct/squares", params={"person": name}).text
    assert page.count('<th scope="row"') == 3
    page = teacher.get("instruct/squares", params={"person": f" {name} ", "assignment": "second"}).text
    assert page.count('<th scope="row"') == 1
    page = teacher.get("instruct/squares", params={"person": HOSTILE}).text
    assert "Nothing found" in page
    assert "<script>document" not in page
    assert "<img" not in page


def test_the_instructors_list_leads_to_older_submissions(service: RunningService) -> None:
    """Twenty-five a page, each submission on one of them."""
    names = [fresh_name() for _ in range(9)]
    made = {str(service.submit(name, which).id) for name in names for which in ("first", "second", "first")}
    teacher = service.browser("teacher")
    seen: set[str] = set()
    address: str | None = "instruct/squares"
    while address:
        page = teacher.get(address).text
        found = re.findall(r'/submissions/([0-9a-f-]{36})"', page)
        assert len(found) <= 25
        assert not seen.intersection(found)
        seen.update(found)
        older = re.search(r'href="/services/nbquest/(instruct/[^"]+)">Older', page)
        address = older[1].replace("&amp;", "&") if older else None
    assert made <= seen


@pytest.mark.parametrize("name", [HOSTILE.replace("/", "\u2215"), "{{ 7 * 7 }}", "محمد"])
def test_names_are_shown_as_they_are(service: RunningService, name: str) -> None:
    """Whatever characters are in a name, they stay characters."""
    person = fresh_name()
    browser = service.browser(person)
    browser.get("")
    with session_scope(service.engine) as session:
        session.query(PersonRow).filter_by(name=person).update({"display_name": name})
    page = browser.get("").text
    assert "<script>document" not in page
    assert "<img" not in page
    assert "Hello, <bdi>49" not in page
    if not name.startswith("<"):
        assert f"Hello, <bdi>{name}</bdi>" in page


def test_feedback_is_of_no_origin_and_runs_nothing(service: RunningService) -> None:
    """Its own policy sandboxes it, framed or opened alone; the page frames it in a sandbox too."""
    submission = service.submit(name := fresh_name())
    address = f"submissions/{submission.id}/feedback"
    browser = service.browser(name)
    assert browser.get(address, params={"notebook": "squares.ipynb"}).status_code == 404
    shown = dataclasses.replace(outcome({"visible": (2, 2)}), feedback_html=f"<!doctype html><p>ran</p>{HOSTILE}")
    service.grade(submission, shown)
    page = browser.get(f"submissions/{submission.id}").text
    (frame,) = re.findall(r"<iframe[^>]*>", page)
    assert re.search(r"\ssandbox(?=[\s>])", frame), "a sandbox that allows something, or none"
    source = re.search(r'src="/services/nbquest/([^"]+)"', frame)
    assert source
    answer = browser.get(source[1])
    assert answer.status_code == 200
    assert "<p>ran</p>" in answer.text
    policy = answer.headers["content-security-policy"].split("; ")
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert not any(part.startswith("script-src") for part in policy)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"].startswith("text/html")
    for notebook in ("none.ipynb", "../squares.ipynb", ""):
        assert browser.get(address, params={"notebook": notebook}).status_code == 404
