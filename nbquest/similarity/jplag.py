"""Hands the learners' code to JPlag: a folder for each submission, and what they were given as base code. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from uuid import UUID

from grader.languages import is_python
from nbquest.similarity.answers import AnswerCell

SUBMISSIONS = "submissions"
BASE_CODE = "base-code"
# Of a kernelspec's language: the ending of files, and what JPlag calls it.
_LANGUAGES = {
    "c": ("c", "c"),
    "c++": ("cpp", "cpp"),
    "c#": ("cs", "csharp"),
    "go": ("go", "go"),
    "java": ("java", "java"),
    "javascript": ("js", "javascript"),
    "kotlin": ("kt", "kotlin"),
    "r": ("R", "rlang"),
    "rust": ("rs", "rust"),
    "scala": ("scala", "scala"),
    "scheme": ("scm", "scheme"),
    "swift": ("swift", "swift"),
    "typescript": ("ts", "typescript"),
}
_UNSAFE = re.compile(r"[^\w.@-]")
_MAGIC = re.compile(r"^(\s*)([%!])", re.MULTILINE)


def language_of(language: str) -> tuple[str, str]:
    """Return the ending of files in a kernelspec's language, and JPlag's name of it; text where it knows none."""
    return ("py", "python3") if is_python(language) else _LANGUAGES.get(language.lower(), ("txt", "text"))


def folder_of(person: str, number: int, submission_id: UUID) -> str:
    """Return the name of a submission's folder, which no other has."""
    return f"{_UNSAFE.sub('_', person)[:100]}-{number}-{submission_id.hex[:8]}"


def write_submission(folder: str, cells: Iterable[AnswerCell]) -> dict[str, bytes]:
    """Return the files of a submission, by path: one for each notebook, its cells after each other."""
    sources: dict[tuple[str, str], list[str]] = {}
    for cell in cells:
        sources.setdefault((cell.notebook, cell.language), []).append(cell.source)
    return {
        _path(f"{SUBMISSIONS}/{folder}", notebook, language): _join(parts, language)
        for (notebook, language), parts in sources.items()
    }


def write_base_code(given: Mapping[str, tuple[str, Sequence[str]]]) -> dict[str, bytes]:
    """Return the files of the base code, by path; `given`: each notebook's language and cells, by its path."""
    return {
        _path(BASE_CODE, notebook, language): _join(parts, language) for notebook, (language, parts) in given.items()
    }


def _path(folder: str, notebook: str, language: str) -> str:
    return f"{folder}/{PurePosixPath(notebook).with_suffix('')}.{language_of(language)[0]}"


def _join(parts: Sequence[str], language: str) -> bytes:
    text = "\n\n".join(parts) + "\n"
    # A magic is IPython's, and a parser of Python stops at it.
    return (_MAGIC.sub(r"\1# \2", text) if is_python(language) else text).encode("utf-8", "replace")
