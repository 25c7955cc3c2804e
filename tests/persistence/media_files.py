"""Real pictures and videos, made small, and pictures that are hostile."""

import struct
import zlib
from io import BytesIO
from pathlib import Path

import av
from PIL import Image

WIDTH, HEIGHT, FRAMES, RATE = 64, 48, 10, 10


def picture(kind: str) -> bytes:
    """A picture of noise, so that it does not shrink to nothing. MPO holds two."""
    out = BytesIO()
    more = {"save_all": True, "append_images": [Image.new("RGB", (WIDTH, HEIGHT), "blue")]} if kind == "MPO" else {}
    Image.effect_noise((WIDTH, HEIGHT), 50).convert("RGB").save(out, kind, **more)
    return out.getvalue()


def video(folder: Path, container: str, codec: str = "mpeg4", **flags: str) -> bytes:
    """One second of noise. A file, because some layouts are written by reading back."""
    path = folder / f"made.{container}"
    with av.open(str(path), "w", format=container, options=flags) as target:
        stream = target.add_stream(codec, rate=RATE)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for _ in range(FRAMES):
            frame = av.VideoFrame.from_image(Image.effect_noise((WIDTH, HEIGHT), 50).convert("RGB"))
            target.mux(stream.encode(frame))
        target.mux(stream.encode())
    return path.read_bytes()


def song(*, cover: bool) -> bytes:
    """An MP4 with sound alone, or with a still picture as its cover."""
    out = BytesIO()
    with av.open(out, "w", format="mp4") as target:
        stream = target.add_stream("aac", rate=44_100)
        art = target.add_stream("mjpeg", rate=1) if cover else None
        if art is not None:
            art.width, art.height, art.pix_fmt = WIDTH, HEIGHT, "yuvj420p"
            art.disposition = av.stream.Disposition.attached_pic
        frame = av.AudioFrame(format="fltp", layout="mono", samples=1024)
        frame.sample_rate = 44_100
        frame.planes[0].update(bytes(frame.planes[0].buffer_size))
        for _ in range(20):
            target.mux(stream.encode(frame))
        target.mux(stream.encode())
        if art is not None:
            target.mux(art.encode(av.VideoFrame.from_image(Image.new("RGB", (WIDTH, HEIGHT), "red"))))
            target.mux(art.encode())
    return out.getvalue()


def png_of(width: int, height: int) -> bytes:
    """A black PNG of one bit a pixel: gigabytes of picture in a few kilobytes of file."""
    packer = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    packed = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
        + _chunk(b"IDAT", packed)
        + _chunk(b"IEND", b"")
    )


def png_with_text_bomb() -> bytes:
    """A small PNG whose comment unpacks to 200 MB."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(1_000_000)) for _ in range(200)) + packer.flush()
    plain = png_of(8, 8)
    return plain[:33] + _chunk(b"zTXt", b"Comment\0\0" + packed) + plain[33:]


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
