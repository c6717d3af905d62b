"""Courses that bring packages: what publishing makes of them."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from grader.grading import GraderOptions
from nbquest.courses import api as courses
from nbquest.courses.environments import Packages
from nbquest.courses.errors import CourseFolderError
from nbquest.courses.views import PublishResult
from nbquest.environments.store import EnvironmentStore
from nbquest.files.store import MemoryBlobStore
from nbquest.jobs.queue import environment_queue
from tests.factories.courses import squares_source, write_course
from tests.factories.package_index import write_wheel

MANIFEST = """
    title = "Squares"
    {environment}
    [[assignments]]
    slug = "first"
"""
FILES = {"first/squares.ipynb": squares_source()}


@pytest.fixture
def blobs() -> MemoryBlobStore:
    """A store of the test's own."""
    return MemoryBlobStore()


class Site:
    """Publishes one course again and again."""

    def __init__(self, session: Session, blobs: MemoryBlobStore, store: EnvironmentStore, folder: Path) -> None:
        self.session, self.blobs, self.store, self.folder = session, blobs, store, folder
        self.said: list[str] = []

    def publish(
        self,
        environment: str,
        files: Mapping[str, bytes] = FILES,
        *,
        beside: Mapping[str, str] | None = None,
        **how: Any,
    ) -> PublishResult:
        """Publish with this line in course.toml."""
        folder = write_course(self.folder / "squares", files, MANIFEST.format(environment=environment))
        for name, content in (beside or {}).items():
            (folder / name).write_text(content)
        self.said.clear()
        packages = Packages(**({"store": self.store, "say": self.said.append} | how))
        with self.session.begin_nested():
            return courses.publish_course(
                self.session, self.blobs, folder, publisher=None, grader_options=GraderOptions(), packages=packages
            )

    def kernel(self) -> dict[str, str]:
        """Return the kernel of the notebook that learners fetch."""
        release = courses.get_release(self.session, self.blobs, "squares", "first")
        (file,) = [file for file in release.files if file.path == "squares.ipynb"]
        kernel: dict[str, str] = json.loads(base64.b64decode(file.content_base64))["metadata"]["kernelspec"]
        return kernel

    def requirements(self) -> list[str]:
        """Return what the newest version has."""
        return [
            line.partition(" ")[0]
            for known in courses.list_environments(self.session)
            for line in known.requirements.splitlines()
        ]


@pytest.fixture
def site(session: Session, blobs: MemoryBlobStore, store: EnvironmentStore, tmp_path: Path) -> Site:
    """An empty site."""
    return Site(session, blobs, store, tmp_path)


@pytest.mark.bubblewrap
def test_packages_make_a_version_and_stay_as_they_were_chosen(site: Site, wheels: Path) -> None:
    """A newer release in the index changes nothing until it is asked for; other packages are another version."""
    write_wheel(wheels, "probe_one", "1.0")
    asked = 'environment = {packages = ["probe-one"]}'
    assert site.publish("").assignments[0].version == 1
    assert site.kernel()["name"] == "python3"
    result = site.publish(asked)
    assert result.assignments[0].version == 2
    assert result.environment is not None
    assert site.kernel() == {
        "name": result.environment.kernel,
        "display_name": "Python 3 + probe-one",
        "language": "python",
    }
    key = courses.get_assignment_key(site.session, "squares", "first")
    version = courses.get_grading_version(site.session, site.blobs, key.version_id)
    assert version.environment == result.environment.digest
    courses.defer_certifying(site.session, "squares")  # by a worker that has them, too
    queues = site.session.scalars(text("SELECT queue_name FROM procrastinate_jobs WHERE task_name = 'courses.certify'"))
    assert list(queues) == [environment_queue(version.environment)]

    write_wheel(wheels, "probe_one", "2.0")
    assert not site.publish(asked).assignments[0].created
    assert site.said == []
    assert site.requirements() == ["probe-one==1.0"]
    assert site.publish(asked, upgrade=True).assignments[0].version == 3
    assert site.requirements() == ["probe-one==2.0"]
    assert not site.publish(asked).assignments[0].created
    assert site.publish("").assignments[0].version == 4
    assert (site.kernel()["name"], site.requirements()) == ("python3", [])


@pytest.mark.bubblewrap
def test_a_failed_build_leaves_the_previous_version_in_force(site: Site, wheels: Path) -> None:
    """The instructor reads why, with the file and the key; nothing else of the course has changed either."""
    write_wheel(wheels, "probe_one", "1.0")
    before = site.publish('environment = {packages = ["probe-one"]}')
    other = {"first/squares.ipynb": squares_source((1, 1))}
    with pytest.raises(CourseFolderError) as caught:
        site.publish('environment = {packages = ["probe-one", "probe-nothing"]}', other)
    assert caught.value.message.startswith("course.toml: environment: probe-nothing: the package index has none")
    assert courses.get_release(site.session, site.blobs, "squares", "first").version == before.assignments[0].version
    assert site.requirements() == ["probe-one==1.0"]
    assert len(site.store.list_built()) == 1


@pytest.mark.bubblewrap
def test_a_file_beside_the_manifest(site: Site, wheels: Path) -> None:
    import hashlib

    digest = hashlib.sha256(write_wheel(wheels, "probe_one", "1.0").read_bytes()).hexdigest()
    asked = 'environment = {requirements = "requirements.txt"}'
    beside = {"requirements.txt": f"probe-one==1.0 \\\n    --hash=sha256:{digest}\n"}
    site.publish(asked, beside=beside)
    assert site.requirements() == ["probe-one==1.0"]


@pytest.mark.parametrize(
    ("environment", "beside", "said"),
    [
        ("environment = {}", {}, r"course\.toml: environment: needs either packages or requirements"),
        (
            'environment = {packages = ["a"], requirements = "b.txt"}',
            {},
            r"course\.toml: environment: needs either packages or requirements",
        ),
        (
            'environment = {packages = ["-e ."]}',
            {},
            r"course\.toml: environment\.packages: '-e \.' is not a package's name",
        ),
        ('environment = {package = ["a"]}', {}, r"course\.toml: environment\.package: is not a key of course\.toml"),
        ('environment = {requirements = "../b.txt"}', {}, r"course\.toml: environment\.requirements: must be made of"),
        (
            'environment = {requirements = "b.txt"}',
            {},
            r"course\.toml: environment\.requirements: there is no file b\.txt",
        ),
        ('environment = {requirements = "b.txt"}', {"b.txt": "a==1"}, r"b\.txt: line 1: 'a==1' has no --hash"),
        (
            'environment = {packages = ["numpy<1"]}',
            {},
            r"course\.toml: environment: numpy<1 can't be had: every course has",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_key(
    site: Site, wheels: Path, environment: str, beside: dict[str, str], said: str
) -> None:
    with pytest.raises(CourseFolderError, match=said):
        site.publish(environment, beside=beside)


def test_a_site_may_rule_packages_out(site: Site, wheels: Path) -> None:
    with pytest.raises(CourseFolderError, match=r"doesn't let courses bring packages \(its setting course_packages\)"):
        site.publish('environment = {packages = ["probe-one"]}', store=None)


@pytest.mark.bubblewrap
def test_what_every_course_has_needs_no_environment(site: Site, wheels: Path) -> None:
    result = site.publish('environment = {packages = ["numpy", "pandas>=2"]}')
    assert result.environment is None
    assert site.kernel()["name"] == "python3"
    assert site.store.list_built() == []
