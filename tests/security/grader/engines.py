"""The engines that hostile submissions are tried in."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from grader.certify import certify
from tests.security.grader.arena import LIMITS, Arena, Contest

ENGINES = ("shared", "separate", "kernel")


def asked_engines(request: pytest.FixtureRequest, engines: Sequence[str]) -> list[str]:
    """Return those of `engines` that the tests of this run are about: certifying for one takes seconds."""
    params = [item.callspec.params for item in request.session.items if hasattr(item, "callspec")]
    asked = {param.get("isolation") for param in params}
    return [name for name in engines if name in asked]


def contest(arena: Arena, isolation: str, source: bytes, honest: bytes, honest_score: float) -> Contest:
    """Return the contest about `source` in the engine `isolation`, with the certificate that publishing would make."""
    certificate = None
    if isolation == "separate":
        certificate = arena.lend(lambda grader: certify(source, {}, grader, limits=LIMITS, budget_seconds=1))
        assert certificate.engine == "separate", certificate.reasons
    return Contest(
        isolation=isolation,
        source=source,
        honest=honest,
        honest_score=honest_score,
        certificate=certificate,
    )
