"""Which kernels an environment has, and what a release says where one is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.kernels import graded_kernels, offered_kernels
from grader.options import GraderOptions
from grader.release import make_release
from tests.factories.notebooks import graded, notebook


@pytest.fixture
def options(tmp_path: Path) -> GraderOptions:
    """A course's environment with a kernel of its own, on top of the learners', which has Python alone."""
    for place in ("base/share/jupyter/kernels/python3", "course/share/jupyter/kernels/Lua"):
        folder = tmp_path / place
        folder.mkdir(parents=True)
        (folder / "kernel.json").write_text("{}")
    (tmp_path / "base" / "share" / "jupyter" / "kernels" / "empty").mkdir()
    base, course = tmp_path / "base", tmp_path / "course"
    return GraderOptions(python=course / "bin" / "python", folders=(course, base))


def test_a_course_is_graded_with_more_kernels_than_learners_are_offered(options: GraderOptions) -> None:
    assert graded_kernels(options) == {"python3", "lua"}
    assert offered_kernels(options) == {"python3"}
    assert options.python is not None
    assert offered_kernels(GraderOptions(python=options.python)) == {"lua"}


@pytest.mark.parametrize(
    ("language", "kernel", "warnings"),
    [
        ("python", "python3", []),
        ("python", "my-conda", ["it names the kernel my-conda; learners' servers have python3."]),
        ("lua", "lua", ["it names the kernel lua; learners' servers have python3."]),
        (
            "bash",
            "bash",
            [
                "it names the kernel bash; learners' servers have python3.",
                "nothing that is handed in can be graded until that kernel is installed.",
            ],
        ),
    ],
)
def test_a_release_warns_of_kernels_that_are_missing(
    language: str, kernel: str, warnings: list[str], options: GraderOptions
) -> None:
    source = notebook(graded("t", "true"), language=language, kernel=kernel)
    made = make_release(source, name="nb", resources={}, options=options)
    assert list(made.warnings) == [f"nb: {warning}" for warning in warnings]
