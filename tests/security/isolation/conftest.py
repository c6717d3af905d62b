"""Two learners at work on one site, for each spawner: what can the one find out about the other and about the site?"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from nbquest.cli import images
from nbquest.db import migrate
from tests.factories.hub import Person, RunningHub, running_hub

SPAWNERS = [
    pytest.param("local", marks=pytest.mark.bubblewrap, id="local"),
    pytest.param("docker", marks=pytest.mark.docker, id="docker"),
]


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Mallory, who tries, and Ada, who has a file."""

    hub: RunningHub
    spawner: str
    database_url: str
    mallory: Person
    ada: Person

    @property
    def postgres_folder(self) -> str:
        """Folder of Postgres' socket."""
        return str(make_url(self.database_url).query["host"])

    def ask(self, code: str) -> Any:
        """Run `code` in Mallory's server; return what it put into `answer`."""
        printed = self.mallory.run(f"import json\n{code}\nprint('ANSWER' + json.dumps(answer))")
        assert "ANSWER" in printed, printed
        return json.loads(printed.rpartition("ANSWER")[2])


@pytest.fixture(scope="module", params=SPAWNERS)
def pair(request: pytest.FixtureRequest, empty_database_factory: Callable[[], str]) -> Iterator[Pair]:
    """A site with two learners whose servers run."""
    if request.param == "docker":
        images.build("singleuser", force=False)
    url = empty_database_factory()
    migrate.upgrade(url)
    with running_hub(url, request.param) as hub:
        ada, mallory = hub.person("ada-secret"), hub.person("mallory")
        ada.spawn()
        ada.run("open('private.txt', 'w').write('only for ada')")
        mallory.spawn()
        yield Pair(hub=hub, spawner=request.param, database_url=url, mallory=mallory, ada=ada)
