"""Whose host a URL names, which a platform's answer may choose freely."""

from collections.abc import Iterable
from urllib.parse import urlsplit


def within(url: str, domains: Iterable[str]) -> bool:
    """Whether the URL's host is one of these domains, or below one."""
    host = urlsplit(url).hostname or ""
    return any(host == domain or host.endswith(f".{domain}") for domain in domains if domain)
