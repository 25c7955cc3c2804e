"""Finds platforms by entry point: a new one touches no other file."""

from collections.abc import Callable, Mapping
from importlib.metadata import entry_points

from adapters_platforms.http import HttpClient
from adapters_platforms.settings import PlatformSettings
from distribution_core.ports.media import MediaStore
from distribution_core.ports.platform import Platform

GROUP = "simulcast.platforms"
Builder = Callable[[PlatformSettings, HttpClient, MediaStore], Platform]


def builders() -> dict[str, Builder]:
    """Every installed platform's builder, by platform id."""
    return {point.name: point.load() for point in sorted(entry_points(group=GROUP), key=lambda point: point.name)}


def build_platforms(settings: Mapping[str, PlatformSettings], http: HttpClient, media: MediaStore) -> dict[str, Platform]:
    """Every installed platform, configured or not: an unconfigured one can still say what it lacks."""
    return {name: build(settings.get(name, PlatformSettings()), http, media) for name, build in builders().items()}
