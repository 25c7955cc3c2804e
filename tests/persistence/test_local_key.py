"""The configured key: taken as base64 of 32 bytes, anything else refused in words that never repeat it."""

import base64
import secrets
import subprocess
import sys

import pytest

from adapters_persistence.vault import LocalKey, UnusableKeyError
from distribution_core.domain.secret import Secret

pytestmark = pytest.mark.anyio

KEY = bytes([251, 255, 190, *range(29)])
TEXT = base64.b64encode(KEY).decode()


@pytest.mark.parametrize("text", [TEXT, f"  {TEXT}\n", TEXT.replace("+", "-").replace("/", "_")])
async def test_base64_in_either_alphabet_is_the_same_key(text: str) -> None:
    wrapped = await LocalKey(KEY).wrap(bytes(32))
    assert await LocalKey.from_text(Secret(text)).unwrap(wrapped) == bytes(32)


@pytest.mark.parametrize("text", [None, Secret("")])
def test_a_missing_key_says_what_to_set_and_why(text: Secret | None) -> None:
    with pytest.raises(UnusableKeyError, match="SIMULCAST_KEY is not set: tokens can't be stored without"):
        LocalKey.from_text(text)


@pytest.mark.parametrize("length", [1, 5, 16, 24, 31, 33, 64])
def test_a_key_of_another_length_is_refused_with_its_length(length: int) -> None:
    text = base64.b64encode(secrets.token_bytes(length)).decode()
    with pytest.raises(UnusableKeyError, match=f"SIMULCAST_KEY holds {length} bytes; it must be 32") as refused:
        LocalKey.from_text(Secret(text))
    assert text not in str(refused.value)


@pytest.mark.parametrize(
    "text", ["%%%", "correct horse battery staple", TEXT[:-1], TEXT + "=", "é" * 44, TEXT[:20] + "*" + TEXT[21:]]
)
def test_text_that_is_no_base64_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(UnusableKeyError, match="SIMULCAST_KEY is not base64") as refused:
        LocalKey.from_text(Secret(text))
    assert text not in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_key_of_spaces_alone_is_a_key_of_no_bytes() -> None:
    with pytest.raises(UnusableKeyError, match="0 bytes"):
        LocalKey.from_text(Secret("   "))


def test_the_command_that_a_refusal_names_makes_a_usable_key() -> None:
    with pytest.raises(UnusableKeyError) as refused:
        LocalKey.from_text(None)
    program = str(refused.value).partition("python3 -c ")[2].strip('"')
    made = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30)
    assert isinstance(LocalKey.from_text(Secret(made.stdout)), LocalKey)


def test_a_key_does_not_show() -> None:
    key = LocalKey.from_text(Secret(TEXT))
    assert repr(key) == str(key) == "LocalKey(key_id='local', version=1)"
