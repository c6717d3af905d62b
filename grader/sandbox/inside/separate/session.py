"""What the test process knows: the stand-ins in use, the classes behind them, and what a test may do with them."""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from grader.sandbox.inside.separate.classes import RemoteError, make_class
from grader.sandbox.inside.separate.codec_limits import CodecError
from grader.sandbox.inside.separate.errors import InertObject
from grader.sandbox.inside.separate.proxies import USE, derives, info_of, make_object

if TYPE_CHECKING:
    from grader.sandbox.inside.separate.classinfo import ClassInfo
    from grader.sandbox.inside.separate.remote import Remote

MAX_OBJECTS = 500_000
MAX_FUNCTIONS = 100_000


class _Reference(weakref.ref[Any]):
    __slots__ = ("number",)
    number: int


class _Use:
    """Held by a value that names an object of the notebook, and by copies of it: the object is needed that long."""

    __slots__ = ("__weakref__",)

    def __deepcopy__(self, _memo: Any) -> _Use:
        return self


class Session:
    """One test process. `remote` is the conversation that is on: with the student's process, or a snapshot of it."""

    def __init__(self) -> None:
        self.remote: Remote
        self.classes: dict[int, type] = {}
        self._library_classes: dict[str, type] = {}
        self._objects: dict[int, _Reference] = {}
        self._let_go: set[int] = set()
        self._functions: dict[int, Any] = {}
        self._function_numbers: dict[int, int] = {}
        self._certified: frozenset[str] | None = None
        self.met: set[str] = set()
        self.refused: str | None = None
        self.unsupported: dict[str, None] = {}
        self.errors: deque[tuple[BaseException, int, _Use]] = deque(maxlen=8)
        self._uses: dict[int, int] = {}
        self._own_errors: list[BaseException] = []
        self.module: Callable[[str, int | None], Any]
        self.prepare: Callable[[], None] = lambda: None

    # --- What a test may do -------------------------------------------------------------------------------------------
    def begin_cell(self, certified: list[str] | None) -> None:
        """Start to judge by what is certified for a test cell; None records what the cell does."""
        self._certified = None if certified is None else frozenset(certified)
        self.met = set()
        self.refused = None
        self.unsupported = {}
        self.errors.clear()
        self._own_errors = []

    def meet(self, info: ClassInfo, category: str) -> None:
        """Note that a test does something with an object of a class. Raises InertObject if it may not."""
        label = info.label + category
        if label in self.met or (info.harmless and category is USE):
            return
        if info.lying or (self._certified is not None and label not in self._certified):
            self.refused = f"the answer is an object of the class {info.name}, which this test doesn't expect"
            raise InertObject(self.refused)
        self.met.add(label)

    def may(self, label: str) -> bool:
        """Note that something was met; return whether this test may meet it."""
        if self._certified is not None and label not in self._certified:
            return False
        self.met.add(label)
        return True

    def cannot(self, text: str) -> None:
        """Note what could not be done."""
        self.unsupported.setdefault(text[:300])

    # --- Asking -------------------------------------------------------------------------------------------------------
    def ask(self, operation: str, *operands: Any) -> Any:
        """Have the student's process do an operation; return what it gives."""
        return self.remote.request(operation, operands)

    def call(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call a function or class of the student's."""
        return self.remote.request("call", (function, *args), kwargs)

    # --- Objects ------------------------------------------------------------------------------------------------------
    def object(self, kind: type, number: int) -> Any:
        """Return the stand-in for the object with that number, the same one while it lives."""
        reference = self._objects.get(number)
        found = reference() if reference is not None else None
        if found is not None and type(found) is kind:
            return found
        if len(self._objects) >= MAX_OBJECTS:
            raise CodecError("too many objects of the notebook in use at the same time")
        made = make_object(kind, number)
        reference = _Reference(made, self._lose)
        reference.number = number
        self._objects[number] = reference
        self._let_go.discard(number)
        return made

    def _lose(self, reference: _Reference) -> None:
        if self._objects.get(reference.number) is reference:
            del self._objects[reference.number]
            self._let_go.add(reference.number)

    def note_error(self, error: BaseException, number: int) -> None:
        """Remember which object an exception of the student's is, for its traceback if it is among the last."""
        use = self.use_of(number)
        self.errors.append((error, number, use))
        if derives(type(error), RemoteError):
            vars(error)["_nbq_use"] = use  # it asks for its attributes while it lives

    def use_of(self, number: int) -> _Use:
        """Return what to hold for as long as the object with that number is needed."""
        # One object may be several values here.
        self._uses[number] = self._uses.get(number, 0) + 1
        self._let_go.discard(number)
        use = _Use()
        weakref.finalize(use, self._lose_use, number)
        return use

    def _lose_use(self, number: int) -> None:
        uses = self._uses.pop(number) - 1
        if uses:
            self._uses[number] = uses
        else:
            self._let_go.add(number)

    def keep_error(self, error: BaseException) -> int:
        """Return a number by which an exception of the test comes back as itself."""
        self._own_errors.append(error)
        return len(self._own_errors)

    def own_error(self, number: Any) -> BaseException:
        """Return the exception of the test with that number. Raises CodecError."""
        if type(number) is not int or not 0 < number <= len(self._own_errors):
            raise CodecError("an exception that was never given")
        return self._own_errors[number - 1]

    def take_let_go(self) -> list[int]:
        """Return the numbers of the objects that nothing refers to any more."""
        if not self._let_go:
            return []
        gone, self._let_go = self._let_go, set()
        return list(gone)

    def library_class(self, module: str, name: str) -> type:
        """Return the local class for a class of a library."""
        label = f"{module}.{name}"
        found = self._library_classes.get(label)
        if found is None:
            said = {"m": module, "q": name, "b": [], "d": [], "l": True}
            found = self._library_classes[label] = make_class(self, 0, said, [])
        return found

    def class_of(self, number: Any, said: Any, base: Callable[[Any], type]) -> type:
        """Return the local class with that number; `said` describes it if it is new. Raises CodecError."""
        found = self.classes.get(number)
        if found is not None:
            return found
        if type(number) is not int or type(said) is not dict:
            raise CodecError("a class that was never described")
        bases = [base(tree) for tree in said["b"]]
        made = self.classes[number] = make_class(self, number, said, bases)
        return made

    # --- Functions of the test ----------------------------------------------------------------------------------------
    def number_of_function(self, function: Any) -> int:
        """Return the number by which the student's process calls a function of the test."""
        number = self._function_numbers.get(id(function))
        if number is None:
            if len(self._functions) >= MAX_FUNCTIONS:
                raise CodecError("too many functions of a test are given to the notebook")
            number = len(self._functions) + 1
            self._functions[number] = function
            self._function_numbers[id(function)] = number
        return number

    def function(self, number: Any) -> Any:
        """Return the function of the test with that number. Raises CodecError."""
        try:
            return self._functions[number]
        except (KeyError, TypeError):
            raise CodecError("a function that was never given") from None


def label_of(value: Any) -> str:
    """Return the label of the class that a stand-in is of."""
    return info_of(type(value)).label
