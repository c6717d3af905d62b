"""`nbquest images`: make the container images of the site, also where no image registry is to be had."""

from __future__ import annotations

import hashlib
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, ClassVar

import certifi
import docker
import typer
from docker.errors import APIError, DockerException, ImageNotFound

from nbquest.environments.store import open_environments
from nbquest.errors import StartError
from nbquest.settings import REPOSITORY, load_settings

app = typer.Typer(help="The container images of the site.", no_args_is_help=True)

FOLDER = REPOSITORY / "images"
LABEL = "nbquest.content"
RELEASE = "bookworm"
PUBLISHED_BASE = f"debian:{RELEASE}-slim"
OWN_BASE = f"nbquest/base:{RELEASE}"
BASE_PACKAGES = "python3,python3-venv,ca-certificates"
ENGINE_SECONDS = 1800
PIP_SETTINGS = {
    "index-url": "PIP_INDEX_URL",
    "extra-index-url": "PIP_EXTRA_INDEX_URL",
    "trusted-host": "PIP_TRUSTED_HOST",
}
PROXY_SETTINGS = ("http_proxy", "https_proxy", "no_proxy")


class ImageBuildFailed(StartError):
    """The image could not be built."""

    code: ClassVar[str] = "image-build-failed"


@app.callback()
def images() -> None:
    """The container images of the site."""


@app.command()
def build(
    name: Annotated[str, typer.Argument(help="Which image; there is one so far: singleuser.")] = "singleuser",
    force: Annotated[bool, typer.Option(help="Build even when nothing changed.")] = False,
) -> None:
    """Build an image, unless it is there already and made from the same files."""
    if name != "singleuser":
        raise ImageBuildFailed(f"There is no image named {name}. There is: singleuser.")
    settings = load_settings()
    tag = settings.singleuser_image
    client = connect()
    with tempfile.TemporaryDirectory(prefix="nbq-image-") as folder:
        context = Path(folder)
        content = prepare_context(context)
        current = not force and is_current(client, tag, content)
        if not current:
            base = ensure_base(client)
            print(f"Building {tag} on {base}; this takes a minute or two", flush=True)
            run_build(client, context, tag=tag, base=base, content=content)
    from nbquest.cli.image_layers import add_environments  # noqa: PLC0415 - it builds on this module

    store = open_environments(settings)
    added = add_environments(settings, store, store.list_built())
    print(f"{tag} is up to date." if current and not added else f"{tag} is ready.")


def connect() -> docker.DockerClient:
    """Return a client of the container engine; raise ImageBuildFailed where none answers."""
    try:
        client = docker.from_env(timeout=ENGINE_SECONDS)
        client.ping()
    except DockerException as error:
        raise ImageBuildFailed(
            f"No container engine answers ({_first_line(error)}). Start Docker (`systemctl start docker`), then try "
            "again; without one the site uses its local spawner."
        ) from None
    return client


def prepare_context(folder: Path) -> str:
    """Fill `folder` with all that the build reads; return a digest of what decides the image."""
    source = FOLDER / "singleuser"
    inputs = {"Dockerfile": source / "Dockerfile", "learner.txt": REPOSITORY / "requirements" / "learner.txt"}
    (folder / "wheels").mkdir()
    wheel = find_wheel()
    if wheel is not None:
        inputs[f"wheels/{wheel.name}"] = wheel
    digest = hashlib.sha256()
    for name, path in sorted(inputs.items()):
        shutil.copyfile(path, folder / name)
        digest.update(name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    shutil.copyfile(certificates(), folder / "ca-bundle.crt")
    return digest.hexdigest()


def find_wheel() -> Path | None:
    """Return the wheel of what runs inside a learner's server, making it when it isn't there yet."""
    script = REPOSITORY / "script" / "build-extension"
    wheels = sorted((REPOSITORY / "extensions" / "dist").glob("*.whl"), key=lambda path: path.stat().st_mtime)
    if not wheels and script.exists():
        print("Building the JupyterLab extension", flush=True)
        if subprocess.run([str(script)], check=False).returncode != 0:
            raise ImageBuildFailed("The JupyterLab extension could not be built: script/build-extension says why.")
        wheels = sorted((REPOSITORY / "extensions" / "dist").glob("*.whl"), key=lambda path: path.stat().st_mtime)
    if not wheels:
        print("Warning: extensions/dist holds no wheel, so the image will lack the nbquest panel.", file=sys.stderr)
    return wheels[-1] if wheels else None


def certificates() -> Path:
    """Return the certificates that this machine trusts: behind a proxy that inspects TLS, the build needs the same."""
    candidates = [os.environ.get("SSL_CERT_FILE"), ssl.get_default_verify_paths().cafile, certifi.where()]
    return next(Path(path) for path in candidates if path and Path(path).is_file())


def is_current(client: docker.DockerClient, tag: str, content: str) -> bool:
    """Tell whether the image `tag` is there and was made from `content`."""
    try:
        return bool(client.images.get(tag).labels.get(LABEL) == content)
    except ImageNotFound:
        return False


def ensure_base(client: docker.DockerClient) -> str:
    """Return a Debian image to build on: one that is here, else the published one, else one made here."""
    for tag in (PUBLISHED_BASE, OWN_BASE):
        try:
            client.images.get(tag)
        except ImageNotFound:
            continue
        return tag
    try:
        print(f"Fetching {PUBLISHED_BASE}", flush=True)
        client.images.pull(PUBLISHED_BASE)
    except (APIError, OSError) as error:
        print(f"No image registry answers ({_first_line(error)}); making the base image here.", flush=True)
        make_base(client)
        return OWN_BASE
    return PUBLISHED_BASE


def make_base(client: docker.DockerClient) -> None:
    """Make a minimal Debian with debootstrap and import it as OWN_BASE."""
    debootstrap = shutil.which("debootstrap", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if debootstrap is None or os.geteuid() != 0:
        raise ImageBuildFailed(
            "Without an image registry the base image is made by debootstrap, run as root. Install it "
            "(apt-get install debootstrap) and run this command as root, or load an image named "
            f"{PUBLISHED_BASE} by hand."
        )
    with tempfile.TemporaryDirectory(prefix="nbq-base-") as folder:
        root, archive = Path(folder) / "root", Path(folder) / "base.tar"
        command = [debootstrap, "--variant=minbase", f"--include={BASE_PACKAGES}", RELEASE, str(root)]
        print(f"Making a Debian {RELEASE} with debootstrap (about a minute)", flush=True)
        _run_shown(command)
        for waste in ("var/cache/apt/archives", "var/lib/apt/lists"):
            shutil.rmtree(root / waste, ignore_errors=True)
            (root / waste / "partial").mkdir(parents=True)
        # The device files are the engine's to make, and the imported image must not carry this machine's resolver.
        _run_shown(["tar", "--numeric-owner", "--exclude=./dev/*", "-C", str(root), "-cf", str(archive), "."])
        repository, _, tag = OWN_BASE.partition(":")
        client.api.import_image_from_file(str(archive), repository=repository, tag=tag)


def run_build(client: docker.DockerClient, context: Path, *, tag: str, base: str, content: str) -> None:
    """Build `context` as `tag`, showing each step; raise ImageBuildFailed with the last lines when it fails."""
    old = _find_image(client, tag)
    arguments = {"BASE": base, **build_settings()}
    said = said_by_build(client, context, tag=tag, arguments=arguments, labels={LABEL: content})
    if not is_current(client, tag, content):
        raise ImageBuildFailed("The image could not be built:\n  " + "\n  ".join(said[-12:]))
    if old is not None and old != _find_image(client, tag):
        try:
            client.images.remove(old)
        except APIError:
            print("The image that this one replaces is still in use; remove it later with `docker image prune`.")


def said_by_build(
    client: docker.DockerClient, context: Path, *, tag: str, arguments: dict[str, str], labels: dict[str, str]
) -> list[str]:
    """Build `context` as `tag`, showing each step; return all that the engine said, whether it went well or not."""
    said: list[str] = []
    steps = client.api.build(
        path=str(context), tag=tag, rm=True, forcerm=True, decode=True, buildargs=arguments, labels=labels
    )
    for line in _lines(steps):
        if line.startswith("Step "):
            print(f"  {line}", flush=True)
        said.append(line)
    return said


def build_settings() -> dict[str, str]:
    """Return what the build needs to reach a package index from here: pip's and the proxies' settings, where set."""
    found = {name: os.environ.get(name) or os.environ.get(name.upper()) or "" for name in PROXY_SETTINGS}
    for key, name in PIP_SETTINGS.items():
        value = os.environ.get(name) or _pip_setting(key)
        # A folder of this machine is not there during the build.
        found[name] = " ".join(part for part in value.split() if not part.startswith(("file:", "/")))
    return {name: value for name, value in found.items() if value}


def _pip_setting(key: str) -> str:
    command = [sys.executable, "-m", "pip", "config", "get", f"global.{key}"]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return result.stdout.strip() if result.returncode == 0 else ""


def _find_image(client: docker.DockerClient, tag: str) -> str | None:
    try:
        image_id: str | None = client.images.get(tag).id
    except ImageNotFound:
        return None
    return image_id


def _lines(steps: Iterable[dict[str, Any]]) -> Iterator[str]:
    for step in steps:
        text = step.get("stream") or step.get("error") or ""
        yield from (line for line in text.splitlines() if line.strip())


def _run_shown(command: list[str]) -> None:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        said = (result.stdout + result.stderr).strip().splitlines()[-8:]
        raise ImageBuildFailed(f"{Path(command[0]).name} failed:\n  " + "\n  ".join(said))


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
