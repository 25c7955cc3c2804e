"""A platform's call is believed only if it is signed, now, with our app's secret; and then it is a reason to ask, no more."""

import hashlib
import hmac
import json
import time

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters_platforms.settings import AppCredentials
from adapters_platforms.tiktok.notices import Webhooks
from distribution_core.domain.secret import Secret
from distribution_core.ports.farewell import Farewell
from distribution_core.ports.notices import ForgedNoticeError, Notice
from shells.cli.demonstration.visitor import Consent, Visitor
from shells.system import SystemClock
from tests.running import Running

SECRET = b"sandbox-tiktok-secret"
READER = Webhooks(app="main", credentials=AppCredentials(client_id="key", client_secret=Secret(SECRET.decode())))
EVENT = {
    "client_key": "key",
    "event": "post.publish.publicly_available",
    "create_time": 1,
    "user_openid": "o-ada",
    "content": json.dumps({"publish_id": "v_pub_file~1", "publish_type": "DIRECT_PUBLISH", "post_id": "7"}),
}


def signed(body: bytes, *, secret: bytes = SECRET, at: float | None = None) -> dict[str, str]:
    stamp = str(int(at if at is not None else time.time()))
    return {"tiktok-signature": f"t={stamp},s={hmac.new(secret, stamp.encode() + b'.' + body, hashlib.sha256).hexdigest()}"}


def call(running: Running, body: bytes, headers: dict[str, str], platform: str = "tiktok") -> httpx.Response:
    return httpx.post(f"{running.web}/platforms/{platform}/webhook", content=body, headers=headers)


def test_a_signed_call_is_taken_as_often_as_it_comes(running: Running) -> None:
    body = json.dumps(EVENT).encode()
    assert [call(running, body, signed(body)).status_code for _ in range(2)] == [200, 200]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"tiktok-signature": "t=1,s=" + "0" * 64},
        {"tiktok-signature": "nonsense"},
        signed(json.dumps(EVENT).encode(), secret=b"another"),
        signed(json.dumps(EVENT).encode(), at=time.time() - 900),
        signed(b"another body"),
    ],
)
def test_any_other_is_refused(running: Running, headers: dict[str, str]) -> None:
    answer = call(running, json.dumps(EVENT).encode(), headers)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")


def test_a_creator_who_removes_us_has_to_link_again(running: Running, visitor: Visitor) -> None:
    (account,) = visitor.link(Consent(platform="tiktok", person="o-ben"))
    removed = EVENT | {"event": "authorization.removed", "user_openid": "o-ben", "content": json.dumps({"reason": 1})}

    def heard(at: float) -> str:
        body = json.dumps(removed | {"create_time": int(at)}).encode()
        assert call(running, body, signed(body)).status_code == 200
        (found,) = visitor.get("/accounts")["accounts"]
        return str(found["status"])

    assert heard(time.time() - 600) == "valid", "what was removed before it was linked is another consent"
    assert heard(time.time() + 1) == "revoked"
    visitor.link(Consent(platform="tiktok", person="o-ben"))
    assert visitor.get("/accounts")["accounts"][0]["status"] == "valid"
    assert account["id"] == visitor.get("/accounts")["accounts"][0]["id"]


@pytest.mark.parametrize("wrong", [{"user_openid": 5}, {"user_openid": ""}, {"create_time": "now"}, {"create_time": 2**40}])
def test_a_removal_that_says_too_little_removes_nothing(wrong: dict[str, object]) -> None:
    body = json.dumps(EVENT | {"event": "authorization.removed", "create_time": 1_800_000_000} | wrong).encode()
    assert READER.read(signed(body), body, SystemClock().now()) is None


def test_a_platform_that_calls_nobody_has_no_such_address(running: Running) -> None:
    assert call(running, b"{}", {}, platform="linkedin").status_code == 404


@given(
    st.binary(max_size=300)
    | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(lambda value: json.dumps(value).encode())
)
def test_whatever_is_signed_is_read_or_passed_over(body: bytes) -> None:
    found = READER.read(signed(body), body, SystemClock().now())
    assert found is None or isinstance(found, Notice | Farewell)


@given(st.binary(max_size=100), st.dictionaries(st.just("tiktok-signature"), st.text(max_size=100)))
def test_what_is_not_signed_is_forged(body: bytes, headers: dict[str, str]) -> None:
    with pytest.raises(ForgedNoticeError):
        READER.read(headers, body, SystemClock().now())


def test_a_good_one_names_the_account_and_the_post() -> None:
    body = json.dumps(EVENT).encode()
    wanted = Notice(external_account_id="o-ada", handles={"publish_id": "v_pub_file~1"})
    assert READER.read(signed(body), body, SystemClock().now()) == wanted
