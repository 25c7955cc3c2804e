"""Imitation linkedin: see platform.py."""

from shells.sandbox.linkedin.platform import LinkedInSandbox

__all__ = ["LinkedInSandbox"]
