"""How much a course keeps of what people hand in: as course.toml asks, within what the site allows."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from nbquest.courses.errors import CourseFolderError
from nbquest.settings import Settings


class QuotasEntry(BaseModel):
    """`quotas` of course.toml, in MiB: submissions, and drafts that are kept until they are due. None: any number."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    person_mb: int | None = Field(default=None, ge=1, description="What is kept of one person in this course, in MiB.")
    course_mb: int | None = Field(default=None, ge=1, description="What is kept of all people together, in MiB.")

    @model_validator(mode="after")
    def _one_within_all(self) -> Self:
        if self.person_mb is not None and self.course_mb is not None and self.person_mb > self.course_mb:
            raise ValueError(f"person_mb, {self.person_mb}, is more than course_mb, {self.course_mb}")
        return self

    def said(self) -> dict[str, int]:
        """Return what is given."""
        return {name: value for name, value in self.model_dump().items() if value is not None}


ANY = QuotasEntry()


def most_quotas(settings: Settings) -> QuotasEntry:
    """Return the most that a course may ask for at this site."""
    # Not checked against each other: a site's quota of a person is over all courses.
    return QuotasEntry.model_construct(
        person_mb=settings.quota_person_mb or None, course_mb=settings.quota_course_mb or None
    )


def check_quotas(asked: QuotasEntry, most: QuotasEntry, *, file: str) -> None:
    """Raise CourseFolderError where `asked` is more than `most`."""
    allowed = most.said()
    problems = [
        f"quotas.{name}: {value} is more than the {allowed[name]} that this site allows (its setting quota_{name})"
        for name, value in asked.said().items()
        if name in allowed and value > allowed[name]
    ]
    if problems:
        raise CourseFolderError("; ".join(problems), file=file)
