"""Every setting as Markdown, from the code that reads them: `simulcast doctor --settings`, and docs/settings.md."""

from collections.abc import Iterator

import attrs

from shells.platform_settings import PlatformKey, described_keys, manifests
from shells.settings import PREFIX, Settings


def settings_table() -> str:
    """A table of the product's settings and one of each installed platform's, under their headings."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield from ("## Simulcast", "", "| setting | default | meaning |", "| --- | --- | --- |")
    for attribute in attrs.fields(Settings):
        if not attribute.metadata.get("platforms"):
            yield _row(attribute.name, _shown(attribute.default), attribute.metadata["help"])
    for name, manifest in manifests().items():
        yield from ("", f"## {manifest.name}", "", "| setting | default | meaning |", "| --- | --- | --- |")
        for key in described_keys(manifest):
            yield _row(f"{name}_{key.name}", key.default, _meaning(key))


def _row(name: str, default: str, meaning: str) -> str:
    cell = " ".join(meaning.split()).replace("|", "\\|")
    return f"| `{PREFIX}{name.upper()}` | {f'`{default}`' if default else ''} | {cell} |"


def _shown(default: object) -> str:
    if default is None:
        return ""
    if isinstance(default, bool):
        return str(default).lower()
    return f"{default:g}" if isinstance(default, float) else str(default)


def _meaning(key: PlatformKey) -> str:
    return f"{key.help} One of {', '.join(value or 'nothing' for value in key.values)}." if key.values else key.help
