"""LinkedIn's names for things: URNs, how they stand in URLs, and the time that a post's id holds."""

import re
from datetime import UTC, datetime
from urllib.parse import quote

_POST_URN = re.compile(r"urn:li:(?:share|ugcPost|activity):(\d+)")

AUTHOR_KINDS = {"member": "person", "organization": "organization"}


def author_urn(account_kind: str, external_account_id: str) -> str:
    """The author of a post. Raises KeyError for a kind that is none of ours."""
    return f"urn:li:{AUTHOR_KINDS[account_kind]}:{external_account_id}"


def urn_id(urn: str) -> str:
    """The last part of a URN."""
    return urn.rpartition(":")[2]


def in_url(urn: str) -> str:
    """A URN as Rest.li wants it in a path or a query: its colons percent-encoded (Learn, protocol-version)."""
    return quote(urn, safe="")


def posted_at(urn: str) -> datetime | None:
    """When a post came to be, by the milliseconds in the upper bits of its id; None for what is no post's URN."""
    match = _POST_URN.fullmatch(urn)
    if match is None:
        return None
    try:
        return datetime.fromtimestamp((int(match[1]) >> 22) / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def find_post_urn(text: str) -> str | None:
    """The first post URN in a message, as a duplicate's refusal names it."""
    match = _POST_URN.search(text)
    return match.group() if match else None


def permalink(www: str, urn: str) -> str:
    """Where a person sees the post."""
    return f"{www}/feed/update/{urn}/"
