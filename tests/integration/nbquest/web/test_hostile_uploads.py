"""Hostile file names and bytes, handed in through HTTP: the name is the client's, so it decides on nothing."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from grader.errors import InvalidSubmission
from grader.ingest import read_submission
from nbquest.db.engine import session_scope
from nbquest.submissions.models import SubmissionFileRow
from tests.integration.nbquest.web.running import RunningService, error_of, fresh_name, hand_in, submissions_path
from tests.security.grader import attack_set

KNOWN = "squares.ipynb"
NAMES = {
    "traversal": "../../squares.ipynb",
    "absolute": "/etc/passwd",
    "inner traversal": "a/../squares.ipynb",
    "dot": "./squares.ipynb",
    "trailing slash": "squares.ipynb/",
    "double slash": "a//squares.ipynb",
    "backslash": "..\\squares.ipynb",
    "null": "squares.ipynb\0.png",
    "newline": "squares.ipynb\nX-Injected: 1",
    "right to left": "squares\u202egnp.ipynb",
    "shell": "squares.ipynb;touch /tmp/marked",
    "substitution": "$(touch /tmp/marked).ipynb",
    "option": "-rf.ipynb",
    "markup": "<img src=x onerror=alert(1)>.ipynb",
    "template": "{{7*7}}.ipynb",
    "long": "a" * 250 + ".ipynb",
    "empty": "",
    "dots": "..",
    "device": "CON",
    "database": "squares.ipynb'; drop table submissions; --",
    "cyrillic": "\u0455quares.ipynb",
    "full width": "\uff53quares.ipynb",
    "zero width": "squares\u200b.ipynb",
    "combined": "squares.ipynb\u0301",
    "upper case": "SQUARES.IPYNB",
    "space after": "squares.ipynb ",
    "space before": " squares.ipynb",
    "dot after": "squares.ipynb.",
    "stream": "squares.ipynb::$DATA",
    "reserved": "NUL.ipynb",
    "checkpoint": ".ipynb_checkpoints/squares.ipynb",
    "escaped": "squares%2eipynb",
    "very long": "a" * 1_000_000 + ".ipynb",
}


def _stored(service: RunningService, submission: str) -> list[str]:
    with session_scope(service.engine) as session:
        query = select(SubmissionFileRow.path).where(SubmissionFileRow.submission_id == UUID(submission))
        return list(session.scalars(query))


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_is_refused_or_left_out(name: str, service: RunningService) -> None:
    learner = service.api(fresh_name())
    answer = learner.post(submissions_path(), json=hand_in(path=NAMES[name]))
    assert error_of(answer, 422)["code"] in ("invalid-submission", "invalid-input")
    assert "<img" not in answer.text or answer.headers["content-type"].startswith("application/json")
    both = hand_in()
    both["notebooks"] += hand_in(path=NAMES[name])["notebooks"]
    answer = learner.post(submissions_path(), json=both)
    if answer.status_code == 202:  # the notebook that is asked for is taken; the other's name goes nowhere
        assert _stored(service, answer.json()["id"]) == [KNOWN]
    else:
        error_of(answer, 422)
    assert not Path("/tmp/marked").exists()


def test_a_name_that_is_no_text_is_refused(service: RunningService) -> None:
    learner = service.api(fresh_name())
    body = hand_in()
    body["notebooks"][0]["path"] = "@"
    import json

    raw = json.dumps(body).replace('"@"', '"\\udcff.ipynb"').encode()
    answer = learner.post(submissions_path(), content=raw, headers={"Content-Type": "application/json"})
    error_of(answer, 422)


def _archive(entries: int) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for number in range(entries):
            archive.writestr(f"../../{number}.ipynb", b"{}")
    return body.getvalue()


def _cells(count: int) -> bytes:
    return b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [' + b",".join([b"{}"] * count) + b"]}"


@pytest.mark.parametrize(
    "body",
    [_archive(1), _archive(2000), b"\x1f\x8b" + bytes(1000), b"", b"\0" * 1000, b"[" * 100_000, _cells(100_000)],
    ids=["archive", "many entries", "gzip", "empty", "zeros", "deep", "many cells"],
)
def test_bytes_that_are_no_notebook_are_stored_as_they_are(body: bytes, service: RunningService) -> None:
    """The grader refuses them later, as data; the service neither unpacks nor runs them, and shows none of them."""
    with pytest.raises(InvalidSubmission):
        read_submission(body)
    browser, learner = service.browser(name := fresh_name()), service.api(name)
    learner.post(submissions_path(), json=hand_in())
    answer = learner.post(submissions_path(), json=hand_in(body))
    assert answer.status_code == 202
    submission = answer.json()["id"]
    assert _stored(service, submission) == [KNOWN]
    assert learner.get(f"api/submissions/{submission}/files/{KNOWN}").content == body
    assert browser.get(f"submissions/{submission}").status_code == 200
    assert "can’t be compared" in browser.get(f"submissions/{submission}/changes").text


@pytest.mark.skipif(not attack_set.CASES, reason="the attack set is not beside the checkout")
@pytest.mark.parametrize("name", sorted(attack_set.FILE_NAMES | attack_set.ARCHIVES))
def test_the_cases_of_the_attack_set(name: str, service: RunningService, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    learner = service.api(fresh_name())
    if name in attack_set.ARCHIVES:
        body = attack_set.make(name, tmp_path).read_bytes()
        answer = learner.post(submissions_path(), json=hand_in(body))
        assert answer.status_code == 202
        assert _stored(service, answer.json()["id"]) == [KNOWN]
        return
    hostile, body = attack_set.file_name(name, str(mark))
    try:
        answer = learner.post(submissions_path(), json=hand_in(body, path=hostile))
    except UnicodeEncodeError:  # no text: see above
        return
    error_of(answer, 422)
    assert not mark.exists()
