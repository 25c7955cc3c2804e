"""What platforms are answered of people who leave."""

import msgspec


class DeauthorizedOut(msgspec.Struct):
    """How many consents of that person ended."""

    ended: int


class DeletionOut(msgspec.Struct):
    """As Meta wants it answered (app dashboard, data deletion callback)."""

    url: str
    confirmation_code: str


class DeletedOut(msgspec.Struct):
    """When everything that the platform had told of a person was deleted, UTC."""

    done_at: str
