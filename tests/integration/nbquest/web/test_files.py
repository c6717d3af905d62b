"""Every version of somebody's work: sent exactly as it came, to its owner and who teaches the course, nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from grader.grading import GraderOptions
from nbquest import personal
from nbquest.clock import utc_now
from nbquest.courses import api as courses
from nbquest.courses.models import CourseRow
from nbquest.db.engine import session_scope
from nbquest.files.store import digest_of
from nbquest.identity import api as identity
from tests.factories.courses import squares_source, squares_submission, write_course
from tests.integration.nbquest.web.running import (
    PAGE,
    RunningService,
    error_of,
    fresh_name,
    hand_in,
    submissions_path,
)

NAME = "squares.ipynb"
MARKUP = "<script>document.title = 'taken'</script>"
OTHER_COURSE = "circles"


@pytest.fixture(scope="module", autouse=True)
def other_course(service: RunningService, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A course of another instructor's, `stranger`, with a mentor, `passer-by`."""
    manifest = 'title = "Circles"\nenrolment = "closed"\n[[assignments]]\nslug = "first"\n'
    files = {"first/squares.ipynb": squares_source()}
    folder = write_course(tmp_path_factory.mktemp("other") / OTHER_COURSE, files, manifest)
    with session_scope(service.engine) as session:
        courses.publish_course(session, service.blobs, folder, publisher="stranger", grader_options=GraderOptions())
        identity.set_course_role(session, "passer-by", OTHER_COURSE, "mentor")


def _submit(service: RunningService, name: str, content: bytes) -> str:
    answer = service.api(name).post(submissions_path(), json=hand_in(content))
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def _save_draft(service: RunningService, name: str, content: bytes) -> None:
    """Wish for a draft of the assignment `second` and save it."""
    with session_scope(service.engine) as session:
        session.execute(text("UPDATE assignments SET due_at = now() + interval '1 hour' WHERE slug = 'second'"))
    client, address = service.api(name), "api/courses/squares/assignments/second/draft"
    assert client.post(address).status_code == 200
    body = {"digests": {NAME: digest_of(content)}, "notebooks": hand_in(content)["notebooks"]}
    saved = client.put(address, json=body)
    assert saved.status_code == 200, saved.text


@pytest.fixture
def draft_date(service: RunningService) -> Iterator[None]:
    """Take the due date of `second` back afterwards."""
    yield
    with session_scope(service.engine) as session:
        session.execute(text("UPDATE assignments SET due_at = NULL WHERE slug = 'second'"))


@pytest.mark.parametrize("content", [squares_submission(MARKUP), b"\x00\xff no notebook " + MARKUP.encode(), b""])
def test_a_file_comes_back_exactly_as_it_was_handed_in(content: bytes, service: RunningService) -> None:
    """As bytes to be stored: no browser shows it, guesses what it is, or runs anything of it."""
    name = fresh_name()
    submission = _submit(service, name, content)
    for client, address in (
        (service.api(name), f"api/submissions/{submission}/files"),
        (service.browser(name), f"submissions/{submission}/files"),
    ):
        answer = client.get(f"{address}/{NAME}")
        assert answer.status_code == 200
        assert answer.content == content
        assert answer.headers["content-type"] == "application/x-ipynb+json"
        assert answer.headers["content-disposition"].startswith(f'attachment; filename="{NAME}"')
        assert answer.headers["x-content-type-options"] == "nosniff"
        policy = answer.headers["content-security-policy"].split("; ")
        assert {"default-src 'none'", "sandbox"} <= set(policy)
        assert answer.headers["etag"] == f'"{digest_of(content)}"'
        assert answer.headers["cache-control"] == "no-store"
    listed = service.api(name).get(f"api/submissions/{submission}/files").json()
    assert listed == {"items": [{"path": NAME, "sha256": digest_of(content), "size": len(content)}]}


def test_what_somebody_has_is_not_sent_again(service: RunningService) -> None:
    name = fresh_name()
    content = squares_submission()
    address = f"api/submissions/{_submit(service, name, content)}/files/{NAME}"
    client = service.api(name)
    for known in (f'"{digest_of(content)}"', f'"other", W/"{digest_of(content)}"', "*"):
        answer = client.get(address, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content) == (304, b"")
    assert client.get(address, headers={"If-None-Match": '"other"'}).content == content


def test_each_version_stays(service: RunningService) -> None:
    """Handing in again replaces nothing; every one is listed with its own file."""
    name = fresh_name()
    contents = [squares_submission(f"version = {number}") for number in range(3)]
    ids = [_submit(service, name, content) for content in contents]
    client, browser = service.api(name), service.browser(name)
    for submission, content in zip(ids, contents, strict=True):
        assert client.get(f"api/submissions/{submission}/files/{NAME}").content == content
    page = browser.get("courses/squares/assignments/first/versions").text
    for submission in ids:
        assert f"submissions/{submission}/files/{NAME}" in page
    result = browser.get(f"submissions/{ids[2]}").text
    assert "What you handed in" in result
    assert f"submissions/{ids[2]}/files/{NAME}" in result
    assert "What changed since submission 2" in result


def _everybody(service: RunningService, owner: str) -> dict[str, tuple[httpx.Client, bool]]:
    """Return who asks, and whether they may."""
    return {
        "the owner": (service.api(owner), True),
        "an instructor of the course": (service.api("teacher"), True),
        "a mentor of the course": (service.api("helper"), True),
        "an administrator": (service.api(fresh_name("admin"), admin=True), True),
        "another learner": (service.api(fresh_name()), False),
        "another course's instructor": (service.api("stranger"), False),
        "another course's mentor": (service.api("passer-by"), False),
    }


def _answer(client: httpx.Client, address: str) -> dict[str, object]:
    body: dict[str, object] = error_of(client.get(address), 404)  # type: ignore[assignment]
    return body


def test_who_may_have_a_submissions_files(service: RunningService) -> None:
    """Whoever may not is answered to the byte as if there were no such submission."""
    owner = fresh_name()
    _submit(service, owner, b"before")
    submission = _submit(service, owner, b"secret")
    for who, (client, may) in _everybody(service, owner).items():
        for rest in ("files", f"files/{NAME}", "changes"):
            address = f"submissions/{submission}/{rest}"
            for prefix in ("api/", "") if rest != "changes" else ("",):
                if rest == "files" and not prefix:
                    continue
                answer = client.get(prefix + address)
                if may:
                    assert answer.status_code == 200, (who, address)
                    continue
                assert "secret" not in answer.text
                missing = _answer(client, prefix + address.replace(submission, str(uuid4())))
                assert _answer(client, prefix + address) == missing, (who, address)
    error_of(service.client().get(f"api/submissions/{submission}/files/{NAME}"), 401)
    assert service.client().get(f"submissions/{submission}/files/{NAME}", headers=PAGE).status_code == 302


def test_a_submission_that_may_not_be_seen_looks_as_if_it_were_not_there(service: RunningService) -> None:
    submission = _submit(service, fresh_name(), b"secret")
    other = service.api(fresh_name())
    assert _answer(other, f"api/submissions/{submission}") == _answer(other, f"api/submissions/{uuid4()}")


@pytest.mark.usefixtures("draft_date")
def test_who_may_have_a_drafts_files(service: RunningService) -> None:
    """What was saved to be handed in when it is due is its owner's alone; of all that was handed in staff see more."""
    owner = fresh_name()
    _save_draft(service, owner, b"secret draft")
    address = "api/courses/squares/assignments/second/draft/files"
    versions = "courses/squares/assignments/second/versions"
    for who, (client, may) in _everybody(service, owner).items():
        if who == "the owner":
            continue
        for path in (f"{address}/{NAME}", f"courses/squares/assignments/second/draft/{NAME}"):
            error_of(client.get(path, params={"person": owner}), 404)
        answer = client.get(versions, params={"person": owner})
        if may:
            assert answer.status_code == 200, who
            assert f"draft/{NAME}" not in answer.text
        else:
            missing = client.get(versions, params={"person": "nobody-at-all"})
            assert error_of(answer, 404) == error_of(missing, 404), who
    client = service.api(owner)
    listed = client.get(address).json()
    assert listed["items"] == [{"path": NAME, "sha256": digest_of(b"secret draft"), "size": 12}]
    assert client.get(f"{address}/{NAME}").content == b"secret draft"
    page = service.browser(owner).get(versions).text
    assert "Saved, to be handed in when it is due" in page
    assert f"assignments/second/draft/{NAME}" in page
    assert versions in service.browser(owner).get("courses/squares").text
    assert versions not in service.browser(fresh_name()).get("courses/squares").text
    assert service.api("teacher").get(address).json() == {"saved_at": None, "items": []}
    error_of(service.api("teacher").get(f"{address}/{NAME}"), 404)


def test_a_closed_course_is_not_there_for_others(service: RunningService) -> None:
    """Of one in which they have no role people see neither versions nor drafts, their own least of all."""
    slug = fresh_name("closed")
    with session_scope(service.engine) as session:
        session.add(CourseRow(slug=slug, title=slug, description="", enrolment="closed", created_at=utc_now()))
    other = service.api(fresh_name())
    for path in ("draft/files", f"draft/files/{NAME}"):
        hidden = error_of(other.get(f"api/courses/{slug}/assignments/first/{path}"), 404)
        missing = error_of(other.get(f"api/courses/none-{slug}/assignments/first/{path}"), 404)
        assert hidden["code"] == missing["code"]
        assert hidden["message"] == missing["message"]


def test_ones_own_files_stay_ones_own_without_a_role(service: RunningService, tmp_path: Path) -> None:
    """Who is taken out of a closed course can still fetch what they handed in there."""
    slug = fresh_name("shut")
    manifest = f"""
        slug = "{slug}"
        title = "Shut"
        enrolment = "closed"

        [[assignments]]
        slug = "first"
    """
    folder = write_course(tmp_path / slug, {"first/squares.ipynb": squares_source()}, manifest)
    name = fresh_name()
    with session_scope(service.engine) as session:
        courses.publish_course(session, service.blobs, folder, publisher="teacher", grader_options=GraderOptions())
        identity.set_course_role(session, name, slug, "learner")
    made = service.api(name).post(submissions_path("first", slug), json=hand_in(b"mine"))
    with session_scope(service.engine) as session:
        identity.set_course_role(session, name, slug, None)
    assert service.api(name).get(f"api/submissions/{made.json()['id']}/files/{NAME}").content == b"mine"
    error_of(service.api(name).post(submissions_path("first", slug), json=hand_in(b"more")), 404)


def test_nothing_is_left_to_have_of_an_erased_person(service: RunningService) -> None:
    name = fresh_name()
    submission = _submit(service, name, b"erased")
    address = f"api/submissions/{submission}/files/{NAME}"
    assert service.api("teacher").get(address).content == b"erased"
    with session_scope(service.engine) as session:
        personal.erase_person(session, name)
    for client in (service.api("teacher"), service.api(fresh_name("admin"), admin=True), service.api(name)):
        assert error_of(client.get(address), 404)["code"] == "submission-not-found"


@pytest.mark.parametrize(
    "path",
    ["other.ipynb", "%2Fetc%2Fpasswd", "../squares.ipynb", "%2e%2e/squares.ipynb", "%2e/squares.ipynb", "", "a/" * 300],
)
def test_a_path_leads_to_handed_in_files_alone(path: str, service: RunningService) -> None:
    name = fresh_name()
    submission = _submit(service, name, b"content")
    error_of(service.api(name).get(f"api/submissions/{submission}/files/{path}"), 404)


def test_a_file_that_is_lost_is_told_as_such(service: RunningService) -> None:
    """Not as a bug, and not as an empty file."""
    name, content = fresh_name(), squares_submission(f"# {uuid4()}")
    submission = _submit(service, name, content)
    service.blobs.remove(digest_of(content))
    answer = service.api(name).get(f"api/submissions/{submission}/files/{NAME}")
    assert error_of(answer, 404)["code"] == "blob-not-found"


def test_the_page_of_changes_escapes_what_learners_write(service: RunningService) -> None:
    name = fresh_name()
    _submit(service, name, squares_submission("before"))
    submission = _submit(service, name, squares_submission(MARKUP))
    page = service.browser(name).get(f"submissions/{submission}/changes")
    assert page.status_code == 200
    assert '<del class="line removed">before</del>' in page.text
    assert "&lt;script&gt;" in page.text
    assert MARKUP not in page.text
    first = service.api(name).get("api/submissions").json()["items"][-1]["id"]
    assert "the first submission" in service.browser(name).get(f"submissions/{first}/changes").text


def test_a_name_can_say_nothing_else_in_the_header(service: RunningService, tmp_path: Path) -> None:
    """Names come from the instructor's folder, and may be in any language."""
    slug, odd = fresh_name("odd"), 'a "quoted"; naïve – 数.ipynb'
    manifest = 'title = "Odd"\nenrolment = "closed"\n[[assignments]]\nslug = "first"\n'
    folder = write_course(tmp_path / slug, {f"first/{odd}": squares_source()}, manifest)
    name = fresh_name()
    with session_scope(service.engine) as session:
        courses.publish_course(session, service.blobs, folder, publisher="teacher", grader_options=GraderOptions())
        identity.set_course_role(session, name, slug, "learner")
    made = service.api(name).post(submissions_path("first", slug), json=hand_in(b"odd", path=odd))
    assert made.status_code == 202, made.text
    answer = service.api(name).get(f"api/submissions/{made.json()['id']}/files/{odd}")
    assert answer.content == b"odd"
    disposition = answer.headers["content-disposition"]
    assert disposition.count('"') == 2
    assert disposition.count(";") == 2
    assert "filename*=UTF-8''a%20%22quoted%22%3B%20na%C3%AFve%20%E2%80%93%20%E6%95%B0.ipynb" in disposition
