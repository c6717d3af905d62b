"""Submissions, their grading attempts and their grades."""
