"""What changed between two notebooks: pairs of cells, lines, and bounds on what hostile ones cost."""

from __future__ import annotations

import pytest

from nbquest.submissions import changes
from nbquest.submissions.changes import CellChange, Line, compare_notebooks, compare_submissions
from tests.factories.courses import cell, notebook, squares_submission

MARKS = {"same": " ", "added": "+", "removed": "-", "gap": "~"}


def _shown(change: CellChange) -> list[str]:
    return [MARKS[line.mark] + line.text for line in change.lines]


def test_what_is_the_same_is_said_to_be() -> None:
    same = compare_notebooks("a.ipynb", squares_submission(), squares_submission())
    assert same.is_same
    assert (same.same, same.cells) == (4, [])


def test_outputs_and_metadata_are_no_change() -> None:
    """Only what people write is looked at."""
    before, after = cell("print(1)"), cell("print(1)")
    after["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "1\n"}]
    after["metadata"]["tags"] = ["seen"]
    assert compare_notebooks("a.ipynb", notebook(before), notebook(after)).is_same


def test_a_changed_answer_is_shown_line_by_line() -> None:
    """With the lines around it, and a gap where more is as it was."""
    lines = [f"line {number}" for number in range(12)]
    after = [*lines[:6], "another", *lines[7:]]
    found = compare_notebooks("a.ipynb", squares_submission("\n".join(lines)), squares_submission("\n".join(after)))
    (changed,) = found.cells
    assert (changed.change, changed.number, changed.grade_id, found.same) == ("changed", 2, "square", 3)
    expected = ["~", " line 4", " line 5", "-line 6", "+another", " line 7", " line 8", "~"]
    assert _shown(changed) == expected


def test_a_line_put_before_all_others() -> None:
    found = compare_notebooks("a.ipynb", notebook(cell("a\nb\nc\nd")), notebook(cell("new\na\nb\nc\nd")))
    assert _shown(found.cells[0]) == ["+new", " a", " b", "~"]


def test_cells_that_came_and_went() -> None:
    """In the order of the new notebook; those that went keep the number that they had."""
    before = notebook(cell("keep"), cell("# gone", kind="markdown"), cell("end"))
    after = notebook(cell("keep"), cell("new"), cell("end"), cell("more"))
    found = compare_notebooks("a.ipynb", before, after)
    assert [(one.change, one.number) for one in found.cells] == [("added", 2), ("removed", 2), ("added", 4)]
    assert [_shown(one) for one in found.cells] == [["+new"], ["-# gone"], ["+more"]]
    assert found.same == 2


def test_an_answer_is_compared_with_itself_wherever_it_went() -> None:
    """By its grade_id, though other cells changed beside it."""
    before = notebook(cell("scratch 1"), cell("x = 1", grade_id="answer", solution=True))
    after = notebook(cell("x = 2", grade_id="answer", solution=True), cell("scratch 2"))
    found = compare_notebooks("a.ipynb", before, after)
    assert {one.grade_id: _shown(one) for one in found.cells} == {
        "answer": ["-x = 1", "+x = 2"],
        None: ["-scratch 1", "+scratch 2"],
    }


def test_notebooks_that_came_and_went() -> None:
    found = compare_submissions({"a.ipynb": b"1", "b.ipynb": b"1"}, {"b.ipynb": b"1", "c.ipynb": b"1"})
    assert [(one.path, one.change) for one in found] == [
        ("a.ipynb", "removed"),
        ("b.ipynb", None),
        ("c.ipynb", "added"),
    ]


@pytest.mark.parametrize("content", [b"", b"[" * 100_000, b"\x1f\x8b\x08", b'{"nbformat": 3}', b"null"])
def test_what_is_no_notebook_is_said_to_be_none(content: bytes) -> None:
    found = compare_notebooks("a.ipynb", squares_submission(), content)
    assert found.problem
    assert not found.is_same
    assert compare_notebooks("a.ipynb", content, content).is_same


def test_a_large_difference_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "MOST_LINES", 10)
    found = compare_notebooks("a.ipynb", notebook(cell("a")), notebook(*(cell("x\n" * 4) for _ in range(9))))
    assert found.cut
    assert sum(len(one.lines) for one in found.cells) == 10


def test_what_would_take_too_long_is_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it then counts as removed and added, and nothing of it is lost."""
    monkeypatch.setattr(changes, "MOST_STEPS", 3)
    found = compare_notebooks("a.ipynb", notebook(cell("1\na\n2")), notebook(cell("3\na\n4")))
    assert _shown(found.cells[0]) == ["-1", "-a", "-2", "+3", "+a", "+4"]


def test_hostile_notebooks_are_compared_in_bounded_steps() -> None:
    """Many cells and lines in which everything may fit everything."""
    before = notebook(*(cell("\n".join("ab"[(n * k) % 2] for k in range(300))) for n in range(300)))
    after = notebook(*(cell("\n".join("ab"[(n * k + k) % 2] for k in range(299))) for n in range(301)))
    found = compare_notebooks("a.ipynb", before, after)
    assert sum(len(one.lines) for one in found.cells) <= changes.MOST_LINES


def test_a_long_line_is_cut() -> None:
    found = compare_notebooks("a.ipynb", notebook(cell("a")), notebook(cell("x" * 5_000)))
    assert found.cells[0].lines[-1] == Line(mark="added", text="x" * changes.MOST_CHARACTERS + "…")
