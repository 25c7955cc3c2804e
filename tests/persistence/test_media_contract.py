"""The object store on a folder keeps every store's promises."""

from pathlib import Path

import pytest

from adapters_persistence.media.object_store import ObjectMediaStore
from adapters_persistence.media.signing import UrlSigner
from distribution_core.ports.media import MediaStore
from distribution_core.testing.media_contract import MediaContract
from distribution_core.testing.memory_clock import MemoryClock


class TestObjectMediaStore(MediaContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> MediaStore:
        return ObjectMediaStore.open(tmp_path.as_uri(), UrlSigner(b"k" * 32, "https://posts.example"), MemoryClock())
