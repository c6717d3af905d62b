"""Fills a site's tables with what it would hold after a long time: as many submissions as wanted, graded long ago.

People have 50 submissions each, two of every assignment of their course, and a thousand of them share a course; only
how many people and courses there are depends on the size. The order of rows is that of time: everybody works along.
"""

from __future__ import annotations

from sqlalchemy import text

from nbquest.db.engine import session_scope
from tests.bench.running_site import ASSIGNMENTS, COURSE, Site

EACH = 2 * len(ASSIGNMENTS)
"""Submissions of one person."""
IN_COURSE = 1000
"""People of one course."""
UNGRADABLE = 10_000
"""One of so many submissions could not be graded."""

TABLES = (
    "people",
    "submissions",
    "submission_files",
    "attempts",
    "grades",
    "grade_cells",
    "xp_entries",
    "notifications",
    "kept_bytes",
)

# The statements themselves see to it that what rows refer to is there.
_SETTINGS = """
SET LOCAL session_replication_role = replica;
SET LOCAL synchronous_commit = off;
SET LOCAL work_mem = '256MB';
SET LOCAL maintenance_work_mem = '256MB';
"""

_STEPS = (
    """
    INSERT INTO people (name, display_name, created_at)
    SELECT 'learner-' || n, 'Learner ' || n, now() - interval '400 days' FROM generate_series(0, :people - 1) AS n
    """,
    """
    INSERT INTO courses (slug, title, description, enrolment, created_at)
    SELECT 'course-' || n, 'Course ' || n, '', 'open', now() - interval '400 days'
    FROM generate_series(1, :courses - 1) AS n
    """,
    """
    INSERT INTO assignments (course_id, slug, title, description, skills, position)
    SELECT other.id, model.slug, model.title, '', model.skills, model.position
    FROM courses AS other, assignments AS model JOIN courses AS own ON own.id = model.course_id
    WHERE own.slug = :course AND other.slug <> :course
    """,
    """
    INSERT INTO assignment_versions (assignment_id, number, digest, points, warnings, published_at)
    SELECT a.id, 1, md5(a.id::text), 5, '{}', now() - interval '400 days' FROM assignments AS a
    WHERE NOT EXISTS (SELECT 1 FROM assignment_versions AS v WHERE v.assignment_id = a.id)
    """,
    """
    CREATE TEMPORARY TABLE places ON COMMIT DROP AS
    SELECT CASE c.slug WHEN :course THEN 0 ELSE split_part(c.slug, '-', 2)::int END AS course,
      row_number() OVER (PARTITION BY c.id ORDER BY a.slug) - 1 AS position, c.slug AS slug, a.id AS assignment_id,
      v.id AS version_id
    FROM courses AS c JOIN assignments AS a ON a.course_id = c.id
    JOIN assignment_versions AS v ON v.assignment_id = a.id
    """,
    """
    CREATE TEMPORARY TABLE made ON COMMIT DROP AS
    SELECT n, gen_random_uuid() AS submission_id, p.id AS person_id, places.assignment_id, places.version_id,
      places.slug AS course, n / :people / :assignments + 1 AS number,
      now() - interval '1 hour' - interval '365 days' * (1 - n::float / :submissions) AS submitted_at
    FROM generate_series(0, :submissions - 1) AS n
    JOIN people AS p ON p.name = 'learner-' || n % :people
    JOIN places ON places.course = n % :people % :courses AND places.position = n / :people % :assignments
    ORDER BY n
    """,
    """
    INSERT INTO submissions (id, person_id, assignment_id, version_id, number, key, submitted_at, late, repairs)
    SELECT submission_id, person_id, assignment_id, version_id, number, gen_random_uuid()::text, submitted_at, false,
      '{}'
    FROM made ORDER BY n
    """,
    """
    INSERT INTO submission_files (submission_id, path, sha256, size)
    SELECT submission_id, 'tiny.ipynb', encode(sha256(submission_id::text::bytea), 'hex'), 100000 FROM made ORDER BY n
    """,
    """
    INSERT INTO attempts (submission_id, version_id, state, runs, job_id, queued_at, started_at, finished_at)
    SELECT submission_id, version_id, CASE WHEN n % :ungradable = 7 THEN 'could-not-grade' ELSE 'graded' END, 1, n,
      submitted_at, submitted_at + interval '0.05 seconds', submitted_at + interval '0.1 seconds'
    FROM made ORDER BY n
    """,
    """
    INSERT INTO grades (attempt_id, status, isolation, auto_score, max_score, needs_manual, repairs, warnings, seconds,
      feedback, executed, details, xp_gained, graded_at)
    SELECT id, 'graded', 'separate', 2, 4, '{equation}', '{}', '{}', 0.03,
      jsonb_build_object('tiny.ipynb', encode(sha256(('f' || submission_id)::bytea), 'hex')),
      jsonb_build_object('tiny.ipynb', encode(sha256(('e' || submission_id)::bytea), 'hex')),
      jsonb_build_object('tiny.ipynb', encode(sha256(('d' || submission_id)::bytea), 'hex')), 1, finished_at
    FROM attempts WHERE state = 'graded' ORDER BY id
    """,
    """
    INSERT INTO grade_cells (attempt_id, position, notebook, grade_id, score, max_score, status, hidden)
    SELECT attempt_id, position, 'tiny.ipynb', 'test_' || position, 1, 1, 'passed', false
    FROM grades, generate_series(0, 1) AS position ORDER BY attempt_id, position
    """,
    """
    INSERT INTO xp_entries (person_id, rule, object, label, points, assignment_id, submission_id, created_at)
    SELECT person_id, 'assignment_score', submission_id::text, 'Tiny: 2 of 4 points', 1, assignment_id, submission_id,
      submitted_at
    FROM made ORDER BY n
    """,
    """
    INSERT INTO notifications (person_id, kind, object, payload, created_at)
    SELECT s.person_id, 'submission.graded', a.id::text,
      jsonb_build_object('submission_id', s.id, 'course', 'bench', 'assignment', 'a00', 'state', 'graded'),
      s.submitted_at
    FROM attempts AS a JOIN submissions AS s ON s.id = a.submission_id ORDER BY a.id
    """,
    """
    INSERT INTO kept_bytes (course_slug, person_id, bytes)
    SELECT course, person_id, count(*) * 100000 FROM made GROUP BY course, person_id
    """,
)


def fill(site: Site, submissions: int) -> dict[str, int]:
    """Fill the tables of a site that nobody has used; return how many rows each has then."""
    people = max(1, submissions // EACH)
    numbers = {
        "submissions": submissions,
        "people": people,
        "courses": max(1, people // IN_COURSE),
        "course": COURSE,
        "assignments": len(ASSIGNMENTS),
        "ungradable": UNGRADABLE,
    }
    with session_scope(site.engine) as session:
        for setting in _SETTINGS.strip().splitlines():
            session.execute(text(setting))
        for step in _STEPS:
            session.execute(text(step), {name: value for name, value in numbers.items() if f":{name}" in step})
    with site.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM (ANALYZE)"))
    return {table: site.count(f"SELECT count(*) FROM {table}") for table in TABLES}


def list_learners(site: Site, count: int) -> list[str]:
    """Return people of the course `bench` who have been there from the beginning."""
    people = max(1, site.count("SELECT count(*) FROM people WHERE name LIKE 'learner-%'"))
    courses = max(1, people // IN_COURSE)
    return [f"learner-{number}" for number in range(0, people, courses)][:count]
