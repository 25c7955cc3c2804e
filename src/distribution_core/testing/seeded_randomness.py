"""Chance that a seed decides, so that a run can be repeated."""

from random import Random
from typing import Self

from attrs import define

from distribution_core.ports.clock import Randomness


@define
class SeededRandomness:
    """Bytes and numbers from one seed. Good for tests, worthless for secrets."""

    _random: Random

    @classmethod
    def of(cls, seed: int) -> Self:
        return cls(Random(seed))  # noqa: S311 - repeatable on purpose

    def token(self, size: int) -> bytes:
        return self._random.randbytes(size)

    def uniform(self) -> float:
        return self._random.random()


_: type[Randomness] = SeededRandomness
