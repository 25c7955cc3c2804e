"""The promise itself: whatever dies, whenever it dies, no post twice and none lost."""

import tomllib
from pathlib import Path

import pytest

from distribution_core.testing.simulation.census import Census
from distribution_core.testing.simulation.scenario import simulate

SEEDS = 2000
_SHARDS = 8
_FAILED = tomllib.loads((Path(__file__).parent / "seeds.toml").read_text())["failed"]


@pytest.mark.parametrize("shard", range(_SHARDS))
def test_nothing_is_posted_twice_and_nothing_is_lost(shard: int) -> None:
    census = Census()
    for seed in range(shard, SEEDS, _SHARDS):
        census.add(simulate(seed))
    assert census.scenarios == SEEDS // _SHARDS
    assert census.violations == []


@pytest.mark.parametrize("seed", sorted({seed for story in _FAILED for seed in story["seeds"]}))
def test_a_seed_that_failed_once_holds(seed: int) -> None:
    assert simulate(seed).violations == ()


def test_a_seed_decides_everything() -> None:
    first: list[str] = []
    again: list[str] = []
    assert simulate(17, first.append) == simulate(17, again.append)
    assert first == again
    assert len(first) > 10
