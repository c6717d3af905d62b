"""Whatever one process of a grading sends the other is a value or one error: no crash, no hang, little memory."""

from __future__ import annotations

import json
import socket
from random import Random
from typing import Any

import pytest
from hypothesis import given

from grader.sandbox.inside.frames import FrameError
from grader.sandbox.inside.separate import wire
from grader.sandbox.inside.separate.codec import CodecError, decode, encode
from tests.factories.fuzzing import BATCH, RANDOM, batched, only
from tests.factories.hostile import changed_tree, frame
from tests.factories.values import EXAMPLES, refuse

pytestmark = pytest.mark.slow


def _pool() -> list[tuple[str, bytes]]:
    pool = []
    for value in EXAMPLES:
        blob = bytearray()
        pool.append((json.dumps(encode(value, blob, opaque=refuse)), bytes(blob)))
    return pool


POOL = _pool()
TREES = tuple(tree for tree, _ in POOL)


def resolve(tag: str, payload: list[Any]) -> Any:
    """Stand for a process with handles: it knows some trees, and trips over others."""
    return {"h": tuple, "g": tuple}[tag](payload)


def check(rng: Random, *, local: bool) -> None:
    text, blob = rng.choice(POOL)
    sent = frame(rng, changed_tree(rng, json.loads(text), TREES), blob)
    left, right = socket.socketpair()
    with left, right:
        # No more than fits into the socket: nobody reads yet.
        left.sendall(sent[: 100 << 10])
        left.close()
        with only(FrameError, CodecError):
            tree, received, _ = wire.receive(right, limit=1 << 20)
            value = decode(tree, received, resolve=resolve, local=local)
            if rng.random() < 0.2:
                _use(value, decode(tree, received, resolve=resolve, local=local))


def _use(value: Any, other: Any) -> None:
    """Do what a test would: errors are its own business here, but it has to come back."""
    for action in (lambda: value == other, lambda: hash(value), lambda: repr(value)):
        try:
            action()
        except MemoryError:
            raise
        except Exception:
            continue


@batched
@given(RANDOM)
def test_what_the_student_s_process_sends(rng: Random) -> None:
    for _ in range(BATCH):
        check(rng, local=False)


@batched
@given(RANDOM)
def test_what_the_test_process_sends(rng: Random) -> None:
    for _ in range(BATCH):
        check(rng, local=True)
