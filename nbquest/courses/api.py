"""Courses, assignments and releases."""

from __future__ import annotations

from pathlib import Path

from grader.grading import GraderOptions
from sqlalchemy.orm import Session

from nbquest.courses.views import Assignment, Course, GradingVersion, PublishResult, Release
from nbquest.files.store import BlobStore
from nbquest.identity.views import CourseRole


def publish_course(
    session: Session,
    blobs: BlobStore,
    path: Path,
    *,
    publisher: str | None,
    grader_options: GraderOptions,
) -> PublishResult:
    """Publish the course folder at `path`; what hasn't changed since the last time makes no new version.

    `publisher` becomes an instructor of the course. Raises CourseFolderError naming file and cell.
    """
    raise NotImplementedError


def list_courses(session: Session, person_name: str) -> list[Course]:
    """Return the courses that this person may learn or teach, by title."""
    raise NotImplementedError


def get_course(session: Session, slug: str) -> Course:
    """Return the course. Raises CourseNotFound."""
    raise NotImplementedError


def list_assignments(session: Session, course: str) -> list[Assignment]:
    """Return the course's assignments in order. Raises CourseNotFound."""
    raise NotImplementedError


def get_assignment(session: Session, course: str, assignment: str) -> Assignment:
    """Return the assignment, also one that is hidden now. Raises AssignmentNotFound."""
    raise NotImplementedError


def role_in_course(session: Session, person_name: str, course: str) -> CourseRole | None:
    """Return the person's role: the one given, else learner where enrolment is open, else None.

    Raises CourseNotFound. A course in which somebody has no role must look to them as if it weren't there.
    """
    raise NotImplementedError


def get_release(session: Session, blobs: BlobStore, course: str, assignment: str) -> Release:
    """Return the newest version's files as learners fetch them. Raises AssignmentNotFound, also for a hidden one."""
    raise NotImplementedError


def get_grading_version(session: Session, blobs: BlobStore, version_id: int) -> GradingVersion:
    """Return what grading needs of the version."""
    raise NotImplementedError
