"""Reads, in the student's process, what only the test process sends.

-   `["rf", number, name, doc]` a function of the test, `["ri", number]` an iterator of it
-   `["k", number]` a class of the notebook, `["bm", object, name]` a method of one of its objects
-   `["raise", name, arguments, text, number]` an exception
-   `["buffer", kind, contents, position, number]` a StringIO or BytesIO, `["chance", kind, state, number]` a generator
-   `["pickle", offset, length]` an object of a library
"""

from __future__ import annotations

import builtins
import contextlib
import io
import pickle
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from grader.sandbox.inside.separate.codec_limits import CodecError
from grader.sandbox.inside.separate.generators import make_generator
from grader.sandbox.inside.separate.parcels import Incoming
from grader.sandbox.inside.separate.reverse import ReverseIterator

if TYPE_CHECKING:
    from grader.sandbox.inside.separate.student import StudentServer


OWN_ERROR = "__nbquest_number__"


def read_given(tag: str, payload: list[Any], incoming: Incoming, server: StudentServer) -> Any:
    """Return the value of such a tree. Raises CodecError."""
    read = _READERS.get(tag)
    if read is None:
        raise CodecError("not a value")
    return read(incoming, server, *payload)


def _function(_incoming: Incoming, server: StudentServer, number: int, name: str, doc: str | None) -> Any:
    return server.reverse.get(number, name, doc)


def _iterator(_incoming: Incoming, server: StudentServer, number: int) -> Any:
    return ReverseIterator(server.reverse.get(number, "iterator"))


def _method(incoming: Incoming, _server: StudentServer, owner: Any, name: str) -> Any:
    return getattr(incoming.value(owner), name)


def _class(_incoming: Incoming, server: StudentServer, number: int) -> Any:
    return server.objects.find(number)


def _buffer(incoming: Incoming, _server: StudentServer, kind: Any, contents: Any, position: Any, number: Any) -> Any:
    return read_buffer(kind, incoming.value(contents), position, number, incoming)


def _generator(incoming: Incoming, _server: StudentServer, kind: Any, state: Any, number: Any) -> Any:
    return incoming.hold(number, make_generator(kind, incoming.value(state)))


def _raised(incoming: Incoming, _server: StudentServer, name: str, arguments: Any, text: str, number: int) -> Any:
    error = _error(name, incoming.value(arguments), text)
    with contextlib.suppress(AttributeError):
        setattr(error, OWN_ERROR, number)
    return error


def _pickled(incoming: Incoming, _server: StudentServer, offset: int, length: int) -> Any:
    # The test process wrote these bytes, and it is trusted here.
    return pickle.loads(incoming.raw(offset, length))  # noqa: S301


def read_buffer(kind: Any, contents: Any, position: Any, number: Any, incoming: Incoming) -> Any:
    """Return a StringIO or BytesIO. Raises CodecError."""
    if type(position) is not int or position < 0 or type(contents) is not {"text": str, "bytes": bytes}.get(kind):
        raise CodecError("not a file in memory")
    value = io.StringIO(contents, newline="") if kind == "text" else io.BytesIO(contents)
    value.seek(position)
    return incoming.hold(number, value)


def _error(name: str, arguments: Any, text: str) -> BaseException:
    """Return an exception for one that the test raised."""
    kind = getattr(builtins, name, None)
    if not (isinstance(kind, type) and issubclass(kind, BaseException)):
        kind = type(name, (Exception,), {})
    try:
        error: BaseException = kind(*arguments)
    except Exception:  # noqa: BLE001  (an exception with a constructor of its own)
        error = Exception(text)
    return error


_READERS: dict[str, Callable[..., Any]] = {
    "rf": _function,
    "ri": _iterator,
    "bm": _method,
    "k": _class,
    "buffer": _buffer,
    "chance": _generator,
    "raise": _raised,
    "pickle": _pickled,
}
