"""The special methods of stand-ins, by name; a local class gets those that its class has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from grader.sandbox.inside.separate.proxies import COMPARE, NUMBER, USE, info_of, judged, text, whole
from grader.sandbox.inside.separate.special import ARITHMETIC, COMPARISONS, IN_PLACE, UNARY


def _unary(category: str, operation: str) -> Callable[..., Any]:
    def method(self: Any, *args: Any) -> Any:
        return judged(type(self), category, operation, self, *args)

    return method


def _reflected(operation: str) -> Callable[..., Any]:
    def method(self: Any, other: Any) -> Any:
        return judged(type(self), NUMBER, operation, other, self)

    return method


def _length(self: Any) -> int:
    return whole(judged(type(self), USE, "len", self))


def _contains(self: Any, item: Any) -> bool:
    return bool(judged(type(self), COMPARE, "contains", self, item))


def _hash(self: Any) -> int:
    return whole(judged(type(self), COMPARE, "hash", self))


def _call(self: Any, *args: Any, **kwargs: Any) -> Any:
    info = info_of(type(self))
    info.session.meet(info, USE)
    return info.session.call(self, args, kwargs)


def _exit(self: Any, _kind: Any, error: BaseException | None, _trace: Any) -> bool:
    return bool(judged(type(self), USE, "exit", self, error))


def _fspath(self: Any) -> str:
    return text(judged(type(self), USE, "fspath", self))


def _await(self: Any) -> Iterator[None]:
    # A generator that ends at once: what it returns is what `await` gives.
    result: None = judged(type(self), USE, "await", self)
    return result
    yield


async def _next_async(self: Any) -> Any:
    return judged(type(self), USE, "anext", self)


async def _enter_async(self: Any) -> Any:
    return judged(type(self), USE, "aenter", self)


async def _exit_async(self: Any, _kind: Any, error: BaseException | None, _trace: Any) -> bool:
    return bool(judged(type(self), USE, "aexit", self, error))


def _array(self: Any, dtype: Any = None, copy: Any = None) -> Any:
    made = judged(type(self), USE, "array", self)
    return made if dtype is None else made.astype(dtype)


def _send(self: Any, _value: Any = None) -> Any:
    raise StopIteration(judged(type(self), USE, "await", self))


def _throw(_self: Any, kind: Any, *_: Any) -> Any:
    raise kind


def _close(_self: Any) -> None:
    return None


METHODS: dict[str, Callable[..., Any]] = {
    **{f"__{name}__": _unary(NUMBER, operation) for name, operation in {**ARITHMETIC, **IN_PLACE}.items()},
    **{f"__r{name}__": _reflected(operation) for name, operation in ARITHMETIC.items()},
    **{f"__{name}__": _unary(COMPARE, name) for name in COMPARISONS},
    **{f"__{name}__": _unary(NUMBER, name) for name in UNARY},
    **{
        f"__{name}__": _unary(USE, name)
        for name in ("iter", "next", "getitem", "setitem", "delitem", "reversed", "enter", "aiter")
    },
    "__len__": _length,
    "__contains__": _contains,
    "__hash__": _hash,
    "__call__": _call,
    "__exit__": _exit,
    "__fspath__": _fspath,
    "__await__": _await,
    "__anext__": _next_async,
    "__aenter__": _enter_async,
    "__aexit__": _exit_async,
    "__array__": _array,
}
# A coroutine is run to its end over there: there is no stepping through it from here.
OF_COROUTINES: dict[str, Callable[..., Any]] = {"send": _send, "throw": _throw, "close": _close}
for _name, _method in METHODS.items():
    _method.__name__ = _name
