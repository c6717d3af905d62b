"""The folders that two processes share: what crosses, what doesn't, and that nothing leads out of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.sandbox.inside.separate.codec_limits import CodecError
from grader.sandbox.inside.separate.files import MAX_BYTES, MAX_FILES, WorkingFolder


class Side:
    """One process' folders."""

    def __init__(self, place: Path, *, takes_code: bool) -> None:
        self.work, self.temporary = place / "work", place / "temporary"
        self.work.mkdir(parents=True)
        self.temporary.mkdir()
        (self.work / "given.csv").write_text("a\n1\n")
        self.folder = WorkingFolder(self.work, takes_code=takes_code, temporary=self.temporary)

    def seen(self) -> set[str]:
        """Return all that is in both folders, folders with a slash at the end."""
        return {
            f"{path.relative_to(top.parent)}{'/' if path.is_dir() else ''}"
            for top in (self.work, self.temporary)
            for path in top.rglob("*")
        }


@pytest.fixture
def student(tmp_path: Path) -> Side:
    return Side(tmp_path / "student", takes_code=True)


@pytest.fixture
def test(tmp_path: Path) -> Side:
    return Side(tmp_path / "test", takes_code=False)


def test_what_one_writes_the_other_finds(student: Side, test: Side) -> None:
    (test.work / "deep" / "er").mkdir(parents=True)
    (test.work / "deep" / "er" / "x.txt").write_text("x")
    (test.temporary / "empty").mkdir()
    (test.temporary / "note.txt").write_bytes(b"\0\xff")
    student.folder.apply(test.folder.changes())
    assert student.seen() == test.seen()
    assert (student.temporary / "note.txt").read_bytes() == b"\0\xff"
    assert student.folder.changes() == test.folder.changes() == ()  # neither sends back what it was sent


def test_what_one_removes_is_gone_from_the_other(student: Side, test: Side) -> None:
    (test.temporary / "a" / "b").mkdir(parents=True)
    (test.temporary / "a" / "b" / "c.txt").write_text("c")
    student.folder.apply(test.folder.changes())
    for path in ("a/b/c.txt", "given.csv"):
        (student.temporary / path).unlink(missing_ok=True)
        (student.work / path).unlink(missing_ok=True)
    (student.temporary / "a" / "b").rmdir()
    (student.temporary / "a").rmdir()
    test.folder.apply(student.folder.changes())
    assert test.seen() == set()


def test_a_changed_file_crosses_again(student: Side, test: Side) -> None:
    (student.work / "given.csv").write_text("a\n1\n2\n")
    test.folder.apply(student.folder.changes())
    assert (test.work / "given.csv").read_text() == "a\n1\n2\n"
    assert test.folder.is_given("given.csv")
    assert not test.folder.is_given("/given.csv")


@pytest.mark.parametrize(
    "path",
    [
        "../out.txt", "a/../../out.txt", "//etc/passwd", "/../out.txt", "", "/", "a/./../b", "a\0b", "a/b/c/d/e/f.txt",
        7, None, ["a"], b"a.txt",
    ],
)  # fmt: skip
def test_nothing_leads_out(test: Side, path: object, tmp_path: Path) -> None:
    before = set(tmp_path.rglob("*"))
    with pytest.raises(CodecError, match="not a path below"):
        test.folder.apply([(path, b"x")])
    assert set(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    "path",
    [
        "numpy.py",
        "/numpy.py",
        "pkg/__init__.pyc",
        "lib.so",
        "x.pth",
        "/matplotlibrc",
        "/fontlist-v390.json",
        "a.py/b.txt",
    ],
)
def test_nothing_that_python_loads_reaches_the_tests(student: Side, test: Side, path: str) -> None:
    test.folder.apply([(path, b"print('mine')")])
    assert test.seen() == {"work/given.csv"}
    student.folder.apply([(path, b"print('mine')")])
    assert len(student.seen()) > 1


def test_links_and_special_files_stay_where_they_are(student: Side, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    (student.work / "link.txt").symlink_to(tmp_path / "secret.txt")
    (student.temporary / "linked").symlink_to(tmp_path)
    (student.work / ".hidden").write_text("h")
    assert student.folder.changes() == ()


def test_there_is_an_end_to_it(student: Side) -> None:
    with (student.temporary / "large.txt").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    for number in range(MAX_FILES + 50):
        (student.work / f"{number}.txt").write_text("x")
    assert len(student.folder.changes()) <= MAX_FILES


def test_without_a_temporary_folder_of_its_own_it_shares_none(tmp_path: Path) -> None:
    folder = WorkingFolder(tmp_path, takes_code=True)
    folder.apply([("/x.txt", b"x")])
    assert list(tmp_path.iterdir()) == []
