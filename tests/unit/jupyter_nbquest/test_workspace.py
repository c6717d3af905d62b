"""Files come in without losing work, and never go where they don't belong."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jupyter_nbquest.errors import FolderInTheWay, NotANotebook, NotFetched, UnsafeRelease
from jupyter_nbquest.paths import RECORD_NAME, check_relative_path
from jupyter_nbquest.records import find_record
from jupyter_nbquest.workspace import Fetched, Workspace

from tests.factories.service_twin import release_file, squares

NOW = datetime(2026, 11, 21, 7, 30, tzinfo=UTC)


def release(files: dict[str, bytes], version: int = 1, **more: Any) -> dict[str, Any]:
    entries = [release_file(path, content) for path, content in files.items()]
    return {"course": "c", "assignment": "a", "title": "A", "version": version, "files": entries, **more}


def write(workspace: Workspace, files: dict[str, bytes], version: int = 1) -> Fetched:
    return workspace.write_release("c", "a", release(files, version), NOW)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    root = tmp_path / "root"
    root.mkdir()
    return Workspace(root)


def test_files_land_in_the_assignments_folder(workspace: Workspace) -> None:
    fetched = write(workspace, {"a.ipynb": b"{}", "data/t.csv": b"1,2"})
    assert (fetched.folder, fetched.version, fetched.written, fetched.kept) == ("c/a", 1, ["a.ipynb", "data/t.csv"], [])
    assert (workspace.root / "c/a/data/t.csv").read_bytes() == b"1,2"


def test_an_unchanged_file_is_replaced_by_the_new_version(workspace: Workspace) -> None:
    write(workspace, {"a.ipynb": b"one", "b.txt": b"same"})
    fetched = write(workspace, {"a.ipynb": b"two", "b.txt": b"same"}, version=2)
    assert (fetched.written, fetched.kept) == (["a.ipynb"], [])
    assert sorted(path.name for path in (workspace.root / "c/a").iterdir()) == [RECORD_NAME, "a.ipynb", "b.txt"]


def test_a_changed_file_is_kept_beside_and_told(workspace: Workspace) -> None:
    write(workspace, {"a.ipynb": b"one"})
    folder = workspace.root / "c/a"
    for work in (b"my work", b"more work"):
        (folder / "a.ipynb").write_bytes(work)
        fetched = write(workspace, {"a.ipynb": b"one"})
        assert fetched.written == ["a.ipynb"]
        [kept] = fetched.kept
        assert (folder / kept.kept_as).read_bytes() == work
        assert (folder / "a.ipynb").read_bytes() == b"one"
    assert {path.name for path in folder.glob("* (*")} == {
        "a (my work 2026-11-21 07.30).ipynb",
        "a (my work 2026-11-21 07.30) 2.ipynb",
    }


@pytest.mark.parametrize("record", [None, b"", b"[]", b"{}", b'{"files": 3}', b"\xff"])
def test_without_a_readable_record_everything_counts_as_work(workspace: Workspace, record: bytes | None) -> None:
    write(workspace, {"a.ipynb": b"one", "d/b.txt": b"b"})
    path = workspace.root / "c/a" / RECORD_NAME
    path.unlink()
    if record is not None:
        path.write_bytes(record)
    fetched = write(workspace, {"a.ipynb": b"two", "d/b.txt": b"b"}, version=2)
    assert [kept.path for kept in fetched.kept] == ["a.ipynb"]


def test_a_deleted_file_comes_back(workspace: Workspace) -> None:
    write(workspace, {"a.ipynb": b"one"})
    (workspace.root / "c/a/a.ipynb").unlink()
    assert write(workspace, {"a.ipynb": b"one"}).written == ["a.ipynb"]


def test_the_learners_own_files_stay(workspace: Workspace) -> None:
    write(workspace, {"a.ipynb": b"one", "old.txt": b"old"})
    (workspace.root / "c/a/notes.txt").write_bytes(b"notes")
    write(workspace, {"a.ipynb": b"two"}, version=2)
    assert (workspace.root / "c/a/notes.txt").read_bytes() == b"notes"
    assert (workspace.root / "c/a/old.txt").read_bytes() == b"old"


BAD_PATHS = [
    "../x.ipynb",
    "d/../../x",
    "/etc/passwd",
    "",
    ".",
    "d//x",
    "d/",
    "a\\..\\x",
    "x\0y",
    "x\ny",
    RECORD_NAME,
    f"d/{RECORD_NAME}",
    ".ipynb_checkpoints/x.ipynb",
    "n" * 201,
    "\ud800",
]


@pytest.mark.parametrize("path", BAD_PATHS)
def test_a_path_that_leads_elsewhere_writes_nothing(workspace: Workspace, path: str) -> None:
    with pytest.raises(UnsafeRelease):
        write(workspace, {"good.txt": b"x", path: b"x"})
    assert list(workspace.root.rglob("*")) == []


@given(st.text(max_size=30))
def test_a_path_that_is_accepted_stays_inside(text: str) -> None:
    try:
        path = check_relative_path(text)
    except UnsafeRelease:
        return
    assert not path.is_absolute()
    assert ".." not in path.parts
    assert str(path) == text


@pytest.mark.parametrize(
    "broken",
    [
        {"course": "other"},
        {"assignment": "b"},
        {"version": "x"},
        {"version": None},
        {"files": None},
        {"files": []},
        {"files": [{"path": "a"}]},
        {"files": [release_file("a", b"1") | {"sha256": "0" * 64}]},
        {"files": [release_file("a", b"1") | {"content_base64": "!!"}]},
        {"files": [release_file("a", b"1"), release_file("a", b"1")]},
        {"files": [release_file("a", b"1"), release_file("a/b", b"1")]},
    ],
)
def test_a_release_that_is_not_sound_writes_nothing(workspace: Workspace, broken: dict[str, Any]) -> None:
    with pytest.raises(UnsafeRelease):
        workspace.write_release("c", "a", release({"a": b"1"}) | broken, NOW)
    assert list(workspace.root.rglob("*")) == []


@pytest.mark.parametrize("link", ["c", "c/a", "c/a/d", "c/a/d/x.txt"])
def test_a_link_that_leads_out_is_not_followed(workspace: Workspace, tmp_path: Path, link: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x.txt").write_bytes(b"theirs")
    path = workspace.root / link
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(outside / "x.txt" if link.endswith(".txt") else outside)
    with pytest.raises(FolderInTheWay):
        write(workspace, {"d/x.txt": b"new"})
    assert {p.name: p.read_bytes() for p in outside.iterdir()} == {"x.txt": b"theirs"}


@pytest.mark.parametrize("obstacle", ["c", "c/a", "c/a/d"])
def test_a_file_where_a_folder_is_needed_is_told(workspace: Workspace, obstacle: str) -> None:
    path = workspace.root / obstacle
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"mine")
    with pytest.raises(FolderInTheWay):
        write(workspace, {"d/x.txt": b"new"})
    assert path.read_bytes() == b"mine"


def test_a_folder_where_a_file_belongs_is_told(workspace: Workspace) -> None:
    (workspace.root / "c/a/x.txt").mkdir(parents=True)
    with pytest.raises(FolderInTheWay):
        write(workspace, {"x.txt": b"new"})


def test_reading_what_is_handed_in(workspace: Workspace) -> None:
    with pytest.raises(NotFetched):
        workspace.read_notebooks("c", "a")
    content = squares().notebook()
    write(workspace, {"a.ipynb": content, "t.csv": b""})
    assert workspace.read_notebooks("c", "a") == {"a.ipynb": content}
    path = workspace.root / "c/a/a.ipynb"
    for damaged in (b"", b"[]", b"{}", b'{"cells": 1}', b"[" * 100_000):
        path.write_bytes(damaged)
        with pytest.raises(NotANotebook):
            workspace.read_notebooks("c", "a")
    path.unlink()
    with pytest.raises(NotFetched, match=r"a\.ipynb"):
        workspace.read_notebooks("c", "a")


def test_a_record_that_was_tampered_with_hands_in_nothing_from_elsewhere(workspace: Workspace, tmp_path: Path) -> None:
    write(workspace, {"a.ipynb": b"{}"})
    (tmp_path / "secret.ipynb").write_bytes(b'{"cells": []}')
    path = workspace.root / "c/a" / RECORD_NAME
    data = json.loads(path.read_bytes())
    data["files"] = {"../../../secret.ipynb": "0"}
    path.write_text(json.dumps(data))
    with pytest.raises(UnsafeRelease):
        workspace.read_notebooks("c", "a")
    assert workspace.list_assignments() == []


def test_the_record_remembers_the_visible_tests(workspace: Workspace) -> None:
    write(workspace, {"a.ipynb": squares().notebook()})
    record = find_record(workspace.root / "c/a")
    assert record is not None
    assert list(record.tests["a.ipynb"]) == ["test_square", "test_square_zero", "test_negative"]
    assert record.tests["a.ipynb"]["test_negative"] == ""


def test_a_failed_write_leaves_the_old_file(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    write(workspace, {"a.ipynb": b"one"})
    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", _full_disk)
        with pytest.raises(OSError, match="No space"):
            write(workspace, {"a.ipynb": b"two"}, version=2)
    assert (workspace.root / "c/a/a.ipynb").read_bytes() == b"one"
    assert sorted(path.name for path in (workspace.root / "c/a").iterdir()) == [RECORD_NAME, "a.ipynb"]


def _full_disk(_: int) -> None:
    raise OSError(28, "No space left on device")
