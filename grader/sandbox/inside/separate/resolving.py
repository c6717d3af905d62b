"""What a name means in a test that the test itself has given no value: the instructor's, or the student's."""

from __future__ import annotations

import builtins
import contextlib
import types
from collections.abc import Mapping
from typing import Any

from grader.sandbox.inside.separate.library import RemoteFunction
from grader.sandbox.inside.separate.modules import Modules
from grader.sandbox.inside.separate.proxies import RemoteMeta, RemoteObject, derives, info_of
from grader.sandbox.inside.separate.session import Session

_STAR = "*"
_BUILTINS = frozenset(name for name in dir(builtins) if not name.startswith("_"))


class Resolver:
    """Gives names their meaning by the policy. `scope` is the namespace of the tests."""

    def __init__(self, session: Session, modules: Modules, policy: Mapping[str, Any]) -> None:
        self._session = session
        self._modules = modules
        self.imports: dict[str, tuple[str, str | None]] = {
            name: (module, attribute) for name, (module, attribute) in policy["imports"].items()
        }
        self._to_import = frozenset(module for module, _ in self.imports.values()) | frozenset(policy["modules"])
        self._protected = frozenset(policy["protected"])
        self._judges = _BUILTINS - frozenset(policy.get("bound", ()))
        self._prelude: tuple[str, ...] | None = tuple(policy["prelude"])
        self._given: dict[str, Any] = {}
        self.scope: Any = None

    def resolve(self, name: str) -> Any:
        """Return what `name` means. Raises KeyError for a name that the notebook doesn't have."""
        if name not in self.scope.notebook:
            raise KeyError(name)
        if name in self._protected:
            found = self._instructors(name)
            if found is not None:
                return found[0]
        if name in self._judges:
            return self._builtin(name)
        value = self._session.ask("name", name)
        return self._own_if_same(name, value)

    def _builtin(self, name: str) -> Any:
        """Return what the instructor has for the name of a builtin. Raises KeyError where that is the builtin.

        A learner's own `abs` or `all` would judge the learner's answers.
        """
        if any(key.startswith(_STAR) for key in self.imports):
            value = self._session.ask("name", name)
            found = self._star(name, value)
            if found is not value:
                return found
        raise KeyError(name)

    def _instructors(self, name: str) -> tuple[Any] | None:
        """Return the instructor's meaning of a protected name, if it can be had here."""
        if self._prelude:
            self._run_prelude()
        if name in self._given:
            return (self._given[name],)
        return self._imported(name)

    def _run_prelude(self) -> None:
        texts, self._prelude = self._prelude or (), None
        for text in texts:
            # A definition that needs something of the notebook's to be made stays there.
            with contextlib.suppress(Exception):
                exec(compile(text, "<given>", "exec"), self.scope, self._given)  # noqa: S102  (the instructor's text)

    def import_all(self) -> None:
        """Import what the instructor's cells import, as far as it is a module of this process."""
        modules, self._to_import = self._to_import, frozenset()
        for module in sorted(modules):
            if self._modules.is_local(module):
                with contextlib.suppress(Exception):
                    self._modules.load(module)

    def _imported(self, name: str) -> tuple[Any] | None:
        origin = self.imports.get(name)
        if origin is None:
            return None
        module, attribute = origin
        if not self._modules.is_local(module):
            return None
        try:
            found = self._modules.load(module)
            return (found if attribute is None else getattr(found, attribute),)
        except (ImportError, AttributeError):
            return None

    def _own_if_same(self, name: str, value: Any) -> Any:
        """Return our own function or class where the student's process has just what the instructor imports."""
        origin = self.imports.get(name)
        if origin is None or origin[1] is None or origin[1] == _STAR:
            return self._star(name, value)
        found = self._imported(name)
        return found[0] if found is not None and _is_same(found[0], value) else value

    def _star(self, name: str, value: Any) -> Any:
        for key, (module, _) in self.imports.items():
            if key.startswith(_STAR) and self._modules.is_local(module):
                with contextlib.suppress(ImportError):
                    found = getattr(self._modules.load(module), name, None)
                    if found is not None and _is_same(found, value):
                        return found
        return value


def _is_same(own: Any, value: Any) -> bool:
    """Whether `value` is what the student's process has for our `own`."""
    if type(value) is RemoteFunction:
        return (getattr(own, "__module__", None), getattr(own, "__qualname__", None)) == value.library_name()
    if type(value) is RemoteMeta:
        return info_of(value).real is own
    if isinstance(value, types.ModuleType):
        return value is own
    kind = type(value)
    if derives(kind, RemoteObject):
        return False
    return type(own) is kind and not callable(own)
