"""Handles that are secrets (an upload's address, say): sealed under their grant's key before they reach the ledger."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from distribution_core.domain.account import Grant
from distribution_core.domain.delivery import Delivery
from distribution_core.domain.secret import Secret
from distribution_core.ports.vault import Binding, VaultError, VaultUnavailableError
from distribution_core.usecases.context import Context

_MARK = "sealed"


async def seal_handles(ctx: Context, delivery: Delivery, grant: Grant, handles: Mapping[str, Any]) -> dict[str, Any]:
    """The handles as they may be stored. Secrets stand at the top, never inside another value."""
    stored = dict(handles)
    for name, value in handles.items():
        if isinstance(value, Secret):
            sealed = await ctx.vault.seal(value, grant.data_key, _binding(delivery, name))
            stored[name] = {_MARK: base64.b64encode(sealed).decode()}
    return stored


async def open_handles(ctx: Context, delivery: Delivery, grant: Grant) -> dict[str, Any]:
    """A delivery's handles in the clear. One that does not open (the account was linked anew meanwhile) is as if it had
    never been journalled. Raises VaultUnavailableError."""
    handles = dict(delivery.handles)
    for name, value in delivery.handles.items():
        if not (isinstance(value, dict) and set(value) == {_MARK}):
            continue
        try:
            sealed = base64.b64decode(str(value[_MARK]), validate=True)
            handles[name] = await ctx.vault.open(sealed, grant.data_key, _binding(delivery, name))
        except VaultUnavailableError:
            raise
        except (VaultError, binascii.Error):
            del handles[name]
    return handles


def _binding(delivery: Delivery, name: str) -> Binding:
    return Binding(user_id=str(delivery.user_id), row_id=str(delivery.id), purpose=f"handle {name}")
