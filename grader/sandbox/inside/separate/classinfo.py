"""What is known of a class of the student's process: its label, and which of its operations a test may use."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any

from grader.sandbox.inside.separate.codec_limits import CodecError
from grader.sandbox.inside.separate.values_names import find

if TYPE_CHECKING:
    from grader.sandbox.inside.separate.session import Session

_UNNAMED: tuple[type, ...] = (
    types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.GeneratorType, types.CoroutineType,
    types.AsyncGeneratorType, types.CodeType, types.ModuleType, types.MethodWrapperType, types.MethodDescriptorType,
    types.WrapperDescriptorType, types.GetSetDescriptorType, types.MemberDescriptorType, types.MappingProxyType,
    types.ClassMethodDescriptorType, types.FrameType, types.TracebackType, types.CellType, type(None),
    type(iter([])), type(iter(())), type(iter("")), type(iter({})), type(iter({}.values())), type(iter({}.items())),
    type(iter(set())), type(iter(range(1))), type(iter(b"")), type(reversed([])), type(iter(int, 1)),
)  # fmt: skip
_BUILT_IN = {f"builtins.{kind.__name__}": kind for kind in _UNNAMED}
# Their instances always cross by value: an object that is said to be one of these is lying.
_BY_VALUE = frozenset(
    f"builtins.{kind.__name__}"
    for kind in (int, float, complex, bool, str, bytes, list, tuple, dict, set, frozenset, type(None), range)
)
# What learners return where the instructor returns a list, or write where the instructor writes a function. Calling
# one or taking items from it gives values that are judged by themselves; nothing else can be done with it.
_HARMLESS = frozenset((
    *_BUILT_IN, "builtins.map", "builtins.zip", "builtins.filter", "builtins.enumerate", "builtins.reversed",
    "functools._lru_cache_wrapper", "functools.partial", "numpy.ufunc", "numpy.vectorize",
    *(f"itertools.{name}" for name in (
        "chain", "islice", "count", "cycle", "repeat", "accumulate", "takewhile", "dropwhile", "starmap", "compress",
        "filterfalse", "product", "permutations", "combinations", "combinations_with_replacement", "groupby",
        "zip_longest", "pairwise", "tee",
    )),
)) - {"builtins.NoneType"}  # fmt: skip


class ClassInfo:
    """What is known of one class. `real` is the library's class of that name, if it is one that is imported here.

    `methods`: names that have turned out to be methods of its objects; `own`: those that the stand-ins have themselves.
    """

    __slots__ = (
        "builtin",
        "harmless",
        "label",
        "lying",
        "methods",
        "name",
        "number",
        "own",
        "pose",
        "real",
        "session",
        "truth",
    )

    def __init__(self, session: Session, number: int, module: str, name: str, real: Any) -> None:
        self.session = session
        self.number = number
        self.name = name.rpartition(".")[2]
        self.label = f"{module}.{name}"
        self.real = real
        self.lying = self.label in _BY_VALUE
        self.harmless = self.label in _HARMLESS
        self.truth = False
        self.methods: set[str] = set()
        self.own: frozenset[str] = frozenset()
        self.builtin: type | None = None
        self.pose: Any = None


def real_class(module: str, name: str) -> Any:
    """Return the library's class of that name, if it is imported here; it is only ever compared with."""
    known = _BUILT_IN.get(f"{module}.{name}")
    if known is not None:
        return known
    try:
        found = find(module, name)
    except CodecError:
        return None
    return found if isinstance(found, type) else None
