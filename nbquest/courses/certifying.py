"""Certifying: finds out how each notebook of a version is graded, and keeps it with the version."""

from __future__ import annotations

import contextlib
import functools
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from grader.certificate import FORMAT, Certificate
from grader.errors import GraderError, SourceError
from grader.grading import Limits, SandboxUnavailable
from grader.options import Environment
from grader.pool import GraderPool
from grader.source import SourceNotebook, load_source
from nbquest.clock import utc_now
from nbquest.courses import queries
from nbquest.courses.limits import HIGHEST, effective
from nbquest.courses.models import PreparedNotebookRow, VersionRow
from nbquest.environments.errors import EnvironmentMissing
from nbquest.environments.store import EnvironmentStore
from nbquest.files.keeping import keep
from nbquest.files.store import BlobStore

CERTIFY_TASK = "courses.certify"


@dataclass(frozen=True, kw_only=True)
class CertifyStep:
    """What is being tried now: which notebook of which assignment, whose answers, how many of how many are done."""

    assignment: str
    notebook: str
    text: str
    done: int
    total: int


OnStep = Callable[[CertifyStep], None]


@dataclass(frozen=True, kw_only=True)
class Certified:
    """What came of one notebook: its certificate, or the problem that kept it from getting one."""

    certificate: Certificate | None
    problem: str | None = None


class Certifier:
    """Certifies notebooks with the graders of a pool.

    `environments`: those of courses that bring packages. `highest`: above it no run's limits go.
    """

    def __init__(
        self,
        graders: GraderPool,
        *,
        environments: EnvironmentStore | None = None,
        highest: Limits = HIGHEST,
        on_step: OnStep | None = None,
    ) -> None:
        self.options = graders.options
        self.highest = highest
        self._graders = graders
        self._environments = environments
        self._on_step = on_step

    def certify(
        self,
        source: bytes,
        resources: Mapping[str, bytes],
        *,
        assignment: str,
        notebook: str,
        limits: Mapping[str, float],
        environment: str | None,
    ) -> Certified:
        """Return what came of the notebook `source` (instantiated).

        `limits` and `environment` (its digest) are what its course asks for. What goes wrong on our side is told as a
        problem.
        """
        from grader.certify import Step, certify  # noqa: PLC0415 - brings IPython, which takes long to import

        def report(step: Step) -> None:
            if self._on_step is not None:
                told = CertifyStep(
                    assignment=assignment, notebook=notebook, text=step.text, done=step.done, total=step.total
                )
                self._on_step(told)

        allowed = effective(limits, usual=self.options.limits, highest=self.highest)
        try:
            with self._graders.borrow(environment=self._find(environment)) as grader:
                return Certified(certificate=certify(source, resources, grader, limits=allowed, progress=report))
        except EnvironmentMissing as error:
            problem = error.message
        except SandboxUnavailable as error:
            problem = f"The sandbox can’t be used on this machine, so nothing was tried: {error}"
        except GraderError as error:
            problem = f"It could not be tried: {error}"
        return Certified(certificate=None, problem=problem)

    def _find(self, environment: str | None) -> Environment | None:
        if environment is not None and self._environments is None:
            raise EnvironmentMissing(environment=environment)
        return self._environments.get_grading(environment) if self._environments is not None else None


def prepare_version(
    session: Session,
    blobs: BlobStore,
    version: VersionRow,
    certifier: Certifier | None,
    *,
    assignment: str,
    again: bool = False,
) -> None:
    """Have the version's notebooks ready to be graded against, and certified unless `certifier` is None.

    What is ready already stays as it is, unless it is to be done `again`.
    """
    files = queries.list_files(session, version.id, "source", "resource")
    ready = {row.path: row for row in queries.list_prepared(session, version.id)}
    resources = {file.path: blobs.get(file.sha256) for file in files if file.kind == "resource"}
    for file in files:
        if file.kind != "source" or (not again and not _is_due(ready.get(file.path), certifier)):
            continue
        source = blobs.get(file.sha256)
        made = Certified(certificate=None)
        if certifier is not None:
            made = certifier.certify(
                source,
                resources,
                assignment=assignment,
                notebook=file.path,
                limits=version.limits,
                environment=version.environment,
            )
        _save(session, version, file.path, prepared=keep(session, blobs, prepare_source(source)), made=made)


def prepare_source(source: bytes) -> bytes:
    """Return the instructor's notebook as a worker reads it, without nbgrader."""
    return json.dumps(load_source(source).to_json(), ensure_ascii=False).encode()


def read_prepared(blobs: BlobStore, rows: Iterable[PreparedNotebookRow]) -> dict[str, SourceNotebook]:
    """Return the notebooks that are ready, by path, without those that the grader no longer reads."""
    found = {}
    for row in rows:
        with contextlib.suppress(SourceError):
            found[row.path] = _parse_prepared(blobs.get(row.prepared))
    return found


@functools.lru_cache(maxsize=64)
def _parse_prepared(content: bytes) -> SourceNotebook:
    return SourceNotebook.from_json(json.loads(content))


def _is_due(row: PreparedNotebookRow | None, certifier: Certifier | None) -> bool:
    if row is None or row.format != FORMAT:
        return True
    return row.certificate is None and certifier is not None


def _save(session: Session, version: VersionRow, path: str, *, prepared: str, made: Certified) -> None:
    data = {
        "prepared": prepared,
        "certificate": None if made.certificate is None else _storable(made.certificate.to_json()),
        "format": FORMAT,
        "problem": _storable(made.problem),
        "prepared_at": utc_now(),
    }
    statement = insert(PreparedNotebookRow).values(version_id=version.id, path=path, **data)
    session.execute(statement.on_conflict_do_update(index_elements=["version_id", "path"], set_=data))


def _storable(value: Any) -> Any:
    """Return JSON data without what Postgres can't keep: NUL, and halves of surrogate pairs."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        return {_storable(key): _storable(item) for key, item in value.items()}
    return value
