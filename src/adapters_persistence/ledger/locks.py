"""PostgreSQL's advisory locks, which whoever takes them holds to the end of the transaction."""

import hashlib
from collections.abc import Collection

from sqlalchemy import text

# The keys are given in order, so that two who take several never wait for each other.
TAKE = text(
    "SELECT count(*) FROM (SELECT pg_advisory_xact_lock(key) FROM unnest(CAST(:keys AS bigint[])) AS lock (key)) AS locked"
)


def locks(keys: Collection[int]) -> dict[str, str]:
    """What TAKE is given."""
    return {"keys": f"{{{','.join(map(str, sorted(keys)))}}}"}


def lock_key(*what: str) -> int:
    """The key of what is locked."""
    return int.from_bytes(hashlib.blake2b("\n".join(what).encode(), digest_size=8).digest(), signed=True)
