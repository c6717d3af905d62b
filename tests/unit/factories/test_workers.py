"""Which tests are run by one and the same process."""

from __future__ import annotations

import pytest

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
