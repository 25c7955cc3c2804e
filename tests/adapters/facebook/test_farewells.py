"""Foreign bytes where a signed_request is expected: an answer in words, never anything else."""

import base64
import hashlib
import hmac
import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters_platforms.facebook.farewells import SignedRequests
from distribution_core.ports.farewell import Farewell, ForgedFarewellError
from tests.adapters.facebook.conftest import APPS

READER = SignedRequests(app="pages", credentials=APPS["pages"])
SECRET = APPS["pages"].client_secret.reveal().encode()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=8,
)


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(payload: str) -> dict[str, str]:
    return {"signed_request": f"{encoded(hmac.new(SECRET, payload.encode(), hashlib.sha256).digest())}.{payload}"}


@given(
    st.dictionaries(
        st.sampled_from(["signed_request", "other"]),
        st.text() | st.from_regex(r"[A-Za-z0-9_-]{0,60}\.[A-Za-z0-9_=-]{0,60}", fullmatch=True),
    )
)
def test_what_is_not_signed_is_forged(form: dict[str, str]) -> None:
    with pytest.raises(ForgedFarewellError):
        READER.read(form)


@given(st.text() | st.binary().map(encoded) | JSON.map(lambda claims: encoded(json.dumps(claims).encode())))
def test_whatever_is_signed_is_read_or_refused_in_words(payload: str) -> None:
    with suppress(ForgedFarewellError):
        assert isinstance(READER.read(signed(payload.encode("ascii", "replace").decode())), Farewell)


@given(user_id=st.integers(min_value=1) | st.from_regex(r"[0-9]{1,30}", fullmatch=True), issued_at=st.integers(1, 2**33 - 1))
def test_a_good_one_says_who_and_when(user_id: int | str, issued_at: int) -> None:
    claims = {"algorithm": "HMAC-SHA256", "issued_at": issued_at, "user_id": user_id}
    found = READER.read(signed(encoded(json.dumps(claims).encode())))
    assert found == Farewell(app="pages", subject_id=str(user_id), issued_at=datetime.fromtimestamp(issued_at, UTC))


def test_one_of_a_page_names_the_page() -> None:
    claims = {"algorithm": "HMAC-SHA256", "issued_at": 1_800_000_000, "user_id": "0", "profile_id": "5550001"}
    found = READER.read(signed(encoded(json.dumps(claims).encode())))
    assert (found.subject_id, found.of_account) == ("5550001", True)
    with pytest.raises(ForgedFarewellError, match="user_id"):
        READER.read(signed(encoded(json.dumps(claims | {"profile_id": None}).encode())))


@given(st.data())
def test_one_changed_character_is_enough(data: st.DataObject) -> None:
    claims = {"algorithm": "HMAC-SHA256", "issued_at": 1_800_000_000, "user_id": "1020"}
    good = signed(encoded(json.dumps(claims).encode()))["signed_request"]
    place = data.draw(st.integers(0, len(good) - 2))
    other = data.draw(st.sampled_from("ABCDEFghij0123_-").filter(lambda each: each != good[place]))
    with pytest.raises(ForgedFarewellError):
        READER.read({"signed_request": good[:place] + other + good[place + 1 :]})


def test_without_an_app_nothing_can_be_checked() -> None:
    with pytest.raises(ForgedFarewellError, match="not set up"):
        SignedRequests(app="pages", credentials=None).read(signed("e30"))
