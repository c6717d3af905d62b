"""Courses, assignments and releases."""

from __future__ import annotations

import base64
from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from sqlalchemy import Row
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from grader.certificate import FORMAT, Certificate
from grader.grading import GraderOptions, Limits
from grader.pool import GraderPool
from nbquest.clock import utc_now
from nbquest.courses import certifying, environments, publishing, queries
from nbquest.courses.certifying import CERTIFY_TASK, Certifier, OnStep
from nbquest.courses.environments import NO_PACKAGES, Packages
from nbquest.courses.errors import AssignmentNotFound, CourseNotFound, NotOpenYet
from nbquest.courses.limits import HIGHEST
from nbquest.courses.models import AssignmentRow, FetchRow, VersionFileRow, VersionRow
from nbquest.courses.policy import Policy
from nbquest.courses.quotas import ANY, QuotasEntry
from nbquest.courses.views import (
    Assignment,
    AssignmentCertificates,
    AssignmentKey,
    AssignmentPolicy,
    Course,
    CourseEnvironment,
    GradingVersion,
    PublishResult,
    Release,
    ReleaseFile,
    VersionLabel,
)
from nbquest.files.store import BlobStore
from nbquest.identity import api as identity
from nbquest.identity.views import CourseRole
from nbquest.jobs.app import defer
from nbquest.jobs.queue import environment_queue


def publish_course(
    session: Session,
    blobs: BlobStore,
    path: Path,
    *,
    publisher: str | None,
    grader_options: GraderOptions,
    highest: Limits = HIGHEST,
    most: QuotasEntry = ANY,
    packages: Packages = NO_PACKAGES,
    certify: bool = False,
    on_step: OnStep | None = None,
) -> PublishResult:
    """Publish the course folder at `path`; what hasn't changed since the last time makes no new version.

    `publisher` becomes an instructor of the course. `highest`: the most that the course may ask for as limits,
    `most`: as quotas. `packages`: what is done about those that it brings, which may take minutes; without, it may bring none.
    `certify` tries out how each new notebook is best graded, which takes seconds and is told to `on_step`; until that
    is done, now or later, they are graded in `shared`.

    Raises CourseFolderError naming file and cell.
    """
    with GraderPool(grader_options, size=1) as graders:
        certifier = Certifier(graders, environments=packages.store, highest=highest, on_step=on_step)
        return publishing.publish_course(
            session,
            blobs,
            path,
            publisher=publisher,
            grader_options=grader_options,
            highest=highest,
            most=most,
            certifier=certifier if certify else None,
            packages=packages,
        )


def check_course(
    path: Path,
    *,
    grader_options: GraderOptions,
    highest: Limits = HIGHEST,
    most: QuotasEntry = ANY,
    packages: Packages = NO_PACKAGES,
    assignment: str | None = None,
    on_step: OnStep | None = None,
) -> list[AssignmentCertificates]:
    """Return what certifying the course folder at `path` finds, or one assignment of it; nothing is published.

    Raises CourseFolderError naming file and cell, AssignmentNotFound.
    """
    with GraderPool(grader_options, size=1) as graders:
        certifier = Certifier(graders, environments=packages.store, highest=highest, on_step=on_step)
        return publishing.check_course(path, certifier, packages, assignment, most=most)


def certify_course(
    session: Session,
    blobs: BlobStore,
    course: str,
    certifier: Certifier,
    *,
    again: bool = False,
) -> list[AssignmentCertificates]:
    """Certify the newest versions of the course's assignments where they aren't, or all of them `again`.

    Return the certificates. Raises CourseNotFound.
    """
    get_course(session, course)
    for row, version in queries.list_assignments(session, course):
        certifying.prepare_version(session, blobs, version, certifier, assignment=row.slug, again=again)
    return list_certificates(session, course)


def defer_certifying(session: Session, course: str) -> None:
    """Have a worker certify what isn't, if there is any such thing. Raises CourseNotFound."""
    if any(not notebook.certified for found in list_certificates(session, course) for notebook in found.notebooks):
        # A course's newest versions have its packages, so one worker that has them too can certify them all.
        needed = {version.environment for _, version in queries.list_assignments(session, course)} - {None}
        queue = environment_queue(max(needed, default=None, key=str))
        defer(session, CERTIFY_TASK, queue=queue, lock=f"certify-{course}", course=course)


def list_certificates(session: Session, course: str) -> list[AssignmentCertificates]:
    """Return how the newest versions of the course's assignments are graded, in order. Raises CourseNotFound."""
    get_course(session, course)
    rows = queries.list_assignments(session, course)
    prepared = queries.list_prepared(session, *(version.id for _, version in rows))
    return [
        AssignmentCertificates(
            assignment=row.slug,
            title=row.title,
            version=version.number,
            notes=list(version.warnings),
            notebooks=[
                queries.certificate_view(notebook) for notebook in prepared if notebook.version_id == version.id
            ],
        )
        for row, version in rows
    ]


def list_environments(session: Session) -> list[CourseEnvironment]:
    """Return the packages that courses bring, as the newest versions of their assignments use them."""
    return environments.list_in_use(session)


def list_courses(session: Session, person_name: str) -> list[Course]:
    """Return the courses that this person may learn or teach, by title."""
    named = list(identity.list_course_roles(session, person_name))
    return [queries.course_view(row) for row in queries.list_open_or_named(session, named)]


def list_all_courses(session: Session) -> list[Course]:
    """Return every course of the site, by title; for administration."""
    return [queries.course_view(row) for row in queries.list_all(session)]


def get_course(session: Session, slug: str) -> Course:
    """Return the course. Raises CourseNotFound."""
    row = queries.find_course(session, slug)
    if row is None:
        raise CourseNotFound(course=slug)
    return queries.course_view(row)


def get_quotas(session: Session, slug: str) -> QuotasEntry:
    """Return how much the course keeps of what people hand in. Raises CourseNotFound."""
    row = queries.find_course(session, slug)
    if row is None:
        raise CourseNotFound(course=slug)
    return QuotasEntry.model_validate(row.quotas)


def list_assignments(session: Session, course: str) -> list[Assignment]:
    """Return the course's assignments in order. Raises CourseNotFound."""
    get_course(session, course)
    return [queries.assignment_view(*row) for row in queries.list_assignments(session, course)]


def get_assignment(session: Session, course: str, assignment: str) -> Assignment:
    """Return the assignment, also one that is hidden now. Raises AssignmentNotFound."""
    for row in queries.list_assignments(session, course, assignment, with_hidden=True):
        return queries.assignment_view(*row)
    raise AssignmentNotFound(course=course, assignment=assignment)


def get_assignment_key(session: Session, course: str, assignment: str) -> AssignmentKey:
    """Return the numbers by which other rooms' tables refer to it. Raises AssignmentNotFound, also for a hidden one."""
    for row, version in queries.list_assignments(session, course, assignment):
        return AssignmentKey(
            assignment_id=row.id,
            version_id=version.id,
            policy=queries.policy_of(row),
            notebooks=_notebooks(session, version),
        )
    raise AssignmentNotFound(course=course, assignment=assignment)


def get_newest_version_id(session: Session, assignment_id: int) -> int:
    """Return the number of the assignment's newest version. Raises AssignmentNotFound."""
    version = queries.newest_version(session, assignment_id)
    if version is None:
        raise AssignmentNotFound
    return version.id


def list_assignment_ids(session: Session, course: str | None, assignment: str | None) -> list[int]:
    """Return the numbers of the assignments of this course and of this slug (None: any), hidden ones too."""
    return queries.list_assignment_ids(session, course, assignment)


def list_assignment_slugs(session: Session, assignment_ids: Collection[int]) -> dict[int, str]:
    """Return what these assignments are named in addresses, by their numbers."""
    return queries.list_assignment_slugs(session, assignment_ids)


def list_version_labels(session: Session, version_ids: Collection[int]) -> dict[int, VersionLabel]:
    """Return what these versions are called, by their numbers."""
    return queries.list_version_labels(session, version_ids)


def role_in_course(session: Session, person_name: str, course: str) -> CourseRole | None:
    """Return the person's role: the one given, else learner where enrolment is open, else None.

    Raises CourseNotFound. A course in which somebody has no role must look to them as if it weren't there.
    """
    found = get_course(session, course)
    role = identity.course_role(session, person_name, course)
    return "learner" if role is None and found.enrolment == "open" else role


def find_role_in_course(session: Session, person_name: str, course: str) -> CourseRole | None:
    """Return the person's role, None also where there is no such course: the two must look the same from outside."""
    try:
        return role_in_course(session, person_name, course)
    except CourseNotFound:
        return None


def list_policies(session: Session, course: str) -> list[AssignmentPolicy]:
    """Return how the course's assignments may be handed in, in order, hidden ones too."""
    return [
        AssignmentPolicy(assignment_id=row.id, slug=row.slug, policy=queries.policy_of(row))
        for row, _ in queries.list_assignments(session, course, with_hidden=True)
    ]


def get_policy(session: Session, assignment_id: int) -> Policy:
    """Return how the assignment of this number may be handed in. Raises AssignmentNotFound."""
    row = session.get(AssignmentRow, assignment_id)
    if row is None:
        raise AssignmentNotFound
    return queries.policy_of(row)


def list_first_fetches(session: Session, assignment_ids: Collection[int], person_id: int) -> dict[int, datetime]:
    """Return when the person first fetched these assignments, by number; those that they haven't are not in it."""
    return queries.list_first_fetches(session, assignment_ids, person_id)


def get_release(session: Session, blobs: BlobStore, course: str, assignment: str) -> Release:
    """Return the newest version's files as learners fetch them. Raises AssignmentNotFound, also for a hidden one."""
    return _release(session, blobs, course, *_get_shown(session, course, assignment))


def fetch_release(
    session: Session, blobs: BlobStore, *, person: str, course: str, assignment: str, early: bool = False
) -> Release:
    """Return the release to a person, and note when they first had it, for the time of an exam is told from there.

    `early`: they may have it before it opens. Raises AssignmentNotFound, NotOpenYet.
    """
    row, version = _get_shown(session, course, assignment)
    opens_at, now = queries.policy_of(row).opens_at, utc_now()
    if opens_at is not None and now < opens_at and not early:
        raise NotOpenYet(f"This assignment opens on {opens_at:%d %b %Y, %H:%M} UTC.", opens_at=opens_at)
    identity.get_or_create_person(session, person)
    values = {
        "assignment_id": row.id,
        "person_id": identity.get_person_id(session, person),
        "first_fetched_at": now,
    }
    session.execute(
        insert(FetchRow).values(**values).on_conflict_do_nothing(index_elements=["assignment_id", "person_id"])
    )
    return _release(session, blobs, course, row, version)


def _get_shown(session: Session, course: str, assignment: str) -> Row[AssignmentRow, VersionRow]:
    for found in queries.list_assignments(session, course, assignment):
        return found
    raise AssignmentNotFound(course=course, assignment=assignment)


def _release(session: Session, blobs: BlobStore, course: str, row: AssignmentRow, version: VersionRow) -> Release:
    files = queries.list_files(session, version.id, "release", "resource")
    return Release(
        course=course,
        assignment=row.slug,
        title=row.title,
        version=version.number,
        files=[_release_file(blobs, file) for file in files],
    )


def get_grading_version(session: Session, blobs: BlobStore, version_id: int) -> GradingVersion:
    """Return what grading needs of the version. Raises AssignmentNotFound."""
    version = session.get(VersionRow, version_id)
    if version is None:
        raise AssignmentNotFound
    files = queries.list_files(session, version_id, "source", "resource")
    ready = [row for row in queries.list_prepared(session, version_id) if row.format == FORMAT]
    return GradingVersion(
        version_id=version.id,
        number=version.number,
        notebooks={file.path: blobs.get(file.sha256) for file in files if file.kind == "source"},
        resources={file.path: blobs.get(file.sha256) for file in files if file.kind == "resource"},
        prepared=certifying.read_prepared(blobs, ready),
        certificates={row.path: Certificate.from_json(row.certificate) for row in ready if row.certificate is not None},
        limits=version.limits,
        environment=version.environment,
    )


def _notebooks(session: Session, version: VersionRow) -> frozenset[str]:
    return frozenset(file.path for file in queries.list_files(session, version.id, "source"))


def _release_file(blobs: BlobStore, file: VersionFileRow) -> ReleaseFile:
    return ReleaseFile(
        path=file.path,
        sha256=file.sha256,
        size=file.size,
        content_base64=base64.b64encode(blobs.get(file.sha256)).decode("ascii"),
    )
