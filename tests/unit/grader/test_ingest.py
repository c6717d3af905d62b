"""A submission is read as data: whatever is odd is refused with a sentence, and nothing but source text is kept."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.errors import InvalidSubmission
from grader.ingest import MAX_BYTES, MAX_CELLS, MAX_ITEMS, SubmittedCell, read_file, read_submission
from tests.factories.notebooks import cell, notebook, solution


def test_keeps_type_source_and_grade_id_alone() -> None:
    body = notebook(solution("a", "x = 1"), cell("text", kind="markdown"), cell("y = 2"))
    assert read_submission(body) == (
        SubmittedCell(cell_type="code", source="x = 1", grade_id="a"),
        SubmittedCell(cell_type="markdown", source="text", grade_id=None),
        SubmittedCell(cell_type="code", source="y = 2", grade_id=None),
    )


def test_joins_lines_and_accepts_a_byte_order_mark() -> None:
    data = {"nbformat": 4, "cells": [{"cell_type": "code", "source": ["a\r\n", "b"]}]}
    assert read_submission(b"\xef\xbb\xbf" + json.dumps(data).encode())[0].source == "a\nb"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "valid JSON"),
        (b"\xff\xfe", "UTF-8"),
        (b"7", "not a notebook"),
        (b'{"nbformat": 4', "cut off"),
        (b'{"nbformat": 4, "nbformat": 4, "cells": []}', "same key"),
        (b'{"nbformat": 4, "cells": [], "x": NaN}', "NaN"),
        (b'{"nbformat": 4, "cells": [], "x": -Infinity}', "Infinity"),
        (b'{"nbformat": 4, "cells": [], "x": 1e400}', "infinite"),
        (b'{"nbformat": 4, "cells": [], "x": ' + b"9" * 6000 + b"}", "enormous"),
        (b'{"nbformat": 4, "cells": {}}', "list of cells"),
        (b'{"nbformat": 4}', "list of cells"),
        (b'{"nbformat": 3, "worksheets": []}', "format 3"),
        (b'{"nbformat": true, "cells": []}', "which notebook format"),
        (b'{"nbformat": "4", "cells": []}', "which notebook format"),
        (b'{"nbformat": 4, "cells": [1]}', "Cell 1"),
        (b'{"nbformat": 4, "cells": [{"cell_type": "code"}]}', "Cell 1"),
        (b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": 7}]}', "Cell 1"),
        (b'{"nbformat": 4, "cells": [{"cell_type": "heading", "source": ""}]}', "Cell 1"),
        (b"[" * 1_000_000, "nested"),
        (b'{"nbformat": 4, "cells": [], "x": ' + b"[" * 10_000 + b"]" * 10_000 + b"}", "nested"),
        (b" " * (MAX_BYTES + 1), "larger"),
        (b'{"nbformat": 4, "cells": [' + b"1," * MAX_CELLS + b"1]}", f"more than {MAX_CELLS} cells"),
    ],
)
def test_refuses_with_a_sentence(body: bytes, says: str) -> None:
    with pytest.raises(InvalidSubmission, match=says) as caught:
        read_submission(body)
    assert str(caught.value)[0].isupper()


def test_brackets_within_strings_do_not_nest() -> None:
    assert read_submission(notebook(cell("[" * 5000 + '"\\'))) != ()


def test_half_characters_become_replacement_characters() -> None:
    body = b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": "\\ud800"}]}'
    assert read_submission(body)[0].source == "\ufffd"


def test_a_grade_id_of_half_characters_is_none() -> None:
    assert read_submission(notebook(solution("\ud800", "x")))[0].grade_id is None


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200) | st.text(alphabet='{}[]",:\\ntrue04eE.-cells', max_size=80).map(str.encode))
def test_never_raises_anything_else(body: bytes) -> None:
    with contextlib.suppress(InvalidSubmission):
        read_submission(body)


def test_a_file_that_is_no_ordinary_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.ipynb")
    (tmp_path / "dir.ipynb").mkdir()
    (tmp_path / "link.ipynb").symlink_to("/etc/passwd")
    with (tmp_path / "huge.ipynb").open("wb") as huge:
        huge.truncate(300 << 20)
    names = ("fifo.ipynb", "dir.ipynb", "link.ipynb", "huge.ipynb", "absent.ipynb", "x" * 300 + ".ipynb", "nul\0")
    for name in names:
        with pytest.raises(InvalidSubmission):
            read_file(tmp_path / name)


def test_an_ordinary_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.ipynb").write_bytes(b"{}")
    assert read_file(tmp_path / "a.ipynb") == b"{}"


@pytest.mark.parametrize("part", ["[],", "{},", "1,"])
def test_refuses_what_would_take_far_more_memory_than_its_bytes(part: str) -> None:
    many = part * MAX_ITEMS
    body = f'{{"nbformat": 4, "cells": [], "x": [{many[:-1]}]}}'.encode()
    with pytest.raises(InvalidSubmission, match="too many parts"):
        read_submission(body)


def test_commas_and_brackets_in_texts_are_no_parts() -> None:
    text = "[1, 2], {}" * 200_000
    printed = {"output_type": "stream", "name": "stdout", "text": text}
    data = {"nbformat": 4, "cells": [{"cell_type": "code", "source": "x", "outputs": [printed]}]}
    assert [cell.source for cell in read_submission(json.dumps(data).encode())] == ["x"]
