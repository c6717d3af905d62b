"""What the student's code gets for functions and iterators of a test: stand-ins that ask the test process."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from typing import Any


class ReverseFunction:
    """Stands for a function of a test."""

    def __init__(
        self, number: int, name: str, doc: str | None, call: Callable[[int, tuple[Any, ...], dict[str, Any]], Any]
    ) -> None:
        self.number = number
        self.__name__ = self.__qualname__ = name
        self.__doc__ = doc
        self.__module__ = "__main__"
        self._call = call

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._call(self.number, args, kwargs)

    def __get__(self, owner: Any, kind: Any = None) -> Any:
        # In a class it is a method, as any function.
        return self if owner is None or not self.__name__.isidentifier() else functools.partial(self, owner)

    def __repr__(self) -> str:
        return f"<function {self.__name__}>"


class ReverseIterator:
    """Stands for an iterator of a test; `advance` asks for the next item."""

    def __init__(self, advance: ReverseFunction) -> None:
        self._advance = advance

    def __iter__(self) -> ReverseIterator:
        return self

    def __next__(self) -> Any:
        return self._advance()


class ReverseTable:
    """The stand-ins in use; tells which of them are gone."""

    def __init__(self, call: Callable[[int, tuple[Any, ...], dict[str, Any]], Any]) -> None:
        self._call = call
        self._known: dict[int, weakref.ref[ReverseFunction]] = {}
        self._gone: list[int] = []

    def get(self, number: int, name: str, doc: str | None = None) -> ReverseFunction:
        """Return the stand-in for the function with that number."""
        reference = self._known.get(number)
        found = reference() if reference is not None else None
        if found is None:
            found = ReverseFunction(number, name, doc, self._call)
            self._known[number] = weakref.ref(found, lambda _: self._lose(number))
            if number in self._gone:
                self._gone.remove(number)
        return found

    def _lose(self, number: int) -> None:
        reference = self._known.get(number)
        if reference is not None and reference() is None:
            del self._known[number]
            self._gone.append(number)

    def take_gone(self) -> list[int]:
        """Return the numbers of those that nothing refers to any more."""
        gone, self._gone = self._gone, []
        return gone
