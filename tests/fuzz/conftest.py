"""How many examples are tried, and how much memory trying them may take."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

_CAP = 256 << 20


@pytest.fixture(autouse=True, scope="module")
def memory_cap() -> Iterator[None]:
    """Let the process grow by 256 MB at most; whatever asks for more gets a MemoryError."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + _CAP, hard))
    yield
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
