"""Learners who hand in and don't give up: what isn't answered is sent again, with the same key, until it is taken."""

from __future__ import annotations

import base64
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from itertools import cycle, islice
from random import Random
from uuid import UUID

import httpx

from tests.chaos.site import Site
from tests.factories.courses import SOLUTION, WRONG_FOR_NEGATIVES, squares_submission

PATIENCE_SECONDS = 300
LINES = 12
"""So many hand in at the same time."""
ANSWERS = {
    Decimal(5): SOLUTION,
    Decimal(2): WRONG_FOR_NEGATIVES,
    Decimal(0): "def square(x):\n    raise ValueError(x)",
}
"""What is handed in, by the points that it is worth."""


@dataclass(frozen=True, kw_only=True)
class HandedIn:
    """What the service said it has taken. `tries`: how often it was sent."""

    person: str
    key: str
    submission: UUID
    worth: Decimal
    tries: int


class Learners:
    """So many people, who hand in so many times altogether. `taken`: how often that was answered."""

    def __init__(self, site: Site, seed: int, *, people: int, submissions: int) -> None:
        self._site = site
        self._random = Random(seed)
        self.taken = 0
        self._tokens = {name: site.hub.twin.add_user(name) for name in (f"learner-{n}" for n in range(people))}
        self._turns = list(islice(cycle(self._tokens), submissions))
        self._begun = 0.0

    def hand_in_all(self) -> list[HandedIn]:
        """Hand in; return what was taken, in no order."""
        worths = [self._random.choice(list(ANSWERS)) for _ in self._turns]
        keys = [str(UUID(int=self._random.getrandbits(128), version=4)) for _ in self._turns]
        self._begun = time.monotonic()
        with (
            httpx.Client(base_url=self._site.url, timeout=30, trust_env=False) as client,
            ThreadPoolExecutor(LINES) as pool,
        ):
            numbers = range(len(self._turns))
            taken = []
            for one in pool.map(lambda n: self._hand_in(client, n, keys[n], worths[n]), numbers):
                taken.append(one)
                self.taken += 1
            return taken

    def _hand_in(self, client: httpx.Client, number: int, key: str, worth: Decimal) -> HandedIn:
        person = self._turns[number]
        content = squares_submission(f"# {number}\n{ANSWERS[worth]}")
        body = {
            "key": key,
            "notebooks": [{"path": "squares.ipynb", "content_base64": base64.b64encode(content).decode()}],
        }
        headers = {"Authorization": f"token {self._tokens[person]}"}
        for tries in range(1, 10_000):
            answer = _post(client, body, headers)
            if answer is not None and answer.status_code == 202:
                taken = UUID(answer.json()["id"])
                return HandedIn(person=person, key=key, submission=taken, worth=worth, tries=tries)
            assert answer is None or answer.status_code >= 500, answer.text
            assert time.monotonic() < self._begun + PATIENCE_SECONDS, "nothing was taken for too long"
            time.sleep(0.2)
        raise AssertionError("unreachable")


def _post(client: httpx.Client, body: object, headers: dict[str, str]) -> httpx.Response | None:
    try:
        return client.post("api/courses/squares/assignments/first/submissions", json=body, headers=headers)
    except httpx.TransportError:
        return None


def people_of(handed_in: Sequence[HandedIn]) -> dict[str, list[HandedIn]]:
    """Return what each person handed in."""
    found: dict[str, list[HandedIn]] = {}
    for one in handed_in:
        found.setdefault(one.person, []).append(one)
    return found
