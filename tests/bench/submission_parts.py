"""What `script/bench submissions` does to its sites. Each function leaves the site with nothing waiting for a grade."""

from __future__ import annotations

import contextlib
import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import text

from grader.grading import Grader, GradeRequest
from grader.source import load_source
from nbquest.db.engine import session_scope
from nbquest.submissions import api as submissions
from tests.bench.history import fill, list_learners
from tests.bench.learners import Connection, Stream, handing_in, send_all
from tests.bench.plans import explain
from tests.bench.running_site import ASSIGNMENTS, COURSE, NOTEBOOK, Publisher, Site, made_site

__all__ = ["explain", "fill", "grade_queued", "hand_in_as_a_crowd", "made_site", "take_turns", "watch_grades"]

WARM_UP = 4
THREADS = 32
"""Connections of a crowd: as many of its people may wait for an answer at once."""
AT_ONCE = 4
"""Connections that hand in on the two sites that are compared."""
QUEUE_TABLES = (
    "procrastinate_jobs",
    "procrastinate_events",
    "procrastinate_periodic_defers",
    "procrastinate_workers",
    "workers",
)
CROWD_OVER_SECONDS = 50.0
"""The crowd hands in evenly over this time: the last ones have some seconds left of the minute for their answer."""
_GRADED_SINCE = "SELECT count(*), max(finished_at) FROM attempts WHERE state = 'graded' AND queued_at >= :since"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One submission on an idle site: seconds until the POST was answered, until its grade was told, of the engine."""

    post: float
    whole: float
    engine: float


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """What came of many people's submissions. Seconds are counted from the first POST."""

    statuses: dict[str, int]
    post_seconds: list[float]
    handed_in_seconds: float
    graded_seconds: float
    graded: int
    queue_at_most: dict[str, int]
    queue_after: dict[str, int]


def grade_queued(site: Site, notebooks: Sequence[bytes]) -> float:
    """Queue these notebooks, of as many people, all at once; return how many were graded in a second."""
    with session_scope(site.engine) as session:
        since = session.scalar(text("SELECT clock_timestamp()"))
        for number, notebook in enumerate(notebooks):
            submissions.submit(
                session,
                site.blobs,
                person=f"person-{number}",
                course=COURSE,
                assignment=ASSIGNMENTS[0],
                notebooks={NOTEBOOK: notebook},
                key=str(uuid4()),
            )
    with site.engine.connect() as connection:
        began = connection.scalar(text("SELECT clock_timestamp()"))
    site.wait_until_graded()
    with site.engine.connect() as connection:
        graded, ended = connection.execute(text(_GRADED_SINCE), {"since": since}).one()
    if graded != len(notebooks):
        raise SystemExit(f"{graded} of {len(notebooks)} were graded: see {site.log}")
    return graded / (ended - began).total_seconds()


def watch_grades(site: Site, publisher: Publisher, count: int) -> list[Seen]:
    """Hand in one after the other, each once the one before has its grade, and grade each with the engine alone too."""
    source = load_source(publisher.source)
    seen = []
    with Grader(publisher.options) as grader, contextlib.ExitStack() as stack:
        token = site.token("watcher")
        stream, connection = Stream(site, token), Connection(site)
        stack.callback(stream.close)
        stack.callback(connection.close)
        for notebook in publisher.notebooks(count + WARM_UP):
            request = handing_in(token, notebook, ASSIGNMENTS[0])
            began = time.monotonic()
            answer = connection.send(request)
            if answer.status != 202:
                raise SystemExit(f"handing in answered {answer.status}: {answer.body.decode()}")
            graded = stream.wait_for_grade(json.loads(answer.body)["id"])
            whole = time.monotonic() - began
            alone = GradeRequest(source=source, submission=notebook, certificate=publisher.certificate)
            began = time.monotonic()
            outcome = grader.grade(alone)
            engine = time.monotonic() - began
            if graded["state"] != "graded" or graded["result"]["score"] != float(outcome.report.score):
                raise SystemExit(f"the site's grade is not the engine's: {graded}")
            seen.append(Seen(post=answer.seconds, whole=whole, engine=engine))
    return seen[WARM_UP:]


def hand_in_as_a_crowd(site: Site, publisher: Publisher, *, people: int, submissions: int) -> Crowd:
    """Have so many people hand in, in turns, evenly over the better part of a minute; wait until all is graded."""
    tokens = [site.token(f"crowd-{number}") for number in range(people)]
    requests = [
        handing_in(token, notebook, ASSIGNMENTS[number // people % len(ASSIGNMENTS)])
        for number, (token, notebook) in enumerate(zip(itertools.cycle(tokens), publisher.notebooks(submissions)))
    ]
    over = CROWD_OVER_SECONDS * submissions / 2000
    with _counting_queue(site) as at_most:
        answers = send_all(site, requests, threads=THREADS, over_seconds=over)
        site.wait_until_graded()
        ended = time.monotonic()
    began = min(answer.sent for answer in answers)
    time.sleep(1)  # the last job's row goes once its grade is there
    return Crowd(
        statuses=dict(Counter(str(answer.status) for answer in answers)),
        post_seconds=[answer.seconds for answer in answers],
        handed_in_seconds=max(answer.answered for answer in answers) - began,
        graded_seconds=ended - began,
        graded=site.count("SELECT count(*) FROM attempts JOIN grades ON attempt_id = id WHERE state = 'graded'"),
        queue_at_most=at_most,
        queue_after=_count_queue(site),
    )


def take_turns(few: Site, many: Site, publisher: Publisher, rounds: int, batch: int) -> tuple[list[float], list[float]]:
    """Return how many submissions a second each site takes and grades, a figure a round; who is first changes."""
    figures: dict[str, list[float]] = {few.name: [], many.name: []}
    tokens = {site.name: [site.token(name) for name in list_learners(site, 20)] for site in (few, many)}
    fresh = iter(publisher.notebooks(2 * batch * rounds + 2 * WARM_UP * AT_ONCE))
    for site in (few, many):
        _take(site, tokens[site.name], list(itertools.islice(fresh, WARM_UP * AT_ONCE)))
    for number in range(rounds):
        for site in (few, many) if number % 2 == 0 else (many, few):
            notebooks = list(itertools.islice(fresh, batch))
            figures[site.name].append(batch / _take(site, tokens[site.name], notebooks))
    return figures[few.name], figures[many.name]


def _take(site: Site, tokens: Sequence[str], notebooks: Sequence[bytes]) -> float:
    """Hand in as fast as the site takes it; return the seconds until all is graded."""
    requests = [
        handing_in(token, notebook, ASSIGNMENTS[number % len(ASSIGNMENTS)])
        for number, (token, notebook) in enumerate(zip(itertools.cycle(tokens), notebooks))
    ]
    began = time.monotonic()
    answers = send_all(site, requests, threads=AT_ONCE)
    refused = [answer for answer in answers if answer.status != 202]
    if refused:
        raise SystemExit(f"handing in answered {refused[0].status}: {refused[0].body.decode()}")
    site.wait_until_graded()
    return time.monotonic() - began


def _count_queue(site: Site) -> dict[str, int]:
    return {table: site.count(f"SELECT count(*) FROM {table}") for table in QUEUE_TABLES}


@contextlib.contextmanager
def _counting_queue(site: Site) -> Iterator[dict[str, Any]]:
    """Count the queue's rows twice a second; give the most that there were of each table."""
    at_most: Counter[str] = Counter()
    over = threading.Event()

    def count() -> None:
        while not over.wait(0.5):
            for table, rows in _count_queue(site).items():
                at_most[table] = max(at_most[table], rows)

    thread = threading.Thread(target=count)
    thread.start()
    try:
        yield at_most
    finally:
        over.set()
        thread.join()
