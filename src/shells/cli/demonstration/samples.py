"""A real PNG and a real MP4, made here: nothing is downloaded, nothing is shipped."""

import io
import math
from fractions import Fraction
from random import Random

import av
from PIL import Image, ImageDraw

PICTURE_SIZE = (960, 720)
VIDEO_SIZE = (480, 480)
VIDEO_SECONDS = 4
FRAMES_PER_SECOND = 24


def picture() -> bytes:
    """A PNG of a harbour at dusk."""
    width, height = PICTURE_SIZE
    image = Image.new("RGB", PICTURE_SIZE)
    draw = ImageDraw.Draw(image)
    for y in range(height):
        share = y / height
        draw.line([(0, y), (width, y)], fill=(int(40 + 200 * share), int(50 + 90 * share), int(110 + 20 * share)))
    draw.ellipse([620, 360, 780, 520], fill=(255, 214, 130))
    draw.rectangle([0, 500, width, height], fill=(24, 48, 84))
    random = Random(7)  # noqa: S311 - glitter on water
    for _ in range(900):
        x, y = random.randrange(width), random.randrange(510, height)
        draw.line([(x, y), (x + random.randrange(4, 30), y)], fill=(60 + random.randrange(120), 110, 150))
    draw.polygon([(180, 560), (420, 560), (380, 610), (220, 610)], fill=(120, 40, 30))
    draw.polygon([(300, 360), (300, 550), (410, 550)], fill=(245, 240, 228))
    output = io.BytesIO()
    image.save(output, "PNG")
    return output.getvalue()


def video() -> bytes:
    """Four seconds of MP4: a ball that rolls over grain, so that the file has the weight of a real one."""
    output = io.BytesIO()
    with av.open(output, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=FRAMES_PER_SECOND)
        stream.width, stream.height = VIDEO_SIZE
        stream.pix_fmt = "yuv420p"
        stream.options = {"preset": "ultrafast"}
        stream.bit_rate = 1_500_000
        stream.time_base = Fraction(1, FRAMES_PER_SECOND)
        for number in range(VIDEO_SECONDS * FRAMES_PER_SECOND):
            frame = av.VideoFrame.from_image(_frame(number))  # type: ignore[no-untyped-call]
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return output.getvalue()


def _frame(number: int) -> Image.Image:
    width, height = VIDEO_SIZE
    grain = Random(number).randbytes(64 * 64 * 3)  # noqa: S311 - film grain
    image = Image.blend(
        Image.frombytes("RGB", (64, 64), grain).resize(VIDEO_SIZE), Image.new("RGB", VIDEO_SIZE, (30, 90, 120)), 0.7
    )
    x = 80 + (width - 160) * number / (VIDEO_SECONDS * FRAMES_PER_SECOND)
    y = height / 2 + 120 * math.sin(number / 6)
    ImageDraw.Draw(image).ellipse([x - 60, y - 60, x + 60, y + 60], fill=(255, 200, 60))
    return image
