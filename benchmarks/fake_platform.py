"""A platform that takes any post at once, or after a set time, and costs as little of the machine as can be: the cost of
the one that publishes is what is measured. `python -m benchmarks.fake_platform PORT LATENCY_S`."""

import asyncio
import itertools
import sys

from shells.event_loop import run

_LENGTH = b"content-length:"


class _Connection(asyncio.Protocol):
    numbers = itertools.count(1)
    latency_s = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.seen = b""

    def data_received(self, data: bytes) -> None:
        self.seen += data
        while True:
            head, found, rest = self.seen.partition(b"\r\n\r\n")
            if not found:
                return
            length = _content_length(head)
            if len(rest) < length:
                return
            self.seen = rest[length:]
            if self.latency_s:
                asyncio.get_running_loop().call_later(self.latency_s, self._answer)
            else:
                self._answer()

    def _answer(self) -> None:
        number = next(self.numbers)
        answer = f"HTTP/1.1 201 Created\r\nx-restli-id: urn:li:share:{number}\r\ncontent-length: 0\r\n\r\n"
        self.transport.write(answer.encode())  # type: ignore[attr-defined]


def _content_length(head: bytes) -> int:
    lowered = head.lower()
    at = lowered.find(_LENGTH)
    return int(lowered[at + len(_LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0


async def _serve(port: int, latency_s: float) -> None:
    _Connection.latency_s = latency_s
    server = await asyncio.get_running_loop().create_server(_Connection, "127.0.0.1", port, backlog=2048)
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    run(_serve(int(sys.argv[1]), float(sys.argv[2])))
