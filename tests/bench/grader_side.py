"""Our part of the comparison: a process of its own that grades what lies in a folder.

    python -m tests.bench.grader_side FOLDER ENGINE PYTHON

FOLDER holds `source.json` and `certificate.json` as publishing stores them, `submissions/` and `resources/`. Results go
to `results/`: executed notebook and feedback page, as a site keeps them. The process says what it has done as JSON
lines and waits for a line before it goes on, so that it can be looked at from outside between its steps: "ready",
then "graded" after each batch.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from grader.certificate import Certificate
from grader.grading import Grader, GradeRequest, GraderOptions
from grader.resources import read_resources
from grader.source import SourceNotebook


def main() -> None:
    """Grade every submission twice: the first batch meets a grader that has just started, the second a warm one.

    A third batch holds the submissions without a mistake alone.
    """
    folder, engine, python = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    source = SourceNotebook.from_json(json.loads((folder / "source.json").read_text()))
    certificate = Certificate.from_json(json.loads((folder / "certificate.json").read_text()))
    resources = read_resources(folder / "resources")
    paths = sorted((folder / "submissions").iterdir())
    results = folder / "results"
    results.mkdir(exist_ok=True)
    with Grader(GraderOptions(python=python, preload=certificate.preload)) as grader:
        _tell("ready")
        right = json.loads((folder / "right.json").read_text())
        for batch in (paths, paths, [path for path in paths if path.stem in right]):
            began, own = time.monotonic(), _own_cpu()
            first, scores, seconds = 0.0, {}, []
            for path in batch:
                started = time.monotonic()
                request = GradeRequest(
                    source=source,
                    submission=path.read_bytes(),
                    resources=resources,
                    isolation=engine,
                    certificate=certificate,
                )
                outcome = grader.grade(request)
                (results / f"{path.stem}.ipynb").write_bytes(outcome.executed_notebook or b"")
                (results / f"{path.stem}.html").write_text(outcome.feedback_html or "", encoding="utf-8")
                scores[path.stem] = str(outcome.report.score)
                seconds.append(time.monotonic() - started)
                first = first or time.monotonic()
            last = time.monotonic()
            figures = {"wall": last - began, "host_cpu": _own_cpu() - own, "first": first, "last": last}
            _tell("graded", **figures, seconds=seconds, scores=scores)


def _own_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _tell(event: str, **more: Any) -> None:
    print(json.dumps({"event": event, **more}), flush=True)
    sys.stdin.readline()


if __name__ == "__main__":
    main()
