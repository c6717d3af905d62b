"""Reads `course.toml`: what it may say, and what is wrong with it in words an author understands."""

from __future__ import annotations

import tomllib
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from nbquest.courses.errors import CourseFolderError
from nbquest.courses.limits import LimitsEntry
from nbquest.courses.local_time import find_zone
from nbquest.courses.policy_entry import ZONE, Duration, Moment, PolicyEntry, check_order
from nbquest.courses.quotas import QuotasEntry
from nbquest.courses.views import Enrolment

MANIFEST = "course.toml"
SLUG = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$"


class EnvironmentEntry(BaseModel):
    """`[environment]` of course.toml: packages beyond those that every course has."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    packages: list[str] = Field(
        default_factory=list,
        description='Names from the package index, with versions where they matter: `["seaborn", "networkx>=3"]`.',
    )
    requirements: str | None = Field(
        default=None,
        pattern=SLUG,
        description="Instead of `packages`: a file beside course.toml with exact versions and hashes, as `pip-compile "
        "--generate-hashes` writes it.",
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.packages) == (self.requirements is not None):
            raise ValueError("needs either packages or requirements")
        return self


class AssignmentEntry(BaseModel):
    """One `[[assignments]]` of course.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    slug: str = Field(pattern=SLUG, description="Name of the folder below `source`, spaces as hyphens.")
    title: str | None = Field(
        default=None, min_length=1, max_length=200, description="As learners see it. Unset: the folder's name."
    )
    description: str = Field(default="", max_length=4000, description="A few sentences on what it is about.")
    opens: Moment | None = Field(
        default=None, description="Before it, learners can neither fetch nor hand in. Written as `due`. Unset: open."
    )
    due: Moment | None = Field(
        default=None,
        description="Date, time and offset, unquoted: `2027-03-07T23:59:00+01:00`. The offset may be left out where the "
        "course has a `time_zone`. Unset: no due date.",
    )
    exam: Duration | None = Field(
        default=None,
        gt=timedelta(0),
        description='Time that each person has from their first fetch on: `"90 minutes"`. Unset: no limit.',
    )
    policy: PolicyEntry = Field(default_factory=PolicyEntry, description="Over that of the course, key by key.")
    skills: list[str] = Field(default_factory=list, max_length=50, description="What it practises, a word each.")
    points: Decimal | None = Field(
        default=None, description="What the notebooks' cells add up to; publishing fails where they don't."
    )
    limits: LimitsEntry = Field(
        default_factory=LimitsEntry, description="Limits of this assignment, over those of the course."
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        check_order(self.opens, self.due, self.policy)
        return self


class Manifest(BaseModel):
    """A whole course.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    slug: str | None = Field(
        default=None, pattern=SLUG, description="The course's name in addresses. Unset: the folder's name."
    )
    title: str = Field(min_length=1, max_length=200, description="As learners see it.")
    description: str = Field(default="", max_length=4000, description="One or two sentences for the list of courses.")
    enrolment: Enrolment = Field(
        default="open", description="`open`, or `closed`: only people who were given a role see it."
    )
    time_zone: str | None = Field(
        default=None,
        description="The zone of dates without an offset, as in `Europe/Berlin`. Unset: each date needs its offset.",
    )
    policy: PolicyEntry = Field(
        default_factory=PolicyEntry, description="How work is handed in, in every assignment of the course."
    )
    limits: LimitsEntry = Field(
        default_factory=LimitsEntry, description="What a grading run may use, in every assignment of the course."
    )
    quotas: QuotasEntry = Field(
        default_factory=QuotasEntry, description="How much is kept of what people hand in to the course."
    )
    environment: EnvironmentEntry | None = Field(default=None, description="Packages of the course's own.")
    assignments: list[AssignmentEntry] = Field(
        min_length=1, description="In the order in which learners should take them."
    )

    @field_validator("time_zone")
    @classmethod
    def _zone_is_known(cls, name: str | None) -> str | None:
        if name is not None and find_zone(name) is None:
            raise ValueError(f"there is no zone {name}; write it as in Europe/Berlin")
        return name

    @field_validator("policy")
    @classmethod
    def _no_moment_for_all(cls, policy: PolicyEntry) -> PolicyEntry:
        if isinstance(policy.late_until, datetime):
            raise ValueError('late_until: for the whole course it must be a time after the due date, as in "1 week"')
        return policy

    @field_validator("assignments")
    @classmethod
    def _slugs_differ(cls, entries: list[AssignmentEntry]) -> list[AssignmentEntry]:
        seen: set[str] = set()
        for entry in entries:
            if entry.slug in seen:
                raise ValueError(f"{entry.slug} is listed twice")
            seen.add(entry.slug)
        return entries


def read_manifest(folder: Path) -> Manifest | None:
    """Return the folder's course.toml, None where there is none. Raises CourseFolderError saying what to mend."""
    path = folder / MANIFEST
    if not path.exists():
        return None
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise CourseFolderError(f"can't be read: {error}", file=MANIFEST) from None
    try:
        return Manifest.model_validate(content, context={ZONE: content.get("time_zone")})
    except ValidationError as error:
        problems = "; ".join(_problem(content, problem) for problem in error.errors())
        raise CourseFolderError(problems, file=MANIFEST) from None


def _problem(content: dict[str, Any], problem: Any) -> str:
    """Return one problem, naming assignments by their slug rather than by their number."""
    location = list(problem["loc"])
    words = []
    if len(location) > 1 and location[0] == "assignments":
        entry = content["assignments"][location[1]]
        slug = entry.get("slug") if isinstance(entry, dict) else None
        words.append(f"assignment {slug or location[1] + 1}")
        location = location[2:]
    words += [".".join(map(str, location))] if location else []
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "extra_forbidden":
        message = "is not a key of course.toml"
    elif problem["type"] == "string_pattern_mismatch":
        message = "must be made of letters, digits, hyphens, underscores and dots"
    elif problem["type"] == "missing":
        message = "is missing"
    return f"{', '.join(words)}: {message}"
