"""Environments of courses: which one a version has, and whether it is there."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import Session

from grader.grading import GraderOptions
from nbquest.clock import utc_now
from nbquest.courses.errors import CourseFolderError
from nbquest.courses.manifest import MANIFEST
from nbquest.courses.models import AssignmentRow, CourseRow, EnvironmentRow, VersionRow
from nbquest.courses.views import CourseEnvironment
from nbquest.environments.errors import EnvironmentBuildFailed, UnusablePackages
from nbquest.environments.requirements import AskedPackages
from nbquest.environments.store import (
    BuiltEnvironment,
    EnvironmentStore,
    kernel_name,
    kernel_title,
    open_environments,
)
from nbquest.settings import Settings

PYTHON_KERNELS = ("python", "python3")


@dataclass(frozen=True, kw_only=True)
class Packages:
    """What publishing does about packages that a course brings.

    `store`: where they are installed, None where the site doesn't let courses bring any. The versions that were chosen
    once stay, whatever the package index has by now, unless they are to be chosen anew (`upgrade`). `say` is told what
    is being done, a line at a time.
    """

    store: EnvironmentStore | None = None
    upgrade: bool = False
    say: Callable[[str], None] = lambda _: None


NO_PACKAGES = Packages()


def site_packages(settings: Settings, **options: Any) -> Packages:
    """Return what this site does about packages; `options` are further fields."""
    return Packages(store=open_environments(settings) if settings.course_packages else None, **options)


def prepare_environment(
    session: Session | None, packages: AskedPackages | None, how: Packages
) -> BuiltEnvironment | None:
    """Return the environment of a course that asks for `packages`, built if it isn't there; None if it needs none.

    Without a `session` versions are chosen anew, and the choice isn't kept. Raises CourseFolderError.
    """
    if packages is None:
        return None
    store = how.store
    if store is None:
        raise CourseFolderError(
            "environment: this site doesn't let courses bring packages (its setting course_packages)", file=MANIFEST
        )
    try:
        requirements = None if how.upgrade or session is None else _chosen(session, packages, store)
        if requirements is None:
            requirements = store.resolve(packages, how.say)
        if not requirements:
            return None
        built = store.build(packages, requirements, how.say)
    except (UnusablePackages, EnvironmentBuildFailed) as error:
        raise CourseFolderError(f"environment: {error.message}", file=MANIFEST) from error
    if session is not None:
        _keep(session, packages, built, store.python)
    return built


def _chosen(session: Session, packages: AskedPackages, store: EnvironmentStore) -> str | None:
    """Return what these packages came to when they were last asked for, if that can still be used."""
    query = (
        select(EnvironmentRow.requirements)
        .where(EnvironmentRow.asked == packages.text, EnvironmentRow.python == store.python)
        .order_by(EnvironmentRow.chosen_at.desc())
        .limit(1)
    )
    found = session.scalar(query)
    return found if found is not None and store.still_fits(found) else None


def _keep(session: Session, packages: AskedPackages, built: BuiltEnvironment, python: str) -> None:
    """Keep what was chosen; chosen again, it is the latest."""
    now = {"chosen_at": utc_now()}
    statement = insert(EnvironmentRow).values(
        digest=built.digest, python=python, asked=packages.text, requirements=built.requirements, **now
    )
    session.execute(statement.on_conflict_do_update(index_elements=["digest"], set_=now))


def list_in_use(session: Session) -> list[CourseEnvironment]:
    """Return the environments of the assignments' newest versions, with the courses that use them, by digest."""
    newest = (
        select(CourseRow.slug, VersionRow.environment)
        .ext(distinct_on(VersionRow.assignment_id))
        .join(AssignmentRow, AssignmentRow.id == VersionRow.assignment_id)
        .join(CourseRow, CourseRow.id == AssignmentRow.course_id)
        .order_by(VersionRow.assignment_id, VersionRow.number.desc())
    ).subquery()
    query = (
        select(EnvironmentRow, func.array_agg(newest.c.slug.distinct()))
        .join(newest, newest.c.environment == EnvironmentRow.digest)
        .group_by(EnvironmentRow.digest)
        .order_by(EnvironmentRow.digest)
    )
    return [
        CourseEnvironment(
            digest=row.digest,
            python=row.python,
            asked=row.asked,
            requirements=row.requirements,
            courses=sorted(slugs),
        )
        for row, slugs in session.execute(query)
    ]


def in_environment(options: GraderOptions, built: BuiltEnvironment | None) -> GraderOptions:
    """Return the grader's options for notebooks of this environment, None for the one that every course has."""
    if built is None:
        return options
    return dataclasses.replace(options, python=built.grading.python, folders=built.grading.folders)


def with_kernel(release: bytes, built: BuiltEnvironment | None) -> bytes:
    """Return the learner's notebook so that it starts the kernel of the environment; one in another language stays."""
    if built is None:
        return release
    notebook: dict[str, Any] = json.loads(release)
    metadata = notebook.setdefault("metadata", {})
    present = metadata.get("kernelspec") or {}
    if present and present.get("language", "python") != "python" and present.get("name") not in PYTHON_KERNELS:
        return release
    metadata["kernelspec"] = {
        "name": kernel_name(built.digest),
        "display_name": kernel_title(built.names),
        "language": "python",
    }
    return json.dumps(notebook, ensure_ascii=False, indent=1).encode() + b"\n"
