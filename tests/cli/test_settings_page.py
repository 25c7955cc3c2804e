"""The page on settings says what the code reads."""

import re

import attrs
import pytest
from tools import settings_page

from shells.cli import settings_table
from shells.platform_settings import manifests, platform_keys
from shells.settings import Settings, load_settings


def test_the_page_is_current() -> None:
    assert settings_page.current(settings_page.PAGE.read_text("utf-8")), "run tools/settings_page.py"


def test_a_page_behind_the_code_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    fewer = dict(list(manifests().items())[1:])
    monkeypatch.setattr(settings_table, "manifests", lambda: fewer)
    assert not settings_page.current(settings_page.PAGE.read_text("utf-8"))


def test_every_name_on_the_page_is_read_and_every_default_is_taken() -> None:
    keys = platform_keys(manifests())
    rows = re.findall(r"^\| `(SIMULCAST_\w+)` \| (?:`([^`]*)`)? ?\| .+ \|$", settings_page.generated(), re.MULTILINE)
    assert len(rows) == len(attrs.fields(Settings)) - 1 + sum(map(len, keys.values()))
    read = load_settings(dict(rows), platform_keys=keys)
    assert attrs.evolve(read, platforms={}) == load_settings({}, platform_keys=keys)
    assert {name: frozenset(own) for name, own in read.platforms.items()} == keys
