"""Words that rows, manifests, the API and the app hold: written out again, because to change one orphans what is stored."""

from enum import StrEnum

import pytest

from distribution_core.domain.account import AccountStatus
from distribution_core.domain.audit import AuditAction
from distribution_core.domain.breaker import BreakerState, Permit
from distribution_core.domain.content import MediaKind, Visibility
from distribution_core.domain.delivery import DeliveryStatus, Event, Phase
from distribution_core.domain.events import EventKind
from distribution_core.domain.outcome import FailureKind
from distribution_core.domain.quota import Reset, Scope
from distribution_core.domain.rules import TextUnit
from distribution_core.domain.settling import CONFIRMING, NEEDS_RECONNECT, PROCESSING, TWIN


@pytest.mark.parametrize(
    ("words", "stored"),
    [
        (MediaKind, "image video"),
        (Visibility, "public private scheduled"),
        (DeliveryStatus, "pending success failed retried canceled"),
        (Phase, "idle committing processing"),
        (FailureKind, "transient rate_limited platform_down needs_reconnect rejected_content refused unconfirmed"),
        (TextUnit, "characters utf16 escaped"),
        (AccountStatus, "valid expired revoked error"),
        (BreakerState, "closed open half_open"),
        (Permit, "go probe wait"),
        (Scope, "app account"),
        (Reset, "sliding utc_day"),
        (EventKind, "content_saved deliveries_selected delivery_changed"),
        (
            AuditAction,
            "login login_failed logout link_sso unlink_sso session_reused link_account unlink_account toggle_account"
            " refresh_token account_lost data_deleted create_content edit_content resend_content cancel_content hold_content"
            " release_content post_at_risk post_safe change_settings select_accounts post_committing post_processing post_success"
            " post_retried post_failed post_canceled post_redriven post_resolved set_up create_api_key revoke_api_key",
        ),
        (
            Event,
            "published will_retry gave_up left_unconfirmed stopped redriven resolved_posted resolved_not_posted proven",
        ),
    ],
)
def test_words_stay_what_is_stored(words: type[StrEnum], stored: str) -> None:
    assert [str(word) for word in words] == stored.split()
    assert [word.name.lower() for word in words] == stored.split()


def test_reasons_for_waiting_stay_what_is_stored() -> None:
    assert (NEEDS_RECONNECT, PROCESSING, CONFIRMING, TWIN) == ("needs_reconnect", "processing", "confirming", "twin")
