"""What runs ends with the Hub, however the Hub ends, and comes back with it."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nbquest.cli import images
from nbquest.db import migrate
from tests.factories.hub import RunningHub, running_hub, wait_until

SPAWNERS = [
    pytest.param("local", marks=pytest.mark.bubblewrap, id="local"),
    pytest.param("docker", marks=pytest.mark.docker, id="docker"),
]


@pytest.fixture(scope="module", params=SPAWNERS)
def site(request: pytest.FixtureRequest, empty_database_factory: Callable[[], str]) -> Iterator[RunningHub]:
    """A Hub for all tests of a spawner; they stop and start it, each with a person of its own."""
    if request.param == "docker":
        images.build("singleuser", force=False)
    url = empty_database_factory()
    migrate.upgrade(url)
    with running_hub(url, request.param) as hub:
        yield hub


@pytest.fixture
def hub(site: RunningHub) -> RunningHub:
    """The Hub, running, whatever a failed test left of it."""
    if site.process is None:
        site.start()
    return site


def processes_of(hub: RunningHub) -> list[str]:
    """Return the command lines of all processes that belong to the Hub's site: those that know its folder or ports."""
    marks = re.compile(rf"{re.escape(str(hub.data_dir))}|(?<!\d){hub.url.rpartition(':')[2]}(?!\d)")
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            environment = (folder / "environ").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if command and (marks.search(command) or marks.search(environment)):
            found.append(f"{folder.name} {command}")
    return found


def test_a_server_answers_through_the_proxy_and_keeps_its_files(hub: RunningHub) -> None:
    person = hub.person("keeper")
    person.spawn()
    assert person.api("GET", "/user/keeper/api/status").status_code == 200
    person.run("open('work.txt', 'w').write('mine')")
    person.stop_server()
    assert person.api("GET", "/user/keeper/api/status").status_code != 200
    person.spawn()
    assert person.api("GET", "/user/keeper/api/contents/work.txt").json()["content"] == "mine"


def test_an_orderly_stop_leaves_no_process_and_the_site_comes_back(hub: RunningHub) -> None:
    person = hub.person("returner")
    person.spawn()
    assert processes_of(hub)
    hub.stop()
    wait_until(lambda: not processes_of(hub), 60, lambda: "\n".join(processes_of(hub)))
    hub.start()
    assert person.http.get("/hub/home").status_code == 200  # the session outlives the restart
    person.spawn()
    assert person.api("GET", "/user/returner/api/status").status_code == 200


def test_a_killed_hub_leaves_no_process_and_the_site_comes_back(hub: RunningHub) -> None:
    person = hub.person("survivor")
    person.spawn()
    hub.stop(signal.SIGKILL)

    # A container is the engine's, not the Hub's: it stays, and the next Hub takes it over.
    def left() -> list[str]:
        return [line for line in processes_of(hub) if "docker-init" not in line and "jupyterhub.singleuser" not in line]

    wait_until(lambda: not left(), 60, lambda: "\n".join(left()))
    hub.start()
    if hub.environment["NBQUEST_SPAWNER"] == "docker":
        wait_until(person.is_ready, 120, hub.logs)
    else:
        assert not [line for line in processes_of(hub) if "jupyterhub.singleuser" in line]
        person.spawn()
    wait_until(lambda: person.api("GET", "/user/survivor/api/status").status_code == 200, 120, hub.logs)


@pytest.mark.bubblewrap
def test_a_server_that_cannot_start_says_so_at_once(hub: RunningHub) -> None:
    if hub.environment["NBQUEST_SPAWNER"] == "docker":
        return  # Docker itself tells of a container that ends
    person = hub.person("blocked")
    home = hub.data_dir / "homes" / "blocked"
    home.parent.mkdir(exist_ok=True)
    home.write_text("a file is in the way")
    answer = person.api("POST", "/hub/api/users/blocked/server")
    assert answer.status_code == 500
    home.unlink()
    person.spawn()
