"""The object store on real servers: every store's promises, uploads in parts, and links that the store signs itself."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import pytest
from obstore.exceptions import BaseError

from adapters_persistence.media.object_store import MediaUrlError, ObjectMediaStore
from adapters_persistence.media.signing import UrlSigner
from distribution_core.testing.media_contract import MediaContract
from distribution_core.testing.memory_clock import MemoryClock
from tests.persistence.object_servers import ACCOUNT_KEY, SECRET_KEY, ObjectServer, azurite, seaweedfs

__all__ = ["azurite", "seaweedfs"]
pytestmark = pytest.mark.anyio
SIGNER = UrlSigner(b"k" * 32, "https://posts.example")
MINUTE = timedelta(minutes=1)
PART = bytes(range(256)) * 4096 * 6  # 6 MiB: more than one part of an upload


@pytest.fixture(params=["seaweedfs", "azurite"])
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> ObjectServer:
    """A running store, which this test opens by its environment."""
    running: ObjectServer = request.getfixturevalue(request.param)
    for name, value in running.environment.items():
        monkeypatch.setenv(name, value)
    return running


def opened(server: ObjectServer) -> ObjectMediaStore:
    """A store on a folder of its own."""
    return ObjectMediaStore.open(f"{server.url}/{uuid4().hex}", SIGNER, MemoryClock(), links="store")


@pytest.fixture
def store(server: ObjectServer) -> ObjectMediaStore:
    return opened(server)


class TestObjectStores(MediaContract):
    """What every store promises, on S3 and Azure Blob."""


async def parts(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def breaking_off(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk
    raise ConnectionResetError("the sender is gone")


async def test_a_link_that_the_store_signs_serves_the_bytes_with_their_type(store: ObjectMediaStore) -> None:
    await store.put("ada/film", parts(PART, PART, b"end"), "video/mp4")
    url = await store.public_url("ada/film", "video/mp4", MINUTE)
    async with httpx.AsyncClient() as client:
        whole = await client.get(url)
        some = await client.get(url, headers={"range": "bytes=2-5"})
    assert (whole.status_code, whole.headers["content-type"], len(whole.content)) == (200, "video/mp4", 2 * len(PART) + 3)
    assert whole.content == PART + PART + b"end"
    assert (some.status_code, some.content) == (206, PART[2:6])


async def test_a_link_opens_nothing_else_and_not_for_ever(store: ObjectMediaStore) -> None:
    await store.put("ada/one", parts(b"one"), "image/png")
    await store.put("ada/two", parts(b"two"), "image/png")
    url = await store.public_url("ada/one", "image/png", MINUTE)
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    signature = "X-Amz-Signature" if "X-Amz-Signature" in query else "sig"
    bare = url.partition("?")[0]
    async with httpx.AsyncClient() as client:
        assert (await client.get(url)).content == b"one"
        for wrong in (
            url.replace("/ada/one", "/ada/two"),
            bare,
            str(httpx.URL(bare, params=query | {signature: "A" * len(query[signature])})),
        ):
            assert (await client.get(wrong)).status_code in (400, 403, 404), wrong.partition("?")[0]
        assert (await client.put(url, content=b"mine")).status_code in (400, 403)
    assert await store.read("ada/one", 0, 10) == b"one"


async def test_a_link_ends(store: ObjectMediaStore) -> None:
    await store.put("ada/one", parts(b"one"), "image/png")
    url = await store.public_url("ada/one", "image/png", timedelta(seconds=2))
    async with httpx.AsyncClient() as client, asyncio.timeout(30):
        assert (await client.get(url)).content == b"one"
        while (await client.get(url)).status_code == 200:  # noqa: ASYNC110 - the store's clock rings no event
            await asyncio.sleep(0.2)
        assert (await client.get(url)).status_code == 403


async def test_an_upload_that_breaks_off_leaves_no_parts_behind(seaweedfs: ObjectServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in seaweedfs.environment.items():
        monkeypatch.setenv(name, value)
    store = opened(seaweedfs)
    with pytest.raises(ConnectionResetError):
        await store.put("ada/film", breaking_off(PART, PART), "video/mp4")
    async with httpx.AsyncClient(headers={"accept": "application/json"}) as client:
        left = await client.get(f"{seaweedfs.listing}.uploads/")
    assert left.status_code == 404 or not left.json().get("Entries"), left.text


async def test_the_wrong_key_is_refused_and_told_without_it(server: ObjectServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another secret")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", "YW5vdGhlciBzZWNyZXQ=")
    store = opened(server)
    with pytest.raises(BaseError) as refused:
        await store.put("ada/one", parts(b"one"), "image/png")
    shown = f"{refused.value} {refused.value!r} {store!r}"
    for secret in ("another secret", "YW5vdGhlciBzZWNyZXQ=", SECRET_KEY, ACCOUNT_KEY):
        assert secret not in shown


def test_a_store_is_shown_without_its_keys(store: ObjectMediaStore) -> None:
    assert SECRET_KEY not in repr(store)
    assert ACCOUNT_KEY not in repr(store)


@pytest.mark.parametrize(
    "url", ["s3://key:hidden@bucket", "s3://bucket?aws_secret_access_key=hidden", "az://media?sig=hidden", "gs://bucket#hidden"]
)
def test_a_url_with_keys_in_it_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(MediaUrlError, match="by the environment") as refused:
        ObjectMediaStore.open(url, SIGNER, MemoryClock())
    assert "hidden" not in str(refused.value)


def test_a_folder_signs_no_links_of_its_own() -> None:
    with pytest.raises(MediaUrlError, match="media_links"):
        ObjectMediaStore.open("file:///var/lib/simulcast/media", SIGNER, MemoryClock(), links="store")


async def test_a_store_that_is_out_is_told_of_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "any")
    monkeypatch.setenv("AWS_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    store = ObjectMediaStore.open("s3://media", SIGNER, MemoryClock())
    async with asyncio.timeout(40):
        with pytest.raises(BaseError):
            await store.read("ada/one", 0, 1)
