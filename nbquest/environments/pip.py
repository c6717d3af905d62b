"""Runs pip for environments, and says in words what it has against a package.

Wheels only: installing one runs no code of the package, and what isn't run can't reach what the site's account can.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from nbquest.environments.errors import EnvironmentBuildFailed

Say = Callable[[str], None]

LAST_LINES = 12
_ALWAYS = ("--disable-pip-version-check", "--no-input", "--progress-bar=off", "--only-binary=:all:")
_LEFT_OUT = ("PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PIP_REQUIREMENT", "PIP_CONSTRAINT", "PYTHONPATH", "PYTHONHOME")
_SIGNS = (
    (
        re.compile(r"DO NOT MATCH THE HASHES"),
        "a file from the package index has another hash than the one that is asked for",
    ),
    (
        re.compile(r"Retrying \(Retry|NewConnectionError|Max retries exceeded|Temporary failure in name|SSLError"),
        "the package index can't be reached from here",
    ),
)
_MISSING = re.compile(r"No matching distribution found for (.+)")
_KNOWN = re.compile(r"satisfies the requirement .+ \(from versions: (.+)\)")
_CONFLICT = re.compile(r"The conflict is caused by:\n((?:    .+\n?)+)")


def resolve(
    python: Path, requirements: str, constraints: Mapping[str, str], *, hashed: bool, say: Say
) -> list[tuple[str, str, str]]:
    """Return what would have to be installed beside what `python` has: name, version and SHA-256 of the wheel each.

    `constraints`: versions of what is there, which stay. Installs nothing. Raises EnvironmentBuildFailed.
    """
    with tempfile.TemporaryDirectory(prefix="nbq-pip-") as folder:
        files = {"asked.txt": requirements, "there.txt": "".join(f"{n}=={v}\n" for n, v in sorted(constraints.items()))}
        for name, text in files.items():
            Path(folder, name).write_text(text, encoding="utf-8")
        report = Path(folder, "report.json")
        arguments = ["--dry-run", "--report", str(report), "-r", f"{folder}/asked.txt", "-c", f"{folder}/there.txt"]
        if hashed:
            # With constraints pip would want hashes of what is there, too; what is there is never replaced anyway.
            arguments = [*arguments[:-2], "--require-hashes"]
        _run(python, arguments, say)
        found = json.loads(report.read_text(encoding="utf-8"))["install"]
    return [_wheel(item) for item in found]


def install(python: Path, requirements: str, say: Say) -> None:
    """Install exactly `requirements`, every file checked against its hash. Raises EnvironmentBuildFailed."""
    with tempfile.TemporaryDirectory(prefix="nbq-pip-") as folder:
        path = Path(folder, "requirements.txt")
        path.write_text(requirements, encoding="utf-8")
        _run(python, ["--no-deps", "--require-hashes", "--no-warn-script-location", "-r", str(path)], say)


def download(python: Path, requirements: str, folder: Path) -> None:
    """Put the wheels of exactly `requirements` into `folder`. Raises EnvironmentBuildFailed."""
    with tempfile.TemporaryDirectory(prefix="nbq-pip-") as temporary:
        path = Path(temporary, "requirements.txt")
        path.write_text(requirements, encoding="utf-8")
        arguments = ["--no-deps", "--require-hashes", "-d", str(folder), "-r", str(path)]
        _run(python, arguments, lambda _: None, operation="download")


def explain(said: str) -> str:
    """Return what pip's messages come to, for someone who has never met pip's."""
    conflict = _CONFLICT.search(said)
    if conflict is not None:
        reasons = "; ".join(line.strip() for line in conflict.group(1).splitlines())
        # What is there already was told to pip as a constraint.
        reasons = reasons.replace("The user requested (constraint)", "every course has")
        return f"these can't be had together: {reasons.replace('The user requested', 'the course asks for')}"
    if "In --require-hashes mode, all requirements must have their versions pinned" in said:
        lines = [line.strip() for line in said.splitlines() if " (from " in line and line.startswith("    ")]
        return f"the requirements file lacks what its packages need: {'; '.join(lines) or 'see pip'}"
    for sign, meaning in _SIGNS:
        if sign.search(said):
            return f"{meaning}.\n{_last_lines(said)}"
    missing = _MISSING.search(said)
    return f"pip failed.\n{_last_lines(said)}" if missing is None else _explain_missing(missing.group(1), said)


def _explain_missing(name: str, said: str) -> str:
    known = _KNOWN.search(said)
    if known is not None and known.group(1) != "none":
        return f"{name}: there is no such version as a wheel for this Python. There are: {known.group(1)}"
    return (
        f"{name}: the package index has none of that name, or none as a wheel for this Python and machine (what has to "
        "be compiled can't be installed)"
    )


def _last_lines(said: str) -> str:
    lines = [line for line in said.splitlines() if line.strip()]
    return "\n".join(f"  {line}" for line in lines[-LAST_LINES:])


def _wheel(item: Mapping[str, object]) -> tuple[str, str, str]:
    metadata, download = item["metadata"], item["download_info"]
    assert isinstance(metadata, dict)
    assert isinstance(download, dict)
    name, version = metadata["name"], metadata["version"]
    digest = download.get("archive_info", {}).get("hashes", {}).get("sha256")
    if digest is None:
        raise EnvironmentBuildFailed(f"The package index gives no SHA-256 of {name} {version}.")
    return name, version, digest


def _run(python: Path, arguments: Sequence[str], say: Say, operation: str = "install") -> None:
    """Run `pip install` (or another operation) of our own environment for `python`; tell each package as it comes."""
    command = [sys.executable, "-m", "pip", "--python", str(python), operation, *_ALWAYS, *arguments]
    said: list[str] = []
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=_environment(),
        cwd="/",
        umask=0o022,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line)
            if line.startswith(("Collecting ", "Downloading ", "Installing collected packages")):
                say(line.split(" (from ")[0].strip())
    if process.returncode != 0:
        raise EnvironmentBuildFailed(explain("".join(said)))


def _environment() -> dict[str, str]:
    """Return our environment without what is the site's own, and without what would send packages elsewhere."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith("NBQUEST_") and name not in _LEFT_OUT
    }
