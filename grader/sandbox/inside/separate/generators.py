"""Random generators as values: numpy's Generator and RandomState and `random.Random`, with the state they are in."""

from __future__ import annotations

import random
import sys
from typing import Any

from grader.sandbox.inside.separate.codec_limits import CodecError

GENERATOR_NAMES = frozenset(("Generator", "RandomState", "Random"))
_BIT_GENERATORS = ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")


def is_generator(value: Any) -> bool:
    """Whether `value` is a generator whose state can be told."""
    return kind_of(value) is not None


def kind_of(value: Any) -> str | None:
    """Return the name of the kind of generator that `value` is; None for anything else."""
    kind = type(value)
    if kind is random.Random:
        return "Random"
    numpy = sys.modules.get("numpy.random")
    if numpy is None:
        return None
    if kind is numpy.Generator:
        name = type(value.bit_generator).__name__
        return name if name in _BIT_GENERATORS else None
    return "RandomState" if kind is numpy.RandomState and value.get_state()[0] == "MT19937" else None


def state_of(value: Any) -> Any:
    """Return the state of a generator, as tuples."""
    kind = type(value)
    if kind is random.Random:
        return value.getstate()
    if hasattr(value, "bit_generator"):
        return _frozen(value.bit_generator.state)
    name, words, *rest = value.get_state()
    return (name, words.tobytes(), *rest)


def set_state(value: Any, state: Any) -> None:
    """Put a generator into a state. Raises CodecError."""
    try:
        if type(value) is random.Random:
            value.setstate(state)
        elif hasattr(value, "bit_generator"):
            value.bit_generator.state = _thawed(state)
        else:
            name, words, *rest = state
            value.set_state((name, sys.modules["numpy"].frombuffer(words, dtype="uint32"), *rest))
    except (ValueError, TypeError, KeyError, OverflowError, AttributeError) as error:
        raise CodecError("not the state of a random generator") from error


def make_generator(kind: Any, state: Any) -> Any:
    """Return a generator of a kind in a state. Raises CodecError."""
    if kind == "Random":
        made: Any = random.Random(0)  # noqa: S311  (a test's own generator)
    else:
        numpy = sys.modules.get("numpy.random")
        if numpy is None or (kind != "RandomState" and kind not in _BIT_GENERATORS):
            raise CodecError("not a random generator")
        made = numpy.RandomState(0) if kind == "RandomState" else numpy.Generator(getattr(numpy, kind)(0))
    set_state(made, state)
    return made


def _frozen(state: Any) -> Any:
    if isinstance(state, dict):
        return ("dict", *((key, _frozen(item)) for key, item in state.items()))
    if hasattr(state, "tobytes"):
        return "array", state.dtype.str, state.tobytes()
    return state


def _thawed(state: Any) -> Any:
    if type(state) is not tuple:
        return state
    if state[0] == "dict":
        return {key: _thawed(item) for key, item in state[1:]}
    return sys.modules["numpy"].frombuffer(state[2], dtype=state[1])
