"""What a claim took of quotas and came to no call is given back: what waits for keys or a picture must not use a day up."""

from collections.abc import Mapping
from datetime import datetime

from attrs import define

from distribution_core.domain.quota import Quota, given_back
from distribution_core.ports.ledger import Transaction
from distribution_core.ports.limiter import Standing, WindowKey


@define(eq=False)
class Uses:
    """What a claim took for one delivery: one use of each quota, counted at `at`."""

    at: datetime
    quotas: Mapping[WindowKey, Quota]
    _is_over: bool = False

    def end(self) -> Mapping[WindowKey, Quota]:
        """What may be given back, told once: a worker that stops may settle a try and hand it back in the same moment. Nor is it
        told again where the transaction broke, since that may have been stored."""
        if self._is_over:
            return {}
        self._is_over = True
        return {key: quota for key, quota in self.quotas.items() if not quota.prepare_uses}


async def give_back(tx: Transaction, *uses: Uses | None) -> None:
    """Of tries that ended with their gate shut; in the transaction that ends them, once their deliveries are held: those come
    before windows, as in a claim. Last of all, since everyone who claims waits for it."""
    taken = [(key, quota, each.at) for each in uses if each is not None for key, quota in each.end().items()]
    if not taken:
        return
    held = (await tx.limiter.hold((), {key for key, _, _ in taken})).windows
    windows = dict(held)
    for key, quota, at in taken:
        windows[key] = given_back(windows[key], quota, at)
    changed = {key: window for key, window in windows.items() if window != held[key]}
    if changed:
        await tx.limiter.put(Standing(windows=changed))
