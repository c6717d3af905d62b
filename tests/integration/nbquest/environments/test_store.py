"""Environments, made by the real pip: from wheels of the tests' own, and from the real index where it answers."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import threading
from pathlib import Path

import pytest

from grader.grading import GradeRequest, GraderOptions
from grader.pool import GraderPool
from nbquest.environments.errors import EnvironmentBuildFailed, UnusablePackages
from nbquest.environments.requirements import AskedPackages, locked, read_file, read_names
from nbquest.environments.store import LAYER, BuiltEnvironment, EnvironmentStore
from tests.factories.notebooks import graded, notebook, solution
from tests.factories.package_index import real_index_problem, write_wheel


def _bring(store: EnvironmentStore, *packages: str, said: list[str] | None = None) -> BuiltEnvironment:
    asked = read_names(packages)
    say = (said if said is not None else []).append
    return store.build(asked, store.resolve(asked, say), say)


def _score(environment: BuiltEnvironment, test: str) -> float:
    """Grade a notebook whose test is `test` in the sandbox."""
    source = notebook(solution("a", "import probe_one"), graded("t", test))
    with GraderPool(GraderOptions()) as pool:
        report = pool.grade(GradeRequest(source=source, submission=source), environment=environment.grading).report
    return float(report.score)


def test_packages_come_with_what_they_need(store: EnvironmentStore, wheels: Path) -> None:
    """Exact versions and hashes; what is in the base is not installed again. A second time nothing is done."""
    one = write_wheel(wheels, "probe_one", needs=("probe_two>=1", "numpy"))
    two = write_wheel(wheels, "probe_two", "1.5")
    asked, said = read_names(["probe-one", "numpy"]), []
    requirements = store.resolve(asked, said.append)
    sums = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (one, two)]
    assert requirements == locked([("probe-one", "1.0", sums[0]), ("probe-two", "1.5", sums[1])])
    built = store.build(asked, requirements, said.append)
    assert any("probe_two" in line or "probe-two" in line for line in said)
    assert store.find(built.digest) == built
    assert store.list_built() == [built]
    assert (built.names, built.title) == (("numpy", "probe-one"), "Python 3 + numpy, probe-one")
    marker = built.folder / "marker"
    marker.touch()
    for path in (one, two):
        path.unlink()
    assert store.build(asked, requirements, said.append) == built
    assert marker.exists()


@pytest.mark.bubblewrap
def test_grading_finds_them_beside_the_base(store: EnvironmentStore, wheels: Path) -> None:
    """Read-only, and only where it is asked for; programs of the base and of the environment are on the path."""
    write_wheel(wheels, "probe_one")
    built = _bring(store, "probe_one")
    test = (
        "import os, shutil, sys, numpy, probe_one\nassert probe_one.VERSION == '1.0'\n"
        f"assert sys.prefix == {str(built.folder)!r}\n"
        "assert not os.access(probe_one.__file__, os.W_OK)\nassert shutil.which('jupyter')"
    )
    assert _score(built, test) == 1
    source = notebook(solution("a", "import probe_one"), graded("t", "probe_one"))
    with GraderPool(GraderOptions()) as pool:
        assert pool.grade(GradeRequest(source=source, submission=source)).report.score == 0


def test_a_kernel_is_offered(store: EnvironmentStore, wheels: Path) -> None:
    """Under a name that tells nothing of courses; ipykernel comes from the base."""
    write_wheel(wheels, "probe_one")
    built = _bring(store, "probe_one")
    spec = json.loads((store.jupyter_path / "kernels" / built.kernel / "kernel.json").read_text())
    assert spec["argv"][0] == str(built.folder / "bin" / "python")
    code = "import ipykernel_launcher, probe_one, sys; print(sys.prefix)"
    done = subprocess.run([spec["argv"][0], "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(built.folder)


def test_others_can_read_it_whatever_our_umask(store: EnvironmentStore, wheels: Path) -> None:
    write_wheel(wheels, "probe_one")
    before = os.umask(0o077)
    try:
        built = _bring(store, "probe_one")
    finally:
        os.umask(before)
    kernel = store.jupyter_path / "kernels" / built.kernel
    for path in (
        store.folder,
        built.folder,
        *built.folder.rglob("*"),
        kernel,
        *kernel.parents[:4],
        kernel / "kernel.json",
    ):
        mode = path.stat().st_mode
        assert mode & 0o004, path
        assert mode & 0o001 or not path.is_dir(), path


@pytest.mark.parametrize("moment", ["before pip", "after pip", "before the stamp"])
def test_what_is_half_made_is_never_used_and_made_anew(store: EnvironmentStore, wheels: Path, moment: str) -> None:
    write_wheel(wheels, "probe_one")
    built = _bring(store, "probe_one")
    module = next(built.folder.glob("lib/python3*/site-packages/probe_one.py"))
    built.folder.with_suffix(".json").unlink()
    if moment != "before the stamp":
        module.unlink()
    if moment == "before pip":
        (module.parent / LAYER).unlink()
    assert store.find(built.digest) is None
    assert store.list_built() == []
    assert _bring(store, "probe_one").digest == built.digest
    assert module.exists()


def test_a_failed_build_leaves_nothing_and_the_others_alone(store: EnvironmentStore, wheels: Path) -> None:
    first = write_wheel(wheels, "probe_one")
    good = _bring(store, "probe_one")
    asked = read_names(["probe-one==1.0"])
    requirements = store.resolve(asked, lambda _: None)
    first.write_bytes(first.read_bytes() + b"\0")
    with pytest.raises(EnvironmentBuildFailed, match="another hash"):
        store.build(asked, requirements, lambda _: None)
    assert {path.name for path in store.folder.iterdir() if path.is_dir()} == {good.folder.name, "share"}
    assert store.list_built() == [good]


@pytest.mark.parametrize(
    ("packages", "said"),
    [
        (["no_such_package"], r"no-such-package: the package index has none of that name"),
        (["probe_one>=2"], r"probe-one>=2: there is no such version .* There are: 1\.0"),
        (
            ["probe_one", "probe_two<2"],
            r"can't be had together: .*asks for probe-two<2; probe-one 1\.0 depends on probe_two>=2",
        ),
        (["probe_three"], r"can't be had together: .*every course has numpy"),
    ],
)
def test_pips_reason_is_readable(store: EnvironmentStore, wheels: Path, packages: list[str], said: str) -> None:
    write_wheel(wheels, "probe_one", needs=("probe_two>=2",))
    write_wheel(wheels, "probe_two", "1.0")
    write_wheel(wheels, "probe_two", "2.0")
    write_wheel(wheels, "probe_three", needs=("numpy<1",))
    with pytest.raises(EnvironmentBuildFailed) as caught:
        _bring(store, *packages)
    assert re.search(said, caught.value.message), caught.value.message


def test_what_the_base_has_in_another_version_is_refused(store: EnvironmentStore, wheels: Path) -> None:
    with pytest.raises(UnusablePackages, match=r"numpy<1 can't be had: every course has numpy"):
        store.resolve(read_names(["numpy<1"]), lambda _: None)
    assert store.resolve(read_names(["numpy", "pandas"]), lambda _: None) == ""


def test_a_requirements_file_has_to_be_whole(store: EnvironmentStore, wheels: Path) -> None:
    sums = {}
    for name, needs in (("probe_one", ("probe_two",)), ("probe_two", ())):
        sums[name] = hashlib.sha256(write_wheel(wheels, name, needs=needs).read_bytes()).hexdigest()
    lines = [f"{name}==1.0 --hash=sha256:{digest}\n" for name, digest in sums.items()]
    with pytest.raises(EnvironmentBuildFailed, match=r"lacks what its packages need: .*probe_two"):
        store.resolve(read_file(lines[0].encode()), lambda _: None)
    asked = read_file("".join(lines).encode())
    built = store.build(asked, store.resolve(asked, lambda _: None), lambda _: None)
    assert built.names == ("probe-one", "probe-two")


def test_nothing_of_a_package_runs_outside_of_the_sandbox(
    store: EnvironmentStore, wheels: Path, tmp_path: Path
) -> None:
    """Neither while it is installed nor while it is looked at; source distributions are not taken at all."""
    mark = tmp_path / "ran"
    files = {"probe_one.py": "", "probe_one.pth": f"import pathlib; pathlib.Path({str(mark)!r}).touch()\n"}
    write_wheel(wheels, "probe_one", files=files)
    built = _bring(store, "probe_one")
    assert EnvironmentStore(store.folder, store.base).find(built.digest) == built
    assert not mark.exists()
    if shutil.which("bwrap"):
        assert _score(built, f"import os; assert not os.path.exists({str(mark)!r})") == 1
        assert not mark.exists()
    (wheels / "probe_sdist-1.0.tar.gz").write_bytes(b"")
    with pytest.raises(EnvironmentBuildFailed, match="none as a wheel"):
        _bring(store, "probe_sdist")


@pytest.mark.parametrize(
    "files",
    [
        {"probe_one-1.0.data/scripts/python": "#!python\n"},
        {"probe_one-1.0.data/data/pyvenv.cfg": "home = /root\n"},
        {LAYER: "/root\n"},
    ],
)
def test_a_package_that_replaces_the_interpreter_is_refused(
    store: EnvironmentStore, wheels: Path, files: dict[str, str]
) -> None:
    write_wheel(wheels, "probe_one", files={"probe_one.py": "", **files})
    with pytest.raises(EnvironmentBuildFailed, match="replaces the interpreter"):
        _bring(store, "probe_one")
    assert store.list_built() == []


@pytest.mark.bubblewrap
def test_a_package_opens_no_other_folder_to_the_sandbox(store: EnvironmentStore, wheels: Path, tmp_path: Path) -> None:
    """What a `.pth` file of a package names is not brought in."""
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key").write_text("x")
    write_wheel(wheels, "probe_one", files={"probe_one.py": "", "probe_one.pth": f"{secret}\n"})
    built = _bring(store, "probe_one")
    assert all(not secret.is_relative_to(folder) for folder in built.grading.folders)
    assert _score(built, f"import os; assert not os.path.exists({str(secret)!r})") == 1


def test_two_who_build_the_same_build_it_once(store: EnvironmentStore, wheels: Path) -> None:
    write_wheel(wheels, "probe_one")
    asked = read_names(["probe_one"])
    requirements = store.resolve(asked, lambda _: None)
    said: list[str] = []
    stores = [EnvironmentStore(store.folder, store.base) for _ in range(3)]
    threads = [threading.Thread(target=each.build, args=(asked, requirements, said.append)) for each in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(line.startswith("Making") for line in said) == 1
    assert len(store.list_built()) == 1


def test_pruning_keeps_what_is_in_use(store: EnvironmentStore, wheels: Path) -> None:
    write_wheel(wheels, "probe_one")
    write_wheel(wheels, "probe_two")
    kept, other = _bring(store, "probe_one"), _bring(store, "probe_two")
    (store.folder / ("0" * 16)).mkdir()  # half made
    assert store.prune([kept.digest]) == sorted([other.folder.name, "0" * 16])
    assert store.list_built() == [kept]
    assert not other.folder.exists()
    assert [path.name for path in (store.jupyter_path / "kernels").iterdir()] == [kept.kernel]
    assert store.prune([kept.digest]) == []


def test_another_base_is_another_environment(store: EnvironmentStore, wheels: Path, tmp_path: Path) -> None:
    """Where the learners' environment moves, what was built on the old one is not used any more."""
    write_wheel(wheels, "probe_one")
    built = _bring(store, "probe_one")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.symlink_to(store.base)
    moved = EnvironmentStore(store.folder, elsewhere)
    assert moved.find(built.digest) is None
    asked = AskedPackages.from_text("probe-one")
    assert moved.build(asked, built.requirements, lambda _: None).digest == built.digest
    assert moved.find(built.digest) is not None


@pytest.mark.bubblewrap
def test_from_the_real_index(store: EnvironmentStore) -> None:
    problem = real_index_problem()
    if problem is not None:
        pytest.skip(problem)
    built = _bring(store, "roman>=4", "cowsay")
    assert [line.split("==")[0] for line in built.requirements.splitlines()] == ["cowsay", "roman"]
    source = notebook(
        solution("a", "import roman, cowsay\nx = roman.toRoman(1987)"), graded("t", "assert x == 'MCMLXXXVII'")
    )
    with GraderPool(GraderOptions()) as pool:
        outcome = pool.grade(GradeRequest(source=source, submission=source), environment=built.grading)
    assert outcome.report.score == 1
