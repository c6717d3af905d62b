"""Grades hostile submissions on a few warm graders at once, and reports what each got and what it left behind."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from grader.certificate import Certificate
from grader.errors import GraderError, InvalidSubmission
from grader.grading import GradeOutcome, Grader, GradeRequest, GraderOptions, Limits
from grader.ingest import read_file
from tests.security.grader.plants import Plants, enter_planted_mounts
from tests.security.grader.watch import Peak, Tree, Watch, runs_below, settled

T = TypeVar("T")
STATIONS = 3
LIMITS = Limits(cell_seconds=4, total_seconds=20)


@dataclass(frozen=True, kw_only=True)
class Contest:
    """An assignment, its engine, and honest work that must earn its points before and after every attack."""

    isolation: str
    source: bytes
    honest: bytes
    honest_score: float
    certificate: Certificate | None = None
    resources: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Fight:
    """What came of one submission.

    `outcome` is None where the file itself was refused (`refused`) or the grader failed (`failure`). `events` is
    what happened around the grader meanwhile, `after` the status and score of the honest work graded next.
    """

    outcome: GradeOutcome | None = None
    refused: str | None = None
    failure: str | None = None
    seconds: float = 0.0
    peak: Peak = field(default_factory=Peak)
    orphans: int = 0
    events: tuple[str, ...] = ()
    after: tuple[str, float] | None = None


class _Station(threading.local):
    """A grader of one thread."""

    grader: Grader | None = None
    starter: int = 0


class Arena:
    """Threads that grade, each with a warm grader of its own amid the plants."""

    def __init__(self, plants: Plants) -> None:
        self.plants = plants
        self.has_account = False
        self._watch = Watch()
        self._station = _Station()
        self._graders: list[Grader] = []
        self._starting = threading.Lock()
        self._pool = ThreadPoolExecutor(STATIONS, thread_name_prefix="station", initializer=self._set_up)

    def _set_up(self) -> None:
        with self._starting:  # one after another, to tell whose fork server is whose
            self.has_account = enter_planted_mounts(self.plants)
            before = set(Tree.now().children.get(os.getpid(), []))
            grader = Grader(GraderOptions(limits=LIMITS))
            grader.__enter__()
            self._graders.append(grader)
            self._station.grader = grader
            (self._station.starter,) = set(Tree.now().children[os.getpid()]) - before

    def fight(self, contest: Contest, submission: bytes | Path, limits: Limits | None = None) -> Future[Fight]:
        """Have `submission` (its bytes, or a file to be read as the command line does) graded soon."""
        return self._pool.submit(self._fight, contest, submission, limits)

    def ask(self, contest: Contest, submission: bytes) -> GradeOutcome:
        """Grade and return the outcome, without looking around."""
        return self.lend(lambda grader: grader.grade(_request(contest, submission, None)))

    def lend(self, use: Callable[[Grader], T]) -> T:
        """Return what `use` makes of one of the graders, once one is free."""

        def call() -> T:
            assert self._station.grader is not None
            return use(self._station.grader)

        return self._pool.submit(call).result()

    def _fight(self, contest: Contest, submission: bytes | Path, limits: Limits | None) -> Fight:
        grader, starter = self._station.grader, self._station.starter
        assert grader is not None
        began = time.monotonic()
        fight = Fight(peak=self._watch.begin(starter))
        try:
            body = read_file(submission) if isinstance(submission, Path) else submission
            outcome = grader.grade(_request(contest, body, limits))
            fight = replace(fight, outcome=outcome)
        except InvalidSubmission as error:
            fight = replace(fight, refused=str(error))
        except (GraderError, Exception) as error:  # the service would have died of it
            fight = replace(fight, failure=f"{type(error).__name__}: {error}")
        seconds = time.monotonic() - began
        orphans = settled(lambda: runs_below(starter))
        self._watch.end(starter)
        after = _honest(grader, contest)
        self.plants.look()
        events = tuple(self.plants.since(began))
        return replace(fight, seconds=seconds, orphans=len(orphans), events=events, after=after)

    def close(self) -> None:
        """End all graders."""
        self._pool.shutdown(cancel_futures=True)
        for grader in self._graders:
            grader.close()
        self._watch.close()


def _honest(grader: Grader, contest: Contest) -> tuple[str, float]:
    try:
        report = grader.grade(_request(contest, contest.honest, None)).report
    except Exception as error:
        return (f"{type(error).__name__}: {error}", 0)
    return (report.status, float(report.score))


def _request(contest: Contest, submission: bytes, limits: Limits | None) -> GradeRequest:
    return GradeRequest(
        source=contest.source,
        submission=submission,
        resources=contest.resources,
        isolation=contest.isolation,
        certificate=contest.certificate,
        limits=limits,
    )
