"""Cuts source text into tokens that stay the same when names, values, comments or the layout change. Pure.

Names and literals are folded to one token each; keywords and, in Python, the built-in names are kept. Text that no
parser would take is cut all the same. A learner wrote it, so each expression here is possessive: how long a scan takes
depends on the length of the text alone.
"""

from __future__ import annotations

import builtins
import functools
import keyword
import re
from dataclasses import dataclass

from grader.languages import is_python

NAME, NUMBER, TEXT = "name", "number", "text"


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """The tokens of a text, in order: what each is, and the line (from 0) on which it begins."""

    kinds: tuple[str, ...]
    lines: tuple[int, ...]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.kinds)


@dataclass(frozen=True, kw_only=True)
class _Syntax:
    """What has to be known of a language: its comments and its quotes (expressions)."""

    comment: str
    quotes: str = "\"'`"


_BLOCK = r"/\*(?:[^*]++|\*(?!/))*+(?:\*/)?+"
_HASH = _Syntax(comment=r"\#[^\n]*+")
_SLASHES = _Syntax(comment=rf"//[^\n]*+|{_BLOCK}")
_DASHES = _Syntax(comment=rf"--[^\n]*+|{_BLOCK}", quotes='"')
_SEMICOLON = _Syntax(comment=r";[^\n]*+", quotes='"')
_PERCENT = _Syntax(comment=r"[%\#][^\n]*+", quotes='"')
_SQL = _Syntax(comment=_DASHES.comment)
_UNKNOWN = _Syntax(comment=rf"\#[^\n]*+|{_SLASHES.comment}")
_SYNTAXES = {
    **dict.fromkeys(("r", "julia", "bash", "sh", "zsh", "ruby", "perl", "elixir", "powershell"), _HASH),
    **dict.fromkeys(
        ("c", "c++", "c#", "go", "java", "javascript", "kotlin", "rust", "scala", "swift", "typescript"), _SLASHES
    ),
    **dict.fromkeys(("haskell", "lua", "elm", "ada"), _DASHES),
    **dict.fromkeys(("scheme", "clojure", "lisp", "common-lisp", "racket"), _SEMICOLON),
    **dict.fromkeys(("matlab", "octave", "prolog", "erlang"), _PERCENT),
    "sql": _SQL,
}
_PYTHON_WORDS = frozenset(keyword.kwlist) | frozenset(name for name in dir(builtins) if not name.startswith("_"))
# Of all other languages together: a name that is a keyword elsewhere does no harm.
_WORDS = frozenset(
    """
    abstract and as begin bool boolean break by case catch char class const continue def default delete do done double
    echo elif else elseif elsif end enum esac export extends false fi finally float fn for foreach from func function
    global group having if implements import in inner insert instanceof int interface into is join lambda last left let
    library limit local long match module mut namespace new next nil not null of on or order otherwise outer override
    package private protected public range raise repeat require rescue return right select set short static string
    struct super switch template then this throw trait true try type typename union unless unsigned until update using
    val values var void when where while with yield
    """.split()  # noqa: SIM905 - a list of a hundred lines would hide the rest
)
_PYTHON_TEXT = "|".join(
    rf"[rRbBuUfF]{{0,2}}{quote * 3}(?:[^{quote}\\]++|\\(?:.|\Z)|{quote}(?!{quote * 2}))*+(?:{quote * 3})?+"
    for quote in "\"'"
)


@functools.cache
def _pattern(syntax: _Syntax | None) -> re.Pattern[str]:
    """Return the expression that cuts a language's text: the one of Python for None."""
    comment = _HASH.comment if syntax is None else syntax.comment
    quotes = "\"'" if syntax is None else syntax.quotes
    prefix = "[rRbBuUfF]{0,2}" if syntax is None else ""
    text = "|".join(rf"{prefix}{quote}(?:[^{quote}\\\n]++|\\(?:.|\Z))*+{quote}?+" for quote in quotes)
    long_text = f"(?P<long>{_PYTHON_TEXT})|" if syntax is None else ""
    return re.compile(
        rf"(?P<space>[\s\\]++)|(?P<comment>{comment})|{long_text}(?P<text>{text})"
        r"|(?P<number>(?:\d|\.\d)(?:[\w.]|(?<=[eE])[+-](?=\d))*+)|(?P<name>[^\W\d]\w*+)|(?P<other>.)",
        re.DOTALL,
    )


def scan(source: str, language: str) -> Tokens:
    """Return the tokens of `source`, a cell in the language (a kernelspec's). Never fails."""
    python = is_python(language)
    syntax = None if python else _SYNTAXES.get(language.lower(), _UNKNOWN)
    kinds: list[str] = []
    lines: list[int] = []
    line, last = 0, -1
    for match in _pattern(syntax).finditer(source):
        value, group = match[0], match.lastgroup
        # A text of many lines that stands by itself says what the code does, and is no part of it.
        said = group == "comment" or (group == "long" and line > last)
        if group != "space" and not said:
            kinds.append(_fold(group, value, python=python))
            lines.append(line)
            last = line + value.count("\n")
        line += value.count("\n")
    return Tokens(kinds=tuple(kinds), lines=tuple(lines))


def _fold(group: str | None, value: str, *, python: bool) -> str:
    if group == "name":
        kept = value in _PYTHON_WORDS if python else value.lower() in _WORDS
        return NAME if not kept else value if python else value.lower()
    if group in {"text", "long"}:
        return TEXT
    return NUMBER if group == "number" else value
