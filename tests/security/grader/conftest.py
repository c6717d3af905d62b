"""One set of plants and one arena for all hostile submissions of a test run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.security.grader.arena import Arena
from tests.security.grader.attack_set import ATTACKS, EXPECTED
from tests.security.grader.plants import NEIGHBOUR_SECRET, Plants, planted


@pytest.fixture(scope="session")
def plants() -> Iterator[Plants]:
    marks = Path(EXPECTED.get("mark_dir", "/tmp/atk_marks"))
    ports = list(EXPECTED.get("ports", {"listener": 18765}).values())
    body = json.dumps(
        {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [], "by": NEIGHBOUR_SECRET}
    ).encode()
    files = {f"{folder}/victim/ps1/ps1.ipynb": body for folder in ("submitted", "autograded", "feedback")}
    if ATTACKS.is_dir():
        files["source/ps1/ps1.ipynb"] = (ATTACKS / "ps1_source.ipynb").read_bytes()
    with planted(marks, ports, files) as found:
        yield found


@pytest.fixture(scope="session")
def arena(plants: Plants) -> Iterator[Arena]:
    found = Arena(plants)
    yield found
    found.close()
