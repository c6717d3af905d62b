"""What names mean to the instructor, for tests that run among the learner's names (`shared` and `kernel`)."""

from __future__ import annotations

import builtins
import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from grader.certificate import Policy
from grader.source import SourceNotebook

_BUILTINS = frozenset(name for name in dir(builtins) if not name.startswith("_"))
_BINDS = re.compile(
    r"^\s*(?:async\s+def|def|class|global)\s+(\w+)|\b(\w+)\s*(?::[^=\n]+)?=(?!=)|\bas\s+(\w+)", re.MULTILINE
)


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


@functools.lru_cache(maxsize=64)
def _bound_in(source: SourceNotebook) -> tuple[str, ...]:
    text = "\n".join(cell.source for cell in source.cells if cell.cell_type == "code")
    found = {name for match in _BINDS.finditer(text) for name in match.groups() if name}
    return tuple(sorted(found & _BUILTINS))


def read_meanings(source: SourceNotebook, policy: Policy) -> Meanings:
    """Return what the names of `source` mean."""
    protected = set(policy.protected)
    given = {name: origin for name, origin in policy.imports.items() if name in protected and origin[1] != "*"}
    return Meanings(given=given, bound=_bound_in(source))
