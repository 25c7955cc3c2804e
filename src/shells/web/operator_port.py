"""A worker's own /metrics and /health, on the loop that it works on."""

import asyncio
import errno
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from litestar import Litestar
from litestar.di import Provide

from shells.readiness import HealthCheck
from shells.web.observing import observed
from shells.web.problems import HANDLERS
from shells.web.routes import health, metrics
from shells.web.security.headers import headed
from shells.wiring import Product

log = logging.getLogger(__name__)

PORTS_TRIED = 64


class _Server(uvicorn.Server):
    """Leaves the process's signals to the worker."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def operator_port(product: Product) -> AsyncIterator[int | None]:
    """Serve while the block runs; yields the port. None where settings want no port. Processes that share a setting take
    one port after the other. Raises OSError when none of them is free."""
    first = product.settings.metrics_port
    if not first:
        yield None
        return
    listening = _bound(product.settings.metrics_host, first)
    port = int(listening.getsockname()[1])
    server = _Server(uvicorn.Config(operator_app(product), log_config=None, access_log=False, lifespan="off"))
    task = asyncio.create_task(server.serve(sockets=[listening]))
    log.info("metrics and health of this worker are served", extra={"port": port})
    try:
        yield port
    finally:
        server.should_exit = True
        await task
        listening.close()


def operator_app(product: Product) -> uvicorn._types.ASGIApplication:
    """The routes for operators, and no others."""
    checks = HealthCheck(product)
    app = Litestar(
        route_handlers=[health.health, health.ready, metrics.metrics],
        dependencies={
            "product": Provide(lambda: product, sync_to_thread=False),
            "checks": Provide(lambda: checks, sync_to_thread=False),
        },
        exception_handlers=HANDLERS,
        openapi_config=None,
        logging_config=None,
    )
    return observed(headed(app, product.settings), product)  # type: ignore[return-value]  # two spellings of ASGI


def _bound(host: str, first: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in range(first, first + PORTS_TRIED):
        listening = socket.socket(family)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, port))
            listening.listen()  # two processes can bind one port at the same moment; only one of them can listen
        except OSError as error:
            listening.close()
            if error.errno != errno.EADDRINUSE:
                raise
        else:
            return listening
    raise OSError(errno.EADDRINUSE, f"no port from {first} to {first + PORTS_TRIED - 1} is free on {host}")
