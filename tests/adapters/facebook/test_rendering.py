"""What is sent, by what was written: pure functions."""

import email.parser
import email.policy
import json

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters_platforms.facebook.multipart import FilePart, StreamedForm
from adapters_platforms.facebook.rendering import feed_form, finish_form, photo_form
from distribution_core.domain.content import MediaAsset, MediaKind
from distribution_core.domain.post import Post
from distribution_core.testing.memory_media import MemoryMediaStore

PHOTO = MediaAsset(key="k", kind=MediaKind.IMAGE, mime="image/png", size_bytes=1, sha256="00", width=1, height=1)
texts = st.text(st.characters(codec="utf-8"), max_size=200)


@given(texts, st.none() | st.just("https://a.test/x?y=1&z=ä"))
def test_words_go_out_as_they_were_written(text: str, link: str | None) -> None:
    form = feed_form(Post(text=text, link=link), ())
    assert form == ({"message": text} if text else {}) | ({"link": link} if link else {})


@given(texts, st.lists(st.integers(1, 10**17).map(str), unique=True, max_size=10))
def test_photos_stand_in_their_order_and_beside_them_no_link(text: str, ids: list[str]) -> None:
    post = Post(text=text, link="https://a.test", media=(PHOTO,))
    form = feed_form(post, [{"id": photo_id, "at": "now"} for photo_id in ids])
    attached = [json.loads(form[f"attached_media[{number}]"])["media_fbid"] for number in range(len(ids))]
    assert attached == ids
    assert "link" not in form


@pytest.mark.parametrize("alt_text", [None, "", "A cat"])
def test_an_uploaded_photo_is_hidden(alt_text: str | None) -> None:
    assert photo_form(alt_text) == {"published": "false"} | ({"alt_text_custom": "A cat"} if alt_text else {})


def test_a_video_ends_with_its_words_and_title() -> None:
    assert finish_form(Post(text="Hi", title="T"), "4") == {
        "upload_phase": "finish",
        "upload_session_id": "4",
        "description": "Hi",
        "title": "T",
    }
    assert finish_form(Post(text=""), "4") == {"upload_phase": "finish", "upload_session_id": "4"}


@given(texts.filter(lambda text: text == text.strip()), st.binary(max_size=400), st.integers(0, 100))
def test_a_streamed_form_reads_back_as_any_parser_reads_it(value: str, data: bytes, start: int) -> None:
    async def whole() -> tuple[dict[str, str], bytes]:
        store = MemoryMediaStore()

        async def chunks():  # type: ignore[no-untyped-def]
            yield data

        await store.put("k", chunks(), "video/mp4")
        size = max(0, len(data) - start)
        part = FilePart(media=store, key="k", start=start, size=size, name="f", filename="video.mp4", mime="video/mp4")
        form = StreamedForm(fields={"words": value.replace("\r", " ").replace("\n", " ")}, file=part)
        return form.headers, b"".join([piece async for piece in form.body()])

    headers, body = anyio.run(whole)
    assert int(headers["content-length"]) == len(body)
    boundary = headers["content-type"].partition("boundary=")[2].encode()
    parts = body.split(b"--" + boundary)
    assert parts[0] == b""
    assert parts[-1] == b"--\r\n"
    words, file = (part.removeprefix(b"\r\n").removesuffix(b"\r\n").partition(b"\r\n\r\n") for part in parts[1:-1])
    assert words[2].decode() == value.replace("\r", " ").replace("\n", " ")
    assert file[2] == data[start:]
    parsed = email.parser.BytesHeaderParser(policy=email.policy.HTTP).parsebytes(file[0])
    assert parsed.get_filename() == "video.mp4"


def test_a_streamed_form_keeps_its_fields_out_of_its_repr() -> None:
    part = FilePart(media=MemoryMediaStore(), key="k", start=0, size=0, name="f", filename="f", mime="m")
    assert "hush" not in repr(StreamedForm(fields={"access_token": "hush"}, file=part))
