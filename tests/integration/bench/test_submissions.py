"""What `script/bench submissions` measures with, in small: reading a long history, and the way to a grade."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nbquest.db.embedded import EmbeddedPostgres
from tests.bench.history import EACH, TABLES, fill
from tests.bench.plans import MANY, explain, list_excessive
from tests.bench.running_site import Publisher, made_site
from tests.bench.submission_parts import hand_in_as_a_crowd, watch_grades
from tests.factories.hub_server import HubServer, running_hub_twin

ROWS = 5 * MANY


@pytest.fixture(scope="module")
def hub() -> Iterator[HubServer]:
    """The Hub's twin, over HTTP."""
    with running_hub_twin() as running:
        yield running


@pytest.mark.slow
def test_what_people_ask_for_is_found_by_indexes(postgres: EmbeddedPostgres, hub: HubServer) -> None:
    """However long the history, no query of a learner's or of an operator's reads all of a table that grows."""
    with made_site(postgres, hub, Publisher(certified=False), "plans") as site:
        rows = fill(site, ROWS)
        assert set(rows) == set(TABLES)
        assert all(rows[table] >= ROWS * 0.99 for table in set(TABLES) - {"people", "kept_bytes"})
        assert rows["kept_bytes"] == ROWS // EACH
        found = explain(site)
        assert len(found) > 10
        assert {name: tables for name, tables in found.items() if tables} == {}
        # And what does read everything is seen to.
        assert list_excessive(site.engine, lambda session: session.connection().exec_driver_sql("SELECT 1")) == []
        everything = "SELECT count(*) FROM submissions WHERE late"
        assert list_excessive(site.engine, lambda session: session.connection().exec_driver_sql(everything)) == [
            f"submissions (Seq Scan, {ROWS} rows)"
        ]


@pytest.mark.slow
@pytest.mark.bubblewrap
def test_a_grade_comes_without_anybody_polling(postgres: EmbeddedPostgres, hub: HubServer) -> None:
    """The worker looks at the queue by itself once a day, and the learner waits for an event."""
    publisher = Publisher()
    with made_site(postgres, hub, publisher, "woken") as site, site.web(), site.worker():
        assert len(watch_grades(site, publisher, 2)) == 2
        came = hand_in_as_a_crowd(site, publisher, people=3, submissions=6)
    assert came.statuses == {"202": 6}
    assert came.queue_after["procrastinate_jobs"] <= 1  # a periodic one may be running
