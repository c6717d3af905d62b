"""Rules for names and passwords of accounts. Pure: text in, a sentence for the person out, or None when all is well."""

from __future__ import annotations

import re
from collections.abc import Container

MIN_NAME, MAX_NAME = 3, 32
NAME_PATTERN = rf"[a-z][a-z0-9_-]{{{MIN_NAME - 1},{MAX_NAME - 1}}}"
MIN_PASSWORD = 10
MAX_PASSWORD_BYTES = 72  # bcrypt reads no further, and newer versions of it refuse more
MIN_DIFFERENT_CHARACTERS = 4

# Names that others would take for the site's own voice.
RESERVED = frozenset(
    {
        "admin",
        "administrator",
        "anonymous",
        "daemon",
        "hub",
        "jovyan",
        "jupyter",
        "jupyterhub",
        "moderator",
        "nbquest",
        "nobody",
        "official",
        "operator",
        "postgres",
        "root",
        "service",
        "site",
        "staff",
        "support",
        "system",
    }
)


def normalize_name(text: str) -> str:
    """Return the account name that `text`, as typed, means."""
    return text.strip().lower()


def name_problem(name: str) -> str | None:
    """Return what is wrong with `name` (already normalised) as an account name."""
    if not name:
        return "Choose a user name: 3 to 32 lowercase letters, digits, - and _."
    if not MIN_NAME <= len(name) <= MAX_NAME:
        return f"A user name has {MIN_NAME} to {MAX_NAME} characters; this one has {len(name)}."
    if not name[0].isascii() or not name[0].isalpha():
        return "A user name begins with a letter from a to z."
    if not re.fullmatch(NAME_PATTERN, name):
        return "Use lowercase letters from a to z, digits, - and _ only, without spaces or accents: ada, ada-99."
    return None


def reserved_problem(name: str) -> str | None:
    """Return why nobody may choose `name`, though it is well formed."""
    return f"The user name {name} is reserved. Please choose another one." if name in RESERVED else None


def password_problem(password: str, name: str, common: Container[str]) -> str | None:
    """Return what is wrong with `password` for the account `name`."""
    if len(password) < MIN_PASSWORD:
        return f"Choose a password of at least {MIN_PASSWORD} characters. A few words in a row are easy to remember."
    if len(password.encode()) > MAX_PASSWORD_BYTES:
        return f"Choose a password of at most {MAX_PASSWORD_BYTES} characters (letters with accents count double)."
    if any(ord(character) < 32 for character in password):
        return "A password can't hold control characters, such as a tab or a line break."
    if name and name in password.lower():
        return "Choose a password that does not contain your user name."
    if len(set(password)) < MIN_DIFFERENT_CHARACTERS or _is_common(password, common):
        return "This password is among the first that an attacker would try. Choose another: a few words in a row, say."
    return None


def _is_common(password: str, common: Container[str]) -> bool:
    lowered = password.lower()
    bare = lowered.rstrip("0123456789!?.*#$-_")
    return lowered in common or (len(bare) >= 4 and bare in common)
