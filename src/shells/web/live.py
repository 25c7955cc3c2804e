"""What changes, told at once: one reader of the ledger for each process, and any number of browsers that listen to it."""

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from datetime import datetime
from uuid import UUID

import msgspec
from attrs import define, field, frozen
from litestar.types import Receive, Scope, Send

from distribution_core.domain.errors import LedgerUnavailableError
from distribution_core.usecases.changes import OVERLAP, Change, Changes, changes_after, changes_since, position_of
from distribution_core.usecases.context import Context
from shells.web.shapes.changes import ChangeOut

log = logging.getLogger(__name__)

READ_MAX = 5_000
_AWAY_S = 1.0
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


@frozen(kw_only=True)
class Pace:
    """In seconds: how often the ledger is read, how often a silent stream shows that it lives, how long a browser may leave
    what it is sent lying, and how long a stream lasts before the browser has to come back. `waiting_max` changes may wait
    for a browser, `streams_max` streams of one user are open in one process."""

    read_s: float = 0.5
    beat_s: float = 15.0
    send_s: float = 10.0
    stream_s: float = 600.0
    waiting_max: int = 1_000
    streams_max: int = 10


class TooManyStreamsError(Exception):
    """This user has as many streams open in this process as may be."""


@define(eq=False)
class Listener:
    """One browser. `ended`: it went away, was too slow, or the server stops."""

    user_id: UUID
    waiting_max: int
    waiting: deque[bytes] = field(factory=deque)
    news: asyncio.Event = field(factory=asyncio.Event)
    ended: bool = False
    _heard: set[UUID] = field(factory=set)

    def hear(self, changes: Iterable[Change]) -> None:
        for change in changes:
            if change.id not in self._heard:
                self._heard.add(change.id)
                self.tell(_message(change.kind.value, ChangeOut.of(change), change.id))

    def skip(self, changes: Iterable[Change]) -> None:
        """Never tell of these: they were there before the stream was."""
        self._heard.update(change.id for change in changes)

    def forget(self, before: UUID) -> None:
        """Drop what is not read again."""
        self._heard = {each for each in self._heard if each > before}

    def tell(self, message: bytes) -> None:
        if len(self.waiting) >= self.waiting_max:
            self.end()
            return
        self.waiting.append(message)
        self.news.set()

    def take(self) -> bytes:
        """All that waits."""
        self.news.clear()
        waiting = b"".join(self.waiting)
        self.waiting.clear()
        return waiting

    def end(self) -> None:
        self.ended = True
        self.news.set()


@define(eq=False)
class LiveFeed:
    """Reads the changes of those who listen, at a bounded rate however many they are, and passes them on."""

    ctx: Context
    pace: Pace = field(factory=Pace)
    _listeners: dict[UUID, set[Listener]] = field(init=False, factory=lambda: defaultdict(set))
    _reader: asyncio.Task[None] | None = field(init=False, default=None)
    _closed: bool = field(init=False, default=False)

    async def open(self, user_id: UUID, last_id: UUID | None) -> Listener:
        """A listener that has missed nothing since `last_id` (None: since now). Raises TooManyStreamsError."""
        theirs = self._listeners[user_id]
        if len(theirs) >= self.pace.streams_max:
            raise TooManyStreamsError
        listener = Listener(user_id, self.pace.waiting_max)
        theirs.add(listener)
        try:
            if last_id is None:
                found = await changes_since(self.ctx, [user_id], None)
                listener.skip(found.items)
            else:
                found = await changes_after(self.ctx, user_id, last_id)
                listener.hear(found.items) if found.whole else listener.tell(_reset(found.now))
        except BaseException:
            self.close(listener)
            raise
        listener.tell(_message("ready", {"at": found.now}, position_of(found.now)))
        if self._reader is None or self._reader.done():
            self._reader = asyncio.create_task(self._read())
        if self._closed:
            listener.end()
        return listener

    def close(self, listener: Listener) -> None:
        listener.end()
        theirs = self._listeners.get(listener.user_id, set())
        theirs.discard(listener)
        if not theirs:
            self._listeners.pop(listener.user_id, None)

    def stop(self) -> None:
        """End every stream, and each that is opened from now on."""
        self._closed = True
        for listener in self._all():
            listener.end()

    async def aclose(self) -> None:
        """The same, and read no more."""
        self.stop()
        if self._reader is not None:
            self._reader.cancel()
            with suppress(asyncio.CancelledError):
                await self._reader

    def _all(self) -> list[Listener]:
        return [listener for theirs in self._listeners.values() for listener in theirs]

    async def _read(self) -> None:
        since: datetime | None = None
        whole_from: datetime | None = None
        away = False
        while self._listeners:
            try:
                found = await changes_since(self.ctx, list(self._listeners), since, limit=READ_MAX)
                away = False
            except LedgerUnavailableError as error:
                if not away:
                    log.warning("live pages wait for the ledger", extra={"why": str(error)})
                away = True
                await asyncio.sleep(_AWAY_S)
                continue
            if not found.whole:
                whole_from = found.now
            since = found.now - OVERLAP if whole_from is None else max(found.now - OVERLAP, whole_from)
            self._tell(found, since)
            await asyncio.sleep(self.pace.read_s)

    def _tell(self, found: Changes, since: datetime) -> None:
        if not found.whole:
            for listener in self._all():
                listener.tell(_reset(found.now))
            return
        by_user: dict[UUID, list[Change]] = defaultdict(list)
        for change in found.items:
            by_user[change.user_id].append(change)
        for listener in self._all():
            listener.hear(by_user[listener.user_id])
            listener.forget(position_of(since))


@frozen
class EventStream:
    """The answer to one browser: an ASGI application that speaks until the browser leaves, is too slow, or has to come back."""

    feed: LiveFeed
    listener: Listener
    welcome: Callable[[], Awaitable[bool]]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        leaving = asyncio.create_task(self._leave(receive))
        try:
            async with asyncio.timeout(self.feed.pace.send_s):
                await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            await self._speak(send)
        except TimeoutError:
            log.info("a browser was too slow for live pages, and was cut")
        except OSError:
            pass  # it has gone
        finally:
            leaving.cancel()
            self.feed.close(self.listener)

    async def _speak(self, send: Send) -> None:
        pace, listener, clock = self.feed.pace, self.listener, asyncio.get_running_loop().time
        until = clock() + pace.stream_s
        text = b"retry: 2000\n\n"
        while not listener.ended and clock() < until:
            text += listener.take()
            if text:
                async with asyncio.timeout(pace.send_s):
                    await send({"type": "http.response.body", "body": text, "more_body": True})
            text = b""
            try:
                async with asyncio.timeout(pace.beat_s):
                    await listener.news.wait()
            except TimeoutError:
                if not await self.welcome():
                    break
                text = _message("beat", {"at": self.feed.ctx.clock.now()}, None)
        async with asyncio.timeout(pace.send_s):
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _leave(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self.listener.end()


def _reset(now: datetime) -> bytes:
    return _message("reset", {"at": now}, position_of(now))


def _message(event: str, data: object, event_id: UUID | None) -> bytes:
    about = b"" if event_id is None else b"id: %s\n" % str(event_id).encode()
    return about + b"event: %s\ndata: %s\n\n" % (event.encode(), msgspec.json.encode(data))
