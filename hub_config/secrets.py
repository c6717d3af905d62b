"""The site's secrets: one file of mode 600 each, made at first use, in a folder of mode 700."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def read_or_make(folder: Path, name: str) -> str:
    """Return the secret `name` of `folder` (64 hexadecimal digits), making it when it isn't there yet."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / name
    if not path.exists():
        _write_once(path, secrets.token_hex(32))
    return path.read_text(encoding="ascii").strip()


def _write_once(path: Path, value: str) -> None:
    # Written beside and linked into place, so that of two that start at once both read the same complete secret.
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(value + "\n")
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
