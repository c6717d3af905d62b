"""Reads of courses, assignments and versions."""

from __future__ import annotations

import functools
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Row, Select, and_, func, select
from sqlalchemy.orm import Session, aliased

from grader.certificate import FORMAT, Certificate, Reason
from nbquest.courses.models import AssignmentRow, CourseRow, FetchRow, PreparedNotebookRow, VersionFileRow, VersionRow
from nbquest.courses.policy import Policy
from nbquest.courses.views import Assignment, Course, Enrolment, Finding, NotebookCertificate, VersionLabel


def find_course(session: Session, slug: str) -> CourseRow | None:
    """Return the course's row, or None."""
    return session.scalar(select(CourseRow).where(CourseRow.slug == slug))


def list_all(session: Session) -> list[CourseRow]:
    """Return every course, by title."""
    return list(session.scalars(select(CourseRow).order_by(CourseRow.title, CourseRow.slug)))


def list_open_or_named(session: Session, slugs: list[str]) -> list[CourseRow]:
    """Return the courses of open enrolment and those named, by title."""
    query = select(CourseRow).where((CourseRow.enrolment == "open") | CourseRow.slug.in_(slugs))
    return list(session.scalars(query.order_by(CourseRow.title, CourseRow.slug)))


def newest_version(session: Session, assignment_id: int) -> VersionRow | None:
    """Return the assignment's newest version, or None before the first."""
    query = select(VersionRow).where(VersionRow.assignment_id == assignment_id).order_by(VersionRow.number.desc())
    return session.scalar(query.limit(1))


def list_assignments(
    session: Session, course_slug: str, slug: str | None = None, *, with_hidden: bool = False
) -> list[Row[AssignmentRow, VersionRow]]:
    """Return the course's assignments with their newest versions, in order; only the one named `slug` if given."""
    query = _with_newest_version().where(CourseRow.slug == course_slug)
    if slug is not None:
        query = query.where(AssignmentRow.slug == slug)
    if not with_hidden:
        query = query.where(~AssignmentRow.hidden)
    return list(session.execute(query))


@functools.cache  # put together once: it is asked for at every submission
def _with_newest_version() -> Select[AssignmentRow, VersionRow]:
    version = aliased(VersionRow)
    newest = select(func.max(version.number)).where(version.assignment_id == AssignmentRow.id).correlate(AssignmentRow)
    return (
        select(AssignmentRow, VersionRow)
        .join(CourseRow, CourseRow.id == AssignmentRow.course_id)
        .join(
            VersionRow,
            and_(VersionRow.assignment_id == AssignmentRow.id, VersionRow.number == newest.scalar_subquery()),
        )
        .order_by(AssignmentRow.position, AssignmentRow.slug)
    )


def list_assignment_ids(session: Session, course: str | None, assignment: str | None) -> list[int]:
    """Return the numbers of the assignments of this course and of this slug (None: any)."""
    query = select(AssignmentRow.id).join(CourseRow, CourseRow.id == AssignmentRow.course_id).order_by(AssignmentRow.id)
    if course is not None:
        query = query.where(CourseRow.slug == course)
    if assignment is not None:
        query = query.where(AssignmentRow.slug == assignment)
    return list(session.scalars(query))


def list_assignment_slugs(session: Session, assignment_ids: Collection[int]) -> dict[int, str]:
    """Return the slugs of these assignments, by their numbers."""
    query = select(AssignmentRow.id, AssignmentRow.slug).where(AssignmentRow.id.in_(assignment_ids))
    return {row.id: row.slug for row in session.execute(query)}


def list_version_labels(session: Session, version_ids: Collection[int]) -> dict[int, VersionLabel]:
    """Return what these versions are called, by their numbers."""
    query = _with_names().where(VersionRow.id.in_(version_ids))
    return {
        version.id: VersionLabel(
            course=course, assignment=assignment, title=title, number=version.number, environment=version.environment
        )
        for version, course, assignment, title in session.execute(query)
    }


@functools.cache
def _with_names() -> Select[VersionRow, str, str, str]:
    return (
        select(VersionRow, CourseRow.slug, AssignmentRow.slug, AssignmentRow.title)
        .join(AssignmentRow, AssignmentRow.id == VersionRow.assignment_id)
        .join(CourseRow, CourseRow.id == AssignmentRow.course_id)
    )


def list_files(session: Session, version_id: int, *kinds: str) -> list[VersionFileRow]:
    """Return the version's files of these kinds, by path."""
    query = select(VersionFileRow).where(VersionFileRow.version_id == version_id, VersionFileRow.kind.in_(kinds))
    return list(session.scalars(query.order_by(VersionFileRow.path)))


def list_prepared(session: Session, *version_ids: int) -> list[PreparedNotebookRow]:
    """Return the notebooks of these versions that are ready to be graded against, by version and path."""
    query = select(PreparedNotebookRow).where(PreparedNotebookRow.version_id.in_(version_ids))
    query = query.order_by(PreparedNotebookRow.version_id, PreparedNotebookRow.path)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def course_view(row: CourseRow) -> Course:
    """Return the course as it is shown."""
    enrolment: Enrolment = "open" if row.enrolment == "open" else "closed"
    return Course(
        slug=row.slug, title=row.title, description=row.description, enrolment=enrolment, time_zone=row.time_zone
    )


def policy_of(row: AssignmentRow) -> Policy:
    """Return how the assignment may be handed in."""
    return Policy.from_json(row.policy, row.due_at)


def list_first_fetches(session: Session, assignment_ids: Collection[int], person_id: int) -> dict[int, datetime]:
    """Return when the person first fetched these assignments, by number; those that they haven't are not in it."""
    query = select(FetchRow.assignment_id, FetchRow.first_fetched_at).where(
        FetchRow.assignment_id.in_(assignment_ids), FetchRow.person_id == person_id
    )
    return {row.assignment_id: row.first_fetched_at for row in session.execute(query)}


def assignment_view(row: AssignmentRow, version: VersionRow) -> Assignment:
    """Return the assignment as it is shown."""
    return Assignment(
        slug=row.slug,
        title=row.title,
        description=row.description,
        opens_at=policy_of(row).opens_at,
        due_at=row.due_at,
        points=version.points,
        skills=list(row.skills),
        version=version.number,
        position=row.position,
    )


def certificate_view(row: PreparedNotebookRow) -> NotebookCertificate:
    """Return how a notebook is graded, as its author sees it."""
    certificate = None
    if row.certificate is not None and row.format == FORMAT:
        certificate = Certificate.from_json(row.certificate)
    return certified_view(row.path, certificate, row.problem)


def certified_view(notebook: str, certificate: Certificate | None, problem: str | None) -> NotebookCertificate:
    """Return the certificate of the notebook at this path, or why it has none, as its author sees it."""
    if certificate is None:
        return NotebookCertificate(notebook=notebook, engine="shared", certified=False, problem=problem)
    return NotebookCertificate(
        notebook=notebook,
        engine=certificate.engine,
        certified=True,
        tried=certificate.tried,
        reasons=[_finding(reason) for reason in certificate.reasons],
        warnings=[_finding(warning) for warning in certificate.warnings],
    )


def _finding(reason: Reason) -> Finding:
    return Finding(text=reason.text, grade_id=reason.grade_id)
