"""Workers on two hosts, Postgres and the web service are killed, and networks cut, while learners hand in.

    NBQUEST_CHAOS_SEEDS=1-20 .venv/bin/pytest tests/chaos -s

runs these seeds, with 500 submissions each; with all tests run two that are shorter. `-s` prints what went wrong in
each, and when.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from nbquest.db.engine import session_scope
from tests.chaos.audit import find_faults
from tests.chaos.learners import HandedIn, Learners
from tests.chaos.mischief import Mischief, plan_mischief
from tests.chaos.network import Network, running_network
from tests.chaos.site import Database, Site, running_database, running_site, wait_for
from tests.factories.hub_server import HubServer, running_hub_twin
from tests.factories.s3 import running_s3

pytestmark = [pytest.mark.bubblewrap, pytest.mark.network, pytest.mark.slow]

CHOSEN = os.environ.get("NBQUEST_CHAOS_SEEDS")
SUBMISSIONS, PEOPLE = 500 if CHOSEN else 150, 25
PATIENCE_SECONDS = 400
WAITING = "SELECT count(*) FROM attempts WHERE state IN ('queued', 'grading')"


def _seeds(wanted: str) -> list[int]:
    """Return the seeds of `3,7-9`."""
    seeds: list[int] = []
    for part in wanted.split(","):
        first, _, last = part.partition("-")
        seeds += range(int(first), int(last or first) + 1)
    return seeds


SEEDS = _seeds(CHOSEN or "1")


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    with running_network(hosts=2) as made:
        yield made


@pytest.fixture(scope="module")
def database(network: Network) -> Iterator[Database]:
    with running_database(network) as made:
        yield made


@pytest.fixture(scope="module")
def hub() -> Iterator[HubServer]:
    with running_hub_twin() as made:
        yield made


@pytest.mark.parametrize("seed", SEEDS)
def test_each_has_one_grade(seed: int, network: Network, database: Database, hub: HubServer, tmp_path: Path) -> None:
    """All that was taken is graded once, is paid once, and nothing of it is lost."""
    with running_site(network, database, hub, tmp_path) as site:
        _go_through(site, seed)


@pytest.mark.parametrize("seed", [seed + 1000 for seed in SEEDS[: max(1, len(SEEDS) // 4)]])
def test_so_it_is_with_files_in_s3(
    seed: int, network: Network, database: Database, hub: HubServer, tmp_path: Path
) -> None:
    """The hosts share nothing but addresses."""
    with running_s3(tmp_path, address=network.gateway) as s3:
        files = {
            "files_url": f"s3://{s3.bucket}/chaos",
            "files_endpoint": s3.endpoint,
            "files_credentials": str(s3.credentials),
        }
        with running_site(network, database, hub, tmp_path, files) as site:
            _go_through(site, seed)


def _go_through(site: Site, seed: int) -> None:
    plan = plan_mischief(seed, hosts=len(site.hosts))
    print(f"\nseed {seed}", *plan, sep="\n  ")
    learners = Learners(site, seed, people=PEOPLE, submissions=SUBMISSIONS)
    began = time.monotonic()
    try:
        with ThreadPoolExecutor(1) as pool:
            making = pool.submit(_make_mischief, site, plan, learners)
            handed_in = learners.hand_in_all()
            taken = time.monotonic() - began
            making.result()
        assert len(handed_in) == SUBMISSIONS
        wait_for(lambda: _is_all_graded(site), "all grades", seconds=PATIENCE_SECONDS)
        print(f"  taken after {taken:.1f} s, {_sent_again(handed_in)} sent again, ", end="")
        print(f"graded after {time.monotonic() - began:.1f} s, most runs of one: {_most_runs(site)}")
        assert [worker.stop() for worker in site.workers] == [0] * len(site.workers)
        assert find_faults(site, handed_in) == []
    except BaseException:
        print(site.tell())
        raise


def _make_mischief(site: Site, plan: tuple[Mischief, ...], learners: Learners) -> None:
    """Do what is planned, each when so much is taken and graded, and mend it again; at the end all runs."""
    planned = list(reversed(plan))
    broken: list[tuple[float, Callable[[], object]]] = []
    deadline = time.monotonic() + PATIENCE_SECONDS
    graded = 0
    while planned or broken:
        assert time.monotonic() < deadline, f"nothing goes on, {planned} are left"
        for moment, mend in [due for due in broken if due[0] <= time.monotonic()]:
            broken.remove((moment, mend))
            mend()
        graded = _count_graded(site, graded)
        if planned and (learners.taken + graded) / (2 * SUBMISSIONS) >= planned[-1].at:
            one = planned.pop()
            do, mend = _deeds(site, one)
            do()
            broken.append((time.monotonic() + one.lasting, mend))
        time.sleep(0.02)


def _deeds(site: Site, one: Mischief) -> tuple[Callable[[], object], Callable[[], object]]:
    """Return what does it, and what mends it."""
    worker, host, database, web = site.workers[one.host], site.hosts[one.host], site.database, site.web
    match one.kind:
        case "kill worker":
            return worker.kill, worker.start
        case "cut network":
            return host.cut, host.mend
        case "lose host":
            return lambda: (host.cut(), worker.kill()), lambda: (host.mend(), worker.start())
        case "kill postgres":
            return database.kill, database.start
        case "kill web":
            return web.kill, web.start
        case "restart web":
            return web.stop, web.start


def _is_all_graded(site: Site) -> bool:
    assert not any(program.has_ended() for program in (site.web, *site.workers)), "a program ended by itself"
    with session_scope(site.engine) as session:
        return session.scalar(text(WAITING)) == 0


def _count_graded(site: Site, before: int) -> int:
    """Return how many are graded; as many as `before` where Postgres is away."""
    try:
        with session_scope(site.engine) as session:
            return session.scalar(text("SELECT count(*) FROM grades")) or 0
    except OperationalError:
        return before


def _most_runs(site: Site) -> int:
    with session_scope(site.engine) as session:
        return session.scalar(text("SELECT max(runs) FROM attempts")) or 0


def _sent_again(handed_in: list[HandedIn]) -> int:
    return sum(one.tries > 1 for one in handed_in)
