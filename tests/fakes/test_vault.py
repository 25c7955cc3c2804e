"""The vault in memory binds as the real one does."""

import pytest

from distribution_core.ports.vault import Vault
from distribution_core.testing.memory_vault import MemoryVault
from distribution_core.testing.vault_contract import VaultContract


class TestMemoryVault(VaultContract):
    @pytest.fixture
    def vault(self) -> Vault:
        return MemoryVault()
