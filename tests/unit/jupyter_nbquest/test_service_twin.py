"""The twin of the service answers what the service would."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from pydantic import BaseModel

from nbquest.submissions.views import AssignmentWork, SavedDraft, Submission
from tests.factories.service_twin import ServiceTwin, TwinRefusal, squares


def same_shape(answer: dict[str, object], view: type[BaseModel]) -> None:
    """Fail unless the answer is one that the service could have given, with every field of it."""
    shown = view.model_validate(answer).model_dump(mode="json")

    def names(value: object) -> object:
        if isinstance(value, dict):
            return {name: names(each) for name, each in value.items()}
        return [names(each) for each in value] if isinstance(value, list) else None

    assert names(answer) == names(shown)


async def test_answers_have_the_fields_of_the_service() -> None:
    twin = ServiceTwin()
    assignment = twin.find("first-steps", "squares")
    twin.grading_seconds = 0
    same_shape(twin.work("first-steps", assignment), AssignmentWork)
    same_shape(twin.saved_draft("first-steps", "squares"), SavedDraft)
    notebooks = [{"path": "squares.ipynb", "content_base64": base64.b64encode(assignment.notebook()).decode()}]
    body = {"key": str(uuid4()), "accept_penalty_percent": None, "notebooks": notebooks}
    made = twin.take_in("first-steps", "squares", body)
    same_shape(made, Submission)
    for task in list(twin.tasks):
        await task
    same_shape(twin.submissions[made["id"]], Submission)
    same_shape(twin.work("first-steps", assignment), AssignmentWork)


@pytest.mark.parametrize(
    ("arranged", "status", "code"),
    [
        ({"state": "closed"}, 409, "assignment-closed"),
        ({"state": "not-open-yet"}, 409, "not-open-yet"),
        ({"state": "cooling-down"}, 429, "cooling-down"),
        ({"attempts": 0}, 409, "no-attempts-left"),
        ({"penalty_percent": 10}, 409, "late-not-accepted"),
    ],
)
def test_refusals_are_the_services(arranged: dict[str, object], status: int, code: str) -> None:
    twin = ServiceTwin()
    assignment = squares()
    assignment.due_at = datetime.now(UTC) - timedelta(days=2)
    assignment.standing = arranged
    same_shape(twin.work("first-steps", assignment), AssignmentWork)
    with pytest.raises(TwinRefusal) as caught:
        twin.refuse(twin.standing("first-steps", assignment), 9.9)
    assert (caught.value.status_code, caught.value.error["code"]) == (status, code)
