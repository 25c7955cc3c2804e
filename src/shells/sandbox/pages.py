"""The pages that a person sees: start, timelines and consent, each marked as a sandbox."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape
from litestar import Response
from litestar.enums import MediaType

SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


BRANDS = {"facebook": "Facebook", "tiktok": "TikTok", "linkedin": "LinkedIn"}


@cache
def _environment() -> Environment:
    found = Environment(
        loader=PackageLoader("shells.sandbox"), autoescape=select_autoescape(), trim_blocks=True, lstrip_blocks=True
    )
    found.filters["brand"] = lambda platform: BRANDS.get(platform, platform)
    return found


def render(template: str, *, status_code: int = 200, **context: Any) -> Response[str]:
    """A sandbox page. The consent form posts across to redirect URIs, so form-action stays open."""
    text = _environment().get_template(template).render(**context)
    return Response(text, media_type=MediaType.HTML, status_code=status_code, headers=SECURITY_HEADERS)
