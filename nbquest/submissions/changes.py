"""What changed in the cells of a notebook from one submission to the next. Pure; only sources are looked at."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import islice
from typing import Literal

from grader.errors import InvalidSubmission
from grader.ingest import SubmittedCell, read_submission

Change = Literal["added", "removed", "changed"]
Mark = Literal["same", "added", "removed", "gap"]
Block = tuple[str, int, int, int, int]

CONTEXT = 2
"""Unchanged lines that are shown around those that changed."""
MOST_LINES = 2_000
"""Lines that are shown of one notebook."""
MOST_CHARACTERS = 1_000
"""Characters that are shown of one line."""
MOST_STEPS = 40_000
MOST_STEPS_TOGETHER = 400_000
"""What is compared at once, and in a notebook: items of one side times those of the other. Above, all counts as new."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of a cell. `gap` stands for unchanged lines that are not shown."""

    mark: Mark
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class CellChange:
    """A cell that isn't what it was. `number` counts the notebook's cells from 1, those before where it was removed."""

    change: Change
    number: int
    grade_id: str | None
    cell_type: str
    lines: list[Line]


@dataclass(frozen=True, kw_only=True)
class NotebookChange:
    """What changed in a notebook. `change` is None where it was there before and still is.

    `same`: the cells that are as they were. `problem` says why cells can't be compared; `cut`: there is more.
    """

    path: str
    change: Literal["added", "removed"] | None = None
    cells: list[CellChange] = field(default_factory=list)
    same: int = 0
    problem: str | None = None
    cut: bool = False

    @property
    def is_same(self) -> bool:
        """Whether nothing changed in its cells."""
        return self.change is None and not self.cells and self.problem is None


def compare_submissions(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> list[NotebookChange]:
    """Return what changed in each notebook, by path."""
    return [compare_notebooks(path, before.get(path), after.get(path)) for path in sorted({*before, *after})]


def compare_notebooks(path: str, before: bytes | None, after: bytes | None) -> NotebookChange:
    """Return what changed in one notebook; None where it wasn't, or isn't, handed in."""
    if before is None or after is None:
        return NotebookChange(path=path, change="added" if before is None else "removed")
    try:
        old, new = read_submission(before), read_submission(after)
    except InvalidSubmission as error:
        return NotebookChange(path=path, problem=str(error)) if before != after else NotebookChange(path=path)
    comparing = _Comparing()
    same, shown, lines = 0, [], 0
    for left, right in comparing.pair_cells(old, new):
        if left is not None and right is not None and _key(old[left]) == _key(new[right]):
            same += 1
            continue
        if lines < MOST_LINES:
            shown.append(comparing.describe(old, new, left, right, MOST_LINES - lines))
            lines += len(shown[-1].lines)
    return NotebookChange(path=path, cells=shown, same=same, cut=lines >= MOST_LINES)


class _Comparing:
    """Compares within what one notebook may take of a processor's time."""

    def __init__(self) -> None:
        self._left = MOST_STEPS_TOGETHER

    def pair_cells(
        self, old: Sequence[SubmittedCell], new: Sequence[SubmittedCell]
    ) -> Iterator[tuple[int | None, int | None]]:
        """Give each cell of both with its counterpart, by position, in the order of the new notebook."""
        for tag, start, stop, other, end in self._blocks([_key(cell) for cell in old], [_key(cell) for cell in new]):
            if tag == "equal":
                yield from zip(range(start, stop), range(other, end), strict=True)
            else:
                yield from _pair_replaced(old, new, range(start, stop), range(other, end))

    def describe(
        self,
        old: Sequence[SubmittedCell],
        new: Sequence[SubmittedCell],
        left: int | None,
        right: int | None,
        most: int,
    ) -> CellChange:
        """Return what changed in one cell, `most` lines of it at most."""
        before = [] if left is None else old[left].source.splitlines()
        after = [] if right is None else new[right].source.splitlines()
        position, cells = (right, new) if right is not None else (left, old)
        assert position is not None
        return CellChange(
            change="added" if left is None else "removed" if right is None else "changed",
            number=position + 1,
            grade_id=cells[position].grade_id,
            cell_type=cells[position].cell_type,
            lines=list(islice(self._lines(before, after), most)),
        )

    def _lines(self, before: Sequence[str], after: Sequence[str]) -> Iterator[Line]:
        for tag, start, stop, other, end in self._blocks(before, after):
            if tag != "equal":
                yield from (_line("removed", text) for text in before[start:stop])
                yield from (_line("added", text) for text in after[other:end])
                continue
            first = 0 if start == other == 0 else min(CONTEXT, stop - start)
            last = 0 if stop == len(before) and end == len(after) else min(CONTEXT, stop - start - first)
            yield from (_line("same", text) for text in before[start : start + first])
            if stop - start > first + last:
                yield Line(mark="gap")
            yield from (_line("same", text) for text in before[stop - last : stop])

    def _blocks(self, before: Sequence[object], after: Sequence[object]) -> Iterator[Block]:
        """Give what is equal and what was replaced, in order; compared is only what lies between equal ends."""
        head = _equal_ends(before, after)
        tail = _equal_ends(before[head:][::-1], after[head:][::-1])
        if head:
            yield "equal", 0, head, 0, head
        yield from self._inner(before, after, head, tail)
        if tail:
            yield "equal", len(before) - tail, len(before), len(after) - tail, len(after)

    def _inner(self, before: Sequence[object], after: Sequence[object], head: int, tail: int) -> Iterator[Block]:
        old, new = before[head : len(before) - tail], after[head : len(after) - tail]
        steps = len(old) * len(new)
        if not old and not new:
            return
        if steps > min(MOST_STEPS, self._left):
            yield "replace", head, head + len(old), head, head + len(new)
            return
        self._left -= steps
        matcher: SequenceMatcher[object] = SequenceMatcher(None, old, new, autojunk=False)
        for tag, start, stop, other, end in matcher.get_opcodes():
            yield tag, start + head, stop + head, other + head, end + head


def _pair_replaced(
    old: Sequence[SubmittedCell], new: Sequence[SubmittedCell], lefts: range, rights: range
) -> Iterator[tuple[int | None, int | None]]:
    """Give the cells of a replaced stretch: those of the same grade_id or, as they come, of the same type are pairs."""
    waiting: dict[tuple[str, str | None], deque[int]] = {}
    for left in lefts:
        waiting.setdefault((old[left].cell_type, old[left].grade_id), deque()).append(left)
    for right in rights:
        alike = waiting.get((new[right].cell_type, new[right].grade_id))
        yield (alike.popleft() if alike else None), right
    yield from ((left, None) for left in sorted(left for alike in waiting.values() for left in alike))


def _key(cell: SubmittedCell) -> tuple[str, str]:
    return cell.cell_type, cell.source


def _equal_ends(before: Sequence[object], after: Sequence[object]) -> int:
    count = 0
    for one, other in zip(before, after, strict=False):
        if one != other:
            break
        count += 1
    return count


def _line(mark: Mark, text: str) -> Line:
    return Line(mark=mark, text=text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}…")
