"""The folders that JPlag reads."""

from __future__ import annotations

from uuid import UUID

import pytest

from nbquest.similarity.answers import AnswerCell
from nbquest.similarity.jplag import folder_of, language_of, write_base_code, write_submission

NUMBER = UUID(int=0x1234567890ABCDEF << 64)


def _cell(source: str, notebook: str = "part/one.ipynb", language: str = "python") -> AnswerCell:
    return AnswerCell(notebook=notebook, grade_id=None, language=language, source=source)


def test_a_submission_is_a_folder_with_a_file_for_each_notebook() -> None:
    files = write_submission("ada-1", [_cell("a = 1"), _cell("b = 2"), _cell("x <- 1", "two.ipynb", "R")])
    assert files == {
        "submissions/ada-1/part/one.py": b"a = 1\n\nb = 2\n",
        "submissions/ada-1/two.R": b"x <- 1\n",
    }


def test_what_is_given_is_the_base_code() -> None:
    assert write_base_code({"one.ipynb": ("python", ["def f():", "    pass"])}) == {
        "base-code/one.py": b"def f():\n\n    pass\n"
    }


def test_a_magic_is_a_comment() -> None:
    files = write_submission("ada-1", [_cell("%matplotlib inline\n!ls\nx = 5 % 2")])
    assert files["submissions/ada-1/part/one.py"] == b"# %matplotlib inline\n# !ls\nx = 5 % 2\n"


@pytest.mark.parametrize("person", ["..", "a b", "é@x.org", "-rf", "x" * 250, "a\\b"])
def test_any_name_makes_a_folder_of_its_own(person: str) -> None:
    folder = folder_of(person, 2, NUMBER)
    assert folder.endswith("-2-12345678")
    assert not set(folder) & set("/\\ \0")
    assert folder not in {".", ".."}


def test_languages_are_named_as_jplag_names_them() -> None:
    assert language_of("python") == ("py", "python3")
    assert language_of("R") == ("R", "rlang")
    assert language_of("klingon") == ("txt", "text")
