"""Courses and assignments: published from a folder, kept as numbered versions, released to learners."""
