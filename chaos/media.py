"""Pictures and videos of the run's own: small, real, and each unlike the others."""

import io
import struct
from fractions import Fraction
from random import Random

import av
from PIL import Image, ImageDraw

_PICTURE_SIZE = (480, 360)
_VIDEO_SIZE = (360, 360)
_LONG_BYTES = 11 * 1024 * 1024
_FRAMES, _FRAMES_PER_SECOND = 80, 25  # LinkedIn and TikTok take three seconds and more


def picture(number: int) -> bytes:
    """A JPEG of discs and bars, other ones for each number."""
    random = Random(f"picture {number}")
    image = Image.new("RGB", _PICTURE_SIZE, _colour(random))
    draw = ImageDraw.Draw(image)
    for _ in range(9):
        x, y, size = random.randrange(400), random.randrange(280), random.randrange(60, 200)
        draw.ellipse([x, y, x + size, y + size], fill=_colour(random))
        draw.rectangle([y, x, y + size, x + size // 4], fill=_colour(random))
    output = io.BytesIO()
    image.save(output, "JPEG", quality=85)
    return output.getvalue()


def video(number: int) -> bytes:
    """A bit over three seconds of MP4 that weighs what LinkedIn wants of one."""
    random = Random(f"video {number}")
    grain = [Image.frombytes("RGB", (90, 90), random.randbytes(90 * 90 * 3)).resize(_VIDEO_SIZE) for _ in range(8)]
    output = io.BytesIO()
    with av.open(output, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=_FRAMES_PER_SECOND)
        stream.width, stream.height = _VIDEO_SIZE
        stream.pix_fmt = "yuv420p"
        stream.options = {"preset": "ultrafast"}
        stream.bit_rate = 500_000
        stream.time_base = Fraction(1, _FRAMES_PER_SECOND)
        for index in range(_FRAMES):
            frame = av.VideoFrame.from_image(grain[index // 4 % len(grain)])  # type: ignore[no-untyped-call]
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return output.getvalue()


def long_video(number: int) -> bytes:
    """The same with a `free` box behind it, which players skip: more than two of TikTok's smallest chunks."""
    data = video(number)
    padding = _LONG_BYTES - len(data)
    return data + struct.pack(">I4s", padding, b"free") + Random(f"padding {number}").randbytes(padding - 8)


def _colour(random: Random) -> tuple[int, int, int]:
    return random.randrange(256), random.randrange(256), random.randrange(256)
