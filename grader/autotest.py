"""AUTOTEST directives: nbgrader's own preprocessor, the instructor's code run in our sandbox, not in a kernel here.

`autotests.yml` lies beside the notebook. Its templates are rendered by Jinja's sandboxed environment.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import yaml
from jinja2 import TemplateError
from jinja2.sandbox import SandboxedEnvironment
from nbformat import NotebookNode
from nbgrader.preprocessors import InstantiateTests

from grader.errors import SourceError
from grader.options import GraderOptions
from grader.records import read_outputs
from grader.sandbox.inside import frames
from grader.sandbox.server import Run, SandboxServer
from grader.source import label

DIRECTIVE = "AUTOTEST"
TEMPLATES = "autotests.yml"
_KEYS = {"templates": dict, "dispatch": str, "check": str, "normalize": str}


class _CodeFailed(Exception):
    """The instructor's own code raised."""


class _Instantiator(InstantiateTests):
    """nbgrader's preprocessor, its kernel replaced by a run in the sandbox."""

    def prepare(self, run: Run, templates: Mapping[str, Any], seconds: float) -> None:
        """Do what nbgrader's `preprocess` does before the first cell."""
        self._run = run
        self._seconds = seconds
        self.global_tests_loaded = True
        self.sanitizer = self.sanitizers["python3"]
        self.test_templates_by_type = templates["templates"]
        self.dispatch_template = templates["dispatch"]
        self.check_template = templates["check"]
        self.normalize_template = templates["normalize"]
        self.success_code = templates.get("success")
        self.hash_template = templates.get("hash")
        self.setup_code = templates.get("setup")

    def _execute_code_snippet(self, code: str) -> str | None:
        request = {"kind": "cell", "source": code, "name": "", "nonce": "", "show": True}
        answer = self._run.ask(request, time.monotonic() + self._seconds)
        outputs = read_outputs(answer.get("outputs"))
        for output in outputs:
            if output["output_type"] == "error":
                raise _CodeFailed(f"{output['ename']}: {output['evalue']}")
        shown = [output["data"].get("text/plain", "") for output in outputs if "data" in output]
        return str(self.sanitizer(shown[-1])) if shown else None

    def _instantiate_tests(self, snippet: str, salt: str | None = None) -> tuple[list[str], list[Any], list[str]]:
        """As nbgrader's, with templates that can reach nothing."""
        kind = self._execute_code_snippet(_render(self.dispatch_template, snippet=snippet))
        templates = self.test_templates_by_type
        entries = templates.get(kind) or templates["default"]
        messages = [_render(entry["fail"], snippet=snippet).replace('"', '\\"') for entry in entries]
        tests = [_render(self.normalize_template, snippet=entry["test"]) for entry in entries]
        if salt is not None:
            tests = [_render(self.hash_template, snippet=test, salt=salt) for test in tests]
        tests = [_render(test, snippet=snippet) for test in tests]
        return tests, [self._execute_code_snippet(test) for test in tests], messages


def _render(template: str | None, **values: str) -> str:
    if template is None:
        raise ValueError(f"{TEMPLATES} has no template for hashes")
    return SandboxedEnvironment().from_string(template).render(**values)


def has_directives(notebook: NotebookNode) -> bool:
    """Whether any cell asks for tests to be made from the instructor's answers."""
    return any(_is_directive(cell) for cell in notebook.cells)


def _is_directive(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" and any(
        DIRECTIVE in line and line.strip().startswith("#") for line in cell.source.split("\n")
    )


def instantiate(notebook: NotebookNode, resources: Mapping[str, bytes], options: GraderOptions) -> None:
    """Replace the AUTOTEST directives in `notebook` by tests. Raises SourceError naming the cell."""
    templates = _read_templates(resources)
    server = SandboxServer(options)
    try:
        run = server.open_run(files=resources, limits=options.limits, seed=0)
        try:
            _instantiate_cells(notebook, run, templates, options.limits.cell_seconds)
        finally:
            run.end()
    finally:
        server.close()


def _instantiate_cells(notebook: NotebookNode, run: Run, templates: Mapping[str, Any], seconds: float) -> None:
    maker = _Instantiator()
    maker.prepare(run, templates, seconds)
    told: dict[str, Any] = {"kernel_name": "python3"}
    for index, cell in enumerate(notebook.cells):
        name = label(cell, index + 1)
        if _is_directive(cell) and not (cell.metadata.get("nbgrader") or {}).get("grade"):
            raise SourceError("AUTOTEST stands in a cell that is not an autograded test", name)
        try:
            notebook.cells[index], _ = maker.preprocess_cell(cell, told, index)
        except _CodeFailed as error:
            raise SourceError(f"AUTOTEST can't be instantiated, because your own code fails: {error}", name) from error
        except (TimeoutError, frames.FrameError) as error:
            raise SourceError("AUTOTEST can't be instantiated: your own code takes too long or ends", name) from error
        except (TemplateError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise SourceError(f"AUTOTEST can't be instantiated with this {TEMPLATES}: {error}", name) from error


def _read_templates(resources: Mapping[str, bytes]) -> Mapping[str, Any]:
    if TEMPLATES not in resources:
        raise SourceError(f"the notebook uses AUTOTEST, but there is no {TEMPLATES} beside it")
    try:
        everything = yaml.safe_load(resources[TEMPLATES])
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SourceError(f"{TEMPLATES} is not valid YAML") from error
    templates = everything.get("python3") or everything.get("python") if isinstance(everything, dict) else None
    if not isinstance(templates, dict):
        raise SourceError(f"{TEMPLATES} has no entry for python3")
    for key, kind in _KEYS.items():
        if not isinstance(templates.get(key), kind):
            raise SourceError(f"{TEMPLATES} lacks {key} for python3")
    return templates
