"""Key services: a ring on this machine, a real OpenBao, and KMS as moto imitates it. Each keeps the vault's whole contract."""

import base64
import os
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from attrs import evolve

from adapters_persistence.vault import EnvelopeVault, KeyServices, LocalKey, LocalRing, UnusableKeyError, oldest_key, open_keys
from adapters_persistence.vault.kms import KmsKey
from distribution_core.domain.secret import Secret
from distribution_core.ports.keys import KeyServiceError
from distribution_core.ports.vault import Binding, Vault, VaultError, VaultUnavailableError
from distribution_core.testing.vault_contract import VaultContract
from tests.aws import imitated_aws
from tests.persistence.openbao import OpenBao

pytestmark = pytest.mark.anyio

ROW = Binding(user_id="user-1", row_id="row-1", purpose="access")
TEXTS = [base64.b64encode(bytes([number]) * 32).decode() for number in range(1, 4)]
RING = Secret(f"1:{TEXTS[0]} 2:{TEXTS[1]}")


@pytest.fixture(scope="module")
def openbao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenBao]:
    server = OpenBao(tmp_path_factory.mktemp("openbao"))
    server.start()
    server.make_key()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def kms_endpoint() -> Iterator[str]:
    with imitated_aws() as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def kms(kms_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> KmsKey:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    made = boto3.client("kms", region_name="eu-central-1", endpoint_url=kms_endpoint).create_key()
    return KmsKey(region="eu-central-1", key=made["KeyMetadata"]["KeyId"], endpoint=kms_endpoint)


class TestRingVault(VaultContract):
    @pytest.fixture
    def vault(self) -> Vault:
        return EnvelopeVault(LocalRing.from_text(RING))


class TestTransitVault(VaultContract):
    @pytest.fixture
    def vault(self, openbao: OpenBao) -> Vault:
        return EnvelopeVault(KeyServices(openbao.key))


class TestKmsVault(VaultContract):
    @pytest.fixture
    def vault(self, kms: KmsKey) -> Vault:
        return EnvelopeVault(KeyServices(kms))


class TestRing:
    async def test_the_highest_version_wraps_and_all_are_read(self) -> None:
        old, both = LocalRing.from_text(Secret(TEXTS[0])), LocalRing.from_text(RING)
        key = await old.wrap(bytes(32))
        assert await both.unwrap(key) == bytes(32)
        assert (await both.wrap(bytes(32))).key_version == 2
        assert (await both.standing()).versions == (1, 2)

    async def test_a_version_that_is_not_here_yet_is_waited_for(self) -> None:
        key = await LocalRing.from_text(RING).wrap(bytes(32))
        with pytest.raises(VaultUnavailableError, match="version 2, which is not configured"):
            await LocalRing.from_text(Secret(TEXTS[0])).unwrap(key)

    @pytest.mark.parametrize(
        "text",
        ["", f"1:{TEXTS[0]} 1:{TEXTS[1]}", f"x:{TEXTS[0]} 2:{TEXTS[1]}", f"0:{TEXTS[0]}", "1:short", f"1:{TEXTS[0]}:yesterday"],
    )
    def test_a_ring_that_makes_no_sense_is_refused_in_words(self, text: str) -> None:
        with pytest.raises(UnusableKeyError) as refused:
            LocalRing.from_text(Secret(text))
        assert TEXTS[0] not in str(refused.value)

    def test_what_is_derived_comes_from_the_oldest_so_that_a_rotation_changes_none_of_it(self) -> None:
        assert oldest_key(Secret(TEXTS[0])).reveal() == oldest_key(RING).reveal() == TEXTS[0]

    async def test_a_setting_is_rotated_by_its_keeper(self) -> None:
        with pytest.raises(KeyServiceError, match="add version 3"):
            await LocalRing.from_text(RING).rotate()

    async def test_a_file_gets_a_version_and_other_processes_see_it(self, tmp_path: Path) -> None:
        path = _key_file(tmp_path, TEXTS[0])
        here, there = LocalRing.from_file(path), LocalRing.from_file(path)
        standing = await here.rotate()
        assert (standing.version, standing.versions) == (2, (1, 2))
        assert standing.made_at is not None
        assert path.stat().st_mode & 0o777 == 0o600
        assert (await there.wrap(bytes(32))).key_version == 2
        assert await there.unwrap(await here.wrap(bytes(32))) == bytes(32)
        await here.retire(1)
        assert (await there.standing()).versions == (2,)
        with pytest.raises(KeyServiceError, match="newest"):
            await here.retire(2)
        assert [each.name for each in os.scandir(tmp_path)] == [path.name], "nothing half-written is left"

    def test_a_file_that_others_may_read_is_refused(self, tmp_path: Path) -> None:
        path = _key_file(tmp_path, TEXTS[0])
        path.chmod(0o644)
        with pytest.raises(UnusableKeyError, match="chmod 600"):
            LocalRing.from_file(path)

    def test_no_key_shows(self, tmp_path: Path) -> None:
        ring = LocalRing.from_file(_key_file(tmp_path, RING.reveal()))
        assert not [text for text in TEXTS if text in repr(ring)]


class TestTransit:
    async def test_a_rotation_there_is_seen_and_old_versions_are_read(self, openbao: OpenBao) -> None:
        key = openbao.key
        before = await key.standing()
        wrapped = await key.wrap(bytes(32))
        after = await key.rotate()
        assert after.version == before.version + 1
        assert after.made_at is not None
        assert await key.unwrap(wrapped) == bytes(32)
        assert (await key.wrap(bytes(32))).key_version == after.version
        await key.retire(before.version)
        with pytest.raises(VaultError):
            await key.unwrap(wrapped)

    async def test_what_another_key_wrapped_does_not_unwrap(self, openbao: OpenBao) -> None:
        openbao.ask("POST", "transit/keys/other", {})
        wrapped = await evolve(openbao.key, name="other").wrap(bytes(32))
        with pytest.raises(VaultError) as refused:
            await openbao.key.unwrap(evolve(wrapped, key_id=openbao.key.key_id))
        assert not isinstance(refused.value, VaultUnavailableError)

    async def test_a_wrong_token_is_no_verdict_on_what_is_stored(self, openbao: OpenBao) -> None:
        wrapped = await openbao.key.wrap(bytes(32))
        stranger = evolve(openbao.key, token=Secret("s.stranger"))
        with pytest.raises(VaultUnavailableError) as refused:
            await stranger.unwrap(wrapped)
        assert "s.stranger" not in f"{refused.value} {stranger!r}"

    async def test_while_it_is_down_what_is_kept_is_read_and_the_rest_waits(self, openbao: OpenBao) -> None:
        now = [0.0]
        vault = EnvelopeVault(KeyServices(openbao.key), 600, lambda: now[0])
        kept, other = await vault.new_data_key(), await EnvelopeVault(KeyServices(openbao.key)).new_data_key()
        sealed = await vault.seal(Secret("token"), kept, ROW)
        openbao.stop()
        try:
            now[0] = 599
            assert (await vault.open(sealed, kept, ROW)).reveal() == "token"
            with pytest.raises(VaultUnavailableError):
                await vault.seal(Secret("token"), other, ROW)
            with pytest.raises(VaultUnavailableError):
                await vault.new_data_key()
            now[0] = 600
            with pytest.raises(VaultUnavailableError):
                await vault.open(sealed, kept, ROW)
        finally:
            openbao.start()
        assert (await vault.open(sealed, kept, ROW)).reveal() == "token"


class TestKms:
    async def test_the_context_is_under_the_tag(self, kms: KmsKey) -> None:
        key = await kms.wrap(bytes(32))
        assert await kms.unwrap(key) == bytes(32)
        with pytest.raises(VaultError) as refused:
            await kms.unwrap(evolve(key, key_version=key.key_version + 1))
        assert not isinstance(refused.value, VaultUnavailableError)

    async def test_a_rotation_is_counted_and_what_was_wrapped_before_is_read(self, kms: KmsKey) -> None:
        before, wrapped = await kms.standing(), await kms.wrap(bytes(32))
        after = await kms.rotate()
        assert (before.version, after.version) == (1, 2)
        assert before.made_at is not None
        assert await kms.unwrap(wrapped) == bytes(32)
        assert (await kms.wrap(bytes(32))).key_version == 2
        with pytest.raises(KeyServiceError, match="another key"):
            await kms.retire(1)

    async def test_an_endpoint_that_is_away_is_waited_for(self, kms: KmsKey) -> None:
        with pytest.raises(VaultUnavailableError):
            await KmsKey(region="eu-central-1", key=kms.key, endpoint="http://127.0.0.1:9").wrap(bytes(32))


class TestOpening:
    async def test_keys_of_this_machine_are_read_until_the_service_wraps_them(self, openbao: OpenBao) -> None:
        old = await LocalRing.from_text(Secret(TEXTS[0])).wrap(bytes(32))
        keys = open_keys(Secret(TEXTS[0]), None, openbao.url, Secret(openbao.token))
        renewed = await keys.rewrap(old)
        assert renewed.key_id == "transit:transit/simulcast"
        assert await keys.unwrap(renewed) == await keys.unwrap(old) == bytes(32)

    @pytest.mark.parametrize(
        ("service", "words"),
        [
            ("vault", "is empty, transit"),
            ("transit+https://vault:8200/simulcast", "is empty, transit"),
            ("transit+http://vault:8200/transit/simulcast", "over transit\\+https:// only"),
            ("transit+https://vault:8200/transit/simulcast", "TOKEN is not set"),
            ("aws-kms://eu-central-1", "is empty, transit"),
        ],
    )
    def test_a_service_that_makes_no_sense_is_refused_in_words(self, service: str, words: str) -> None:
        with pytest.raises(UnusableKeyError, match=words):
            open_keys(Secret(TEXTS[0]), None, service, None)


async def test_a_key_that_nothing_here_knows_is_waited_for() -> None:
    key = evolve(await LocalKey(bytes(32)).wrap(bytes(32)), key_id="aws-kms:elsewhere/key")
    with pytest.raises(VaultUnavailableError, match="not configured"):
        await KeyServices(LocalRing.from_text(RING)).unwrap(key)


def _key_file(folder: Path, text: str) -> Path:
    path = folder / "keys"
    path.touch(0o600)
    path.write_text(f"{text}\n", "ascii")
    return path
