"""The least that an API can do: a Litestar handler with one INSERT through SQLAlchemy Core, on our server and our pool.
`python -m benchmarks.bare_api PORT`, with BARE_DATABASE_URL set."""

import os
import sys
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from granian import Granian
from granian.constants import Interfaces
from litestar import Litestar, post
from litestar.datastructures import State
from msgspec import Struct
from sqlalchemy import Column, DateTime, MetaData, Table, Text, Uuid, insert

from adapters_persistence.ledger.engine import async_url, postgres_engine
from benchmarks.seeding import new_id

TABLE = Table(
    "bare_contents",
    MetaData(),
    Column("id", Uuid, primary_key=True),
    Column("body", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
)


class Draft(Struct):
    """What is posted."""

    body: str


class Saved(Struct):
    """What is answered."""

    id: UUID
    body: str
    created_at: datetime


@post("/content")
async def save(data: Draft, state: State) -> Saved:
    """One row, one transaction."""
    saved = Saved(id=new_id(), body=data.body, created_at=datetime.now(UTC))
    async with state.engine.begin() as connection:
        await connection.execute(insert(TABLE).values(id=saved.id, body=saved.body, created_at=saved.created_at))
    return saved


def make() -> Any:
    """The application, for the server's own process."""
    engine = postgres_engine(async_url(os.environ["BARE_DATABASE_URL"]), pool_size=8, prepare_threshold=1)
    return Litestar([save], state=State({"engine": engine}), openapi_config=None, logging_config=None)


if __name__ == "__main__":
    Granian(
        "benchmarks.bare_api:make", factory=True, address="127.0.0.1", port=int(sys.argv[1]), interface=Interfaces.ASGI, workers=1
    ).serve()
