"""Group commit: what tasks ask for while one transaction runs is done together in the next."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Any, TypeVar, cast

from attrs import define, field

Q = TypeVar("Q")
A = TypeVar("A")
Serve = Callable[[Sequence[Q]], Awaitable[Sequence[A]]]

_WORTH_ANOTHER = 12


@define(eq=False)
class _Waiting:
    key: Hashable
    request: Any
    answer: asyncio.Future[Any]


@define
class Together:
    """Requests of one kind. A lone one is served at once; nobody waits for company. Up to `servers_max` batches are under way at
    once: another is begun while one runs, where a good few have come together meanwhile."""

    most: int
    servers_max: int = 1
    _waiting: deque[_Waiting] = field(factory=deque)
    _served: set[Hashable] = field(factory=set)
    _servers: set[asyncio.Task[None]] = field(factory=set)

    async def ask(self, serve: Serve[Q, A], request: Q, key: Hashable) -> A:
        """The answer to this request. `serve` gets at most `most` of them and answers in their order; no two with the same key
        are with it at once; what it raises, each of its batch raises."""
        waiting = _Waiting(key, request, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if not self._servers or (len(self._waiting) >= _WORTH_ANOTHER and len(self._servers) < self.servers_max):
            self._servers.add(asyncio.create_task(self._serve(serve)))
        answer: A = await waiting.answer
        return answer

    async def _serve(self, serve: Serve[Any, Any]) -> None:
        try:
            await asyncio.sleep(0)  # tasks that are ready, too, come along
            while batch := self._batch():
                keys = [waiting.key for waiting in batch]
                self._served.update(keys)
                try:
                    await _answer(serve, batch)
                finally:
                    self._served.difference_update(keys)
        finally:
            self._servers.discard(cast("asyncio.Task[None]", asyncio.current_task()))
            for waiting in () if self._servers else self._waiting:
                waiting.answer.cancel()  # only where the last server was cancelled: nobody would come for them

    def _batch(self) -> Sequence[_Waiting]:
        """The next to be served; empty where only keys wait that another server has in hand, who will come for them."""
        chosen: dict[Hashable, _Waiting] = {}
        left: deque[_Waiting] = deque()
        for waiting in self._waiting:
            key = waiting.key
            if len(chosen) < self.most and key not in chosen and key not in self._served:
                chosen[key] = waiting
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
