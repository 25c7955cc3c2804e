"""Imitation facebook: see platform.py."""

from shells.sandbox.facebook.platform import FacebookSandbox

__all__ = ["FacebookSandbox"]
