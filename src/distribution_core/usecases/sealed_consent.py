"""A consent as one secret text, so that it can be kept sealed while its person chooses. Lifetimes go on counting."""

import json
from datetime import datetime, timedelta
from typing import Any

from distribution_core.domain.secret import Secret
from distribution_core.ports.platform import Consent, DiscoveredAccount, Tokens


def consent_text(consent: Consent, now: datetime) -> Secret:
    """The consent with every token in it, as it was given at `now`."""
    tokens = consent.tokens
    return Secret(
        json.dumps(
            {
                "at": now.isoformat(),
                "subject_id": consent.subject_id,
                "tokens": {
                    "access": tokens.access.reveal(),
                    "refresh": _revealed(tokens.refresh),
                    "access_lifetime": _seconds(tokens.access_lifetime),
                    "refresh_lifetime": _seconds(tokens.refresh_lifetime),
                    "scopes": list(tokens.scopes),
                },
                "accounts": [
                    {
                        "external_account_id": found.external_account_id,
                        "kind": found.kind,
                        "display_name": found.display_name,
                        "handle": found.handle,
                        "avatar_url": found.avatar_url,
                        "token": _revealed(found.token),
                        "token_lifetime": _seconds(found.token_lifetime),
                        "problem": found.problem,
                    }
                    for found in consent.accounts
                ],
            }
        )
    )


def consent_from(text: Secret, now: datetime) -> Consent:
    """What `consent_text` wrote, its lifetimes shorter by the time since."""
    kept: dict[str, Any] = json.loads(text.reveal())
    since = now - datetime.fromisoformat(kept["at"])

    def left(seconds: float | None) -> timedelta | None:
        return None if seconds is None else max(timedelta(seconds=seconds) - since, timedelta())

    tokens = kept["tokens"]
    return Consent(
        subject_id=kept["subject_id"],
        tokens=Tokens(
            access=Secret(tokens["access"]),
            refresh=_secret(tokens["refresh"]),
            access_lifetime=left(tokens["access_lifetime"]),
            refresh_lifetime=left(tokens["refresh_lifetime"]),
            scopes=tuple(tokens["scopes"]),
        ),
        accounts=tuple(
            DiscoveredAccount(**{**found, "token": _secret(found["token"]), "token_lifetime": left(found["token_lifetime"])})
            for found in kept["accounts"]
        ),
    )


def _revealed(secret: Secret | None) -> str | None:
    return None if secret is None else secret.reveal()


def _secret(text: str | None) -> Secret | None:
    return None if text is None else Secret(text)


def _seconds(lifetime: timedelta | None) -> float | None:
    return None if lifetime is None else lifetime.total_seconds()
