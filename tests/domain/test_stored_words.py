"""Words that rows, the API and the app hold: written out a second time, because to change one orphans what is stored."""

from enum import StrEnum

import pytest

from distribution_core.domain.content import MediaKind, Visibility
from distribution_core.domain.delivery import DeliveryStatus, Event, Phase
from distribution_core.domain.outcome import FailureKind
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
