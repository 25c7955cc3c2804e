"""What the envelope vault promises beyond every vault: AES-256-GCM by its bytes, and key-encryption keys that change."""

import base64
from itertools import permutations

import pytest
from attrs import evolve
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters_persistence.vault import EnvelopeVault, LocalKey
from distribution_core.domain.account import DataKey
from distribution_core.domain.secret import Secret
from distribution_core.ports.vault import Binding, VaultError

pytestmark = pytest.mark.anyio

KEY = bytes(range(32))
TOKEN = "EAAB-very-secret-token"
ROWS = [
    Binding(user_id="user-1", row_id="row-1", purpose="access"),
    Binding(user_id="user-1", row_id="row-1", purpose="refresh"),
    Binding(user_id="user-1", row_id="row-2", purpose="access"),
    Binding(user_id="user-2", row_id="row-1", purpose="access"),
]
FORMAT_BYTES, NONCE_BYTES, TAG_BYTES = 1, 12, 16


@pytest.fixture
def vault() -> EnvelopeVault:
    return EnvelopeVault(LocalKey(KEY))


async def test_values_swapped_between_rows_of_one_data_key_do_not_open(vault: EnvelopeVault) -> None:
    key = await vault.new_data_key()
    sealed = [await vault.seal(Secret(TOKEN + row.purpose), key, row) for row in ROWS]
    for (theirs, _), (_, row) in permutations(zip(sealed, ROWS, strict=True), 2):
        with pytest.raises(VaultError):
            await vault.open(theirs, key, row)


async def test_it_is_aes_256_gcm_under_a_data_key_of_32_bytes(vault: EnvelopeVault) -> None:
    key = await vault.new_data_key()
    sealed = await vault.seal(Secret(TOKEN), key, ROWS[0])
    data_key = await vault.wrapper.unwrap(key)
    assert len(data_key) == 32
    assert len(sealed) == FORMAT_BYTES + NONCE_BYTES + len(TOKEN) + TAG_BYTES
    nonce, rest = sealed[FORMAT_BYTES:][:NONCE_BYTES], sealed[FORMAT_BYTES + NONCE_BYTES :]
    associated = b'["user-1","row-1","access","local",1]'
    assert AESGCM(data_key).decrypt(nonce, rest, associated) == TOKEN.encode()
    with pytest.raises(InvalidTag):
        AESGCM(data_key).decrypt(nonce, rest, None)


async def test_no_data_key_and_no_nonce_is_used_twice(vault: EnvelopeVault) -> None:
    keys = [await vault.new_data_key() for _ in range(50)]
    assert len({await vault.wrapper.unwrap(key) for key in keys}) == 50
    assert len({key.wrapped[:NONCE_BYTES] for key in keys}) == 50
    sealed = [await vault.seal(Secret(TOKEN), keys[0], ROWS[0]) for _ in range(50)]
    assert len({value[FORMAT_BYTES:][:NONCE_BYTES] for value in sealed}) == 50


async def test_the_data_key_is_stored_wrapped_only(vault: EnvelopeVault) -> None:
    key = await vault.new_data_key()
    data_key = await vault.wrapper.unwrap(key)
    assert data_key not in key.wrapped
    assert len(key.wrapped) == NONCE_BYTES + 32 + TAG_BYTES


@pytest.mark.parametrize("place", range(NONCE_BYTES + 32 + TAG_BYTES))
async def test_a_wrapped_key_with_one_bit_changed_does_not_unwrap(vault: EnvelopeVault, place: int) -> None:
    key = await vault.new_data_key()
    sealed = await vault.seal(Secret(TOKEN), key, ROWS[0])
    wrapped = key.wrapped[:place] + bytes([key.wrapped[place] ^ 1]) + key.wrapped[place + 1 :]
    with pytest.raises(VaultError):
        await vault.open(sealed, evolve(key, wrapped=wrapped), ROWS[0])


@pytest.mark.parametrize("length", [0, 1, NONCE_BYTES, NONCE_BYTES + TAG_BYTES - 1, NONCE_BYTES + TAG_BYTES + 31])
async def test_a_wrapped_key_cut_short_is_a_vault_error(vault: EnvelopeVault, length: int) -> None:
    key = await vault.new_data_key()
    with pytest.raises(VaultError):
        await vault.seal(Secret(TOKEN), evolve(key, wrapped=key.wrapped[:length]), ROWS[0])


@pytest.mark.parametrize("length", range(FORMAT_BYTES + NONCE_BYTES + TAG_BYTES + 1))
async def test_a_sealed_value_cut_short_is_a_vault_error(vault: EnvelopeVault, length: int) -> None:
    key = await vault.new_data_key()
    sealed = await vault.seal(Secret(TOKEN), key, ROWS[0])
    with pytest.raises(VaultError):
        await vault.open(sealed[:length], key, ROWS[0])


async def test_another_format_is_refused_before_any_key_is_tried(vault: EnvelopeVault) -> None:
    key = await vault.new_data_key()
    sealed = await vault.seal(Secret(TOKEN), key, ROWS[0])
    with pytest.raises(VaultError, match="no sealed value"):
        await vault.open(b"\x03" + sealed[1:], evolve(key, key_version=9), ROWS[0])


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (LocalKey(bytes(32)), "SIMULCAST_KEY is not the key that wrapped it"),
        (LocalKey(KEY, version=2), "wrapped by key local version 1, which is not configured"),
        (LocalKey(KEY, key_id="elsewhere"), "wrapped by key local version 1, which is not configured"),
    ],
)
async def test_another_key_encryption_key_says_what_is_wrong(vault: EnvelopeVault, other: LocalKey, words: str) -> None:
    key = await vault.new_data_key()
    sealed = await vault.seal(Secret(TOKEN), key, ROWS[0])
    with pytest.raises(VaultError, match=words) as refused:
        await EnvelopeVault(other).open(sealed, key, ROWS[0])
    assert TOKEN not in str(refused.value)


async def test_a_version_written_over_in_the_row_does_not_pass_for_another_key(vault: EnvelopeVault) -> None:
    """The version is under the tag of both the data key and the value: naming another one opens nothing."""
    key = await vault.new_data_key()
    sealed = await vault.seal(Secret(TOKEN), key, ROWS[0])
    renamed = evolve(key, key_version=2)
    with pytest.raises(VaultError):
        await EnvelopeVault(LocalKey(KEY, version=2)).open(sealed, renamed, ROWS[0])


async def test_a_data_key_wrapped_anew_opens_what_it_sealed_before_and_since(vault: EnvelopeVault) -> None:
    """The version is tied to the data key, whose wrapping names it; so nothing has to be sealed anew."""
    old = await vault.new_data_key()
    sealed = await vault.seal(Secret(TOKEN), old, ROWS[0])
    newer = LocalKey(bytes(reversed(KEY)), version=2)
    rewrapped = await newer.wrap(await vault.wrapper.unwrap(old))
    since = await EnvelopeVault(newer).seal(Secret(TOKEN), rewrapped, ROWS[0])
    assert (sealed[:1], since[:1]) == (b"\x01", b"\x02")
    for value in (sealed, since):
        assert (await EnvelopeVault(newer).open(value, rewrapped, ROWS[0])).reveal() == TOKEN
        assert (await vault.open(value, old, ROWS[0])).reveal() == TOKEN
        with pytest.raises(VaultError):
            await EnvelopeVault(newer).open(value, rewrapped, ROWS[1])


async def test_the_format_of_a_value_is_under_its_tag(vault: EnvelopeVault) -> None:
    key = await vault.new_data_key()
    sealed = await vault.seal(Secret(TOKEN), key, ROWS[0])
    with pytest.raises(VaultError):
        await vault.open(b"\x02" + sealed[1:], key, ROWS[0])


async def test_no_repr_shows_a_key(vault: EnvelopeVault) -> None:
    key = await vault.new_data_key()
    data_key = await vault.wrapper.unwrap(key)
    shown = f"{vault!r} {vault} {vault.wrapper!r} {key!r} {key}"
    assert isinstance(key, DataKey)
    for hidden in (KEY, data_key, key.wrapped):
        assert repr(hidden)[2:-1] not in shown
        assert hidden.hex() not in shown
        assert base64.b64encode(hidden).decode() not in shown


async def test_an_error_carries_no_cause_that_holds_bytes(vault: EnvelopeVault) -> None:
    key = await vault.new_data_key()
    sealed = await vault.seal(Secret(TOKEN), key, ROWS[0])
    for wrong in (
        vault.open(sealed, key, ROWS[1]),
        vault.open(b"", key, ROWS[0]),
        EnvelopeVault(LocalKey(bytes(32))).open(sealed, key, ROWS[0]),
    ):
        with pytest.raises(VaultError) as refused:
            await wrong
        assert refused.value.__cause__ is None
        assert not [part for part in refused.value.args if not isinstance(part, str)]
        assert TOKEN not in repr(refused.value)
