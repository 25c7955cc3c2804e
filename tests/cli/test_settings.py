"""Settings from the environment and one file: what is taken, and each refusal in one line."""

from pathlib import Path

import attrs
import pytest

from adapters_persistence.ledger.engine import DatabaseUrlError, async_url
from distribution_core.domain.secret import Secret
from shells.platform_settings import manifests, platform_keys, structure
from shells.settings import Settings, SettingsError, load_settings
from tests.cli.conftest import GOOD_KEY, Run, one_line

FOUND = manifests()
KEYS = platform_keys(FOUND)


def _read(text: str, tmp_path: Path, **environment: str) -> Settings:
    file = tmp_path / "simulcast.toml"
    file.write_text(text)
    return load_settings({"SIMULCAST_CONFIG": str(file), **environment}, platform_keys=KEYS)


def test_nothing_set_is_every_default_in_the_data_folder() -> None:
    settings = load_settings({"HOME": "/nowhere"}, platform_keys=KEYS)
    assert settings == Settings()
    assert settings.effective_database_url == f"sqlite:///{Path('var/simulcast.db').resolve()}"
    assert settings.effective_media_url == Path("var/media").resolve().as_uri()


def test_the_environment_is_text_of_every_kind() -> None:
    settings = load_settings(
        {
            "SIMULCAST_DATA_DIR": "/srv/simulcast",
            "SIMULCAST_KEY": GOOD_KEY,
            "SIMULCAST_PORT": "8123",
            "SIMULCAST_HOLD_SECONDS": "0.5",
            "SIMULCAST_NEW_ACCOUNTS_ACTIVE": "Off",
            "SIMULCAST_PUBLIC_BASE_URL": "https://posts.example/",
            "SIMULCAST_FACEBOOK_CLIENT_ID": "1",
            "SIMULCAST_LINKEDIN_COMMUNITY_CLIENT_ID": "2",
        },
        platform_keys=KEYS,
    )
    assert (settings.data_dir, settings.port, settings.hold_seconds) == (Path("/srv/simulcast"), 8123, 0.5)
    assert settings.key == Secret(GOOD_KEY)
    assert not settings.new_accounts_active
    assert settings.public_base_url == "https://posts.example"
    assert settings.secure_cookies
    assert settings.platforms == {"facebook": {"client_id": "1"}, "linkedin": {"community_client_id": "2"}}


@pytest.mark.parametrize("word", ["true", "TRUE", "1", "yes", "on", "false", "0", "no", "off"])
def test_true_and_false_have_many_words(word: str) -> None:
    settings = load_settings({"SIMULCAST_NEW_ACCOUNTS_ACTIVE": word}, platform_keys=KEYS)
    assert settings.new_accounts_active is (word.lower() in ("true", "1", "yes", "on"))


def test_an_empty_key_is_no_key() -> None:
    assert load_settings({"SIMULCAST_KEY": ""}, platform_keys=KEYS).key is None


def test_the_environment_wins_over_the_file_setting_by_setting(tmp_path: Path) -> None:
    text = "port = 8123\nhold_seconds = 2\nnew_accounts_active = false\n"
    text += '[platforms.tiktok]\nclient_id = "file"\nchunk_bytes = 6000000\n'
    settings = _read(text, tmp_path, SIMULCAST_PORT="8200", SIMULCAST_TIKTOK_CLIENT_ID="environment")
    assert (settings.port, settings.hold_seconds, settings.new_accounts_active) == (8200, 2.0, False)
    assert settings.platforms == {"tiktok": {"client_id": "environment", "chunk_bytes": "6000000"}}


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PROT", "1", "SIMULCAST_PROT is no setting"),
        ("FACEBOOK_PASSWORD", "1", "SIMULCAST_FACEBOOK_PASSWORD is no setting"),
        ("FACEBOOK", "1", "SIMULCAST_FACEBOOK is no setting"),
        ("PLATFORMS", "facebook", "SIMULCAST_PLATFORMS is no setting"),
        ("PORT", "", "SIMULCAST_PORT: '' is not a whole number"),
        ("PORT", "8e3", "SIMULCAST_PORT: '8e3' is not a whole number"),
        ("PORT", "0", "SIMULCAST_PORT is from 1 to 65535, not 0"),
        ("PORT", "65536", "SIMULCAST_PORT is from 1 to 65535"),
        ("HOLD_SECONDS", "-1", "SIMULCAST_HOLD_SECONDS is from 0 "),
        ("HOLD_SECONDS", "nan", "SIMULCAST_HOLD_SECONDS is from 0 "),
        ("LEASE_SECONDS", "inf", "SIMULCAST_LEASE_SECONDS is from 1 "),
        ("BACKOFF_SECONDS", "1e300", "SIMULCAST_BACKOFF_SECONDS is from 1 "),
        ("ACCESS_TOKEN_MINUTES", "999999999999999", "SIMULCAST_ACCESS_TOKEN_MINUTES is from 1 "),
        ("WORKER_CONCURRENCY", "0", "SIMULCAST_WORKER_CONCURRENCY is from 1 "),
        ("NEW_ACCOUNTS_ACTIVE", "maybe", "SIMULCAST_NEW_ACCOUNTS_ACTIVE: 'maybe' is not true or false"),
        ("PUBLIC_BASE_URL", "example.com", "SIMULCAST_PUBLIC_BASE_URL starts with http"),
        ("SANDBOX_URL", "ftp://x", "SIMULCAST_SANDBOX_URL starts with http"),
        ("LOG_LEVEL", "loud", "SIMULCAST_LOG_LEVEL is debug, info, warning or error"),
        ("CONFIG", "/nowhere.toml", "/nowhere.toml can't be read"),
        ("CONFIG", "/", "/ can't be read"),
    ],
)
def test_what_the_environment_gets_wrong_is_named(name: str, value: str, words: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings({f"SIMULCAST_{name}": value}, platform_keys=KEYS)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("port = ", "is no TOML"),
        ("prot = 1", "prot is no setting"),
        ("port = 8000.5", "SIMULCAST_PORT: 8000.5 is not a whole number"),
        ("port = true", "SIMULCAST_PORT: True is not a whole number"),
        ("port = [8000]", "SIMULCAST_PORT: [8000] is not a whole number"),
        ("host = 127", "SIMULCAST_HOST: 127 is not text"),
        ("data_dir = 5", "SIMULCAST_DATA_DIR: 5 is not a path"),
        ("new_accounts_active = 2", "SIMULCAST_NEW_ACCOUNTS_ACTIVE: 2 is not true or false"),
        ("hold_seconds = 1979-05-27", "SIMULCAST_HOLD_SECONDS"),
        ('platforms = "all"', "platforms holds a table for each platform"),
        ("[platforms]\nfacebook = 1", "platforms.facebook is no platform"),
        ("[platforms.friendster]\nx = 1", "platforms.friendster is no platform; there are facebook, linkedin, tiktok"),
        ("[platforms.facebook]\npassword = 1", "platforms.facebook.password is no setting of facebook"),
        ('[platforms.facebook]\nclient_id = ["1"]', "platforms.facebook.client_id is a text or a number"),
        ("[platforms.facebook]\nclient_id = true", "platforms.facebook.client_id is a text or a number"),
    ],
)
def test_what_the_file_gets_wrong_is_named(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        _read(text, tmp_path)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "simulcast.toml"
    file.write_bytes(b"host = '\xff'")
    with pytest.raises(SettingsError, match="not UTF-8"):
        load_settings({"SIMULCAST_CONFIG": str(file)}, platform_keys=KEYS)


@pytest.mark.parametrize("text", ["key = 17", 'key = ["hush-hush"]', "key = {hush = 'hush-hush'}"])
def test_a_key_of_the_wrong_kind_is_refused_without_being_shown(text: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        _read(text, tmp_path)
    assert "SIMULCAST_KEY: its value is not usable" in str(refused.value)


def test_settings_show_no_secret() -> None:
    settings = load_settings(
        {
            "SIMULCAST_KEY": "hush-hush",
            "SIMULCAST_DATABASE_URL": "postgresql://u:hush-hush@h/x",
            "SIMULCAST_MEDIA_URL": "az://hush-hush",
            "SIMULCAST_FACEBOOK_CLIENT_SECRET": "hush-hush",
        },
        platform_keys=KEYS,
    )
    assert "hush-hush" not in repr(settings)
    own = structure(FOUND["facebook"], {"client_id": "1", **settings.platforms["facebook"]}, "")
    assert own.apps["pages"].client_secret == Secret("hush-hush")
    assert "hush-hush" not in repr(own)


class TestPlatformSettings:
    """What a platform's own names lead to."""

    def test_credentials_count_in_pairs_and_by_app(self) -> None:
        own = {"client_id": "1", "client_secret": "s", "community_client_id": "2"}
        assert set(structure(FOUND["linkedin"], own, "").apps) == {"member"}
        assert set(structure(FOUND["linkedin"], own | {"community_client_secret": "t"}, "").apps) == {"member", "community"}

    def test_addresses_version_and_options_replace_the_manifests(self) -> None:
        settings = structure(
            FOUND["facebook"], {"graph_url": "http://127.0.0.1:9", "api_version": "v30.0", "post_flow": "direct"}, ""
        )
        assert settings.base_urls == {"graph": "http://127.0.0.1:9"}
        assert (settings.api_version, settings.options) == ("v30.0", {"post_flow": "direct"})
        assert not settings.sandboxed

    @pytest.mark.parametrize("platform", sorted(FOUND))
    def test_the_sandbox_takes_the_place_of_every_address_and_app(self, platform: str) -> None:
        manifest = FOUND[platform]
        real = {"client_id": "real", "client_secret": "real"} | {
            f"{key}_url": "https://real.example" for key in manifest.base_urls
        }
        settings = structure(manifest, real, "http://127.0.0.1:8001")
        assert settings.sandboxed
        assert set(settings.base_urls) == set(manifest.base_urls)
        assert all(url.startswith("http://127.0.0.1:8001/") for url in settings.base_urls.values())
        assert set(settings.apps) == set(manifest.apps)
        assert "real" not in {app.client_id for app in settings.apps.values()}

    def test_an_address_that_is_none_is_refused(self) -> None:
        with pytest.raises(SettingsError, match="SIMULCAST_LINKEDIN_API_URL starts with http"):
            structure(FOUND["linkedin"], {"api_url": "api.linkedin.com"}, "")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "can't be read"),
        ("var/simulcast.db", "can't be read"),
        ("oracle://x", "oracle is no database"),
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
        ("postgresql://u:hush@h:hush/x", "can't be read"),
    ],
)
def test_a_database_url_that_can_not_be_used_is_refused_in_words(url: str, words: str) -> None:
    with pytest.raises(DatabaseUrlError) as refused:
        async_url(url)
    assert words in str(refused.value)
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("SIMULCAST_LEASE_SECONDS", "inf", "SIMULCAST_LEASE_SECONDS"),
        ("SIMULCAST_DATABASE_URL", "postgresql://u:hush@h:hush/x", "database URL"),
        ("SIMULCAST_LINKEDIN_API_URL", "api.linkedin.com", "SIMULCAST_LINKEDIN_API_URL"),
        ("SIMULCAST_OIDC_ISSUER", "https://login.example.com", "SIMULCAST_OIDC_CLIENT_ID"),
        ("SIMULCAST_OIDC_SCOPES", "email", "openid"),
    ],
)
def test_what_only_a_process_would_meet_is_one_line_and_exit_2(run: Run, name: str, value: str, words: str) -> None:
    refused = run("worker", **{name: value})
    assert refused.returncode == 2
    assert words in one_line(refused.stderr)
    assert "hush" not in refused.stderr


def test_the_file_can_hold_every_setting(tmp_path: Path) -> None:
    names = {attribute.name for attribute in attrs.fields(Settings)} - {
        "platforms",
        "key",
        "broker_url",
        "metrics_token",
        "oidc_client_secret",
        "key_file",
        "key_service_token",
    }
    default = Settings()
    lines = []
    for name in sorted(names):
        value = getattr(default, name)
        lines.append(f"{name} = {str(value).lower() if isinstance(value, bool | int | float) else repr(str(value))}")
    assert _read("\n".join(lines), tmp_path) == default
