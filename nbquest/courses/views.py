"""What other rooms and programs see of courses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, PlainSerializer

from grader.certificate import Certificate
from grader.report import Isolation
from grader.source import SourceNotebook
from nbquest.courses.policy import Policy
from nbquest.environments.store import BuiltEnvironment

Enrolment = Literal["open", "closed"]

JsonDecimal = Annotated[Decimal, PlainSerializer(float, return_type=float, when_used="json")]
"""Points: exact in Python and in the store, a number in JSON."""


class View(BaseModel):
    """Base of what is shown: read-only."""

    model_config = ConfigDict(frozen=True)


class Course(View):
    """A course as learners see it in a list. `time_zone`: that of the dates in its course.toml, if it names one."""

    slug: str
    title: str
    description: str
    enrolment: Enrolment
    time_zone: str | None = None


class Assignment(View):
    """An assignment, at its newest version. `position` counts from 0; `opens_at` and `due_at` are everybody's."""

    slug: str
    title: str
    description: str
    opens_at: datetime | None = None
    due_at: datetime | None
    points: JsonDecimal
    skills: list[str]
    version: int
    position: int


class ReleaseFile(View):
    """One file that a learner fetches. `path` is relative to the assignment's folder; `size` in bytes."""

    path: str
    sha256: str
    size: int
    content_base64: str


class Release(View):
    """What a learner fetches: the newest version, without solutions and hidden tests."""

    course: str
    assignment: str
    title: str
    version: int
    files: list[ReleaseFile]


class Finding(View):
    """A sentence for the instructor about a notebook, or about the cell `grade_id` of it."""

    text: str
    grade_id: str | None = None


class NotebookCertificate(View):
    """How one notebook is graded. `reasons`: why its tests run beside the learner's code, where they do.

    `tried`: how many wrong answers were graded to find out. Without being `certified` it is graded in `shared`, and
    `problem` says what prevented it, if anything did.
    """

    notebook: str
    engine: Isolation
    certified: bool
    tried: int = 0
    problem: str | None = None
    reasons: list[Finding] = []
    warnings: list[Finding] = []


class AssignmentCertificates(View):
    """How an assignment's newest version is graded. `notes`: what making its release brought up.

    `version` is null where nothing was published.
    """

    assignment: str
    title: str
    version: int | None
    notes: list[str]
    notebooks: list[NotebookCertificate]


class PublishedAssignment(View):
    """What publishing did to one assignment. `created`: whether it made a new version."""

    slug: str
    version: int
    created: bool
    points: JsonDecimal
    warnings: list[str]
    notebooks: list[NotebookCertificate] = []


class PublishResult(View):
    """What publishing a course did. `hidden`: assignments that are no longer in the folder.

    `environment`: the packages that it brings, None where it brings none.
    """

    course: Course
    assignments: list[PublishedAssignment]
    hidden: list[str] = []
    environment: BuiltEnvironment | None = None


@dataclass(frozen=True, kw_only=True)
class GradingVersion:
    """What grading needs of a version: the instructor's notebooks (instantiated) and the files beside them, by path.

    `prepared`: those notebooks that publishing made ready, which need not be read again; `certificates`: what it found.
    `limits`: those that the course gives. `environment`: the digest of its packages, None where it brings none.
    """

    version_id: int
    number: int
    notebooks: Mapping[str, bytes]
    resources: Mapping[str, bytes] = field(default_factory=dict)
    prepared: Mapping[str, SourceNotebook] = field(default_factory=dict)
    certificates: Mapping[str, Certificate] = field(default_factory=dict)
    limits: Mapping[str, float] = field(default_factory=dict)
    environment: str | None = None


@dataclass(frozen=True, kw_only=True)
class CourseEnvironment:
    """Packages of courses: the slugs of those that use them, what they asked for, and what exactly that came to."""

    digest: str
    python: str
    asked: str
    requirements: str
    courses: list[str]


@dataclass(frozen=True, kw_only=True)
class VersionLabel:
    """What a version is called: course and assignment by slug, the assignment's title, the version's number.

    `environment`: digest of the packages that it needs beyond those of every course.
    """

    course: str
    assignment: str
    title: str
    number: int
    environment: str | None = None


@dataclass(frozen=True, kw_only=True)
class AssignmentPolicy:
    """How an assignment may be handed in, with its number and its slug."""

    assignment_id: int
    slug: str
    policy: Policy


@dataclass(frozen=True, kw_only=True)
class AssignmentKey:
    """The numbers of an assignment and its newest version, its policy, and the paths of its notebooks."""

    assignment_id: int
    version_id: int
    policy: Policy
    notebooks: frozenset[str]
