"""The envelope vault under a local key keeps every vault's promises."""

import pytest

from adapters_persistence.vault import EnvelopeVault, LocalKey
from distribution_core.ports.vault import Vault
from distribution_core.testing.vault_contract import VaultContract


class TestEnvelopeVault(VaultContract):
    @pytest.fixture
    def vault(self) -> Vault:
        return EnvelopeVault(LocalKey(bytes(range(32))))
