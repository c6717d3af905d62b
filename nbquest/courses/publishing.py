"""Publishing: from a course folder to numbered versions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from grader.errors import SourceError
from grader.grading import GraderOptions, Limits
from nbquest.clock import utc_now
from nbquest.courses import queries
from nbquest.courses.certifying import Certifier, prepare_version
from nbquest.courses.environments import Packages, in_environment, prepare_environment, with_kernel
from nbquest.courses.errors import AssignmentNotFound, CourseFolderError
from nbquest.courses.folder import AssignmentFolder, CourseFolder, read_course_folder
from nbquest.courses.limits import check_limits
from nbquest.courses.manifest import MANIFEST
from nbquest.courses.models import AssignmentRow, CourseRow, VersionFileRow, VersionRow
from nbquest.courses.quotas import QuotasEntry, check_quotas
from nbquest.courses.views import AssignmentCertificates, PublishedAssignment, PublishResult
from nbquest.environments.store import BuiltEnvironment
from nbquest.files.keeping import keep
from nbquest.files.store import BlobStore
from nbquest.identity import api as identity

if TYPE_CHECKING:
    from grader.release import Release

FORMAT = 1
"""Part of every digest: raise it when the same source is to give another release."""


def publish_course(
    session: Session,
    blobs: BlobStore,
    path: Path,
    *,
    publisher: str | None,
    grader_options: GraderOptions,
    highest: Limits,
    most: QuotasEntry,
    certifier: Certifier | None,
    packages: Packages,
) -> PublishResult:
    """See courses.api."""
    folder = read_course_folder(path)
    _check_limits(folder, highest)
    check_quotas(folder.quotas, most, file=MANIFEST)
    environment = prepare_environment(session, folder.packages, packages)
    course = _save_course(session, folder)
    publisher_id = None
    if publisher is not None:
        identity.set_course_role(session, publisher, course.slug, "instructor")
        publisher_id = identity.get_person_id(session, publisher)
    published = []
    for position, assignment in enumerate(folder.assignments):
        row = _save_assignment(session, course, assignment, position)
        version, created = _publish_assignment(
            session,
            row,
            assignment,
            blobs=blobs,
            publisher_id=publisher_id,
            options=in_environment(grader_options, environment),
            environment=environment,
        )
        prepare_version(session, blobs, version, certifier, assignment=assignment.slug)
        published.append(_published(session, row, version, created=created))
    hidden = _hide_others(session, course, {assignment.slug for assignment in folder.assignments})
    return PublishResult(
        course=queries.course_view(course), assignments=published, hidden=hidden, environment=environment
    )


def _check_limits(folder: CourseFolder, highest: Limits) -> None:
    check_limits(folder.limits, highest, file=MANIFEST)
    for assignment in folder.assignments:
        check_limits(assignment.limits, highest, file=MANIFEST, where=f"assignment {assignment.slug}, ")


def _save_course(session: Session, folder: CourseFolder) -> CourseRow:
    """Make or update the course's row, and hold it: two publishings of it run one after the other."""
    data = {
        "title": folder.title,
        "description": folder.description,
        "enrolment": folder.enrolment,
        "time_zone": folder.time_zone,
        "quotas": folder.quotas.said(),
    }
    statement = insert(CourseRow).values(slug=folder.slug, created_at=utc_now(), **data)
    return session.scalars(
        statement.on_conflict_do_update(index_elements=["slug"], set_=data)
        .returning(CourseRow)
        .execution_options(populate_existing=True)
    ).one()


def _save_assignment(session: Session, course: CourseRow, folder: AssignmentFolder, position: int) -> AssignmentRow:
    data = {
        "title": folder.title,
        "description": folder.description,
        "due_at": folder.policy.due_at,
        "policy": folder.policy.to_json(),
        "skills": folder.skills,
        "position": position,
        "hidden": False,
    }
    statement = insert(AssignmentRow).values(course_id=course.id, slug=folder.slug, **data)
    return session.scalars(
        statement.on_conflict_do_update(index_elements=["course_id", "slug"], set_=data)
        .returning(AssignmentRow)
        .execution_options(populate_existing=True)
    ).one()


def _publish_assignment(
    session: Session,
    row: AssignmentRow,
    folder: AssignmentFolder,
    *,
    blobs: BlobStore,
    publisher_id: int | None,
    options: GraderOptions,
    environment: BuiltEnvironment | None,
) -> tuple[VersionRow, bool]:
    """Return the assignment's newest version, and whether it was made now."""
    digest = content_digest(folder, None if environment is None else environment.digest)
    newest = queries.newest_version(session, row.id)
    if newest is not None and newest.digest == digest:
        return newest, False
    releases = {name: _make_release(folder, name, options) for name in sorted(folder.notebooks)}
    points = _total_points(folder, releases)
    version = VersionRow(
        assignment_id=row.id,
        number=1 if newest is None else newest.number + 1,
        digest=digest,
        points=points,
        warnings=_notes(releases),
        limits=folder.limits,
        environment=None if environment is None else environment.digest,
        published_by=publisher_id,
        published_at=utc_now(),
    )
    session.add(version)
    session.flush()
    _store_files(session, blobs, version, "source", {name: release.source for name, release in releases.items()})
    handed_out = {name: with_kernel(release.release, environment) for name, release in releases.items()}
    _store_files(session, blobs, version, "release", handed_out)
    _store_files(session, blobs, version, "resource", folder.resources)
    return version, True


def _notes(releases: Mapping[str, Release]) -> list[str]:
    return [f"{name}: {warning}" for name, release in releases.items() for warning in release.warnings]


def check_course(
    path: Path, certifier: Certifier, packages: Packages, only: str | None, *, most: QuotasEntry
) -> list[AssignmentCertificates]:
    """See courses.api."""
    folder = read_course_folder(path)
    _check_limits(folder, certifier.highest)
    check_quotas(folder.quotas, most, file=MANIFEST)
    environment = prepare_environment(None, folder.packages, packages)
    chosen = [assignment for assignment in folder.assignments if only in (None, assignment.slug)]
    if not chosen:
        raise AssignmentNotFound(assignment=only)
    return [_check_assignment(assignment, certifier, environment) for assignment in chosen]


def _check_assignment(
    folder: AssignmentFolder, certifier: Certifier, environment: BuiltEnvironment | None
) -> AssignmentCertificates:
    options = in_environment(certifier.options, environment)
    releases = {name: _make_release(folder, name, options) for name in sorted(folder.notebooks)}
    _total_points(folder, releases)
    found = []
    for name, release in releases.items():
        made = certifier.certify(
            release.source,
            folder.resources,
            assignment=folder.slug,
            notebook=name,
            limits=folder.limits,
            environment=None if environment is None else environment.digest,
        )
        found.append(queries.certified_view(name, made.certificate, made.problem))
    return AssignmentCertificates(
        assignment=folder.slug, title=folder.title, version=None, notes=_notes(releases), notebooks=found
    )


def _total_points(folder: AssignmentFolder, releases: Mapping[str, Release]) -> Decimal:
    """Return what the notebooks are worth. Raises CourseFolderError where course.toml says otherwise."""
    points = sum((release.max_score for release in releases.values()), Decimal(0))
    if folder.points is not None and folder.points != points:
        raise CourseFolderError(
            f"assignment {folder.slug}: points says {folder.points}, but the notebooks' cells add up to {points}",
            file=MANIFEST,
        )
    return points


def content_digest(folder: AssignmentFolder, environment: str | None = None) -> str:
    """Return the digest of all that makes a version: files, what they were said to be worth, limits, packages."""
    files = {**folder.notebooks, **folder.resources, **{f"../{name}": tool for name, tool in folder.tools.items()}}
    listed = [[name, hashlib.sha256(content).hexdigest()] for name, content in sorted(files.items())]
    points = None if folder.points is None else f"{folder.points.normalize():f}"
    # What is left to the site is left out, so that a course that asks for nothing keeps the digest that it had.
    asked = {"limits": folder.limits, "environment": environment}
    given = [[name, value] for name, value in asked.items() if value]
    return hashlib.sha256(json.dumps([FORMAT, points, listed, *given], sort_keys=True).encode()).hexdigest()


def _make_release(folder: AssignmentFolder, name: str, options: GraderOptions) -> Release:
    from grader.release import make_release  # noqa: PLC0415 - brings nbgrader, which takes seconds to import

    try:
        return make_release(
            folder.notebooks[name],
            name=Path(name).stem,
            resources={**folder.tools, **folder.resources},
            options=options,
        )
    except SourceError as error:
        raise CourseFolderError(error.message, file=f"{folder.where}/{name}", cell=error.cell) from error


def _store_files(
    session: Session, blobs: BlobStore, version: VersionRow, kind: str, files: Mapping[str, bytes]
) -> None:
    session.add_all(
        VersionFileRow(version_id=version.id, kind=kind, path=path, sha256=keep(session, blobs, content), size=len(content))
        for path, content in files.items()
    )
    session.flush()


def _hide_others(session: Session, course: CourseRow, kept: Iterable[str]) -> list[str]:
    """Hide what is no longer in the folder; return the slugs that were hidden now."""
    hidden = session.scalars(
        update(AssignmentRow)
        .where(AssignmentRow.course_id == course.id, AssignmentRow.slug.not_in(list(kept)), ~AssignmentRow.hidden)
        .values(hidden=True)
        .returning(AssignmentRow.slug)
    )
    return sorted(hidden)


def _published(session: Session, row: AssignmentRow, version: VersionRow, *, created: bool) -> PublishedAssignment:
    return PublishedAssignment(
        slug=row.slug,
        version=version.number,
        created=created,
        points=version.points,
        warnings=list(version.warnings),
        notebooks=[queries.certificate_view(notebook) for notebook in queries.list_prepared(session, version.id)],
    )
