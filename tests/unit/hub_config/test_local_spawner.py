"""What limits a local server where the site's account has no control groups to write to."""

from __future__ import annotations

import types

import pytest

from hub_config import local_spawner
from hub_config.local_spawner import LocalSpawner, UnisolatedSpawner, counts_by_namespace

NEW, OLD = "6.1.0-18-amd64", "5.10.0-28-amd64"


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch):
    """Return a function that puts us on a kernel, as an account."""

    def put(release: str, account: int) -> None:
        monkeypatch.setattr(local_spawner.os, "geteuid", lambda: account)
        monkeypatch.setattr(local_spawner.os, "uname", lambda: types.SimpleNamespace(release=release))

    return put


@pytest.mark.parametrize(
    ("release", "counts"),
    [
        ("5.13.19", False),
        ("5.14.0-1", True),
        ("4.19.0", False),
        (NEW, True),
        (OLD, False),
        ("10.0", True),
        ("?", False),
    ],
)
def test_kernels_count_by_namespace_from_5_14(release: str, counts: bool) -> None:
    assert counts_by_namespace(release) is counts


@pytest.mark.parametrize(
    ("kind", "release", "account", "limited"),
    [
        (LocalSpawner, NEW, 1000, True),
        (LocalSpawner, OLD, 1000, False),  # would count all that the site's account runs
        (LocalSpawner, OLD, 0, True),
        (UnisolatedSpawner, NEW, 1000, False),
        (UnisolatedSpawner, NEW, 0, True),
    ],
)
def test_processes_are_limited_where_only_the_servers_own_count(
    on, kind: type[LocalSpawner], release: str, account: int, limited: bool
) -> None:
    on(release, account)
    spawner = kind(mem_limit="512M")
    spawner.server_command = lambda: ["server"]  # type: ignore[method-assign]
    command = spawner._inner_command("relay", "socket")
    assert ("--processes" in command) is limited
    said = spawner._stand_ins({"pids"})
    assert ("NOT limited" in said) is not limited
