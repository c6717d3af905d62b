"""Who may do what: denied by default, on every route there is."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest
import sqlalchemy
from fastapi import APIRouter
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.routing import Mount

from nbquest.courses.models import CourseRow
from nbquest.db.engine import session_scope
from nbquest.files.store import MemoryBlobStore
from nbquest.services.web import PEOPLE
from nbquest.settings import Settings
from nbquest.web.access import PUBLIC, declared_access
from nbquest.web.app import create_app
from nbquest.web.openapi import described_app
from tests.factories.courses import outcome
from tests.integration.nbquest.web.hub_twin import HubTwin
from tests.integration.nbquest.web.running import (
    PAGE,
    PREFIX,
    RunningService,
    error_of,
    fresh_name,
    hand_in,
    submissions_path,
)

PUBLIC_ROUTES = {
    ("GET", ""),
    ("GET", "api/health"),
    ("GET", "openapi.json"),
    ("GET", "oauth_callback"),
    ("GET", "logout"),
    ("POST", "logout"),
}
VALUES = {
    "course": "squares",
    "assignment": "first",
    "submission_id": str(uuid4()),
    "regrade": "1",
    "extension": "1",
    "left": str(uuid4()),
    "right": str(uuid4()),
    "path": "squares.ipynb",
}


def _contexts() -> Iterator[RouteContext]:
    for context in iter_route_contexts(described_app().routes):
        if not (isinstance(context.route, Mount) and context.name == "static"):
            yield context


def _routes() -> list[tuple[str, str]]:
    found = set()
    for context in _contexts():
        assert context.path_format is not None
        assert context.path_format.startswith(PREFIX.rstrip("/")), "a route outside the service's prefix"
        path = context.path_format.removeprefix(PREFIX.rstrip("/"))
        name = "" if not path else path.removeprefix("/") or "."
        found |= {(method, name) for method in context.methods or {"GET"}}
    return sorted(found)


def _closed_routes() -> list[tuple[str, str]]:
    return [route for route in _routes() if route not in PUBLIC_ROUTES]


def _send(client: httpx.Client, method: str, path: str, **headers: str) -> httpx.Response:
    body = hand_in() if method in {"POST", "PUT", "PATCH"} else None
    address = "" if path == "." else path.format(**VALUES)
    return client.request(method, address, json=body, params={"notebook": "squares.ipynb"}, headers=headers)


def test_each_route_declares_its_access() -> None:
    """And only those named here are for anyone: a new public route has to be added to the list."""
    contexts = list(_contexts())
    assert len(contexts) >= 18
    lacking = [context.path for context in contexts if declared_access(context) is None]
    assert not lacking
    public = {context.path for context in contexts if declared_access(context) is PUBLIC}
    assert public == {PREFIX.rstrip("/") + (f"/{path}" if path else "") for _, path in PUBLIC_ROUTES}
    assert set(_routes()) >= PUBLIC_ROUTES


def test_an_app_with_a_route_that_declares_none_does_not_start() -> None:
    """Forgetting it is found before the first request."""
    router = APIRouter()

    @router.get("/api/forgotten")
    def forgotten() -> None:
        """Do nothing."""

    engine = sqlalchemy.create_engine("postgresql+psycopg://")
    with pytest.raises(RuntimeError, match="/services/nbquest/api/forgotten declares no access"):
        create_app(Settings(), engine, MemoryBlobStore(), [router], people=PEOPLE, hub=HubTwin().client())


@pytest.mark.parametrize(("method", "path"), _closed_routes())
def test_a_route_is_closed_to_who_is_not_signed_in(service: RunningService, method: str, path: str) -> None:
    """No token, a wrong one, one in the wrong place, a made-up cookie: 401, and a page leads to the sign-in."""
    client = service.client()
    wrong = {"Authorization": "token 0123456789abcdef"}
    for headers in ({}, wrong, {"Authorization": "Basic YTpi"}, {"Cookie": "service-nbquest=gAAAAABmade-up"}):
        answer = _send(client, method, path, **headers)
        assert error_of(answer, 401)["code"] == "not-signed-in"
        assert answer.headers["www-authenticate"] == "token"
    token = service.hub.add_user(fresh_name())
    error_of(client.get("api/me", params={"token": token}), 401)  # addresses end up in logs
    answer = _send(client, method, path, **PAGE)
    if path.startswith("api/"):
        error_of(answer, 401)
    elif method != "GET":  # what a form sent can't be sent again after signing in
        assert answer.status_code == 401
    else:
        assert answer.status_code == 302
        assert answer.headers["location"].startswith("/hub/api/oauth2/authorize?")


@pytest.mark.parametrize(("method", "path"), _closed_routes())
def test_a_token_that_is_not_for_this_service_is_refused(service: RunningService, method: str, path: str) -> None:
    """A learner's token for something else, and a token of a service, which is nobody."""
    for token in (
        service.hub.add_user(fresh_name(), scopes=("self", "access:servers!user=ada")),
        service.hub.add_user(fresh_name(), scopes=()),
        service.hub.add_user("some-service", kind="service"),
    ):
        assert error_of(_send(service.client(token), method, path), 403)["code"] == "access-denied"


def test_the_public_routes_need_nothing(service: RunningService) -> None:
    """They answer, and with nothing about anybody."""
    client = service.client()
    assert client.get("api/health").json() == {"status": "ok"}
    assert client.get("openapi.json").json()["openapi"].startswith("3.1")
    assert client.get("logout").status_code == 200
    home = client.get(service.origin + PREFIX.rstrip("/"))
    assert (home.status_code, home.headers["location"]) == (308, PREFIX)


def test_a_bearer_token_counts_as_a_token_does(service: RunningService) -> None:
    """Both of the Hub's ways to write the header."""
    name = fresh_name()
    token = service.hub.add_user(name)
    answer = service.client().get("api/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.json()["person"]["name"] == name


def test_a_submission_is_its_learners_and_their_teachers(service: RunningService) -> None:
    """To another learner it is as if it weren't there, by the API and as a page, feedback too."""
    submission = service.submit(name := fresh_name())
    stranger = fresh_name("stranger")
    for path in (f"api/submissions/{submission.id}", f"submissions/{submission.id}"):
        assert service.api(name).get(path).status_code == 200
        assert service.api("teacher").get(path).status_code == 200
        assert service.api("helper").get(path).status_code == 200
        assert service.api(fresh_name("root"), admin=True).get(path).status_code == 200
        missing = error_of(service.api(stranger).get(path.replace(str(submission.id), str(uuid4()))), 404)
        assert error_of(service.api(stranger).get(path), 404) == missing
    feedback = f"submissions/{submission.id}/feedback?notebook=squares.ipynb"
    assert error_of(service.api(stranger).get(feedback), 404)["message"].startswith("There is no such submission")
    assert error_of(service.api(stranger).get(f"api/submissions/{uuid4()}"), 404)


def test_hidden_tests_are_shown_to_instructors_alone(service: RunningService) -> None:
    """Not to the learner, nor to mentors: they are told that there is no such page."""
    submission = service.submit(name := fresh_name())
    address = f"submissions/{submission.id}/feedback/full?notebook=squares.ipynb"
    error_of(service.api("teacher").get(address), 404)  # not graded yet
    said = {"output_type": "error", "ename": "E", "evalue": "", "traceback": ["ht_said"]}
    made = dataclasses.replace(
        outcome({"visible": (2, 2), "hidden": (0, 3)}),
        feedback_html="<p>ran</p>",
        details=json.dumps({"hidden": [said]}).encode(),
    )
    service.grade(submission, made)
    root = service.api(fresh_name("root"), admin=True)
    for client in (service.api("teacher"), root):
        page = client.get(address)
        assert page.status_code == 200
        assert "ht_said" in page.text
        assert "square(-3) == 9" in page.text
        assert page.headers["content-security-policy"].startswith("sandbox; default-src 'none'; style-src 'sha256-")
        assert client.get(address.replace("squares.ipynb", "other.ipynb")).status_code == 404
    stranger = service.api(fresh_name("stranger"))
    for client, code in (
        (service.api(name), "not-found"),
        (service.api("helper"), "not-found"),
        (stranger, "submission-not-found"),
    ):
        assert "ht_said" not in client.get(address).text
        assert error_of(client.get(address), 404)["code"] == code
    learners, teachers = (service.browser(who).get(f"submissions/{submission.id}").text for who in (name, "teacher"))
    assert "feedback/full" in teachers
    assert "feedback/full" not in learners
    assert "ht_said" not in learners


def test_lists_hold_ones_own_but_for_who_teaches(service: RunningService) -> None:
    """Asking for another's submissions is refused, whatever the filter."""
    submission = service.submit(name := fresh_name())
    stranger = service.api(fresh_name("stranger"))
    assert stranger.get("api/submissions").json() == {"items": [], "next_cursor": None}
    assert stranger.get("api/submissions", params={"course": "squares"}).json()["items"] == []
    for query in ({"person": name}, {"person": name, "course": "squares"}, {"person": name, "assignment": "first"}):
        assert error_of(stranger.get("api/submissions", params=query), 403)["code"] == "not-allowed"
    teacher = service.api("teacher")
    listed = teacher.get("api/submissions", params={"course": "squares", "person": name}).json()["items"]
    assert [item["id"] for item in listed] == [str(submission.id)]
    error_of(teacher.get("api/submissions", params={"person": name}), 403)  # only within the course


def test_the_instructors_page_is_refused_to_learners(service: RunningService) -> None:
    """Mentors and administrators may look; a learner gets a page that says why not."""
    learner = service.api(fresh_name())
    assert error_of(learner.get("instruct/squares"), 403)["code"] == "not-allowed"
    page = learner.get("instruct/squares", headers=PAGE)
    assert page.status_code == 403
    assert "Not for this account" in page.text
    for client in (service.api("teacher"), service.api("helper"), service.api(fresh_name("root"), admin=True)):
        assert client.get("instruct/squares", headers=PAGE).status_code == 200
    for path in ("instruct/none", "courses/none", "api/courses/none/assignments/first/release"):
        error_of(learner.get(path), 404)
        error_of(service.api(fresh_name("root"), admin=True).get(path), 404)
    error_of(learner.post(submissions_path(course="none"), json=hand_in()), 404)


def test_a_closed_course_looks_like_one_that_is_not_there(service: RunningService) -> None:
    """Whoever has no role in it can't tell the two apart, wherever a course is named."""
    with session_scope(service.engine) as session:
        session.execute(sqlalchemy.update(CourseRow).where(CourseRow.slug == "squares").values(enrolment="closed"))
    try:
        client = service.api(fresh_name("stranger"))
        for path in ("api/submissions?course={}", "courses/{}", "api/courses/{}/assignments/first/release"):
            closed = client.get(path.format("squares")).json()
            missing = client.get(path.format("missing")).json()
            assert str(closed).replace("squares", "missing") == str(missing), path
            assert closed["error"]["code"]
    finally:
        with session_scope(service.engine) as session:
            session.execute(sqlalchemy.update(CourseRow).where(CourseRow.slug == "squares").values(enrolment="open"))
