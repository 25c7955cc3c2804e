"""The few pages that the API shows by itself, beside the browser app."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape
from litestar import Request, Response, get
from litestar.enums import MediaType
from litestar.openapi.spec import Operation

from distribution_core.domain.errors import LinkRefusedError
from distribution_core.usecases.link_account import Linked
from shells.web.problems import link_refusal_status
from shells.web.security.permissions import Permission
from shells.wiring import Product

_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
_METHODS = ("get", "post", "patch", "put", "delete")


@cache
def _environment() -> Environment:
    return Environment(loader=PackageLoader("shells.web"), autoescape=select_autoescape(), trim_blocks=True, lstrip_blocks=True)


def wants_html(request: Request[Any, Any, Any]) -> bool:
    """Whether a browser asks: it lists text/html, programs do not."""
    return "text/html" in request.headers.get("accept", "")


def page(template: str, **context: Any) -> Response[str]:
    text = _environment().get_template(template).render(**context)
    return Response(text, media_type=MediaType.HTML, headers=_HEADERS)


def linked_page(product: Product, linked: Linked) -> Response[str]:
    """What a person sees after consent."""
    name = product.context.platform(linked.platform).name
    return page("linked.html", title=f"Linked {name}", name=name, linked=linked, sandbox_url=product.settings.sandbox_url)


def refused_page(product: Product, platform: str, refused: LinkRefusedError) -> Response[str]:
    """What a person sees when consent led to nothing, and why."""
    name = product.context.platform(platform).name
    answer = page(
        "refused.html", title=f"{name} is not linked", name=name, why=str(refused), sandbox_url=product.settings.sandbox_url
    )
    answer.status_code = link_refusal_status(refused)
    return answer


@get("/calls", include_in_schema=False, permission=Permission.PUBLIC)
async def home(request: Request[Any, Any, Any], product: Product) -> Response[str]:
    """The API's own page: what there is to call, and where the sandbox's timelines are."""
    operations = []
    for path, item in (request.app.openapi_schema.paths or {}).items():
        for method in _METHODS:
            operation: Operation | None = getattr(item, method)
            if operation is not None:
                operations.append((method.upper(), path, operation.summary or ""))
    operations.sort(key=lambda row: (row[1], row[0]))
    return page("home.html", title="API", operations=operations, sandbox_url=product.settings.sandbox_url)


@get("/style.css", include_in_schema=False, permission=Permission.PUBLIC)
async def style() -> Response[str]:
    return _dress("style.css", "text/css")


@get("/icon.svg", include_in_schema=False, permission=Permission.PUBLIC)
async def icon() -> Response[str]:
    return _dress("icon.svg", "image/svg+xml")


def _dress(name: str, media_type: str) -> Response[str]:
    text = _environment().get_template(name).render()
    return Response(text, media_type=media_type, headers={"cache-control": "max-age=300"})
