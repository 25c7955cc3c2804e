"""Envelope encryption, and the places where key-encryption keys live."""

from adapters_persistence.vault.envelope import EnvelopeVault, KeyWrapper
from adapters_persistence.vault.key_service import KeyService, KeyServices
from adapters_persistence.vault.local_key import LocalKey, UnusableKeyError
from adapters_persistence.vault.local_ring import LocalRing, oldest_key, read_key_file
from adapters_persistence.vault.opening import open_keys

__all__ = [
    "EnvelopeVault",
    "KeyService",
    "KeyServices",
    "KeyWrapper",
    "LocalKey",
    "LocalRing",
    "UnusableKeyError",
    "oldest_key",
    "open_keys",
    "read_key_file",
]
