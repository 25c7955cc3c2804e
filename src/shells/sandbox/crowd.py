"""More accounts than the named ones, for runs that would meet the platforms' quotas with a few."""

from shells.sandbox.facebook import people as facebook
from shells.sandbox.linkedin import people as linkedin
from shells.sandbox.tiktok import creators as tiktok


def settle_crowd(count: int) -> None:
    """Let `count` more people live on each platform of this process from now on, with their Pages and organizations."""
    facebook.settle_crowd(count)
    tiktok.settle_crowd(count)
    linkedin.settle_crowd(count)
