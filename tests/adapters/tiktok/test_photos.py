"""Pictures made fit for TikTok."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from adapters_platforms.tiktok.photos import fitted, to_jpeg


def encoded(image: Image.Image, kind: str, **how: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


def decoded(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    assert (image.format, image.mode) == ("JPEG", "RGB")
    return image


def near(colour: object, wanted: tuple[int, int, int]) -> bool:
    assert isinstance(colour, tuple)
    return all(abs(have - want) < 12 for have, want in zip(colour, wanted, strict=True))


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "BMP", "TIFF", "JPEG"])
def test_every_kind_becomes_the_same_jpeg_each_time(kind: str) -> None:
    data = encoded(Image.new("RGB", (300, 200), (200, 30, 30)), kind)
    assert to_jpeg(data) == to_jpeg(data)
    image = decoded(to_jpeg(data))
    assert image.size == (300, 200)
    assert near(image.getpixel((150, 100)), (200, 30, 30))


def test_what_was_transparent_is_white() -> None:
    for image in (Image.new("RGBA", (9, 9), (0, 0, 0, 0)), Image.new("LA", (9, 9), (0, 0))):
        assert near(decoded(to_jpeg(encoded(image, "PNG"))).getpixel((4, 4)), (255, 255, 255))


def test_a_moving_picture_gives_its_first_frame() -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert near(decoded(to_jpeg(data)).getpixel((10, 10)), (255, 0, 0))


def test_sixteen_bits_are_scaled_not_cut() -> None:
    grey = Image.new("I;16", (20, 20), 32768)
    assert near(decoded(to_jpeg(encoded(grey, "PNG"))).getpixel((10, 10)), (127, 127, 127))


def test_exif_is_applied_and_gone() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "A camera of somebody's"
    turned = decoded(to_jpeg(encoded(Image.new("RGB", (300, 200)), "JPEG", exif=exif)))
    assert turned.size == (200, 300)
    assert dict(turned.getexif()) == {}
    assert b"camera" not in to_jpeg(encoded(Image.new("RGB", (300, 200)), "JPEG", exif=exif))


def test_print_colours_become_screen_colours() -> None:
    decoded(to_jpeg(encoded(Image.new("CMYK", (20, 20)), "JPEG")))


def test_damage_is_said() -> None:
    with pytest.raises((OSError, ValueError)):
        to_jpeg(b"no picture")


@given(st.integers(1, 20_000), st.integers(1, 20_000))
def test_the_size_fits_and_keeps_its_shape(width: int, height: int) -> None:
    new = fitted(width, height)
    assert min(new) <= 1080
    assert max(new) <= 1920
    assert min(new) >= 1
    assert new[0] <= width
    assert new[1] <= height
    assert (width >= height) == (new[0] >= new[1]) or min(new) == max(new)
    if min(width, height) <= 1080 and max(width, height) <= 1920:
        assert new == (width, height)
