"""Whatever a sign-in is told to come back to, it comes back to the app."""

from urllib.parse import urljoin, urlsplit

from hypothesis import example, given
from hypothesis import strategies as st

from shells.web.routes.sso import HOME, own_path

BASE = "https://posts.example"
PIECES = st.sampled_from(
    [
        "/app",
        "/",
        "//",
        "\\",
        "@",
        ":",
        "?",
        "#",
        "..",
        "%2e",
        "%2f",
        "%5c",
        "\t",
        "\n",
        "evil.example",
        "http:",
        "a",
        "=",
        "&",
        ".",
    ]
)


@given(wanted=st.lists(PIECES, max_size=8).map("".join) | st.text(max_size=30).map(lambda text: f"/app{text}"))
@example(wanted="/app\n")
@example(wanted="/app?next=//evil.example")
def test_it_is_always_a_path_of_the_apps_own(wanted: str) -> None:
    there = BASE + own_path(wanted)
    for read in (urlsplit(there), urlsplit(urljoin(f"{BASE}/auth/oidc/callback", own_path(wanted)))):
        assert (read.scheme, read.netloc, read.fragment) == ("https", "posts.example", "")
        assert read.path == "/app" or read.path.startswith("/app/")
        assert "//" not in read.path
        assert ".." not in read.path
    assert there.isprintable()
    assert own_path(own_path(wanted)) == own_path(wanted)


def test_where_somebody_was_is_kept() -> None:
    for path in ("/app", "/app/", "/app/accounts", "/app/activity?view=failed&q=a%20b+c", "/app/settings?"):
        assert own_path(path) == path
    assert own_path("/auth/logout") == HOME
