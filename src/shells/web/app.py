"""The web application over a composed product, with the worker inside it where there is no broker."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from litestar import Litestar
from litestar.config.cors import CORSConfig
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components
from litestar.types import ASGIApp

from shells.garbage import collect_seldom
from shells.logs import log_as_set
from shells.readiness import HealthCheck, warn_of_ends
from shells.web import pages
from shells.web.documenting import document, security_schemes
from shells.web.live import LiveFeed
from shells.web.observing import observed
from shells.web.problems import HANDLERS
from shells.web.routes import (
    accounts,
    activity,
    api_keys,
    app_files,
    auth,
    content,
    dead_letters,
    deliveries,
    events,
    farewells,
    health,
    me,
    media,
    metrics,
    notices,
    oauth,
    platforms,
    setup,
    sso,
)
from shells.web.security.counting import counted
from shells.web.security.guard import provide_caller
from shells.web.security.headers import headed
from shells.web.security.hosts import hosted
from shells.web.security.patience import patient
from shells.web.security.rates import Rates
from shells.web.security.throttle import Throttle
from shells.web.security.tokens import AccessTokens
from shells.web.stop_signal import on_stop_signal
from shells.wiring import Product, compose, derived_key, settings_from_environment

NO_WORKER_VARIABLE = "SIMULCAST_SERVE_WITHOUT_WORKER"

ROUTES = [
    setup.show,
    setup.create,
    auth.login,
    auth.refresh,
    auth.logout,
    auth.session,
    sso.start,
    sso.callback,
    sso.link,
    sso.unlink,
    me.show,
    me.change,
    me.sessions,
    me.end,
    me.end_others,
    api_keys.create,
    api_keys.list_all,
    api_keys.revoke,
    oauth.authorize,
    oauth.callback,
    oauth.candidates,
    oauth.choose_accounts,
    notices.webhook,
    farewells.deauthorize,
    farewells.delete_data,
    farewells.show_deletion,
    accounts.list_all,
    platforms.list_platforms,
    accounts.toggle,
    accounts.unlink,
    accounts.refresh,
    accounts.creator,
    content.create,
    content.preview,
    content.list_all,
    content.show,
    content.edit,
    content.resend,
    content.cancel,
    content.release,
    content.retry_failed,
    content.content_deliveries,
    deliveries.list_deliveries,
    deliveries.show,
    deliveries.retry,
    deliveries.resolve_delivery,
    deliveries.ask,
    dead_letters.list_dead_letters,
    dead_letters.count,
    dead_letters.redrive,
    media.upload,
    media.list_media,
    media.fetch,
    activity.list_activity,
    events.events,
    health.health,
    health.ready,
    metrics.metrics,
    app_files.root,
    app_files.page,
    app_files.asset,
    app_files.surroundings,
    pages.home,
    pages.style,
    pages.icon,
]


def create_app(product: Product, *, worker: str | None, rates: Rates | None = None) -> Litestar:
    """The ASGI application. `worker` names the worker that runs inside it; None: work is done elsewhere."""
    settings = product.settings
    rates = rates or Rates.of(settings)
    throttle = Throttle(rates, derived_key(settings, "known devices"))
    checks = HealthCheck(product)
    live = LiveFeed(product.context)
    tokens = AccessTokens(derived_key(settings, "access tokens"), lifetime=timedelta(minutes=settings.access_token_minutes))

    @asynccontextmanager
    async def closing(_: Litestar) -> AsyncIterator[None]:
        # A server waits for answers under way, and a stream would never end by itself.
        with on_stop_signal(live.stop):
            yield
        await live.aclose()
        await rates.aclose()
        await product.aclose()

    @asynccontextmanager
    async def working(_: Litestar) -> AsyncIterator[None]:
        if worker is None:
            yield
            return
        stop = asyncio.Event()
        task = asyncio.create_task(product.distributor.work(worker, stop))
        try:
            yield
        finally:
            stop.set()
            await product.context.doorbell.ring()
            await task

    for route in ROUTES:
        document(route)
    return Litestar(
        route_handlers=ROUTES,
        dependencies={
            "product": Provide(lambda: product, sync_to_thread=False),
            "tokens": Provide(lambda: tokens, sync_to_thread=False),
            "checks": Provide(lambda: checks, sync_to_thread=False),
            "rates": Provide(lambda: rates, sync_to_thread=False),
            "throttle": Provide(lambda: throttle, sync_to_thread=False),
            # Asked for once: a store that signs by itself may have to fetch its own credentials first.
            "media_origin": Provide(app_files.find_media_origin, use_cache=True),
            "live": Provide(lambda: live, sync_to_thread=False),
            "caller": Provide(provide_caller),
        },
        exception_handlers=HANDLERS,
        lifespan=[closing, working],
        logging_config=None,
        request_max_body_size=settings.body_bytes_max,
        # Closed where nothing is named. Never with cookies: a foreign page acts by a key of its own, or not at all.
        cors_config=CORSConfig(
            allow_origins=list(settings.cors_origins.split()),
            allow_methods=["GET", "POST", "PATCH", "DELETE"],
            allow_headers=["authorization", "content-type", "idempotency-key"],
            expose_headers=["retry-after", "x-request-id"],
        )
        if settings.cors_origins
        else None,
        openapi_config=OpenAPIConfig(
            title="Simulcast",
            version="1",
            description="Write once, and every social account you have switched on carries it, exactly once.",
            path="/schema",
            render_plugins=[JsonRenderPlugin()],
            components=Components(security_schemes=security_schemes(settings)),
        ),
    )


def from_environment() -> ASGIApp:
    """The application for a server process. Its worker runs inside it unless NO_WORKER_VARIABLE says otherwise."""
    settings = settings_from_environment()
    log_as_set(settings)
    product = compose(settings)
    warn_of_ends(product)
    worker = None if os.environ.get(NO_WORKER_VARIABLE) else f"web-{socket.gethostname()}-{os.getpid()}"
    rates = Rates.of(settings)
    app: ASGIApp = patient(create_app(product, worker=worker, rates=rates), settings)
    app = observed(headed(hosted(counted(app, settings, rates), settings), settings), product)
    collect_seldom()
    return app
