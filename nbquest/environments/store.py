"""Where environments lie: a virtual environment for each set of packages, on top of the one that all learners have.

    <folder>/<first digits of the digest>/            the virtual environment; a `.pth` file adds the base's packages
    <folder>/<first digits of the digest>.json        says that it is complete; written last, outside of its reach
    <folder>/share/jupyter/kernels/nbquest-<digits>/  how a learner's notebook starts it

Nothing of an environment is ever run outside of the sandbox: what is known of it is read, not asked of it.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import distributions
from pathlib import Path, PurePath
from typing import Any

from packaging.utils import canonicalize_name

from grader.options import Environment
from grader.sandbox import bubblewrap
from nbquest.environments import pip
from nbquest.environments.errors import EnvironmentBuildFailed, EnvironmentMissing
from nbquest.environments.pip import Say
from nbquest.environments.requirements import AskedPackages, digest, locked, without
from nbquest.settings import Settings

LAYER = "nbquest-base.pth"
DIGITS = 16
SHOWN_NAMES = 3


@dataclass(frozen=True, kw_only=True)
class BuiltEnvironment:
    """An environment that is complete. `requirements`: what it holds beyond the base; `names`: what was asked for."""

    digest: str
    folder: Path
    requirements: str
    names: tuple[str, ...]
    grading: Environment

    @property
    def kernel(self) -> str:
        """Name of its kernelspec."""
        return kernel_name(self.digest)

    @property
    def title(self) -> str:
        """What learners read where a kernel is chosen."""
        return kernel_title(self.names)


def kernel_name(environment: str) -> str:
    """Return the name of the kernelspec of the environment with this digest."""
    return f"nbquest-{environment[:DIGITS]}"


def kernel_title(names: Collection[str]) -> str:
    """Return a kernel's name for people, of what its environment adds."""
    shown = ", ".join(list(names)[:SHOWN_NAMES]) + (", …" if len(names) > SHOWN_NAMES else "")
    return f"Python 3 + {shown}"


class EnvironmentStore:
    """Builds environments below `folder` on top of the virtual environment `base`. Several processes may use it."""

    def __init__(self, folder: Path, base: Path) -> None:
        self.folder = folder.absolute()
        self.base = base.absolute()

    @property
    def base_python(self) -> Path:
        """The interpreter that every environment starts from."""
        return self.base / "bin" / "python"

    @property
    def jupyter_path(self) -> Path:
        """Folder of the kernelspecs, as JUPYTER_PATH takes it."""
        return self.folder / "share" / "jupyter"

    @cached_property
    def _base_facts(self) -> tuple[str, Path]:
        code = "import sys, sysconfig; print('%d.%d' % sys.version_info[:2]); print(sysconfig.get_path('purelib'))"
        told = subprocess.run([self.base_python, "-I", "-c", code], check=True, capture_output=True, text=True).stdout
        version, packages = told.splitlines()
        return version, Path(packages)

    @property
    def python(self) -> str:
        """The base's version of Python, as in `3.11`."""
        return self._base_facts[0]

    @cached_property
    def present(self) -> dict[str, str]:
        """What every course has: versions by name."""
        found = distributions(path=[str(self._base_facts[1])])
        return {canonicalize_name(each.name): each.version for each in found}

    @cached_property
    def _base_folders(self) -> tuple[Path, ...]:
        return tuple(bubblewrap.interpreter_folders(self.base_python))

    def resolve(self, asked: AskedPackages, say: Say) -> str:
        """Return the requirements file of all that `asked` needs beyond the base; empty where the base has it all.

        Raises UnusablePackages or EnvironmentBuildFailed.
        """
        rest = without(asked, self.present)
        if not rest.lines:
            return ""
        say(f"Finding versions of {', '.join(rest.names)}")
        found = pip.resolve(self.base_python, rest.text, self.present, hashed=rest.hashed, say=lambda _: None)
        return rest.text + "\n" if rest.hashed else locked(found)

    def still_fits(self, requirements: str) -> bool:
        """Whether none of these packages has come into the base since they were chosen."""
        return not any(line.partition("==")[0] in self.present for line in requirements.splitlines())

    def find(self, environment: str) -> BuiltEnvironment | None:
        """Return the environment with this digest if it is complete and made on this base, else None."""
        stamp = self._stamp(environment)
        if stamp is None or stamp["digest"] != environment or stamp["base"] != str(self.base):
            return None
        folder = self._place(environment)
        if not folder.is_dir() or stamp["python"] != self.python:
            return None
        return BuiltEnvironment(
            digest=environment,
            folder=folder,
            requirements=stamp["requirements"],
            names=tuple(stamp["names"]),
            grading=Environment(
                python=folder / "bin" / "python",
                folders=(folder, *self._base_folders),
                made=f"{folder.stat().st_ino} {self._place(environment).with_suffix('.json').stat().st_mtime_ns}",
            ),
        )

    def get_grading(self, environment: str | None) -> Environment | None:
        """Return what the grader is told of the environment; None for the base. Raises EnvironmentMissing."""
        if environment is None:
            return None
        built = self.find(environment)
        if built is None:
            raise EnvironmentMissing(environment=environment)
        return built.grading

    def list_built(self) -> list[BuiltEnvironment]:
        """Return the complete environments, by digest."""
        stamps = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(self.folder.glob("*.json"))]
        found = [self.find(stamp["digest"]) for stamp in stamps]
        return [environment for environment in found if environment is not None]

    def list_unusable(self) -> list[str]:
        """Return the names of folders that hold no environment that can be used now."""
        usable = {environment.folder.name for environment in self.list_built()}
        found = {path.name for path in self.folder.glob("*") if len(path.name) == DIGITS and path.is_dir()}
        return sorted(found - usable)

    def build(self, asked: AskedPackages, requirements: str, say: Say) -> BuiltEnvironment:
        """Return the environment for `asked`, which came to `requirements`; it is made now unless it is there.

        Takes seconds to minutes, told to `say`. Raises EnvironmentBuildFailed; then there is no such environment.
        """
        name = digest(asked, requirements, self.python)
        with self._only_builder(name):
            built = self.find(name)
            if built is None:
                self._remove(name)
                self._make(name, requirements, say)
                self._complete(name, requirements, list(asked.names))
                built = self.find(name)
        assert built is not None
        return built

    def prune(self, kept: Collection[str]) -> list[str]:
        """Remove environments that are not among `kept`, and what was left half made; return their first digits."""
        wanted = {name[:DIGITS] for name in kept}
        found = {path.stem for path in self.folder.glob("*") if len(path.stem) == DIGITS and path.suffix != ".lock"}
        for short in sorted(found - wanted):
            with self._only_builder(short):
                self._remove(short)
        return sorted(found - wanted)

    def _place(self, environment: str) -> Path:
        return self.folder / environment[:DIGITS]

    def _stamp(self, environment: str) -> dict[str, Any] | None:
        try:
            stamp: dict[str, Any] = json.loads(
                self._place(environment).with_suffix(".json").read_text(encoding="utf-8")
            )
        except (FileNotFoundError, ValueError):
            return None
        return stamp

    @contextlib.contextmanager
    def _only_builder(self, environment: str) -> Iterator[None]:
        """Hold the environment's lock: two who publish the same build it once."""
        for folder in (self.folder, self.jupyter_path / "kernels"):
            folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        for folder in (self.folder, *(self.jupyter_path / "kernels").relative_to(self.folder).parents):
            (self.folder / folder).chmod(0o755)  # learners' accounts read them, whatever our umask is
        (self.jupyter_path / "kernels").chmod(0o755)
        with self._place(environment).with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _remove(self, environment: str) -> None:
        """Remove an environment, its stamp first: whatever happens then, nobody takes the rest for complete."""
        self._place(environment).with_suffix(".json").unlink(missing_ok=True)
        shutil.rmtree(self._kernel_folder(environment), ignore_errors=True)
        if self._place(environment).exists():
            shutil.rmtree(self._place(environment))

    def _make(self, environment: str, requirements: str, say: Say) -> None:
        folder = self._place(environment)
        say(f"Making the environment {folder.name}")
        command = [str(self.base_python), "-I", "-m", "venv", "--without-pip", str(folder)]
        made = subprocess.run(command, capture_output=True, text=True, check=False, umask=0o022)
        if made.returncode != 0:
            raise EnvironmentBuildFailed(f"The virtual environment could not be made:\n{made.stdout}{made.stderr}")
        packages = folder / self._base_facts[1].relative_to(self.base)
        (packages / LAYER).write_text(f"{self._base_facts[1]}\n", encoding="utf-8")
        (packages / LAYER).chmod(0o644)
        before = self._interpreter_files(folder, packages)
        try:
            pip.install(folder / "bin" / "python", requirements, say)
            if self._interpreter_files(folder, packages) != before:
                raise EnvironmentBuildFailed("one of the packages replaces the interpreter of its environment.")
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def _interpreter_files(self, folder: Path, packages: Path) -> list[object]:
        links = sorted((folder / "bin").glob("python*"))
        return [
            (folder / "pyvenv.cfg").read_bytes(),
            (packages / LAYER).read_bytes(),
            [(path.name, os.readlink(path) if path.is_symlink() else path.stat().st_ino) for path in links],  # noqa: PTH115
        ]

    def _complete(self, environment: str, requirements: str, names: list[str]) -> None:
        """Say that the environment is complete, once all of it is on disk; then offer it to learners."""
        os.sync()
        stamp = {
            "digest": environment,
            "base": str(self.base),
            "python": self.python,
            "names": names,
            "requirements": requirements,
        }
        _write(self._place(environment).with_suffix(".json"), stamp)
        spec = kernelspec(self._place(environment) / "bin" / "python", names)
        self._kernel_folder(environment).mkdir(mode=0o755, exist_ok=True)
        self._kernel_folder(environment).chmod(0o755)
        _write(self._kernel_folder(environment) / "kernel.json", spec)

    def _kernel_folder(self, environment: str) -> Path:
        return self.jupyter_path / "kernels" / kernel_name(environment)


def kernelspec(python: PurePath, names: Collection[str]) -> dict[str, Any]:
    """Return the kernelspec of the environment whose interpreter is `python`."""
    return {
        "argv": [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": kernel_title(names),
        "language": "python",
        "env": {"PATH": f"{python.parent}:${{PATH}}"},
        "metadata": {"debugger": True},
    }


def open_environments(settings: Settings) -> EnvironmentStore:
    """Return the site's environments."""
    return EnvironmentStore(settings.environments_dir, settings.learner_environment)


def _write(path: Path, content: dict[str, Any]) -> None:
    new = path.with_name(f".{path.name}.new")
    with new.open("w", encoding="utf-8") as file:
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())
        os.fchmod(file.fileno(), 0o644)
    new.replace(path)
