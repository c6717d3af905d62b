"""The engines that hostile submissions are tried in."""

from __future__ import annotations

import functools
import importlib.util

from grader.certificate import Certificate
from tests.security.grader.arena import Arena, Contest

_PARTS = {
    "shared": "grader.engine",
    "separate": "grader.sandbox.inside.separate.tester",
    "kernel": "grader.kernel_engine",
}
ENGINES = tuple(isolation for isolation, part in _PARTS.items() if importlib.util.find_spec(part))


def contest(arena: Arena, isolation: str, source: bytes, honest: bytes, honest_score: float) -> Contest:
    """Return the contest about `source` in the engine `isolation`, with the certificate that publishing would make."""
    return Contest(
        isolation=isolation,
        source=source,
        honest=honest,
        honest_score=honest_score,
        certificate=_certificate(source) if isolation == "separate" else None,
    )


@functools.cache
def _certificate(source: bytes) -> Certificate:
    raise NotImplementedError
