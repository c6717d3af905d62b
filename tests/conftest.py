"""Fixtures that every test may use, and the rule that a skip is told, and a failure under CI."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
import structlog

from grader.sandbox import bubblewrap
from hub_config.http_proxy import find_node
from tests.chaos import network

pytest_plugins = ["tests.factories.postgres", "tests.factories.s3", "tests.factories.workers"]

# Playwright's own node wants a library that a bare machine lacks; ours does not.
os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(find_node()))

# A script that puts us into the background has SIGINT ignored, and what we start would inherit that and not stop by it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Left as it is, structlog draws a picture of each traceback with all variables in it, which takes seconds.
structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.JSONRenderer()])

REPOSITORY = Path(__file__).resolve().parent.parent
CORPUS = REPOSITORY.parent / "shared" / "corpus"


def _docker_answers() -> bool:
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, saying why, what this machine can't run."""
    used = {
        mark
        for item in items
        for mark in ("docker", "bubblewrap", "browser", "corpus", "network")
        if item.get_closest_marker(mark)
    }
    lacking = {
        "docker": None if "docker" not in used or _docker_answers() else "no container engine answers",
        "bubblewrap": bubblewrap.probe() if "bubblewrap" in used else None,
        "browser": None if shutil.which("chromium") else "chromium is not installed",
        "network": network.find_obstacle() if "network" in used else None,
        "corpus": None if CORPUS.is_dir() else "the reference notebooks are not beside the checkout",
    }
    for item in items:
        for mark, reason in lacking.items():
            if reason and item.get_closest_marker(mark):
                item.add_marker(pytest.mark.skip(reason=reason))


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Under CI=true a skipped test is a failed run: there, everything has to be shown."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") != "true" or reporter is None:
        return
    skipped = reporter.stats.get("skipped", [])
    if skipped and exitstatus == 0:
        reporter.write_line(f"{len(skipped)} tests were skipped, which CI counts as a failure", red=True)
        session.exitstatus = 1
