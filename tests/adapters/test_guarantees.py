"""The page on guarantees says what the manifests say, and every manifest says something."""

import pytest
from tools import guarantee_table

from adapters_platforms.manifest import Level, load_manifest


def test_the_page_is_current() -> None:
    assert guarantee_table.generated() in guarantee_table.PAGE.read_text("utf-8"), "run tools/guarantee_table.py"


@pytest.mark.parametrize("platform", guarantee_table.PLATFORMS)
def test_every_platform_promises_something_and_says_what_remains(platform: str) -> None:
    rows = load_manifest(f"adapters_platforms.{platform}").guarantees
    assert rows
    assert all(row.window and row.lost for row in rows)
    assert {row.level for row in rows} <= set(Level)
