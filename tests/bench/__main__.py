"""`script/bench SUBJECT`: measures one thing; see `script/bench SUBJECT --help`."""

from __future__ import annotations

import sys

from tests.bench import grading, submissions

SUBJECTS = {"grading": grading.main, "submissions": submissions.main}


def main() -> int:
    """Hand over to the subject that is asked for."""
    if len(sys.argv) < 2 or sys.argv[1] not in SUBJECTS:
        sys.stderr.write(f"usage: script/bench {{{','.join(SUBJECTS)}}} [--help]\n")
        return 2
    return SUBJECTS[sys.argv[1]](sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
