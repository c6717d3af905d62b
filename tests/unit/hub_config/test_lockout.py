"""The lock-out after failed tries."""

from __future__ import annotations

from hub_config.lockout import MAX_NAMES, Lockout


def test_a_name_is_locked_after_the_allowed_tries_and_freed_in_time() -> None:
    lockout = Lockout(allowed=3, seconds=60)
    for second in range(2):
        lockout.record_failure("ada", second)
    assert lockout.remaining("ada", 2) == 0
    lockout.record_failure("ada", 2)
    assert lockout.remaining("ada", 10) == 52
    assert lockout.remaining("bob", 10) == 0
    assert lockout.remaining("ada", 62) == 0


def test_after_the_lock_the_count_begins_anew() -> None:
    lockout = Lockout(allowed=2, seconds=60)
    lockout.record_failure("ada", 0)
    lockout.record_failure("ada", 1)
    lockout.record_failure("ada", 100)
    assert lockout.remaining("ada", 100) == 0


def test_success_forgets_the_failures() -> None:
    lockout = Lockout(allowed=2, seconds=60)
    lockout.record_failure("ada", 0)
    lockout.record_success("ada")
    lockout.record_failure("ada", 1)
    assert lockout.remaining("ada", 1) == 0


def test_names_made_up_by_an_attacker_do_not_fill_the_memory() -> None:
    lockout = Lockout(allowed=2, seconds=60)
    for number in range(MAX_NAMES + 10):
        lockout.record_failure(f"name-{number}", number / 1000)
    assert len(lockout._failures) <= MAX_NAMES
