"""A running web service: real HTTP on the loopback, a real Postgres, the Hub's twin beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy

from nbquest.db import migrate
from nbquest.db.engine import session_scope
from nbquest.files.store import MemoryBlobStore
from nbquest.identity import api as identity
from tests.factories.courses import publish_squares
from tests.integration.nbquest.web.running import RunningService, running_service


@pytest.fixture(scope="package")
def service(
    empty_database_factory: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningService]:
    """A service with the course `squares` of two assignments, taught by `teacher`. Tests bring learners."""
    url = empty_database_factory()
    migrate.upgrade(url)
    engine = sqlalchemy.create_engine(url)
    blobs = MemoryBlobStore()
    with session_scope(engine) as session:
        publish_squares(session, blobs, tmp_path_factory.mktemp("course"), "first", "second")
        identity.set_course_role(session, "teacher", "squares", "instructor")
        identity.set_course_role(session, "helper", "squares", "mentor")
    with running_service(engine, blobs) as running:
        yield running
    engine.dispose()
