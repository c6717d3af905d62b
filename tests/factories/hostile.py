"""Hostile input, made from a `Random`: JSON, notebooks, trees of the codec, frames."""

from __future__ import annotations

import copy
import functools
import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from grader.sandbox.inside.separate import wire

NUMBERS = (0, 1, -1, 2, 7, 8, 255, 1 << 31, 1 << 62, (1 << 63) - 1, 1 << 64, -(1 << 63), 10**30)
SCALARS = (
    None,
    True,
    False,
    *NUMBERS,
    0.5,
    -0.0,
    1e308,
    "",
    "a",
    "é",
    "\ud800",
    "0" * 40,
    "=d",
    "|?",
    "<U4",
    "<M8[ns]",
    "D",
)
_TOKENS = tuple(
    rb"""[ ] { } " \ , : 0 9 -1 1e999 1e-9 NaN null true "" "\ud800" "\u0000" \" [] {} [[[[ ]]]] 999999""".split()
)
_RAW_NUMBERS = ("0", "-0", "1e5", "1e999", "-1e-999", "NaN", "-Infinity", "00", "1.", ".5", "9" * 50, "9" * 400, "0x1")
_STRINGS = (
    "",
    "code",
    "markdown",
    "raw",
    "a\\u0000b",
    "\\ud800",
    "\\ud83d\\ude00",
    "\\x",
    "é",
    "\\",
    "\x00",
    "[" * 20,
    "x" * 400,
)
_KEYS = (
    *(
        "nbformat",
        "nbformat_minor",
        "cells",
        "metadata",
        "cell_type",
        "source",
        "nbgrader",
        "grade_id",
        "outputs",
        "id",
    ),
    *("kernelspec", "attachments", "worksheets", "a", "", "\\u0063ells", "__proto__"),
)


def mutated(rng: Random, body: bytes) -> bytes:
    """Return `body` with a few bytes changed, cut out, moved, doubled or put in."""
    for _ in range(rng.randrange(1, 5)):
        place, end = sorted((rng.randrange(len(body) + 1), rng.randrange(len(body) + 1)))
        end = min(end, place + rng.choice((1, 2, 8, 64, 1 << 20)))
        piece = body[place:end]
        new = rng.choice((b"", piece * 2, piece[::-1], rng.choice(_TOKENS), rng.randbytes(rng.randrange(4))))
        body = body[:place] + new + body[end:]
    return body


def json_text(rng: Random, depth: int = 6) -> str:
    """Return text that is more or less JSON, with keys and words that notebooks have."""
    kind = rng.randrange(8) if depth else rng.randrange(4)
    if kind == 0:
        return rng.choice(_RAW_NUMBERS)
    if kind == 1:
        return rng.choice(("null", "true", "false", "4", "3", "{}", "[]"))
    if kind <= 3:
        return f'"{rng.choice(_STRINGS)}"'
    inner = [json_text(rng, depth - 1) for _ in range(rng.randrange(4))]
    if kind <= 5:
        return f"[{','.join(inner)}]"
    return "{" + ",".join(f'"{rng.choice(_KEYS)}":{value}' for value in inner) + "}"


def notebook_text(rng: Random) -> bytes:
    """Return what nearly is a notebook: some of its parts are anything at all."""

    def perhaps(honest: str) -> str:
        return json_text(rng, 3) if rng.random() < 0.15 else honest

    cells = []
    for _ in range(rng.randrange(5)):
        source = rng.choice(('"x = 1"', '["a\\n", "b"]', '"\\ud800"', '"\\u0000"', '["a", 1]'))
        grade_id = perhaps(rng.choice(('"a"', '"\\ud800"', '"\\u0000"', f'"{"i" * 400}"', "null")))
        marks = perhaps(f'{{"nbgrader": {perhaps(f"""{{"grade_id": {grade_id}, "points": 1e9}}""")}}}')
        kind = perhaps(rng.choice(('"code"', '"markdown"', '"raw"')))
        cells.append(perhaps(f'{{"cell_type": {kind}, "source": {perhaps(source)}, "metadata": {marks}}}'))
    nested = "[" * rng.randrange(80)
    more = rng.choice(("", f', "metadata": {json_text(rng)}', f', "x": {nested}{"]" * len(nested)}', ', "cells": []'))
    text = f'{{"nbformat": {perhaps("4")}, "cells": {perhaps("[" + ",".join(cells) + "]")}{more}}}'
    body = text.encode(rng.choice(("utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16")), "surrogatepass")
    return mutated(rng, body) if rng.random() < 0.2 else body


def changed_tree(rng: Random, tree: Any, pool: Sequence[str]) -> Any:
    """Change a few places of `tree` (JSON data); `pool`: other trees, as text, of which parts are taken."""
    for _ in range(rng.choice((1, 1, 2, 3))):
        holders = [holder for holder in _lists(tree) if holder]
        if not holders:
            return _other(rng, pool)
        holder = rng.choice(holders)
        # Mostly not the tag: without it nothing else is looked at.
        place = max(rng.randrange(len(holder)), rng.randrange(len(holder)))
        _CHANGES[rng.randrange(len(_CHANGES))](rng, holder, place, pool)
    return tree


def _lists(tree: Any) -> list[list[Any]]:
    found, rest = [], [tree]
    while rest:
        node = rest.pop()
        if type(node) is list:
            found.append(node)
            rest += node
    return found


def _other(rng: Random, pool: Sequence[str]) -> Any:
    other = json.loads(rng.choice(pool))
    return rng.choice(_lists(other) or [other])


@functools.cache
def _parts(pool: Sequence[str]) -> dict[type, list[Any]]:
    """Return what occurs in the trees of the pool, by its JSON type."""
    parts: dict[type, list[Any]] = {}
    for node in (node for tree in pool for holder in _lists(json.loads(tree)) for node in (holder, *holder)):
        parts.setdefault(type(node), []).append(node)
    return parts


def _swap(rng: Random, holder: list[Any], place: int, pool: Sequence[str]) -> None:
    # By the like of it: most of a tree has to stay right for the rest of it to be looked at.
    others = _parts(pool).get(type(holder[place]))
    holder[place] = copy.deepcopy(rng.choice(others)) if others else None


@functools.cache
def _tags(pool: Sequence[str]) -> list[str]:
    tags = [json.loads(tree) for tree in pool]
    return [tree[0] for tree in tags if type(tree) is list]


def _nudge(rng: Random, holder: list[Any], place: int, _pool: Sequence[str]) -> None:
    value = holder[place]
    holder[place] = value + rng.choice((-1, 1, 7)) if type(value) is int else rng.choice(NUMBERS)


def _nest(rng: Random, holder: list[Any], place: int, _pool: Sequence[str]) -> None:
    for _ in range(rng.choice((1, 3, 200))):
        holder[place] = ["l", [holder[place]], rng.randrange(5)]


_CHANGES: tuple[Callable[[Random, list[Any], int, Sequence[str]], None], ...] = (
    *(_swap,) * 12,
    *(_nudge,) * 4,
    _nest,
    lambda rng, holder, place, pool: holder.__setitem__(place, _other(rng, pool)),
    lambda rng, holder, place, _pool: holder.__setitem__(place, rng.choice(SCALARS)),
    lambda rng, holder, place, _pool: holder.__setitem__(place, {"a": rng.choice(SCALARS)}),
    lambda rng, holder, place, _pool: holder.__setitem__(place, ["ref", rng.randrange(5)]),
    lambda _rng, holder, place, _pool: holder.__delitem__(place),
    lambda _rng, holder, place, _pool: holder.insert(place, holder[place]),
    lambda rng, holder, _place, _pool: rng.shuffle(holder),
    lambda rng, holder, _place, pool: holder.__setitem__(0, json.loads(rng.choice(pool))),
    lambda rng, holder, _place, pool: holder.__setitem__(0, rng.choice(_tags(pool))),
    lambda rng, holder, _place, _pool: holder.__setitem__(slice(None), holder * rng.choice((2, 30))),
)


def frame(rng: Random, tree: Any, blob: bytes) -> bytes:
    """Return `tree` and `blob` as a frame, which may be damaged."""
    body = json.dumps(tree).encode()
    if rng.random() < 0.15:
        body = mutated(rng, body)
    if rng.random() < 0.3:
        blob = mutated(rng, blob)
    whole = wire.HEADER.pack(len(body), len(blob)) + body + blob
    return mutated(rng, whole) if rng.random() < 0.05 else whole
