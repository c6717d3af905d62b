"""What programs and pages see of similar passages."""

from __future__ import annotations

from uuid import UUID

from nbquest.courses.views import View


class Side(View):
    """One of two compared submissions. `percent`: how much of its fingerprints the other one has, too."""

    submission_id: UUID
    person: str
    number: int
    percent: int


class SimilarPair(View):
    """Two submissions with passages in common; there may be many reasons for it.

    `shared`: fingerprints that both have. `rare_percent`: what they share of all that both have, where a fingerprint
    weighs less the more of the class have it, and nothing if all do. `holders`: how many of the compared submissions
    have a shared fingerprint, the median; these two are among them.
    """

    left: Side
    right: Side
    shared: int
    rare_percent: int
    holders: int


class SimilarityReport(View):
    """Submissions to an assignment with passages in common, the most telling pairs first.

    One submission of each learner is compared: the one that counts, or the latest while none has a grade. `found`: how
    many pairs there are, of which `pairs` holds 200 at most. `unreadable`: submissions that could not be looked at.
    """

    course: str
    assignment: str
    title: str
    compared: int
    unreadable: int
    least_percent: int
    found: int
    pairs: list[SimilarPair]


class ComparedLine(View):
    """A line of a cell. `passage`: the number of the common passage that it belongs to."""

    text: str
    passage: int | None


class ComparedCell(View):
    """A code cell of a learner's; `grade_id` is null where they added it."""

    notebook: str
    grade_id: str | None
    lines: list[ComparedLine]


class CommonPassage(View):
    """A passage that both have, numbered from 1. `holders`: how many of the compared submissions have half of it.

    `left_lines`, `right_lines`: how many lines it is on each side.
    """

    number: int
    left_lines: int
    right_lines: int
    holders: int


class Comparison(View):
    """Two submissions side by side: their learners' own code cells, with the passages that both have."""

    course: str
    assignment: str
    title: str
    compared: int
    pair: SimilarPair
    passages: list[CommonPassage]
    left_cells: list[ComparedCell]
    right_cells: list[ComparedCell]
