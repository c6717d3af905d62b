"""Where two answers are alike, line by line."""

from __future__ import annotations

from nbquest.similarity.fingerprints import Scanned, Template, make_template, scan_cell
from nbquest.similarity.passages import find_passages, lines_of
from tests.factories.similarity import ANSWER, OTHER, RENAMED, SETUP, SIGNATURE

GIVEN = make_template([SETUP, SIGNATURE + "    raise NotImplementedError()"], "python")


def _cells(*sources: str, template: Template = GIVEN) -> list[Scanned]:
    return [scan_cell(source, "python", template) for source in sources]


def _texts(source: str, lines: list[int]) -> list[str]:
    return [source.split("\n")[line].strip() for line in lines]


def test_a_renamed_answer_is_one_passage_without_the_signature() -> None:
    mine, theirs = _cells(ANSWER), _cells(RENAMED)
    (passage,) = find_passages(mine, theirs)
    told = _texts(ANSWER, lines_of(mine[0], passage.left))
    assert told[0] == "if not numbers:"
    assert told[-1] == "return best"
    other = _texts(RENAMED, lines_of(theirs[0], passage.right))
    assert (other[0], other[-1], len(other)) == ("if not numbers:", "return top", len(told))
    assert passage.hashes == {found.hash for found in mine[0].fingerprints}


def test_passages_are_found_in_other_cells_and_in_another_order() -> None:
    mine, theirs = _cells(ANSWER, OTHER), _cells(f"{OTHER}\n\n{RENAMED}", "x = 1")
    first, second = find_passages(mine, theirs)
    assert (first.left.cell, second.left.cell) == (0, 1)
    assert first.right.cell == second.right.cell == 0
    assert first.right.start > second.right.start


def test_different_answers_have_none() -> None:
    assert find_passages(_cells(ANSWER), _cells(OTHER)) == []


def test_what_was_given_is_no_passage() -> None:
    assert find_passages(_cells(SETUP, SIGNATURE), _cells(SETUP, SIGNATURE)) == []


def test_what_repeats_itself_is_told_a_few_times() -> None:
    """A text of one line again and again ends, and its passages do not lie on each other."""
    lines = "total = total + values[index] * weights[index]\n" * 200
    cells = _cells(lines, template=Template())
    passages = find_passages(cells, cells)
    assert passages
    marked = [position for one in passages for position in range(one.left.start, one.left.end)]
    assert len(set(marked)) >= len(marked) / 2
