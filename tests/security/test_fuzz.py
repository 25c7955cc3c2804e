"""Whatever reads bytes of somebody else's refuses what it can't read in a word that its caller knows, and nothing else."""

import json
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters_persistence.media.addresses import is_public
from adapters_persistence.media.containers import Container, container_of
from adapters_platforms.manifest import ManifestError, read_manifest
from distribution_core.ports.notices import ForgedNoticeError, Notice
from shells.cli.demonstration.visitor import Visitor
from shells.platform_settings import manifests, platform_keys
from shells.settings import CONFIG_VARIABLE, Settings, SettingsError, load_settings
from shells.system import SystemClock
from tests.running import Running
from tests.security.test_webhooks import READER, signed

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
# As JSON may spell it: halves of a pair of surrogates included, which are no text.
SPELLED = JSON.map(json.dumps) | st.just(r'{"event": "post.publish.x", "user_openid": "\ud800", "content": "\udfff"}')
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class TestWebhook:
    @given(st.dictionaries(st.sampled_from(["tiktok-signature", "x"]), st.text(max_size=120)), st.binary(max_size=300))
    def test_unsigned(self, headers: dict[str, str], body: bytes) -> None:
        with pytest.raises(ForgedNoticeError):
            READER.read(headers, body, SystemClock().now())

    @given(st.binary(max_size=300) | SPELLED.map(str.encode))
    def test_signed_and_senseless(self, body: bytes) -> None:
        found = READER.read(signed(body), body, SystemClock().now())
        assert found is None or isinstance(found, Notice)

    @given(JSON, JSON, JSON)
    def test_signed_with_fields_of_any_kind(self, event: Any, person: Any, content: Any) -> None:
        body = json.dumps({"event": event, "user_openid": person, "content": content}).encode()
        found = READER.read(signed(body), body, SystemClock().now())
        assert found is None or isinstance(found.external_account_id, str)


class TestOverHttp:
    """What a stranger can send to the running product: never a 5xx, never an answer without its own shape."""

    @PATIENT
    @given(
        st.sampled_from(["facebook", "tiktok", "linkedin", "nothing"]),
        st.dictionaries(st.sampled_from(["state", "code", "error", "error_description", "choose", "x"]), st.text(max_size=80)),
    )
    def test_an_oauth_callback(self, running: Running, visitor: Visitor, platform: str, query: dict[str, str]) -> None:
        answer = visitor._client.get(f"/oauth/{platform}/callback", params=query, follow_redirects=False)
        assert answer.status_code < 500, answer.text

    @PATIENT
    @given(st.binary(max_size=300), st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=80))
    def test_a_webhook_and_the_farewells(self, running: Running, body: bytes, signature: str) -> None:
        headers = {"tiktok-signature": signature, "content-type": "application/x-www-form-urlencoded"}
        for path in ("/platforms/tiktok/webhook", "/platforms/facebook/deauthorize", "/platforms/facebook/data-deletion"):
            answer = httpx.post(f"{running.web}{path}", content=body, headers=headers)
            assert 400 <= answer.status_code < 500, answer.text
            assert answer.headers["content-type"] == "application/problem+json"

    @PATIENT
    @given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60))
    def test_a_last_event_id(self, running: Running, visitor: Visitor, position: str) -> None:
        with visitor._client.stream("GET", "/events", headers={"last-event-id": position.strip()}) as answer:
            assert answer.status_code in (200, 429)

    @PATIENT
    @given(SPELLED)
    def test_a_body_of_content(self, running: Running, visitor: Visitor, body: str) -> None:
        headers = {"x-csrf-token": visitor.csrf, "content-type": "application/json"}
        answer = visitor._client.post("/content/preview", content=body.encode(), headers=headers)
        assert answer.status_code in (200, 400, 422), answer.text


class TestSettingsFile:
    @PATIENT
    @given(st.text(max_size=200))
    def test_no_toml(self, tmp_path: Path, text: str) -> None:
        self._read(tmp_path, text)

    @PATIENT
    @given(
        st.dictionaries(
            st.sampled_from([*(field.name for field in Settings.__attrs_attrs__), "unknown", "platforms"]), JSON, max_size=4
        )
    )
    def test_settings_of_any_kind(self, tmp_path: Path, values: dict[str, Any]) -> None:
        self._read(tmp_path, "\n".join(f"{name} = {_toml(value)}" for name, value in values.items()))

    def _read(self, folder: Path, text: str) -> None:
        path = folder / "simulcast.toml"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        with suppress(SettingsError):
            load_settings({CONFIG_VARIABLE: str(path)}, platform_keys=platform_keys(manifests()))


class TestManifest:
    @given(st.text(max_size=200))
    def test_no_toml(self, text: str) -> None:
        with pytest.raises(ManifestError, match="manifest of tests"):
            read_manifest(text, "tests")

    @given(st.data())
    def test_a_real_one_with_a_line_changed(self, data: st.DataObject) -> None:
        text = Path("src/adapters_platforms/linkedin/manifest.toml").read_text("utf-8")
        lines = text.splitlines()
        place = data.draw(st.integers(0, len(lines) - 1))
        name = lines[place].partition("=")[0]
        lines[place] = data.draw(st.just("") | st.text(max_size=40) | JSON.map(lambda value: f"{name}= {_toml(value)}"))
        with suppress(ManifestError):
            assert read_manifest("\n".join(lines), "tests").rules.platform


class TestMedia:
    @PATIENT
    @given(
        st.binary(max_size=400)
        | st.tuples(st.integers(0, 2**32 - 1), st.sampled_from([b"ftyp", b"moov", b"mdat"]), st.binary(max_size=200)).map(
            lambda parts: parts[0].to_bytes(4) + parts[1] + parts[2]
        )
        | st.binary(max_size=200).map(lambda tail: b"\x1a\x45\xdf\xa3" + tail)
    )
    def test_a_container(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "film"
        path.write_bytes(content)
        began = time.monotonic()
        found = container_of(path)
        assert found is None or isinstance(found, Container)
        assert time.monotonic() - began < 5

    @given(st.text(max_size=60) | st.ip_addresses().map(str))
    def test_an_address(self, text: str) -> None:
        assert is_public(text) in (True, False)


def _toml(value: Any) -> str:
    """JSON is TOML in what matters here, but for null and tables in lists."""
    return json.dumps(value).replace("null", '""').replace("{", "[").replace("}", "]").replace(":", ",")
