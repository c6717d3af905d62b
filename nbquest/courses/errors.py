"""Errors about courses."""

from __future__ import annotations

from pathlib import PurePosixPath

from nbquest.errors import Conflict, InvalidInput, NotFound


class CourseFolderError(InvalidInput):
    """A course folder can't be published; the message names the file and, where there is one, the cell."""

    code = "course-folder"

    def __init__(self, message: str, *, file: str | PurePosixPath | None = None, cell: str | None = None) -> None:
        self.file = None if file is None else str(file)
        self.cell = cell
        where = ", ".join(part for part in (self.file, f"cell {cell}" if cell else None) if part)
        super().__init__(f"{where}: {message}" if where else message, file=self.file, cell=cell)


class CourseNotFound(NotFound):
    """There is no such course, or it is not open to you."""

    code = "course-not-found"


class AssignmentNotFound(NotFound):
    """There is no such assignment in this course."""

    code = "assignment-not-found"


class NotOpenYet(Conflict):
    """This assignment is not open yet."""

    code = "not-open-yet"
