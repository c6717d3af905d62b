"""The namespace that tests run in: their own names, and behind them the names of the student's notebook.

It is one dict, both globals and locals of a test. Names of the notebook are asked for when they are first used, and
kept until the notebook gives them another value. Whoever wrote a name last, wins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

_MISSING = object()


class TestNamespace(dict[str, Any]):
    """Looks up what it doesn't hold with `resolve(name)`, which raises KeyError for what is nowhere.

    `notebook`: the names that the student's process has. A name that a test deletes is hidden from then on.
    """

    __test__ = False  # not a test class, whatever pytest thinks

    def __init__(self, resolve: Callable[[str], Any]) -> None:
        super().__init__()
        self._resolve = resolve
        self.notebook: set[str] = set()
        self.hidden: set[str] = set()
        self._kept: dict[str, Any] = {}

    # --- What the engine does with it ---------------------------------------------------------------------------------
    def own(self) -> dict[str, Any]:
        """Return the names that tests have stored."""
        kept = self._kept
        return {name: value for name, value in dict.items(self) if kept.get(name, _MISSING) is not value}

    def own_value(self, name: str, default: Any) -> Any:
        """Return what tests have stored under `name`."""
        value = dict.get(self, name, _MISSING)
        return default if value is _MISSING or self._kept.get(name, _MISSING) is value else value

    def update_own(self, **names: Any) -> None:
        """Store names."""
        dict.update(self, names)

    def set_state(self, own: dict[str, Any], notebook: Iterable[str], hidden: Iterable[str]) -> None:
        """Hold these names and no others."""
        self._kept.clear()
        dict.clear(self)
        dict.update(self, own)
        self.notebook, self.hidden = set(notebook), set(hidden)

    def forget_kept(self) -> None:
        """Ask for the notebook's names anew."""
        for name, value in self._kept.items():
            if dict.get(self, name, _MISSING) is value:
                dict.pop(self, name)
        self._kept.clear()

    def notebook_changed(self, names: Iterable[str], gone: Iterable[str], *, yielding: frozenset[str]) -> None:
        """Take note of what the notebook has given another value, or deleted.

        Of the names that tests have stored only those in `yielding` become the notebook's.
        """
        for name in names:
            if name not in yielding and self.own_value(name, _MISSING) is not _MISSING:
                continue
            self.notebook.add(name)
            self.hidden.discard(name)
            self._kept.pop(name, None)
            dict.pop(self, name, None)
        for name in gone:
            self.notebook.discard(name)
            if name in self._kept and dict.get(self, name, _MISSING) is self._kept.pop(name):
                dict.pop(self, name)

    # --- What tests do with it ----------------------------------------------------------------------------------------
    def __missing__(self, name: str) -> Any:
        if name in self.hidden:
            raise KeyError(name)
        value = self._resolve(name)
        self._kept[name] = value
        dict.__setitem__(self, name, value)
        return value

    def _is_there(self, name: object) -> bool:
        return dict.__contains__(self, name) or (name in self.notebook and name not in self.hidden)

    def __contains__(self, name: object) -> bool:
        return self._is_there(name)

    def __delitem__(self, name: str) -> None:
        if not self._is_there(name):
            raise KeyError(name)
        dict.pop(self, name, None)
        self._kept.pop(name, None)
        if name in self.notebook:
            self.hidden.add(name)

    def __setitem__(self, name: str, value: Any) -> None:
        self.hidden.discard(name)
        dict.__setitem__(self, name, value)

    def _names(self) -> dict[str, None]:
        names = dict.fromkeys(dict.keys(self))
        names.update(dict.fromkeys(sorted(self.notebook - self.hidden)))
        return names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __len__(self) -> int:
        return len(self._names())

    def keys(self) -> Any:
        """Return all names."""
        return self._names().keys()

    def values(self) -> Any:
        """Return the values of all names."""
        return self.copy().values()

    def items(self) -> Any:
        """Return all names and their values."""
        return self.copy().items()

    def copy(self) -> dict[str, Any]:
        """Return a dict of all names and their values."""
        return {name: self[name] for name in self._names()}

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of a name, `default` if there is none."""
        try:
            return self[name]
        except KeyError:
            return default

    def pop(self, name: str, *default: Any) -> Any:
        """Delete a name and return its value."""
        try:
            value = self[name]
        except KeyError:
            if default:
                return default[0]
            raise
        del self[name]
        return value

    def setdefault(self, name: str, default: Any = None) -> Any:
        """Return the value of a name, which is `default` from now on if there is none."""
        if name not in self:
            self[name] = default
        return self[name]
