"""What is uploaded tells no place, and what is served is nobody's page."""

from io import BytesIO

import httpx
from PIL import Image

from shells.cli.demonstration.visitor import Visitor
from tests.running import Running

PLACE = b"48.8584 North, at home"


def telling() -> bytes:
    exif, out = Image.Exif(), BytesIO()
    exif.get_ifd(0x8825)[29] = PLACE.decode()
    Image.effect_noise((640, 480), 50).convert("RGB").save(out, "JPEG", exif=exif, comment=PLACE)
    return out.getvalue()


def test_a_pictures_place_reaches_neither_store_nor_platform(running: Running, visitor: Visitor) -> None:
    data = telling()
    assert PLACE in data
    asset = visitor.send("POST", "/media", content=data)
    assert asset["size_bytes"] < len(data)
    kept = [path.read_bytes() for path in (running.settings.data_dir / "media").rglob("*") if path.is_file()]
    assert not [each for each in kept if PLACE in each]
    served = httpx.get(running.signed_link(asset["key"], asset["mime"]))
    assert len(served.content) == asset["size_bytes"]


def test_what_is_served_can_do_nothing_in_a_browser(running: Running, visitor: Visitor) -> None:
    asset = visitor.send("POST", "/media", content=telling())
    headers = httpx.get(running.signed_link(asset["key"], asset["mime"])).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    wrong = httpx.get(running.signed_link(asset["key"], "text/html").replace("text%2Fhtml", "image%2Fjpeg"))
    assert wrong.status_code == 403
