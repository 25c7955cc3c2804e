"""Imitation tiktok: see platform.py."""

from shells.sandbox.tiktok.platform import TikTokSandbox

__all__ = ["TikTokSandbox"]
