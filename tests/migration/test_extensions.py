"""Extensions go back to what an older version can give; what they gave beyond it is forgotten with them."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy
from sqlalchemy import text

from nbquest.db import migrate

FILL = """
WITH teacher AS (
    INSERT INTO people (name, display_name, is_admin, created_at) VALUES ('ada', 'ada', false, now()) RETURNING id
), course AS (
    INSERT INTO courses (slug, title, description, enrolment, time_zone, created_at)
    VALUES ('squares', 'Squares', '', 'open', 'Europe/Berlin', now()) RETURNING id
), assignment AS (
    INSERT INTO assignments (course_id, slug, title, description, skills, position)
    SELECT id, 'first', 'First', '', '{}', 0 FROM course RETURNING id
)
INSERT INTO policy_exceptions
    (assignment_id, person_id, due_at, late_until, waives_penalty, reason, granted_at, granted_by)
SELECT assignment.id, teacher.id, given.due_at, given.late_until, given.waives_penalty, given.reason, now(), teacher.id
FROM assignment, teacher, (VALUES
    (now(), now(), true, 'both'), (NULL, now(), false, 'longer'), (NULL, NULL, true, 'no penalty')
) AS given (due_at, late_until, waives_penalty, reason)
"""


def test_what_an_older_version_can_not_give_goes(empty_database_factory: Callable[[], str]) -> None:
    """A due date stays, without what else came with it; and upgrading again knows nobody who gave it."""
    url = empty_database_factory()
    migrate.upgrade(url)
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(FILL))
    migrate.downgrade(url, "0012")
    with engine.connect() as connection:
        assert connection.scalars(text("SELECT reason FROM policy_exceptions")).all() == ["both"]
    migrate.upgrade(url)
    with engine.connect() as connection:
        kept = "SELECT reason, late_until, waives_penalty, granted_by FROM policy_exceptions"
        assert connection.execute(text(kept)).all() == [("both", None, False, None)]
        assert connection.scalars(text("SELECT time_zone FROM courses")).all() == [None]
    engine.dispose()
