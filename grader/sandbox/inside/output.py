"""Collects what a cell prints and displays, within a cap, in the shape that notebooks store."""

from __future__ import annotations

import io
import os
import re
from typing import Any

KEPT_TYPES = ("text/plain", "text/html", "text/markdown", "text/latex", "image/png", "image/jpeg")
_ENDED = "\n… the rest of this output was cut off"


class Collector:
    """The outputs of the cell that runs now: at most `budget` characters of each, four times that of all."""

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._total = 4 * budget
        self._granted = self.left = budget
        self.outputs: list[dict[str, Any]] = []
        self.wrote_to_stderr = False

    def take(self) -> list[dict[str, Any]]:
        """Return the outputs so far and begin anew."""
        outputs, self.outputs = self.outputs, []
        self._total -= self._granted - self.left
        self._granted = self.left = min(self._budget, self._total)
        self.wrote_to_stderr = False
        return outputs

    def write(self, name: str, text: str) -> None:
        """Add `text` to the stream `name`."""
        if name == "stderr" and text:
            self.wrote_to_stderr = True
        text = self._within_budget(text)
        if not text:
            return
        last = self.outputs[-1] if self.outputs else None
        if last is not None and last.get("name") == name:
            last["parts"].append(text)
        else:
            self.outputs.append({"output_type": "stream", "name": name, "parts": [text]})

    def add(self, output: dict[str, Any]) -> None:
        """Add an output that isn't a stream."""
        size = len(repr(output.get("data", output)))
        if size <= self.left:
            self.left -= size
            self.outputs.append(output)
        else:
            self.write("stdout", "an output was left out because it is too large\n")

    def clear(self) -> None:
        """Forget what the cell has shown so far."""
        self.outputs.clear()

    def _within_budget(self, text: str) -> str:
        if self.left <= 0:
            return ""
        if len(text) > self.left:
            text = text[: self.left] + _ENDED
            self.left = 0
        else:
            self.left -= len(text)
        return text


def plain(outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return `outputs` with the pieces of each stream joined."""
    return [
        {"output_type": "stream", "name": output["name"], "text": "".join(output["parts"])}
        if "parts" in output
        else output
        for output in outputs
    ]


def kept(data: Any) -> dict[str, str]:
    """Return the part of a MIME bundle that feedback can show, as text."""
    if not isinstance(data, dict):
        return {}
    return {kind: text for kind in KEPT_TYPES if isinstance(text := _as_text(data.get(kind)), str)}


def _as_text(value: Any) -> Any:
    if isinstance(value, bytes):
        import base64  # noqa: PLC0415

        return base64.b64encode(value).decode()
    return value


class Stream(io.TextIOBase):
    """Stands for sys.stdout or sys.stderr."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, name: str, collector: Collector, number: int) -> None:
        super().__init__()
        self._name = name
        self._collector = collector
        self._number = number

    @property
    def name(self) -> str:
        return f"<{self._name}>"

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._number

    def isatty(self) -> bool:
        return False

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._collector.write(self._name, text)
        return len(text)


class Descriptors:
    """What subprocesses and C code write to descriptors 1 and 2: two unlinked files, read after each cell."""

    def __init__(self, folder: str) -> None:
        self._read = {}
        for name, number in (("stdout", 1), ("stderr", 2)):
            path = os.path.join(folder, f".{name}")  # noqa: PTH118
            write_end = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
            self._read[name] = os.open(path, os.O_RDONLY)
            os.unlink(path)  # noqa: PTH108
            os.dup2(write_end, number)
            os.close(write_end)

    def drain(self, collector: Collector, limit: int = 1 << 18) -> None:
        """Move what is new into `collector`, at most `limit` bytes of each; skip the rest."""
        for name, number in self._read.items():
            try:
                text = os.read(number, limit).decode("utf-8", "replace")
                os.lseek(number, 0, os.SEEK_END)
            except OSError:
                continue
            if text:
                collector.write(name, text)


_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def without_colours(text: str) -> str:
    """Return `text` without terminal escape sequences."""
    return _ANSI.sub("", text)
