"""Saving over HTTP: what goes, what is refused, and that nothing is half-made."""

import contextlib
import io
import select
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from shells.cli.demonstration.visitor import Consent, Visitor
from shells.cli.failure import CommandError
from tests.running import Running

FACEBOOK = Consent(platform="facebook", person="1020", accounts=("5550001",))


def png(shade: int = 10) -> bytes:
    output = io.BytesIO()
    Image.new("RGB", (640, 480), (shade, 90, 30)).save(output, "PNG")
    return output.getvalue()


def refusal(visitor: Visitor, method: str, path: str, **arguments: Any) -> tuple[int, dict[str, Any]]:
    headers = {"x-csrf-token": visitor._csrf, **arguments.pop("headers", {})}
    answer = visitor._client.request(method, path, headers=headers, **arguments)
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    body = answer.json()
    assert {"type", "title", "status", "detail"} <= set(body)
    assert body["status"] == answer.status_code
    return answer.status_code, body


def test_what_is_saved_goes_by_itself(running: Running, visitor: Visitor) -> None:
    visitor.link(FACEBOOK)
    saved = visitor.save(body="Goes by itself")
    assert [account["goes"] for account in saved["accounts"]] == [True]
    outcome = visitor.outcomes([saved["id"]], timeout_s=30, progress=lambda done, total: None)[saved["id"]]
    (delivery,) = outcome["deliveries"]
    assert (delivery["status"], delivery["attempts"]) == ("success", 1)
    assert delivery["external_post_id"] == running.posts("Goes by itself")[0]["post_id"]
    assert visitor.get(f"/deliveries?content_id={saved['id']}") == outcome
    history = visitor.get(f"/deliveries/{delivery['id']}")["history"]
    assert [attempt["outcome"] for attempt in history] == ["published"]
    assert [item["content"]["id"] for item in visitor.get("/activity")["items"]] == [saved["id"]]


@pytest.mark.parametrize("kind", ["error_after", "drop_after", "slow"])
def test_a_lost_answer_makes_no_second_post(running: Running, visitor: Visitor, kind: str) -> None:
    visitor.link(FACEBOOK)
    running.faults({"platform": "facebook", "call": "update", "kind": kind, "options": {"seconds": 1}})
    text = f"Lost by {kind}"
    saved = visitor.save(body=text)
    outcome = visitor.outcomes([saved["id"]], timeout_s=90, progress=lambda done, total: None)[saved["id"]]
    assert [delivery["status"] for delivery in outcome["deliveries"]] == ["success"]
    assert len(running.posts(text)) == 1


def test_a_rejected_post_can_be_resent_or_retried(running: Running, visitor: Visitor) -> None:
    visitor.link(FACEBOOK)
    refused = {"error": {"message": "(#100) Invalid", "type": "OAuthException", "code": 100, "fbtrace_id": "x"}}
    running.faults(
        {"platform": "facebook", "call": "feed", "kind": "custom", "count": 2, "options": {"status": 400, "body": refused}}
    )
    saved = visitor.save(body="Refused twice")
    (delivery,) = visitor.outcomes([saved["id"]], timeout_s=30, progress=lambda d, t: None)[saved["id"]]["deliveries"]
    assert (delivery["status"], delivery["last_error"]["kind"]) == ("failed", "rejected_content")
    visitor.send("POST", f"/deliveries/{delivery['id']}/retry")
    (again,) = visitor.outcomes([saved["id"]], timeout_s=30, progress=lambda d, t: None)[saved["id"]]["deliveries"]
    assert again["status"] == "failed"
    resent = visitor.send("POST", f"/content/{saved['id']}/resend", json={"body": "Taken now"})
    assert resent["resend_of"] == saved["id"]
    (last,) = visitor.outcomes([resent["id"]], timeout_s=30, progress=lambda d, t: None)[resent["id"]]["deliveries"]
    assert last["status"] == "success"
    assert refusal(visitor, "POST", f"/deliveries/{last['id']}/retry")[0] == 409


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"body": ""}, "empty"),
        ({"body": "x", "visibility": "scheduled"}, "schedule_missing"),
        ({"body": "x", "scheduled_at": "2020-01-01T00:00:00Z"}, "schedule_past"),
        ({"body": "x", "scheduled_at": "2030-01-01T00:00:00"}, "invalid_input"),
        ({"body": "x", "options": {"myspace": {}}}, "unknown_platform"),
        ({"body": "x", "media_assets": ["https://elsewhere.test/a.png"]}, "media_url"),
        ({"body": "x", "media_assets": ["unknown"]}, "media_unknown"),
        ({"body": "x", "surprise": 1}, "invalid_input"),
        ({"body": 5}, "invalid_input"),
        ({"body": "x" * 100_001}, "text_too_long"),
    ],
)
def test_bad_content_is_refused_in_words_and_leaves_nothing(visitor: Visitor, body: dict[str, Any], code: str) -> None:
    status, problem = refusal(visitor, "POST", "/content", json=body)
    assert (status, problem["code"]) == (422, code)
    assert visitor.get("/activity")["items"] == []


def test_too_long_for_every_active_platform(visitor: Visitor) -> None:
    visitor.link(Consent(platform="linkedin", person="ada-li", app="member"))
    status, problem = refusal(visitor, "POST", "/content", json={"body": "x" * 3001})
    assert (status, problem["problems"][0]["platform"]) == (422, "linkedin")
    assert visitor.get("/activity")["items"] == []


def test_with_no_active_account_the_answer_says_that_nothing_is_sent(visitor: Visitor) -> None:
    assert "nothing is sent" in visitor.save(body="Alone")["notice"]


def test_malformed_json_is_400(visitor: Visitor) -> None:
    headers = {"content-type": "application/json"}
    assert refusal(visitor, "POST", "/content", content=b'{"body": ', headers=headers)[0] == 400


@pytest.mark.parametrize("told", ["content-length: 100000000", "transfer-encoding: chunked"])
def test_a_hundred_megabytes_where_one_is_allowed_is_413(running: Running, visitor: Visitor, told: str) -> None:
    """Over a bare socket: the answer may come, and the line be cut, before all of it is sent."""
    cookies = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    head = f"POST /content HTTP/1.1\r\nhost: 127.0.0.1\r\ncookie: {cookies}\r\nx-csrf-token: {visitor.csrf}\r\n"
    head += f"content-type: application/json\r\n{told}\r\n\r\n"
    million = b" " * 1_000_000
    piece = million if "length" in told else b"f4240\r\n" + million + b"\r\n"
    sent = 0
    with socket.create_connection(("127.0.0.1", running.addresses.web_port), timeout=20) as line:
        with contextlib.suppress(ConnectionError):
            line.sendall(head.encode())
            for _ in range(100):
                if select.select([line], [], [], 0)[0]:
                    break
                line.sendall(piece)
                sent += 1
        answer = line.recv(4096).decode()
    assert answer.startswith("HTTP/1.1 413 ")
    assert sent < 100, "it is not read to its end"
    assert visitor.get("/activity")["items"] == []


def test_a_time_at_the_ends_of_the_calendar_is_past_or_far(visitor: Visitor) -> None:
    for at in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"):
        assert refusal(visitor, "POST", "/content", json={"body": "x", "scheduled_at": at})[0] == 422
        headers = {"x-csrf-token": visitor.csrf}
        previewed = visitor._client.post("/content/preview", json={"body": "x", "scheduled_at": at}, headers=headers)
        assert previewed.status_code in (200, 422), previewed.text


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/content/nothing"),
        ("GET", "/content/nothing/deliveries"),
        ("PATCH", "/content/nothing"),
        ("POST", "/content/nothing/resend"),
        ("POST", "/deliveries/nothing/retry"),
        ("PATCH", "/accounts/nothing/toggle"),
        ("DELETE", "/accounts/nothing"),
        ("POST", "/accounts/00000000-0000-7000-8000-000000000000/refresh"),
        ("GET", "/nowhere"),
    ],
)
def test_an_id_that_is_none_is_404(visitor: Visitor, method: str, path: str) -> None:
    body = {"json": {"is_active": True} if path.endswith("toggle") else {}} if method in ("PATCH", "POST") else {}
    assert refusal(visitor, method, path, **body)[0] == 404


def test_a_query_id_that_is_none_is_422(visitor: Visitor) -> None:
    assert refusal(visitor, "GET", "/deliveries?content_id=nothing")[0] == 422
    assert refusal(visitor, "GET", "/activity?limit=0")[0] == 422


def test_what_is_not_mine_is_404(running: Running, visitor: Visitor) -> None:
    mine = visitor.save(body="Mine")
    stranger = running.visitor()
    for path in (f"/content/{mine['id']}", f"/content/{mine['id']}/deliveries", f"/deliveries?content_id={mine['id']}"):
        assert refusal(stranger, "GET", path)[0] == 404
    assert refusal(stranger, "PATCH", f"/content/{mine['id']}", json={"body": "Theirs"})[0] == 404
    stranger.close()


def test_an_edit_counts_until_release_and_not_after(visitor: Visitor) -> None:
    at = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    saved = visitor.save(body="Frist", scheduled_at=at)
    assert saved["visibility"] == "scheduled"
    assert visitor.send("PATCH", f"/content/{saved['id']}", json={"body": "First"})["body"] == "First"
    gone = visitor.save(body="Gone")
    visitor.outcomes([gone["id"]], timeout_s=30, progress=lambda d, t: None)
    assert refusal(visitor, "PATCH", f"/content/{gone['id']}", json={"body": "Too late"})[0] == 409


def test_an_idempotency_key_answers_the_same_again(visitor: Visitor) -> None:
    key = {"idempotency-key": "abc"}
    first = visitor.send("POST", "/content", json={"body": "Once"}, headers=key)
    assert visitor.send("POST", "/content", json={"body": "Once"}, headers=key) == first
    assert refusal(visitor, "POST", "/content", json={"body": "Other"}, headers=key)[0] == 409
    assert len(visitor.get("/activity")["items"]) == 1


def test_media_is_known_by_its_bytes(visitor: Visitor) -> None:
    answer = visitor.send("POST", "/media?alt_text=Green", content=png(), headers={"content-type": "video/mp4"})
    assert (answer["kind"], answer["mime"], answer["width"], answer["alt_text"]) == ("image", "image/png", 640, "Green")
    form = visitor.send("POST", "/media", files={"file": ("a.txt", png(), "text/plain")})
    assert form["sha256"] == answer["sha256"]


@pytest.mark.parametrize("data", [b"just words", png()[:200], b"\x89PNG\r\n\x1a\n", b""])
def test_corrupt_or_unsupported_media_is_refused_and_not_kept(running: Running, visitor: Visitor, data: bytes) -> None:
    def kept() -> set[Path]:
        return {path for path in (running.settings.data_dir / "media").rglob("*") if path.is_file()}

    before = kept()
    status, _ = refusal(visitor, "POST", "/media", content=data)
    assert status in (400, 422)
    assert kept() == before


def test_a_signed_link_serves_media_and_a_changed_one_does_not(running: Running, visitor: Visitor) -> None:
    key = visitor.upload(png(), "image/png")
    served = httpx.get(running.signed_link(key, "image/png"))
    assert (served.status_code, served.headers["content-type"], served.content) == (200, "image/png", png())
    assert "sandbox" in served.headers["content-security-policy"]
    for signature in ("x", "é", "0" * 64):
        changed = {"type": "image/png", "expires": 9999999999, "signature": signature}
        assert httpx.get(f"{running.web}/media/{key}", params=changed).status_code == 403
    assert httpx.get(running.signed_link(key, "image/png").replace("image%2Fpng", "text%2Fhtml")).status_code == 403
    assert httpx.get(running.signed_link(key, "image/png", valid_for=timedelta(seconds=-1))).status_code == 403
    assert httpx.get(f"{running.web}/media/{key}").status_code == 401


def test_a_signed_link_to_media_that_is_gone_is_not_found(running: Running) -> None:
    answer = httpx.get(running.signed_link("user/gone", "image/png"))
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_errors_are_problem_documents_even_for_the_wrong_method(running: Running) -> None:
    answer = httpx.put(f"{running.web}/content", json={})
    assert (answer.status_code, answer.headers["content-type"]) == (405, "application/problem+json")


def test_the_openapi_document_names_every_path(running: Running) -> None:
    paths = set(httpx.get(f"{running.web}/schema/openapi.json").json()["paths"])
    promised = {
        "/auth/login", "/auth/refresh", "/auth/logout", "/oauth/{platform}/authorize", "/oauth/{platform}/callback",
        "/accounts", "/accounts/{account_id}/toggle", "/accounts/{account_id}", "/accounts/{account_id}/refresh",
        "/content", "/content/{content_id}", "/content/{content_id}/deliveries", "/content/{content_id}/resend",
        "/deliveries", "/deliveries/{delivery_id}/retry", "/media", "/activity", "/health",
    }  # fmt: skip
    assert promised <= paths


def test_health_tells_lag_and_that_a_worker_polls(running: Running) -> None:
    answer = httpx.get(f"{running.web}/health")
    assert answer.status_code == 200
    body = answer.json()
    assert body["worker"]["polling"] is True
    assert body["queue"]["lag_seconds"] >= 0


def test_the_first_page_lists_the_calls(running: Running) -> None:
    page = httpx.get(f"{running.web}/calls").text
    assert "/content/{content_id}/resend" in page
    assert "Sandbox." in page


def test_unlinked_is_refused_in_words(visitor: Visitor) -> None:
    with pytest.raises(CommandError, match="There is no such account"):
        visitor.send("DELETE", "/accounts/00000000-0000-7000-8000-000000000000")


def test_undo_sends_nothing(running: Running, visitor: Visitor) -> None:
    visitor.link(FACEBOOK)
    saved = visitor.save(body="Undone in time", hold_seconds=30)
    canceled = visitor.send("POST", f"/content/{saved['id']}/cancel")
    assert (canceled["nothing_sent"], canceled["deliveries"]) == (True, [])
    assert canceled["content"]["canceled_at"]
    assert visitor.get(f"/content/{saved['id']}")["release_at"] is None
    visitor.outcomes([visitor.save(body="Saved after it")["id"]], timeout_s=30, progress=lambda done, total: None)
    assert running.posts("Undone in time") == []
    assert refusal(visitor, "PATCH", f"/content/{saved['id']}", json={"body": "x"})[0] == 409


def test_cancel_after_release_tells_the_truth(running: Running, visitor: Visitor) -> None:
    visitor.link(FACEBOOK)
    saved = visitor.save(body="Too late to cancel")
    visitor.outcomes([saved["id"]], timeout_s=30, progress=lambda done, total: None)
    canceled = visitor.send("POST", f"/content/{saved['id']}/cancel")
    assert canceled["nothing_sent"] is False
    assert [item["outcome"] for item in canceled["deliveries"]] == ["already_posted"]
    assert len(running.posts("Too late to cancel")) == 1


def test_the_hold_is_a_setting_of_the_user(visitor: Visitor) -> None:
    assert visitor.get("/me")["hold_is_own"] is False
    assert visitor.send("PATCH", "/me", json={"hold_seconds": 25})["hold_seconds"] == 25
    assert visitor.get("/me") == visitor.get("/me") | {"hold_seconds": 25, "hold_is_own": True}
    assert visitor.send("PATCH", "/me", json={"hold_seconds": None})["hold_is_own"] is False
    assert refusal(visitor, "PATCH", "/me", json={"hold_seconds": 301})[0] == 422
    assert refusal(visitor, "POST", "/content", json={"body": "x", "hold_seconds": -1})[0] == 422
