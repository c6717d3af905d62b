"""The reference attack set that lies beside the checkout (`../shared/attacks`): 131 submissions of one assignment."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

from tests.security.grader.plants import NEIGHBOUR_SECRET

ATTACKS = Path(__file__).resolve().parents[3].parent / "shared" / "attacks"
EXPECTED: dict[str, Any] = json.loads((ATTACKS / "expected.json").read_text()) if ATTACKS.is_dir() else {}
CASES: dict[str, dict[str, Any]] = EXPECTED.get("cases", {})
COUNT = 131
# Not files but ways to hand one in: what `test_uploads.py` is about.
FILE_NAMES = frozenset(name for name in CASES if name.startswith("up_name_"))
ARCHIVES = frozenset(name for name, case in CASES.items() if case["file"].endswith(".zip"))
SPECIAL_FILES = frozenset(name for name, case in CASES.items() if case["file"].endswith(".spec")) - FILE_NAMES
NOTEBOOKS = frozenset(CASES) - FILE_NAMES - ARCHIVES - SPECIAL_FILES
SECRETS = (*EXPECTED.get("canaries", {}).values(), *EXPECTED.get("secrets", {}).values())


def source() -> bytes:
    """Return the instructor's version."""
    return (ATTACKS / "ps1_source.ipynb").read_bytes()


def submission(name: str) -> bytes:
    """Return a kept submission."""
    return (ATTACKS / "submissions" / f"{name}.ipynb").read_bytes()


def full_marks(comment: str = "") -> bytes:
    """Return honest work that earns all points, with `comment` in one of its answers."""
    notebook = json.loads(source())
    for cell in notebook["cells"]:
        text = "".join(cell["source"])
        begin, end = "    ### BEGIN SOLUTION\n", "    ### END SOLUTION"
        if begin in text:
            cell["source"] = text.replace(begin, f"    # {comment}\n").replace(end, "")
        if "### BEGIN HIDDEN TESTS" in text:
            cell["source"] = text[: text.index("### BEGIN HIDDEN TESTS")].rstrip()
    body = json.dumps(notebook)
    for secret in EXPECTED["secrets"].values():
        if secret != NEIGHBOUR_SECRET:
            body = body.replace(secret, "")
    return body.encode()


def make(name: str, folder: Path) -> Path:
    """Return the file of the case `name`; what is too large to be kept is made in `folder`."""
    file = CASES[name]["file"]
    kept = ATTACKS / "submissions" / file
    path = folder / file
    if kept.exists():
        return kept
    if name == "up_oversized":
        with path.open("wb") as sparse:
            sparse.truncate(300 << 20)
    elif name == "up_zip_many":
        path.write_bytes(_zip_of_many(100_000))
    elif name == "bad_outputs_50mb":
        notebook = json.loads(full_marks())
        notebook["cells"][1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "x" * (50 << 20)}]
        path.write_text(json.dumps(notebook))
    else:
        raise FileNotFoundError(file)
    return path


def _zip_of_many(entries: int) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for number in range(entries):
            archive.writestr(f"{number}.ipynb", b"")
    return body.getvalue()


def file_name(name: str, mark: str) -> tuple[str, bytes]:
    """Return the hostile file name of an `upload_name` case, and the bytes that come under it."""
    words = (ATTACKS / "submissions" / CASES[name]["file"]).read_text().strip()
    hostile, end = json.JSONDecoder().raw_decode(words, len("upload_name "))
    assert words[end:] == " body ok_full.ipynb"
    return str(hostile).replace("${MARK}", mark), full_marks()
