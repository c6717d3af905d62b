"""Formats an exception as a notebook shows it, at a small part of what IPython's own formatter costs.

IPython parses the file of every frame, a library's too, to find the statement that runs: some ten milliseconds for an
error, a hundred where pandas raises. Here a frame of a cell, or of a file beside the notebook, has the lines around the
one that failed, and a library's frame only its line number.

Whatever belongs to the exception may be of a student's making: callers take what is raised here for "no traceback".
"""

from __future__ import annotations

import linecache
import os
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

Label = Callable[[str], str | None]
"""Returns how to name the cell that has this file name, None where it isn't a cell."""

_SEPARATOR = "-" * 75
_TITLE = "Traceback (most recent call last)"
_CAUSED = "The above exception was the direct cause of the following exception:"
_DURING = "During handling of the above exception, another exception occurred:"
_LINES_AROUND = 2
_FIRST_FRAMES, _LAST_FRAMES, _CHAINED, _NOTES = 4, 8, 5, 10
_LINE_LENGTH, _TEXT_LENGTH = 400, 2000
_MARGIN = 7
# Read past whatever the exception's class says of itself.
_cause, _context = vars(BaseException)["__cause__"], vars(BaseException)["__context__"]
_suppressed, _traceback = vars(BaseException)["__suppress_context__"], vars(BaseException)["__traceback__"]
_GRADER = f"{Path(__file__).parent}{os.sep}"
_SHELL = f"{os.sep}IPython{os.sep}core{os.sep}"
_STANDARD_LIBRARY = f"{Path(os.__file__).parent}{os.sep}"
_INSTALLED = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")


def format_error(error: BaseException, trace: TracebackType | None, label: Label) -> list[str]:
    """Return what notebooks store as the traceback of `error`, which begins at `trace`: parts, joined by line ends."""
    name = name_of(type(error))
    parts = [_SEPARATOR, f"{name} {_TITLE:>{max(0, len(_SEPARATOR) - len(name) - 1)}}"]
    for link, why in reversed(_chain(error)):
        parts += format_frames(trace if link is error else _traceback.__get__(link), label)
        parts.append(_last_lines(link))
        if why:
            parts.append(f"\n{why}\n")
    return parts


def format_syntax_error(error: SyntaxError, label: Label) -> list[str]:
    """Return what notebooks store as the traceback of code that can't be compiled."""
    filename, line, column = str(error.filename or "<string>"), int(error.lineno or 0), int(error.offset or 0)
    text = (linecache.getline(filename, line) or str(error.text or "")).rstrip()[:_LINE_LENGTH]
    indented = len(text) - len(text.lstrip())
    place = label(filename)
    parts = [f"  {place}, line {line}" if place else f"  File {_place(filename)[0]}:{line}"]
    if text:
        parts.append(f"    {text[indented:]}")
        if column > 0:
            parts.append(f"    {' ' * min(column - 1 - indented, _LINE_LENGTH)}^")
    return ["\n".join([*parts, f"{name_of(type(error))}: {safe_text(error.msg)}"])]


def test_label(filename: str) -> str | None:
    """Return how to name the test cell whose code has this file name and whose text is known to `linecache`."""
    known = filename.startswith("<") and filename.endswith(">") and filename in linecache.cache
    return f"Cell {filename[1:-1]}" if known else None


def name_of(kind: Any) -> str:
    """Return the name of an exception's class."""
    return str(type.__getattribute__(kind, "__name__"))[:200] if isinstance(kind, type) else "Error"


def safe_text(value: Any, limit: int = _TEXT_LENGTH) -> str:
    """Return str(value), whatever its class does to prevent it."""
    try:
        return str(value)[:limit]
    except BaseException:  # noqa: BLE001  (a lying exception class must not end the run)
        return ""


def _chain(error: BaseException) -> list[tuple[BaseException, str]]:
    """Return `error` and what led to it, latest first, each with the sentence that stands between it and the next."""
    found = [(error, "")]
    while len(found) < _CHAINED:
        latest, _ = found[-1]
        earlier, why = _cause.__get__(latest), _CAUSED
        if earlier is None and not _suppressed.__get__(latest):
            earlier, why = _context.__get__(latest), _DURING
        if earlier is None or any(earlier is known for known, _ in found):
            break
        found.append((earlier, why))
    return found


def _last_lines(error: BaseException) -> str:
    name, text = name_of(type(error)), safe_text(error)
    notes = getattr(error, "__notes__", None)
    told = [safe_text(note) for note in notes[:_NOTES]] if type(notes) is list else []
    return "\n".join([f"{name}: {text}" if text else name, *told])


def format_frames(trace: TracebackType | None, label: Label) -> list[str]:
    """Return the calls of a traceback, from the cell's own on, without the error that it ends in."""
    first: list[tuple[FrameType, int]] = []
    last: deque[tuple[FrameType, int]] = deque(maxlen=_LAST_FRAMES)
    count = 0
    for step in _steps(trace):
        count += 1
        (first if len(first) < _FIRST_FRAMES else last).append(step)
    left_out = count - len(first) - len(last)
    gap = [f"    [... {left_out} more calls ...]\n"] if left_out else []
    return [*(_frame(*step, label) for step in first), *gap, *(_frame(*step, label) for step in last)]


def _steps(trace: TracebackType | None) -> Iterator[tuple[FrameType, int]]:
    """Yield each frame and its line, but none of ours, and none of the shell's that lead to the cell."""
    in_cell = False
    while trace is not None:
        code = trace.tb_frame.f_code
        ours = code.co_filename.startswith(_GRADER)
        in_cell = in_cell or not (ours or _SHELL in code.co_filename)
        if in_cell and not ours and "__tracebackhide__" not in code.co_varnames:
            yield trace.tb_frame, trace.tb_lineno
        trace = trace.tb_next


def _frame(frame: FrameType, line: int, label: Label) -> str:
    code = frame.f_code
    arguments = ", ".join(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])
    call = "" if code.co_name == "<module>" else f", in {code.co_qualname}({arguments})"
    cell = label(code.co_filename)
    if cell is not None:
        return f"{cell}, line {line}{call}\n{_excerpt(code.co_filename, line)}"
    place, is_library = _place(code.co_filename)
    return f"File {place}:{line}{call}\n{'' if is_library else _excerpt(code.co_filename, line)}"


def _place(filename: str) -> tuple[str, bool]:
    """Return a short name of the file, and whether it is a library's."""
    for folder in _INSTALLED:
        if folder in filename:
            return filename.rpartition(folder)[2], True
    if filename.startswith((_STANDARD_LIBRARY, "<")):
        return filename.removeprefix(_STANDARD_LIBRARY), True
    path = Path(filename)
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path), False


def _excerpt(filename: str, line: int) -> str:
    """Return the lines around `line` (from 1), an arrow before it."""
    lines = linecache.getlines(filename)
    shown = []
    for number in range(max(1, line - _LINES_AROUND), min(len(lines), line + _LINES_AROUND) + 1):
        text = lines[number - 1].rstrip()[:_LINE_LENGTH]
        arrow = f"{'-' * (_MARGIN - len(str(number)) - 2)}> {number}" if number == line else f"{number:>{_MARGIN}}"
        shown.append(f"{arrow} {text}\n")
    return "".join(shown)
