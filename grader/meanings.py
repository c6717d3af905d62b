"""What names mean to the instructor, for tests that run among the learner's names (`shared` and `kernel`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from grader.certificate import Policy


@dataclass(frozen=True, kw_only=True)
class Meanings:
    """`given`: imported names that mean a library's whatever the learner makes of them, with module and attribute.

    `bound`: names of builtins that the instructor's own cells give another meaning to, as an exercise may.
    """

    given: Mapping[str, tuple[str, str | None]] = field(default_factory=dict)
    bound: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return them as plain JSON data."""
        return {"given": {name: list(origin) for name, origin in self.given.items()}, "bound": list(self.bound)}


def read_meanings(policy: Policy) -> Meanings:
    """Return what the names of the notebook mean that `policy` is about."""
    protected = set(policy.protected)
    given = {name: origin for name, origin in policy.imports.items() if name in protected and origin[1] != "*"}
    return Meanings(given=given, bound=policy.bound)
