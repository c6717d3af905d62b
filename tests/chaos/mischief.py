"""What goes wrong, and when: drawn from a seed, so that a run that failed can be had again."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Literal

Kind = Literal["kill worker", "lose host", "cut network", "kill postgres", "kill web", "restart web"]

KINDS: dict[Kind, int] = {
    "kill worker": 4,
    "cut network": 3,
    "kill postgres": 2,
    "kill web": 1,
    "restart web": 1,
    "lose host": 1,
}
"""How often each happens, beside the others."""
LASTING: dict[Kind, tuple[float, float]] = {
    "kill worker": (0.0, 2.0),
    "cut network": (0.5, 6.0),
    "kill postgres": (0.0, 2.0),
    "kill web": (0.0, 1.0),
    "restart web": (0.0, 0.0),
    "lose host": (1.0, 4.0),
}
"""After how many seconds, from so many to so many, it is mended."""


@dataclass(frozen=True, kw_only=True)
class Mischief:
    """Something that goes wrong, on one of the hosts where it matters, and is mended so many seconds later.

    `at`: how much of all the work is done by then, from 0 to 1. So a busy machine sees no less of it than an idle one.
    """

    at: float
    kind: Kind
    host: int
    lasting: float

    def __str__(self) -> str:
        where = f" of host {self.host}" if self.kind in ("kill worker", "cut network", "lose host") else ""
        return f"at {self.at:.0%}: {self.kind}{where}, mended after {self.lasting:.2f} s"


def plan_mischief(seed: int, *, hosts: int, count: int = 12) -> tuple[Mischief, ...]:
    """Return `count` things that go wrong, in their order."""
    random = Random(seed)
    kinds, weights = list(KINDS), list(KINDS.values())
    planned = []
    for at in sorted(random.uniform(0.02, 0.95) for _ in range(count)):
        kind = random.choices(kinds, weights)[0]
        planned.append(Mischief(at=at, kind=kind, host=random.randrange(hosts), lasting=random.uniform(*LASTING[kind])))
    return tuple(planned)
