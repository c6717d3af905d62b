"""What goes along with the messages of the test process: names, replaced functions, files, random states, printing."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from grader.sandbox.inside.output import Collector, kept
from grader.sandbox.inside.separate.errors import Unsupported
from grader.sandbox.inside.separate.files import WorkingFolder, is_about_files
from grader.sandbox.inside.separate.namespace import TestNamespace
from grader.sandbox.inside.separate.parcels import Incoming, Outgoing
from grader.sandbox.inside.separate.randomness import Randomness, is_about_chance
from grader.sandbox.inside.separate.replacing import Replacing
from grader.sandbox.inside.separate.session import Session

_MISSING = object()


@dataclass
class Told:
    """What the process on the other side knows: names that tests stored, what they replaced, what it is to tell."""

    stored: dict[str, Any] = field(default_factory=dict)
    replaced: list[tuple[str, str, Any]] = field(default_factory=list)
    about: str = ""

    def copy(self) -> Told:
        """Return a copy, for a snapshot."""
        return replace(self, stored=dict(self.stored), replaced=list(self.replaced))


class Along:
    """Adds to each request what the student's process has to know, and takes from each reply what it tells."""

    def __init__(
        self,
        session: Session,
        scope: TestNamespace,
        policy: Mapping[str, Any],
        *,
        replacing: Replacing,
        folder: WorkingFolder,
        collector: Collector,
    ) -> None:
        self._session = session
        self._scope = scope
        self._forwarded = tuple(policy["forwarded"])
        self._live = frozenset(policy.get("live", ()))
        self._contested = frozenset(policy.get("contested", ()))
        self._seeded = bool(policy.get("seeded", False))
        self._replacing = replacing
        self._folder = folder
        self._collector = collector
        self._randomness = Randomness()
        self._about = ""
        self._beginning = self._starting = False
        self.told = Told()

    def begin_cell(self, source: str) -> None:
        """Find out what a cell is about: files and chance are looked after only where they matter."""
        chance, files = is_about_chance(source), is_about_files(source)
        self._about = ("r" if chance else "") + ("f" if files else "")
        self._beginning = self._starting = True

    def has_news(self) -> bool:
        """Whether the student's process has yet to be told something."""
        stored = any(
            self._scope.own_value(name, _MISSING) is not self.told.stored.get(name, _MISSING)
            for name in self._forwarded
        )
        return stored or bool(self._about) or self._replacing.wanted() != self.told.replaced

    def add(self, out: Outgoing) -> None:
        """Add to a request."""
        self._add_names(out)
        wanted = self._replacing.wanted()
        if wanted != self.told.replaced:
            out.extras["p"] = [[module, name, out.tree(value)] for module, name, value in wanted]
            self.told.replaced = wanted
        if self._beginning:
            self._beginning = False
            if self._about or self.told.about:
                out.extras["a"] = self.told.about = self._about
        elif "r" in self._about:
            states = self._randomness.changes()
            if states != (None, None):
                out.extras["s"] = out.tree(states)
        if "f" in self._about:
            files = self._folder.changes()
            if files:
                out.extras["w"] = out.tree(files)

    def _add_names(self, out: Outgoing) -> None:
        scope, told, stored, deleted = self._scope, self.told.stored, [], []
        for name in self._forwarded:
            value = scope.own_value(name, _MISSING)
            if value is not _MISSING and value is not told.get(name, _MISSING):
                try:
                    stored.append([name, out.tree(value)])
                except Unsupported:
                    continue
                told[name] = value
                scope.notebook.add(name)
            elif value is _MISSING and name in scope.hidden and name in scope.notebook:
                deleted.append(name)
                told.pop(name, None)
                scope.notebook.discard(name)
        if stored:
            out.extras["v"] = stored
        if deleted:
            out.extras["d"] = deleted

    def take(self, extras: dict[str, Any], incoming: Incoming) -> None:
        """Take from a reply."""
        changed, gone = _names(extras.get("n")), _names(extras.get("g"))
        if changed or gone:
            for name in (*changed, *gone):
                if name in self._contested or name in self._live:
                    self.told.stored.pop(name, None)
            yielding = self._contested if self._starting else self._live
            self._scope.notebook_changed(changed, gone, yielding=yielding)
        if "s" in extras and "r" in self._about:
            self._take_states(incoming.read(extras["s"]))
        if "w" in extras and "f" in self._about:
            self._take_files(incoming.read(extras["w"]))
        for output in extras.get("o") or ():
            self._show(output)
        self._starting = False

    def _take_states(self, states: Any) -> None:
        """Take the states of the generators if they can be what student code left of the states that it was given.

        At the start of a cell nothing was given; then they count where the notebook itself seeds a generator.
        """
        if not self._starting:
            self._randomness.follow(states)
        elif self._seeded:
            self._randomness.apply(states)

    def _take_files(self, files: Any) -> None:
        """Take files. One of the assignment's own has to be one that the instructor's answers change, too."""
        wanted = []
        for path, contents in files:
            if self._folder.is_given(path) and not self._session.may(f"file:{path}"):
                continue
            wanted.append((path, contents))
        self._folder.apply(wanted)

    def _show(self, output: Any) -> None:
        """Print and display here what the student's code has."""
        kind = output["output_type"]
        if kind == "stream":
            text = str(output["text"])
            if text:
                (sys.stderr if output["name"] == "stderr" else sys.stdout).write(text)
        elif kind in ("display_data", "execute_result"):
            self._collector.add({"output_type": "display_data", "data": kept(output["data"]), "metadata": {}})


def _names(names: Any) -> list[str]:
    return [name for name in names if type(name) is str and name.isidentifier()] if type(names) is list else []
