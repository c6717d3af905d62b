"""Handing in, and reading what came of it, through HTTP."""

from __future__ import annotations

import base64
import json
from uuid import uuid4

import pytest

from tests.factories.courses import outcome
from tests.integration.nbquest.web.running import (
    RunningService,
    error_of,
    fresh_name,
    hand_in,
    running_service,
    submissions_path,
)


def test_handing_in_is_accepted_at_once_and_stored_once(service: RunningService) -> None:
    """202 with the submission; the same key again is the same submission; for another assignment it is refused."""
    learner = service.api(name := fresh_name())
    body = hand_in(key=str(uuid4()))
    answer = learner.post(submissions_path(), json=body)
    assert answer.status_code == 202
    made = answer.json()
    assert (made["person"], made["course"], made["assignment"]) == (name, "squares", "first")
    assert (made["number"], made["state"], made["result"]) == (1, "queued", None)
    assert learner.post(submissions_path(), json=body).json() == made
    assert learner.get(f"api/submissions/{made['id']}").json() == made
    assert error_of(learner.post(submissions_path("second"), json=body), 409)["code"] == "key-reused"
    assert learner.post(submissions_path(), json=hand_in()).json()["number"] == 2


def test_what_can_not_be_handed_in_is_told(service: RunningService) -> None:
    """Each in the one shape, with a code of its own and words that say what to mend."""
    learner = service.api(fresh_name())

    def refused(body: object, status: int = 422) -> tuple[str, str]:
        error = error_of(learner.post(submissions_path(), json=body), status)
        return error["code"], json.dumps([error["message"], error["details"]])

    broken = hand_in()
    broken["notebooks"][0]["content_base64"] = "not base64!"
    code, words = refused(broken)
    assert code == "invalid-input"
    assert "not base64" in words
    assert "squares.ipynb" in words
    twice = hand_in()
    twice["notebooks"] *= 2
    assert "twice" in refused(twice)[1]
    assert "notebooks" in refused({"key": str(uuid4()), "notebooks": []})[1]
    assert "body.key" in refused({**hand_in(), "key": "no uuid"})[1]
    assert "body" in refused(None)[1]
    assert "body" in refused([])[1]
    assert refused(hand_in(path="../../etc/passwd"))[0] == "invalid-submission"
    assert refused(hand_in(path="other.ipynb"))[0] == "invalid-submission"
    answer = learner.post(submissions_path(), content=b"{", headers={"Content-Type": "application/json"})
    assert error_of(answer, 422)["code"] == "invalid-input"
    assert error_of(learner.post(submissions_path("third"), json=hand_in()), 404)["code"] == "assignment-not-found"
    assert learner.get("api/submissions").json()["items"] == []


def test_what_is_too_large_is_told(service: RunningService) -> None:
    """Notebooks over the limit, and bodies beyond what any submission needs, with and without a told length."""
    with running_service(service.engine, service.blobs, max_submission_mb=1) as small:
        learner = small.api(fresh_name())
        error = error_of(learner.post(submissions_path(), json=hand_in(b" " * (2**20 + 1))), 413)
        assert error["code"] == "submission-too-large"
        body = json.dumps(hand_in(b" " * 2**21)).encode()
        kind = {"Content-Type": "application/json"}
        parts = (body[at : at + 2**16] for at in range(0, len(body), 2**16))
        assert error_of(learner.post(submissions_path(), content=parts, headers=kind), 413)["code"] == "too-large"
        assert error_of(learner.post(submissions_path(), content=body, headers=kind), 413)["code"] == "too-large"
        assert learner.get("api/submissions").json()["items"] == []


def test_a_release_holds_no_solution(service: RunningService) -> None:
    """Files with their content; neither the solution nor a hidden test."""
    learner = service.api(fresh_name())
    answer = learner.get("api/courses/squares/assignments/first/release")
    assert answer.status_code == 200
    release = answer.json()
    assert (release["course"], release["assignment"], release["version"]) == ("squares", "first", 1)
    (file,) = release["files"]
    content = base64.b64decode(file["content_base64"])
    assert (file["path"], file["size"]) == ("squares.ipynb", len(content))
    assert b"square(2) == 4" in content
    assert b"x * x" not in content
    assert b"square(-3)" not in content
    missing = learner.get("api/courses/squares/assignments/third/release")
    assert error_of(missing, 404)["code"] == "assignment-not-found"


def test_me_and_my_courses(service: RunningService) -> None:
    """A newcomer begins at level 1; a grade moves their score, XP and streak."""
    learner = service.api(name := fresh_name())
    me = learner.get("api/me").json()
    assert (me["person"]["name"], me["person"]["is_admin"]) == (name, False)
    assert (me["progress"]["xp"], me["progress"]["level"], me["progress"]["recent"]) == (0, 1, [])
    (course,) = learner.get("api/courses").json()["items"]
    assert (course["course"]["slug"], course["role"]) == ("squares", "learner")
    assert [item["state"] for item in course["assignments"]] == ["not-submitted", "not-submitted"]
    submission = service.submit(name)
    service.grade(submission, outcome({"visible": (2, 2), "hidden": (0, 3)}))
    (course,) = learner.get("api/courses").json()["items"]
    first = course["assignments"][0]
    assert (first["state"], first["best_score"], first["max_score"]) == ("graded", 2, 5)
    assert first["latest_submission"] == str(submission.id)
    progress = learner.get("api/me").json()["progress"]
    assert (progress["xp"], progress["streak"]["current"]) == (25, 1)
    result = learner.get(f"api/submissions/{submission.id}").json()["result"]
    assert (result["score"], result["max_score"], result["xp_gained"]) == (2, 5, 25)
    assert service.api("teacher").get("api/courses").json()["items"][0]["role"] == "instructor"


def test_submissions_come_in_pages(service: RunningService) -> None:
    """Newest first, each once, in bounded pages; a cursor or a limit that can't be is told."""
    learner = service.api(name := fresh_name())
    made = [str(service.submit(name, assignment).id) for assignment in ("first", "second", "first")]
    seen: list[str] = []
    cursor = None
    for _ in range(3):
        page = learner.get("api/submissions", params={"limit": 1, **({"cursor": cursor} if cursor else {})}).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert seen == made[::-1]
    assert cursor is None
    listed = learner.get("api/submissions", params={"course": "squares", "assignment": "second"}).json()["items"]
    assert [item["id"] for item in listed] == [made[1]]
    assert error_of(learner.get("api/submissions?cursor=nonsense"), 422)["code"] == "invalid-cursor"
    for query in ("limit=0", "limit=100000", "limit=x", f"cursor={'a' * 501}"):
        assert error_of(learner.get(f"api/submissions?{query}"), 422)["code"] == "invalid-input"


def test_notifications_go_on_from_where_one_stopped(service: RunningService) -> None:
    """The caller's own, oldest first."""
    learner = service.api(name := fresh_name())
    for assignment in ("first", "second"):
        service.grade(service.submit(name, assignment), outcome({"visible": (2, 2)}))
    items = learner.get("api/notifications").json()["items"]
    assert [item["payload"]["assignment"] for item in items] == ["first", "second"]
    later = learner.get("api/notifications", params={"after": items[0]["id"]}).json()["items"]
    assert later == items[1:]
    assert service.api(fresh_name()).get("api/notifications").json() == {"items": []}
    error_of(learner.get("api/notifications?after=-1"), 422)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_methods_that_are_not_there_are_refused(service: RunningService, method: str) -> None:
    """In the one shape too."""
    assert error_of(service.api(fresh_name()).request(method, "api/me"), 405)["code"] == "method-not-allowed"
