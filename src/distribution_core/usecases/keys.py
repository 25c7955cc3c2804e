"""Key-encryption keys: how they stand, a new version with everything wrapped anew, and the end of an old one."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from attrs import frozen

from distribution_core.ports.keys import KeyDesk, KeyServiceError, KeyStanding
from distribution_core.ports.vault import VaultError, VaultUnavailableError
from distribution_core.usecases.context import Context

log = logging.getLogger(__name__)

_BATCH = 100


@frozen(kw_only=True)
class KeyReport:
    """`counts`: how many data keys each key and version wraps. `since`: when the newest version was made, or first seen."""

    standing: KeyStanding
    counts: Mapping[tuple[str, int], int]
    since: datetime

    @property
    def left(self) -> int:
        """How many are still to be wrapped under the newest."""
        return sum(number for under, number in self.counts.items() if under != (self.standing.key_id, self.standing.version))


@frozen(kw_only=True)
class Rotation:
    """`made`: a new version, else one that was there was carried through. `unreadable`: data keys that do not unwrap."""

    standing: KeyStanding
    made: bool
    rewrapped: int
    unreadable: int


async def key_report(ctx: Context, desk: KeyDesk) -> KeyReport:
    """Raises VaultUnavailableError."""
    standing = await desk.standing()
    async with ctx.ledger.begin() as tx:
        seen = await tx.wrappings.first_seen(standing.key_id, standing.version)
        counts = await tx.wrappings.counts()
    return KeyReport(standing=standing, counts=counts, since=standing.made_at or seen)


async def rotate_keys(ctx: Context, desk: KeyDesk, progress: Callable[[int, int], None]) -> Rotation:
    """Finish the rotation that an earlier call, or the service itself, began; where all is done, make a new version and wrap
    every data key anew. Whoever is killed over it loses nothing and begins again; others go on reading and writing meanwhile.
    `progress` is told how many of how many are done. Raises KeyServiceError or VaultUnavailableError."""
    report = await key_report(ctx, desk)
    made = report.left == 0
    if made:
        await desk.rotate()
        report = await key_report(ctx, desk)
    standing, total = report.standing, report.left
    done, unreadable = 0, set[tuple[str, UUID | bytes]]()
    progress(0, total)
    while True:
        async with ctx.ledger.begin() as tx:
            found = await tx.wrappings.under_others(standing.key_id, standing.version, _BATCH + len(unreadable))
        left = [wrapping for wrapping in found if (wrapping.table, wrapping.row_id) not in unreadable]
        if not left:
            return Rotation(standing=standing, made=made, rewrapped=done, unreadable=len(unreadable))
        renewed = []
        for wrapping in left:
            try:
                renewed.append((wrapping, await desk.rewrap(wrapping.key)))
            except VaultUnavailableError:
                raise
            except VaultError:
                unreadable.add((wrapping.table, wrapping.row_id))
                log.warning("a data key does not unwrap, and stays as it is", extra={"table": wrapping.table})
        async with ctx.ledger.begin() as tx:
            for wrapping, key in renewed:
                done += await tx.wrappings.replace(wrapping, key)
        progress(min(done, total), total)


async def retire_keys(ctx: Context, desk: KeyDesk, version: int) -> KeyStanding:
    """Let this version and all before it be read no more. Raises KeyServiceError where something is still wrapped under one,
    or where that is done elsewhere."""
    report = await key_report(ctx, desk)
    report.standing.keep_newest(version)
    needed = sum(
        number for (key_id, other), number in report.counts.items() if key_id == report.standing.key_id and other <= version
    )
    if needed:
        raise KeyServiceError(
            f"{needed} data keys are still wrapped under version {version} or an older one; run `simulcast keys rotate` first."
        )
    await desk.retire(version)
    return await desk.standing()
