"""The media store in memory keeps every store's promises."""

import pytest

from distribution_core.ports.media import MediaStore
from distribution_core.testing.media_contract import MediaContract
from distribution_core.testing.memory_media import MemoryMediaStore


class TestMemoryMediaStore(MediaContract):
    @pytest.fixture
    def store(self) -> MediaStore:
        return MemoryMediaStore()
