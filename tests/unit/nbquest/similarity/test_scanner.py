"""What tokens keep of a text, and what they don't."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbquest.similarity.scanner import scan

LANGUAGES = ("python", "R", "julia", "c++", "haskell", "scheme", "matlab", "sql", "klingon")


def test_names_values_comments_and_layout_make_no_difference() -> None:
    one = scan('def area(w, h):\n    """Say it."""\n    return w * h * 2  # twice\nprint(f"{area(1, 2)}")', "python")
    two = scan("def size(a,b):return a \\\n*b* 3.5e-7 ; print('no')", "python")
    assert one.kinds[:12] == ("def", "name", "(", "name", ",", "name", ")", ":", "return", "name", "*", "name")
    assert one.kinds[12:14] == ("*", "number")
    assert two.kinds[:14] == one.kinds[:14]
    assert one.kinds[-4:] == ("print", "(", "text", ")")


def test_keywords_and_built_in_names_stay() -> None:
    assert scan("for x in sorted(y): pass", "python").kinds == (
        "for", "name", "in", "sorted", "(", "name", ")", ":", "pass",
    )  # fmt: skip


def test_lines_are_told() -> None:
    tokens = scan('a = """\nlong\n"""\nb = 1', "python")
    assert tokens.lines == (0, 0, 0, 3, 3, 3)
    assert tokens.kinds == ("name", "=", "text", "name", "=", "number")


@pytest.mark.parametrize(
    ("language", "source"),
    [
        ("r", "f <- function(x) { x + 1 } # say"),
        ("c++", "int f(int x) { /* say \n so */ return x + 1; } // say"),
        ("haskell", "f x = x + 1 -- say"),
        ("sql", "SELECT a FROM t WHERE b = 'x' -- say"),
        ("scheme", "(define (f x) (+ x 1)) ; say"),
        ("matlab", "y = x + 1 % say"),
    ],
)
def test_comments_of_other_languages_are_dropped(language: str, source: str) -> None:
    assert "name" in scan(source, language).kinds
    assert scan(source, language).kinds == scan(source.replace("say", "nothing at all"), language).kinds


def test_keywords_of_other_languages_stay() -> None:
    assert scan("if (a) b else c", "R").kinds == ("if", "(", "name", ")", "name", "else", "name")
    assert scan("SELECT a FROM t", "sql").kinds == scan("select b from u", "SQL").kinds


@given(
    st.text(alphabet=st.sampled_from("ab_1 .\n\t\"'\\#/*-;%`({[é\0\ud800"), max_size=200), st.sampled_from(LANGUAGES)
)
def test_any_text_is_cut(source: str, language: str) -> None:
    tokens = scan(source, language)
    assert len(tokens.kinds) == len(tokens.lines)
    assert list(tokens.lines) == sorted(tokens.lines)
    assert all(0 <= line <= source.count("\n") for line in tokens.lines)


@pytest.mark.parametrize("unit", ["'", '"""', "\\", "/*", "e+", "rb'", " ", "\n", "#", "9.", '"\\'])
@pytest.mark.parametrize("language", ["python", "c++", "klingon"])
def test_long_nonsense_is_cut_in_one_go(unit: str, language: str) -> None:
    assert scan(unit * 50_000, language) is not None
