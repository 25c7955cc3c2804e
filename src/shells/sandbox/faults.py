"""Faults on command: what goes wrong, on which call, how often and how many times."""

from enum import StrEnum
from random import Random
from typing import Any

from attrs import asdict, define, field, frozen


class FaultKind(StrEnum):
    """What a fault does to a call. *before* and *after* are relative to the call's effect."""

    ERROR_BEFORE = "error_before"
    ERROR_AFTER = "error_after"
    DROP_BEFORE = "drop_before"
    DROP_AFTER = "drop_after"
    SLOW = "slow"
    RATE_LIMITED = "rate_limited"
    TOKEN_EXPIRED = "token_expired"
    TOKEN_REVOKED = "token_revoked"
    PROCESSING_FAILURE = "processing_failure"
    CUSTOM = "custom"


class FaultError(ValueError):
    """A fault rule that cannot be understood; the message says which part."""


@frozen(kw_only=True)
class FaultRule:
    """One rule. `count` of None means for ever; `rate` is a probability from 0 to 1.

    `options` carries what a kind needs: `status` (HTTP status of an error), `seconds` (delay of *slow*),
    `wait_seconds` (announced wait of *rate_limited*; absent: the answer names none), `reason` (text of a
    processing failure) and `body` / `headers` (for *custom*, answered instead of the effect).
    """

    platform: str
    call: str = "*"
    kind: FaultKind
    rate: float = 1.0
    count: int | None = 1
    account: str | None = None
    options: dict[str, Any] = field(factory=dict)


@define
class _Armed:
    rule: FaultRule
    left: int | None


@define
class FaultPlan:
    """The rules in force. The first that matches a call is taken."""

    _random: Random
    _armed: list[_Armed] = field(factory=list)

    def replace(self, rules: list[FaultRule]) -> None:
        self._armed = [_Armed(rule, rule.count) for rule in rules]

    def take(self, platform: str, call: str, account: str | None = None) -> FaultRule | None:
        """The fault for this call, if any; a counted rule is used up by it."""
        for armed in self._armed:
            rule = armed.rule
            if rule.platform not in ("*", platform) or rule.call not in ("*", call):
                continue
            if rule.account is not None and rule.account != account:
                continue
            if armed.left == 0 or self._random.random() >= rule.rate:
                continue
            if armed.left is not None:
                armed.left -= 1
            return rule
        return None

    def describe(self) -> list[dict[str, Any]]:
        return [asdict(armed.rule) | {"left": armed.left} for armed in self._armed]


def parse_rules(data: object) -> list[FaultRule]:
    """Fault rules from the JSON of `PUT /_sandbox/faults`. Raises FaultError in words."""
    items = data.get("faults") if isinstance(data, dict) else data
    if not isinstance(items, list):
        raise FaultError('send {"faults": [...]}: a list of rules')
    return [_parse_rule(item) for item in items]


def _parse_rule(item: object) -> FaultRule:
    if not isinstance(item, dict):
        raise FaultError("each fault is an object")
    known = {"platform", "call", "kind", "rate", "count", "account", "options"}
    unknown = sorted(set(item) - known)
    if unknown:
        raise FaultError(f"unknown key {unknown[0]!r}; a fault takes {', '.join(sorted(known))}")
    try:
        kind = FaultKind(item.get("kind", ""))
    except ValueError:
        raise FaultError(f"kind is one of {', '.join(FaultKind)}") from None
    rate, count = item.get("rate", 1.0), item.get("count", 1)
    if not isinstance(rate, int | float) or not 0 <= rate <= 1:
        raise FaultError("rate is a number from 0 to 1")
    if count is not None and (not isinstance(count, int) or count < 0):
        raise FaultError("count is a whole number, or null for ever")
    options = item.get("options", {})
    if not isinstance(options, dict):
        raise FaultError("options is an object")
    account = item.get("account")
    return FaultRule(
        platform=str(item.get("platform", "*")),
        call=str(item.get("call", "*")),
        kind=kind,
        rate=float(rate),
        count=count,
        account=None if account is None else str(account),
        options=options,
    )
