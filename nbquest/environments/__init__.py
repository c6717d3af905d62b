"""Environments of courses that bring packages of their own: what they ask for, what pip makes of it, where it lies."""
