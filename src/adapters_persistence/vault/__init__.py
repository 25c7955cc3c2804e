"""AES-256-GCM envelopes over a key-encryption key."""

from adapters_persistence.vault.envelope import EnvelopeVault, KeyWrapper
from adapters_persistence.vault.local_key import LocalKey, UnusableKeyError

__all__ = ["EnvelopeVault", "KeyWrapper", "LocalKey", "UnusableKeyError"]
