"""The program that one would write first: a Celery task for each delivery, one synchronous session, one HTTP post.

It has no journal, no fence, no limits, no encryption and no audit, and publishes twice what a broker hands out twice.
`celery -A benchmarks.naive worker`, with NAIVE_DATABASE_URL, NAIVE_BROKER_URL and NAIVE_PLATFORM_URL set.
"""

import os
from typing import Any

import httpx
from celery import Celery
from sqlalchemy import Integer, String, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

THREADS = 64


class Base(DeclarativeBase):
    pass


class NaiveDelivery(Base):
    """A post for one account. `status`: pending, then sent or failed."""

    __tablename__ = "naive_deliveries"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    token: Mapped[str] = mapped_column(String)
    author: Mapped[str] = mapped_column(String)
    body: Mapped[str] = mapped_column(String)
    status: Mapped[str] = mapped_column(String, default="pending", index=True)
    post_id: Mapped[str | None] = mapped_column(String, nullable=True)


app = Celery("naive", broker=os.environ.get("NAIVE_BROKER_URL", "memory://"))
app.conf.update(
    task_ignore_result=True,
    task_acks_late=True,
    worker_prefetch_multiplier=4,
    worker_hijack_root_logger=False,
    worker_detect_quorum_queues=False,
)
_made: dict[str, Any] = {}


def _engine() -> Any:
    if "engine" not in _made:
        url = os.environ["NAIVE_DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://")
        _made["engine"] = create_engine(url, pool_size=THREADS, max_overflow=0)
    return _made["engine"]


def _client() -> httpx.Client:
    if "client" not in _made:
        limits = httpx.Limits(max_connections=THREADS, max_keepalive_connections=THREADS)
        _made["client"] = httpx.Client(base_url=os.environ["NAIVE_PLATFORM_URL"], timeout=30, limits=limits)
    client: httpx.Client = _made["client"]
    return client


@app.task(name="naive.publish")  # type: ignore[untyped-decorator]
def publish(delivery_id: int) -> None:
    """Post one delivery, and store what came of it."""
    with Session(_engine()) as session:
        delivery = session.get_one(NaiveDelivery, delivery_id)
        if delivery.status != "pending":
            return
        answer = _client().post(
            "/linkedin/api/rest/posts",
            headers={"authorization": f"Bearer {delivery.token}", "linkedin-version": "202509"},
            json={"author": delivery.author, "commentary": delivery.body, "visibility": "PUBLIC"},
        )
        delivery.status = "sent" if answer.is_success else "failed"
        delivery.post_id = answer.headers.get("x-restli-id")
        session.commit()
