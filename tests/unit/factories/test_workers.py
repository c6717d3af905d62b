"""Which tests are run by one and the same process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nbquest.settings import REPOSITORY
from tests.factories.workers import group_of


@pytest.mark.parametrize(
    ("nodeid", "group"),
    [
        ("tests/unit/test_docs.py::test_links", "tests/unit/test_docs.py"),
        ("tests/browser/test_pages.py::test_page[docker-home]", "docker"),
        ("tests/security/grader/test_attacks.py::test_attack[shared-forge]", "attacks"),
        ("tests/security/grader/test_own_attacks.py::test_attack[separate-reaching/docker]", "attacks"),
        ("tests/security/grader/test_uploads.py::test_zip", "tests/security/grader/test_uploads.py"),
    ],
)
def test_what_shares_something_is_one_group(nodeid: str, group: str) -> None:
    assert group_of(nodeid) == group


def test_a_test_that_kills_its_process_is_run_once_and_the_others_all_the_same(tmp_path: Path) -> None:
    for number in range(5):
        fatal = "os._exit(1) if number == 3 else None" if number == 1 else "None"
        (tmp_path / f"test_{number}.py").write_text(
            "import os\nimport pytest\n\n"
            f"@pytest.mark.parametrize('number', range(4))\ndef test_it(number):\n    {fatal}\n"
        )
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "tests.factories.workers", "-c", os.devnull]
    run = subprocess.run(
        [*command, "--rootdir", str(tmp_path), str(tmp_path)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert "1 failed, 19 passed" in run.stdout, run.stdout + run.stderr
