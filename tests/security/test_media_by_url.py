"""Media by address: fetched from where anybody could, and from nowhere that only we can reach."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address, ip_network
from typing import ClassVar

import pytest
from attrs import define, field
from hypothesis import example, given
from hypothesis import strategies as st

from adapters_persistence.media.addresses import is_public
from adapters_persistence.media.fetching import WebFetcher
from distribution_core.domain.errors import InvalidInputError
from shells.cli.demonstration.samples import picture
from shells.cli.demonstration.visitor import Visitor
from tests.running import Running, running_stack
from tests.web.test_content import refusal

CLOSED = [
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/29", "192.0.2.0/24",
    "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "255.255.255.255/32",
    "::/128", "::1/128", "::ffff:127.0.0.0/104", "::ffff:10.0.0.0/104", "::ffff:169.254.0.0/112", "64:ff9b::/96",
    "64:ff9b:1::/48", "100::/64", "2001::/32", "2001:db8::/32", "2002::/16", "fc00::/7", "fe80::/10", "ff00::/8",
    "fec0::/10", "3fff::/20", "192.88.99.0/24",
]  # fmt: skip
ODD = ["127.1", "2130706433", "0x7f000001", "0177.0.0.1", "[::ffff:7f00:1]", "[::1]", "[fe80::1%25lo]", "localhost", "0"]
LOOKALIKE = ["１２７.0.0.1", "127。0。0。1", "①②⑦.0.0.1", "ｌocalhost"]


@given(st.sampled_from(CLOSED).flatmap(lambda text: st.ip_addresses(network=ip_network(text))))
@example(ip_address("169.254.169.254"))
@example(ip_address("fd00:ec2::254"))
def test_no_closed_range_is_public(address: object) -> None:
    assert not is_public(str(address))


@pytest.mark.parametrize("text", ["1.1.1.1", "8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_what_is_everybodys_is_public(text: str) -> None:
    assert is_public(text)


@pytest.mark.parametrize("text", ["fe80::1%eth0", "2606:4700::1%1", "", "example.com", "1.1.1.1/32", "127.1"])
def test_what_is_no_plain_literal_is_not(text: str) -> None:
    assert not is_public(text)


class _Elsewhere(BaseHTTPRequestHandler):
    """Answers by its path, and remembers who came."""

    asked: ClassVar[list[str]] = []
    leads: ClassVar[dict[str, str]] = {}

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path in self.leads:
            self.send_response(302)
            self.send_header("location", self.leads[self.path])
            self.end_headers()
            return
        data = picture() if self.path == "/picture" else b"<script>alert(1)</script>" * 9
        self.send_response(200 if self.path in ("/picture", "/page", "/endless") else 404)
        self.send_header("content-type", "image/png")
        if self.path != "/endless":
            self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data * (20 if self.path == "/endless" else 1))

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Elsewhere) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@define
class Names:
    """A resolver whose owner says what it likes, each time something else."""

    says: list[Sequence[str]]
    asked: list[str] = field(factory=list)

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return self.says.pop(0) if len(self.says) > 1 else self.says[0]


def fetch(fetcher: WebFetcher, url: str) -> bytes:
    async def read() -> bytes:
        return b"".join([piece async for piece in fetcher.stream(url)])

    return asyncio.run(read())


def refused(fetcher: WebFetcher, url: str) -> str:
    with pytest.raises(InvalidInputError) as error:
        fetch(fetcher, url)
    return str(error.value)


@pytest.mark.parametrize("host", [*ODD, *LOOKALIKE, "169.254.169.254", "10.0.0.1", "192.168.1.1"])
def test_no_spelling_of_a_closed_address_is_fetched(elsewhere: str, host: str) -> None:
    before = len(_Elsewhere.asked)
    told = refused(WebFetcher(bytes_max=10**6, plain=True), f"http://{host}/picture")
    assert told == "This address can't be fetched from here."
    assert len(_Elsewhere.asked) == before


def test_a_name_is_refused_if_one_of_its_addresses_is_closed() -> None:
    for says in (["1.1.1.1", "127.0.0.1"], ["::ffff:10.0.0.1"], [], ["not an address"]):
        names = Names([says])
        assert "can't be fetched" in refused(WebFetcher(bytes_max=10**6, resolve=names.resolve), "https://rebind.test/x")


def test_a_name_that_answers_otherwise_a_moment_later_leads_nowhere_else(elsewhere: str) -> None:
    """It is asked once for each connection, and each answer is judged: what was good a moment ago counts for nothing."""
    port = elsewhere.rpartition(":")[2]
    _Elsewhere.leads["/again"] = f"http://rebind.test:{port}/picture"
    good = Names([["127.0.0.1"]])
    url = f"http://rebind.test:{port}/again"
    assert fetch(WebFetcher(bytes_max=10**6, loopback=True, resolve=good.resolve), url) == picture()
    assert good.asked == ["rebind.test", "rebind.test"]
    turns = Names([["127.0.0.1"], ["10.0.0.1"]])
    assert "can't be fetched" in refused(WebFetcher(bytes_max=10**6, loopback=True, resolve=turns.resolve), url)
    assert turns.asked == ["rebind.test", "rebind.test"]


@pytest.mark.parametrize(
    "to", ["http://169.254.169.254/latest/meta-data/", "http://10.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1/", "/leads"]
)
def test_each_address_that_is_led_on_to_is_judged(elsewhere: str, to: str) -> None:
    _Elsewhere.leads["/leads"] = to
    told = refused(WebFetcher(bytes_max=10**6, loopback=True), f"{elsewhere}/leads")
    assert any(words in told for words in ("can't be fetched", "https://", "leads on"))


def test_what_is_too_large_is_left_in_the_middle(elsewhere: str) -> None:
    fetcher = WebFetcher(bytes_max=1_000, loopback=True)
    assert "larger" in refused(fetcher, f"{elsewhere}/picture")
    assert "larger" in refused(fetcher, f"{elsewhere}/endless")


def test_no_user_no_other_scheme_and_no_plain_http_unless_it_is_set() -> None:
    strict = WebFetcher(bytes_max=10**6)
    assert "user or password" in refused(strict, "https://me:secret@example.com/x")
    assert "https://" in refused(strict, "http://example.com/x")
    assert "https://" in refused(strict, "ftp://example.com/x")


@pytest.fixture(scope="module")
def open_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_stack(tmp_path_factory.mktemp("by-url"), SIMULCAST_MEDIA_URLS="loopback") as running:
        yield running


def test_content_takes_media_by_address_once(open_house: Running, elsewhere: str) -> None:
    visitor: Visitor = open_house.visitor()
    body = {"body": "By address", "media_assets": [{"key": f"{elsewhere}/picture", "alt_text": "A harbour"}]}
    before = _Elsewhere.asked.count("/picture")
    first = visitor.send("POST", "/content", json=body, headers={"idempotency-key": "one"})
    assert visitor.send("POST", "/content", json=body, headers={"idempotency-key": "one"}) == first
    assert _Elsewhere.asked.count("/picture") == before + 1
    (asset,) = visitor.get(f"/content/{first['id']}")["media_assets"]
    assert (asset["mime"], asset["alt_text"], asset["size_bytes"]) == ("image/png", "A harbour", len(picture()))
    for path, words in (("/page", "no picture"), ("/nothing", "404")):
        status, problem = refusal(visitor, "POST", "/content", json={"body": "x", "media_assets": [elsewhere + path]})
        assert status == 422
        assert words in problem["detail"]
    assert len(visitor.get("/activity")["items"]) == 1
    visitor.close()


def test_nobody_can_tell_a_closed_door_from_a_wall(running: Running, visitor: Visitor) -> None:
    told = {
        refusal(visitor, "POST", "/content", json={"body": "x", "media_assets": [url]})[1]["detail"]
        for url in (
            "https://127.0.0.1/x",
            "https://127.0.0.1:1/x",
            "https://10.9.8.7/x",
            "https://169.254.169.254/x",
            "https://[::1]/",
        )
    }
    assert told == {"This address can't be fetched from here."}
    assert visitor.get("/activity")["items"] == []
