"""The whole product with its media in S3: uploaded in parts, sent to platforms, and linked to by the store itself."""

from collections.abc import Iterator

import httpx
import pytest

from tests.persistence.object_servers import ObjectServer, seaweedfs
from tests.running import Running, running_stack
from tests.web.test_content import FACEBOOK, png

__all__ = ["seaweedfs"]


@pytest.fixture
def on_s3(tmp_path_factory: pytest.TempPathFactory, seaweedfs: ObjectServer) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("on_s3")
    settings = {"SIMULCAST_MEDIA_URL": f"{seaweedfs.url}/stack", "SIMULCAST_MEDIA_LINKS": "store"}
    with running_stack(folder, **settings, **seaweedfs.environment) as running:
        yield running
    assert not list(folder.glob("media/*")), "nothing was kept beside the bucket"


def test_a_picture_goes_from_the_bucket_to_the_platform(
    on_s3: Running, seaweedfs: ObjectServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in seaweedfs.environment.items():
        monkeypatch.setenv(name, value)
    visitor = on_s3.visitor()
    visitor.link(FACEBOOK)
    picture = png()
    key = visitor.upload(picture, "image/png")
    saved = visitor.save(body="From the bucket", media_assets=[key])
    (delivery,) = visitor.outcomes([saved["id"]], timeout_s=60, progress=lambda done, total: None)[saved["id"]]["deliveries"]
    assert delivery["status"] == "success"
    assert len(on_s3.posts("From the bucket")) == 1
    link = httpx.get(on_s3.signed_link(key, "image/png"))
    assert (link.content, link.headers["content-type"]) == (picture, "image/png")
    policy = dict(
        part.strip().split(" ", 1) for part in httpx.get(f"{on_s3.web}/app").headers["content-security-policy"].split(";")
    )
    store = f"http://{httpx.URL(on_s3.signed_link(key, 'image/png')).netloc.decode()}"
    assert store in policy["img-src"].split(), "a browser may show what the bucket's link leads to"
    assert store in policy["media-src"].split()
    visitor.close()
