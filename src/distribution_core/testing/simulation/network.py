"""Calls to the outside: they arrive or not, take effect or not, and are answered or not, whatever becomes of the caller."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from attrs import define, frozen

from distribution_core.domain.outcome import AuthLost, Refusal, Rejected, Throttled, Unavailable
from distribution_core.testing.simulation.world import World

T = TypeVar("T")


class UnansweredError(Exception):
    """The call was sent, and nobody knows what became of it."""


@frozen
class RefusedError(Exception):
    """The platform, or the network before a byte had left, says that nothing happened."""

    refusal: Refusal


@define
class Network:
    """Between the product and one platform."""

    world: World

    async def call(self, name: str, effect: Callable[[], T]) -> T:
        """Have `effect` done at the platform. Raises RefusedError or UnansweredError."""
        world, weather, now = self.world, self.world.weather, self.world.loop.now
        await world.step(f"{name}.before")
        out, back = world.random.uniform(0.02, 0.4), world.random.uniform(0.02, 0.4)
        if weather.strikes("unreachable", now):
            await world.sleep(out)
            raise RefusedError(Unavailable(message="no connection", down=world.random.random() < 0.5))
        if weather.strikes("throttled", now):
            await world.sleep(out + back)
            wait = timedelta(seconds=world.random.choice((20, 90, 600))) if world.random.random() < 0.7 else None
            raise RefusedError(Throttled(message="too much", wait=wait))
        if weather.strikes("error_before_effect", now) or weather.strikes("answer_lost_before_effect", now):
            await world.sleep(out + back)
            raise UnansweredError("an error, before anything happened")
        if weather.strikes("late_effect", now):
            out = world.random.uniform(5, 70)
        if weather.strikes("effect_beyond_all_bounds", now):
            out = world.random.uniform(120, 900)
        answer: asyncio.Future[T] = world.loop.create_future()
        answered = not weather.strikes("answer_lost_after_effect", now)
        failed = weather.strikes("error_after_effect", now)
        world.later(out, self._arrive, name, effect, answer, back, answered, failed)
        result = await answer
        await world.step(f"{name}.after")
        return result

    def _arrive(
        self, name: str, effect: Callable[[], T], answer: "asyncio.Future[T]", back: float, answered: bool, failed: bool
    ) -> None:
        try:
            result = effect()
        except RefusedError as refused:
            self.world.note(f"{name} is refused: {refused.refusal.message}")
            if answered:
                self.world.later(back, _fail, answer, refused)
            return
        self.world.note(f"{name} takes effect{'' if answered and not failed else ', and its answer is lost'}")
        if failed:
            self.world.later(back, _fail, answer, UnansweredError("an error, after the effect"))
        elif answered:
            self.world.later(back, _tell, answer, result)
        elif self.world.random.random() < 0.5:
            self.world.later(back, _fail, answer, UnansweredError("the connection broke"))
        # else the caller waits until its own deadline


def _tell(answer: "asyncio.Future[T]", result: T) -> None:
    if not answer.done():
        answer.set_result(result)


def _fail(answer: "asyncio.Future[T]", error: Exception) -> None:
    if not answer.done():
        answer.set_exception(error)


def token_refused() -> RefusedError:
    return RefusedError(AuthLost(message="the token was not taken"))


def content_refused(message: str) -> RefusedError:
    return RefusedError(Rejected(message=message))
