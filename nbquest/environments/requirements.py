"""What a course asks for, and what exactly it gets: text in, text out, nothing is installed here.

Only names from the package index are taken. An address, a folder or an option of pip in a course could fetch from
anywhere, or replace the index that the site's operator trusts.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from nbquest.environments.errors import UnusablePackages

MAX_PACKAGES = 100
MAX_FILE_BYTES = 1024 * 1024
FORMAT = "1"
"""Part of every digest: raise it when the same packages are to be installed in another way."""
_HASH = re.compile(r"--hash[= ]sha256:([0-9a-f]{64})(?=\s|$)")
_PINNED = re.compile(r"==[A-Za-z0-9.!+_-]+")


@dataclass(frozen=True, kw_only=True)
class AskedPackages:
    """What a course asks for. `lines`: pip's requirements, in order, normalised. `hashed`: each with its hashes."""

    lines: tuple[str, ...]
    hashed: bool

    @classmethod
    def from_text(cls, text: str) -> AskedPackages:
        """Return what `text` gave."""
        return cls(lines=tuple(text.splitlines()), hashed="--hash=" in text)

    @property
    def text(self) -> str:
        """The lines as one text; the same for two courses that ask for the same."""
        return "\n".join(self.lines)

    @property
    def names(self) -> tuple[str, ...]:
        """The packages' names."""
        return tuple(Requirement(line.partition(" --hash")[0]).name for line in self.lines)


def read_names(packages: Iterable[str]) -> AskedPackages:
    """Return what a list of names and versions asks for. Raises UnusablePackages naming the entry."""
    found: dict[str, str] = {}
    for entry in packages:
        requirement = _requirement(entry)
        name = canonicalize_name(requirement.name)
        if name in found:
            raise UnusablePackages(f"{entry!r}: {name} is listed twice")
        requirement.name = name
        found[name] = str(requirement)
    if len(found) > MAX_PACKAGES:
        raise UnusablePackages(f"{len(found)} packages are listed; {MAX_PACKAGES} are allowed")
    return AskedPackages(lines=tuple(found[name] for name in sorted(found)), hashed=False)


def read_file(content: bytes) -> AskedPackages:
    """Return what a requirements file asks for: exact versions, each with its hashes, as pip-compile or uv write them.

    Raises UnusablePackages naming the line.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnusablePackages("is not UTF-8") from None
    found: dict[str, str] = {}
    for number, line in _logical_lines(text):
        hashes = sorted(set(_HASH.findall(line)))
        plain = _HASH.sub("", line).strip()
        try:
            requirement = _requirement(plain)
        except UnusablePackages as error:
            raise UnusablePackages(f"line {number}: {error.message}") from None
        if not _PINNED.fullmatch(str(requirement.specifier)):
            raise UnusablePackages(f"line {number}: {plain!r} needs an exact version, as in {requirement.name}==1.2.3")
        if not hashes:
            raise UnusablePackages(
                f"line {number}: {plain!r} has no --hash=sha256:...; make the file with `pip-compile "
                "--generate-hashes` or `uv pip compile --generate-hashes`, or list names in `packages` instead"
            )
        requirement.name = canonicalize_name(requirement.name)
        key = str(requirement)
        if key in found:
            raise UnusablePackages(f"line {number}: {key} is listed twice")
        found[key] = " ".join([key, *(f"--hash=sha256:{digest}" for digest in hashes)])
    if not found:
        raise UnusablePackages("names no package")
    return AskedPackages(lines=tuple(found[key] for key in sorted(found)), hashed=True)


def without(asked: AskedPackages, present: Mapping[str, str]) -> AskedPackages:
    """Return what is left of `asked` without what every course has: versions by name.

    Raises UnusablePackages where a file asks for another version than the one that is there.
    """
    kept = []
    for line in asked.lines:
        requirement = Requirement(line.partition(" --hash")[0])
        version = present.get(requirement.name)
        if version is None:
            kept.append(line)
        elif not requirement.specifier.contains(version, prereleases=True):
            raise UnusablePackages(
                f"{requirement} can't be had: every course has {requirement.name} {version}, and a course can only add "
                "to that"
            )
        elif requirement.extras and not asked.hashed:
            kept.append(line)  # they may want more than what is there
    return AskedPackages(lines=tuple(kept), hashed=asked.hashed)


def locked(packages: Iterable[tuple[str, str, str]]) -> str:
    """Return the requirements file of exactly these packages: name, version, SHA-256 each."""
    return "".join(
        f"{canonicalize_name(name)}=={version} --hash=sha256:{sha256}\n" for name, version, sha256 in sorted(packages)
    )


def digest(asked: AskedPackages, requirements: str, python: str) -> str:
    """Return the name of the environment for who asked for this and got `requirements`, on this Python (`3.11`)."""
    return hashlib.sha256("\0".join((FORMAT, python, asked.text, requirements)).encode()).hexdigest()


def _requirement(entry: str) -> Requirement:
    """Return the entry as a requirement by name."""
    try:
        requirement = Requirement(entry)
    except InvalidRequirement:
        hint = "; options of pip can't be given" if entry.startswith("-") else ""
        raise UnusablePackages(f"{entry!r} is not a package's name with, perhaps, its version{hint}") from None
    if requirement.url is not None:
        raise UnusablePackages(f"{entry!r}: packages come from the site's package index, not from an address")
    return requirement


def _logical_lines(text: str) -> Iterable[tuple[int, str]]:
    """Yield the lines without comments, continued ones joined, with the number of the first."""
    joined, first = "", 0
    for number, raw in enumerate(text.splitlines(), start=1):
        line = re.sub(r"(^|\s)#.*$", "", raw).rstrip()
        first = first or number
        if line.endswith("\\"):
            joined += line[:-1] + " "
            continue
        joined += line
        if joined.strip():
            yield first, joined.strip()
        joined, first = "", 0
    if joined.strip():
        yield first, joined.strip()
