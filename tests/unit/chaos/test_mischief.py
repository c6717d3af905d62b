"""What goes wrong can be had again."""

from __future__ import annotations

from tests.chaos.mischief import KINDS, LASTING, plan_mischief


def test_a_seed_gives_the_same_again() -> None:
    assert plan_mischief(7, hosts=2) == plan_mischief(7, hosts=2)
    assert plan_mischief(7, hosts=2) != plan_mischief(8, hosts=2)


def test_all_happens_on_all_hosts_in_its_time() -> None:
    """Seen over the seeds that are run."""
    planned = [one for seed in range(1, 21) for one in plan_mischief(seed, hosts=2)]
    assert {one.kind for one in planned} == set(KINDS)
    assert {one.host for one in planned} == {0, 1}
    assert all(0 < one.at < 1 for one in planned)
    assert all(LASTING[one.kind][0] <= one.lasting <= LASTING[one.kind][1] for one in planned)
