"""Slows down the guessing of passwords: after some failed tries, a name is locked for a while."""

from __future__ import annotations

from dataclasses import dataclass

MAX_NAMES = 10_000


@dataclass(slots=True)
class _Failures:
    count: int
    last: float


class Lockout:
    """Counts failed tries by name. Times are seconds of any steady clock, given by the caller."""

    def __init__(self, allowed: int, seconds: float) -> None:
        self.allowed = allowed
        self.seconds = seconds
        self._failures: dict[str, _Failures] = {}

    def remaining(self, name: str, now: float) -> float:
        """Return for how many more seconds `name` is locked; 0 when it isn't."""
        failures = self._failures.get(name)
        if failures is None or failures.count < self.allowed:
            return 0.0
        return max(0.0, failures.last + self.seconds - now)

    def record_failure(self, name: str, now: float) -> None:
        """Count one more failed try. Tries longer ago than the lock lasts are forgotten."""
        failures = self._failures.get(name)
        if failures is None or now - failures.last >= self.seconds:
            self._make_room(now)
            failures = self._failures[name] = _Failures(0, now)
        failures.count += 1
        failures.last = now

    def record_success(self, name: str) -> None:
        """Forget the failed tries of `name`."""
        self._failures.pop(name, None)

    def _make_room(self, now: float) -> None:
        if len(self._failures) < MAX_NAMES:
            return
        old = [name for name, failures in self._failures.items() if now - failures.last >= self.seconds]
        for name in old or [min(self._failures, key=lambda name: self._failures[name].last)]:
            del self._failures[name]
