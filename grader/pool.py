"""Keeps graders warm, one for each environment and set of preloaded modules, and no more of them than are wanted."""

from __future__ import annotations

import contextlib
import itertools
import sys
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from types import TracebackType

from grader.errors import GraderError
from grader.grading import GradeOutcome, Grader, GradeRequest
from grader.options import Environment, GraderOptions

WARM = 4
"""Fork servers kept by default; each holds the libraries of one environment in memory, 100 to 200 MB."""


@dataclass(eq=False)
class _Place:
    """One grader of the pool, perhaps not started yet, and how many gradings use it."""

    environment: Environment
    modules: frozenset[str]
    grader: Grader
    users: int = 0
    used: int = 0
    starting: threading.Lock = field(default_factory=threading.Lock)
    started: bool = False


class GraderPool:
    """Hands out warm graders. Safe to use from several threads; `grade` blocks.

    A grader is started when it is first asked for. The standard library is imported in no time, so only other modules
    call for a grader of their own. Where there are `size` of them already, the one that was used longest ago is closed
    to make room; while all of them are at work, the next one waits.
    """

    def __init__(self, options: GraderOptions, *, size: int = WARM) -> None:
        if size < 1:
            raise ValueError("a pool needs room for one grader at least")
        self._options = options
        self._size = size
        self._changed = threading.Condition()
        self._places: list[_Place] = []
        self._wanted: defaultdict[Environment, frozenset[str]] = defaultdict(frozenset)
        self._clock = itertools.count(1)
        self._closed = False

    def __enter__(self) -> GraderPool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def options(self) -> GraderOptions:
        """The options of its graders, but for the environment and what is preloaded besides."""
        return self._options

    def __len__(self) -> int:
        """Return how many graders there are."""
        with self._changed:
            return len(self._places)

    def grade(
        self, request: GradeRequest, *, environment: Environment | None = None, preload: Iterable[str] = ()
    ) -> GradeOutcome:
        """Return the verdict on `request`, run in `environment` (None: the one of the pool's options).

        `preload`: modules that its notebook imports, beyond those of the pool's options. Raises as `Grader.grade`.
        """
        with self.borrow(environment=environment, preload=preload) as grader:
            return grader.grade(request)

    def warm(self, *, environment: Environment | None = None, preload: Iterable[str] = ()) -> None:
        """Start the grader that `grade` would take, so that the next submission finds it warm.

        Raises SandboxUnavailable.
        """
        with self.borrow(environment=environment, preload=preload):
            pass

    @contextlib.contextmanager
    def borrow(self, *, environment: Environment | None = None, preload: Iterable[str] = ()) -> Iterator[Grader]:
        """Yield a started grader, which stays open for as long. Raises SandboxUnavailable or, closed, GraderError."""
        usual = Environment(python=self._options.interpreter(), folders=self._options.folders)
        slow = {name for name in preload if name.partition(".")[0] not in sys.stdlib_module_names}
        place = self._take(environment or usual, frozenset(slow) | set(self._options.preload))
        try:
            with place.starting:
                if not place.started:
                    place.grader.__enter__()
                    place.started = True
            yield place.grader
        finally:
            self._give_back(place)

    def close(self, *, patience: float | None = None) -> None:
        """Close every grader, once the gradings that use it have ended; nothing is handed out from now on.

        After `patience` seconds (None: however long it takes) gradings that still run are ended: they raise.
        """
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not any(place.users for place in self._places), patience)
            places, self._places = self._places, []
        for place in places:
            place.grader.close()

    def _take(self, environment: Environment, modules: frozenset[str]) -> _Place:
        surplus: list[_Place] = []
        try:
            with self._changed:
                while True:
                    if self._closed:
                        raise GraderError("the pool of graders is closed")
                    place = self._find(environment, modules)
                    if place is None and len(self._places) >= self._size:
                        idle = [known for known in self._places if not known.users]
                        if not idle:
                            self._changed.wait()
                            continue
                        # One of the same environment will be outdone by the new one anyway.
                        surplus.append(min(idle, key=lambda known: (known.environment != environment, known.used)))
                        self._places.remove(surplus[-1])
                        continue
                    if place is None:
                        place = self._make(environment, modules)
                        surplus += self._outdo(place)
                    place.users += 1
                    return place
        finally:
            for old in surplus:
                old.grader.close()

    def _find(self, environment: Environment, modules: frozenset[str]) -> _Place | None:
        """Return a grader that has all of `modules`; more than that does no harm."""
        fitting = [place for place in self._places if place.environment == environment and modules <= place.modules]
        return min(fitting, key=lambda place: len(place.modules), default=None)

    def _make(self, environment: Environment, modules: frozenset[str]) -> _Place:
        """Return a new grader with all that was ever wanted of this environment, so that soon one serves all of it."""
        modules |= self._wanted[environment]
        self._wanted[environment] = modules
        first = self._options.preload
        names = (*first, *sorted(modules - set(first)))
        options = replace(self._options, python=environment.python, folders=environment.folders, preload=names)
        place = _Place(environment, modules, Grader(options))
        self._places.append(place)
        return place

    def _outdo(self, new: _Place) -> list[_Place]:
        """Take out the idle graders that have nothing beyond what `new` has; return them."""
        outdone = [
            place
            for place in self._places
            if place is not new and not place.users and place.environment == new.environment
        ]
        self._places = [place for place in self._places if place not in outdone]
        return outdone

    def _give_back(self, place: _Place) -> None:
        with self._changed:
            place.users -= 1
            place.used = next(self._clock)
            unstarted = not place.started and not place.users
            if unstarted and place in self._places:
                self._places.remove(place)
            self._changed.notify_all()
        if unstarted:
            place.grader.close()
