"""Group commit: what tasks ask for while one transaction runs is done together in the next."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Any, TypeVar, cast

from attrs import define, field, frozen

Q = TypeVar("Q")
A = TypeVar("A")
Serve = Callable[[Sequence[Q]], Awaitable[Sequence[A]]]


@frozen
class _Waiting:
    key: Hashable
    request: Any
    answer: asyncio.Future[Any]


@define
class Together:
    """Requests of one kind. A lone one is served at once; nobody waits for company."""

    most: int
    _waiting: deque[_Waiting] = field(factory=deque)
    _server: asyncio.Task[None] | None = None

    async def ask(self, serve: Serve[Q, A], request: Q, key: Hashable) -> A:
        """The answer to this request. `serve` gets at most `most` of them, no two with the same key, and answers in their
        order; what it raises, each of them raises."""
        waiting = _Waiting(key, request, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._server is None:
            self._server = asyncio.create_task(self._serve(serve))
        return cast("A", await waiting.answer)

    async def _serve(self, serve: Serve[Any, Any]) -> None:
        try:
            await asyncio.sleep(0)  # tasks that are ready, too, come along
            while self._waiting:
                await _answer(serve, self._batch())
        finally:
            self._server = None
            for waiting in self._waiting:
                waiting.answer.cancel()  # only where the server was cancelled: nobody would come for them

    def _batch(self) -> Sequence[_Waiting]:
        chosen: dict[Hashable, _Waiting] = {}
        left: deque[_Waiting] = deque()
        for waiting in self._waiting:
            if len(chosen) < self.most and waiting.key not in chosen:
                chosen[waiting.key] = waiting
            else:
                left.append(waiting)
        self._waiting = left
        return list(chosen.values())


async def _answer(serve: Serve[Any, Any], batch: Sequence[_Waiting]) -> None:
    try:
        answers = await serve([waiting.request for waiting in batch])
    except BaseException as error:
        for waiting in batch:
            if not waiting.answer.done():
                waiting.answer.set_exception(error if isinstance(error, Exception) else asyncio.CancelledError())
        if not isinstance(error, Exception):
            raise
        return
    for waiting, answer in zip(batch, answers, strict=True):
        if not waiting.answer.done():
            waiting.answer.set_result(answer)
