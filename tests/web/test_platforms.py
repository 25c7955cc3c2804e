"""GET /platforms and what GET /accounts adds: enough for a page to say what to do, and no secret."""

from pathlib import Path

from shells.cli.demonstration.visitor import Consent, Visitor
from shells.platform_diagnosis import diagnose
from shells.settings import load_settings
from tests.running import Running
from tests.web.test_content import FACEBOOK


def test_platforms_say_what_they_take_and_what_to_register(running: Running, visitor: Visitor) -> None:
    found = {platform["id"]: platform for platform in visitor.get("/platforms")["platforms"]}
    assert set(found) == {"facebook", "linkedin", "tiktok"}
    assert all(platform["sandboxed"] and platform["configured"] for platform in found.values())
    assert [app["name"] for app in found["linkedin"]["apps"] if app["is_default"]] == ["member"]
    assert found["linkedin"]["apps"][0]["redirect_uri"] == f"{running.web}/oauth/linkedin/callback"
    assert found["linkedin"]["rules"]["text_unit"] == "escaped"
    assert found["tiktok"]["rules"]["images"]["converted_to"] == "image/jpeg"
    assert "SELF_ONLY" in (found["tiktok"]["rules"]["options"]["privacy_level"])


def test_an_account_tells_its_last_post_and_how_long_it_stays_open(visitor: Visitor) -> None:
    visitor.link(FACEBOOK)
    visitor.link(Consent(platform="tiktok", person="o-ben"))
    saved = visitor.save(body="The last one")
    (delivery,) = visitor.outcomes([saved["id"]], timeout_s=30, progress=lambda d, t: None)[saved["id"]]["deliveries"]
    page, creator = visitor.get("/accounts")["accounts"]
    assert page["last_post"] == {
        "at": delivery["finished_at"],
        "content_id": saved["id"],
        "delivery_id": delivery["id"],
        "permalink": delivery["permalink"],
    }
    assert (page["app"], page["token_renews"], page["access_ends_at"], page["missing_scopes"]) == ("pages", True, None, [])
    assert creator["last_post"] is None
    assert creator["token_renews"]
    assert creator["access_ends_at"] > creator["token_expires_at"]
    assert page["look_url"].endswith("/facebook/timeline/5550001")


def test_what_an_app_lacks_is_named_without_its_values(tmp_path: Path) -> None:
    settings = load_settings(
        {
            "SIMULCAST_DATA_DIR": str(tmp_path),
            "SIMULCAST_PUBLIC_BASE_URL": "http://posts.example",
            "SIMULCAST_LINKEDIN_CLIENT_ID": "an id",
            "SIMULCAST_TIKTOK_CLIENT_ID": "another",
            "SIMULCAST_TIKTOK_CLIENT_SECRET": "very secret",
        },
        platform_keys={"linkedin": frozenset({"client_id"}), "tiktok": frozenset({"client_id", "client_secret"})},
    )
    found = {(app.platform, app.app): app for app in diagnose(settings)}
    member = found["linkedin", "member"]
    assert (member.configured, [lack.setting for lack in member.lacks]) == (
        False,
        ["SIMULCAST_LINKEDIN_CLIENT_SECRET", None, "SIMULCAST_PUBLIC_BASE_URL"],
    )
    assert member.redirect_uri == "http://posts.example/oauth/linkedin/callback"
    assert found["linkedin", "community"].lacks[0].setting == "SIMULCAST_LINKEDIN_COMMUNITY_CLIENT_ID"
    creator = found["tiktok", "creator"]
    assert (creator.configured, [lack.code for lack in creator.lacks]) == (True, ["redirect_uri_insecure"])
    assert "very secret" not in repr(found)
