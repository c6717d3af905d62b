"""Reads a course folder: ours, with a course.toml, or a plain nbgrader one. Executes nothing and stores nothing."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from nbquest.courses.errors import CourseFolderError
from nbquest.courses.manifest import MANIFEST, SLUG, AssignmentEntry, EnvironmentEntry, Manifest, read_manifest
from nbquest.courses.policy import Policy
from nbquest.courses.policy_entry import merge_policy
from nbquest.courses.quotas import QuotasEntry
from nbquest.courses.views import Enrolment
from nbquest.environments.errors import UnusablePackages
from nbquest.environments.requirements import AskedPackages, read_file, read_names

SOURCE = "source"
NOTEBOOK = ".ipynb"
TEMPLATES = "autotests.yml"
AUTOTEST = re.compile(rb"(HASHED )?AUTOTEST ")
MAX_FILE_BYTES = 50 * 1024 * 1024
MAX_ASSIGNMENT_BYTES = 100 * 1024 * 1024
MAX_FILES = 2000
IGNORED = re.compile(r"\.ipynb_checkpoints|__pycache__|\.DS_Store|\.git|.*\.pyc|.*~")
"""nbgrader leaves out checkpoints and compiled files; nobody means to hand out the others."""


MARKED = re.compile(rb'"nbgrader"\s*:\s*\{|### BEGIN (SOLUTION|HIDDEN TESTS)')


@dataclass(frozen=True, kw_only=True)
class AssignmentFolder:
    """An assignment as it lies in the folder. `notebooks` and `resources` by path within it.

    `tools`: what is needed to make the release but is not handed out, from the course's own folder. `limits`: those
    that course.toml gives, the course's and over them its own.
    """

    slug: str
    title: str
    description: str
    policy: Policy
    skills: list[str]
    points: Decimal | None
    where: str
    notebooks: dict[str, bytes]
    resources: dict[str, bytes]
    tools: dict[str, bytes]
    limits: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class CourseFolder:
    """A course as it lies in the folder, its assignments in order.

    `packages`: those that it brings, None where it is content with those that every course has.
    """

    slug: str
    title: str
    description: str
    enrolment: Enrolment
    time_zone: str | None
    limits: dict[str, float]
    quotas: QuotasEntry
    packages: AskedPackages | None
    assignments: list[AssignmentFolder]


def read_course_folder(path: Path) -> CourseFolder:
    """Read the folder. Raises CourseFolderError naming the file that can't be published."""
    folder = path.resolve()
    if not folder.is_dir():
        raise CourseFolderError(f"{path} is not a folder.")
    if not (folder / SOURCE).is_dir():
        raise CourseFolderError(
            f"{path} is no course folder: it has no folder {SOURCE} with a folder of notebooks for each assignment."
        )
    manifest = read_manifest(folder)
    found = {_slug(entry.name): entry for entry in _assignment_folders(folder / SOURCE)}
    if manifest is None:
        entries = [AssignmentEntry(slug=slug) for slug in sorted(found)]
        if not entries:
            raise CourseFolderError(f"{SOURCE} has no folder of notebooks.", file=SOURCE)
        manifest = Manifest(title=_title(folder.name), assignments=entries)
    return CourseFolder(
        slug=manifest.slug or _slug(folder.name),
        title=manifest.title,
        description=manifest.description,
        enrolment=manifest.enrolment,
        time_zone=manifest.time_zone,
        limits=manifest.limits.said(),
        quotas=manifest.quotas,
        packages=_read_packages(folder, manifest.environment),
        assignments=[_read_assignment(folder, manifest, entry, found) for entry in manifest.assignments],
    )


def _read_packages(folder: Path, entry: EnvironmentEntry | None) -> AskedPackages | None:
    if entry is None:
        return None
    if entry.requirements is None:
        try:
            return read_names(entry.packages)
        except UnusablePackages as error:
            raise CourseFolderError(f"environment.packages: {error.message}", file=MANIFEST) from None
    path = folder / entry.requirements
    if not path.exists() and not path.is_symlink():
        raise CourseFolderError(f"environment.requirements: there is no file {entry.requirements}", file=MANIFEST)
    try:
        return read_file(_read_file(path, entry.requirements))
    except UnusablePackages as error:
        raise CourseFolderError(error.message, file=entry.requirements) from None


def _assignment_folders(source: Path) -> Iterator[Path]:
    for entry in sorted(source.iterdir()):
        if entry.is_dir() and not entry.name.startswith(".") and not IGNORED.fullmatch(entry.name):
            yield entry


def _read_assignment(
    folder: Path, manifest: Manifest, entry: AssignmentEntry, found: dict[str, Path]
) -> AssignmentFolder:
    path = found.get(entry.slug)
    if path is None:
        raise CourseFolderError(
            f"assignment {entry.slug}: there is no folder {SOURCE}/{entry.slug}", file="course.toml"
        )
    where = f"{SOURCE}/{path.name}"
    notebooks: dict[str, bytes] = {}
    resources: dict[str, bytes] = {}
    size = 0
    for name, content in _read_files(folder, path):
        # As nbgrader does: the notebooks are those beside each other at the top; the rest belongs to them.
        is_notebook = name.endswith(NOTEBOOK) and "/" not in name
        if name.endswith(NOTEBOOK) and not is_notebook and MARKED.search(content):
            raise CourseFolderError(
                "is marked for grading but lies in a subfolder, so learners would get it with its solutions: move it "
                f"to {where}",
                file=f"{where}/{name}",
            )
        (notebooks if is_notebook else resources)[name] = content
        size += len(content)
        if size > MAX_ASSIGNMENT_BYTES or len(notebooks) + len(resources) > MAX_FILES:
            raise CourseFolderError(
                f"an assignment may have {MAX_FILES} files and {MAX_ASSIGNMENT_BYTES // 1024**2} MiB in all", file=where
            )
    if not notebooks:
        raise CourseFolderError("there is no notebook in this assignment", file=where)
    return AssignmentFolder(
        slug=entry.slug,
        title=entry.title or _title(path.name),
        description=entry.description,
        policy=merge_policy(manifest.policy, entry.policy, opens=entry.opens, due=entry.due, exam=entry.exam),
        skills=entry.skills,
        points=entry.points,
        where=where,
        notebooks=notebooks,
        resources=resources,
        tools=_read_tools(folder, notebooks, resources),
        limits=manifest.limits.said() | entry.limits.said(),
    )


def _read_tools(folder: Path, notebooks: dict[str, bytes], resources: dict[str, bytes]) -> dict[str, bytes]:
    """Return the course's AUTOTEST templates where notebooks use them and have none beside them, as nbgrader does."""
    path = folder / TEMPLATES
    if TEMPLATES in resources or not path.exists() or not any(AUTOTEST.search(text) for text in notebooks.values()):
        return {}
    return {TEMPLATES: _read_file(path, TEMPLATES)}


def _read_files(folder: Path, assignment: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the assignment's files by path within it, in order. A link could lead anywhere, so none is followed."""
    for parent, folders, files in os.walk(assignment):
        folders[:] = sorted(name for name in folders if not IGNORED.fullmatch(name))
        for name in sorted([*folders, *files]):
            path = Path(parent, name)
            if IGNORED.fullmatch(name) or (name in folders and not path.is_symlink()):
                continue
            where = path.relative_to(folder).as_posix()
            if not where.isprintable():
                raise CourseFolderError("a file's name must be readable UTF-8", file=ascii(where))
            yield path.relative_to(assignment).as_posix(), _read_file(path, where)


def _read_file(path: Path, where: str) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if path.is_symlink():
            raise CourseFolderError("is a symbolic link: put the file itself there", file=where) from None
        raise CourseFolderError(f"can't be read: {error.strerror}", file=where) from None
    with os.fdopen(descriptor, "rb") as file:
        facts = os.fstat(file.fileno())
        if not stat.S_ISREG(facts.st_mode):
            raise CourseFolderError("is not an ordinary file", file=where)
        if facts.st_size > MAX_FILE_BYTES:
            raise CourseFolderError(
                f"is {facts.st_size // 1024**2} MiB large; {MAX_FILE_BYTES // 1024**2} are allowed", file=where
            )
        return file.read()


def _slug(name: str) -> str:
    """Return a folder's name as it stands in addresses; most stand there as they are."""
    slug = re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-.")[:100]
    if not re.match(SLUG, slug):
        raise CourseFolderError("its name needs letters or digits", file=name)
    return slug


def _title(name: str) -> str:
    words = re.sub(r"[-_\s]+", " ", name).strip() or name
    return words[:1].upper() + words[1:]
