"""Signed links: good for one file, one type and one time; any change and they are good for nothing."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from adapters_persistence.media.signing import SignatureError, UrlSigner

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SIGNER = UrlSigner(bytes(range(32)), "https://simulcast.test")


def parts(url: str) -> tuple[str, str, int, str]:
    """(key, type, expires, signature) as the web shell reads them off a link."""
    split = urlsplit(url)
    asked = {name: values[0] for name, values in parse_qs(split.query).items()}
    return split.path.removeprefix("/media/"), asked["type"], int(asked["expires"]), asked["signature"]


@pytest.mark.parametrize("mime", ["image/png", "image/svg+xml", "video/mp4; codecs=a&b"])
def test_a_link_is_good_as_it_was_made(mime: str) -> None:
    url = SIGNER.sign("user/file", mime, NOW, HOUR)
    assert url.startswith("https://simulcast.test/media/user/file?")
    key, read, expires, signature = parts(url)
    assert (key, read) == ("user/file", mime)
    SIGNER.check(key, read, expires, signature, NOW)


@pytest.mark.parametrize(
    ("later", "good"), [(timedelta(), True), (HOUR, True), (HOUR + timedelta(seconds=1), False), (timedelta(days=400), False)]
)
def test_a_link_is_good_until_its_time_and_no_longer(later: timedelta, good: bool) -> None:
    key, mime, expires, signature = parts(SIGNER.sign("user/file", "image/png", NOW, HOUR))
    if good:
        SIGNER.check(key, mime, expires, signature, NOW + later)
        return
    with pytest.raises(SignatureError, match="expired"):
        SIGNER.check(key, mime, expires, signature, NOW + later)


@pytest.mark.parametrize(
    ("key", "mime", "expires"),
    [
        ("user/other", "image/png", 0),
        ("user/fil", "image/png", 0),
        ("User/file", "image/png", 0),
        ("user/file", "text/html", 0),
        ("user/file", "", 0),
        ("user/file", "image/png", 1),
        ("user/file", "image/png", 10**12),
        ("user/fileimage/", "png", 0),
    ],
)
def test_a_link_with_anything_changed_is_refused(key: str, mime: str, expires: int) -> None:
    _, _, good_until, signature = parts(SIGNER.sign("user/file", "image/png", NOW, HOUR))
    with pytest.raises(SignatureError, match="not made here"):
        SIGNER.check(key, mime, good_until + expires, signature, NOW)


def test_an_expired_link_with_a_changed_signature_is_not_called_expired() -> None:
    """What has expired is only said of links that were made here."""
    with pytest.raises(SignatureError, match="not made here"):
        SIGNER.check("user/file", "image/png", 0, "0" * 64, NOW)


@pytest.mark.parametrize("change", ["", "upper", "cut", "longer", "é", "\u0660", "bit"])
def test_a_changed_signature_is_refused_and_never_an_error_of_ours(change: str) -> None:
    key, mime, expires, signature = parts(SIGNER.sign("user/file", "image/png", NOW, HOUR))
    changed = {
        "upper": signature.upper(),
        "cut": signature[:-1],
        "longer": signature + "0",
        "bit": signature[:-1] + ("0" if signature[-1] != "0" else "1"),
    }.get(change, change)
    assert changed != signature
    with pytest.raises(SignatureError, match="not made here"):
        SIGNER.check(key, mime, expires, changed, NOW)


def test_another_key_signs_otherwise() -> None:
    key, mime, expires, signature = parts(UrlSigner(bytes(32), SIGNER.base_url).sign("user/file", "image/png", NOW, HOUR))
    with pytest.raises(SignatureError):
        SIGNER.check(key, mime, expires, signature, NOW)


def test_the_key_does_not_show() -> None:
    assert repr(SIGNER) == "UrlSigner(base_url='https://simulcast.test')"
