"""axe-core in a page: what keeps people from using it."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

import shells.web

SCRIPT = Path(shells.web.__file__).parent / "spa" / "node_modules" / "axe-core" / "axe.min.js"
# A colour on its way from one to another is neither: two frames for what begins, then the end of all that ends.
AT_REST = """async () => {
  for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
  const ending = document.getAnimations().filter((each) => each.effect?.getComputedTiming().endTime !== Infinity);
  await Promise.allSettled(ending.map((each) => each.finished));
}"""
SIZES = {"phone": {"width": 360, "height": 740}, "desktop": {"width": 1280, "height": 860}}


def violations(page: Page) -> list[str]:
    """One line for each rule that the page breaks, with where."""
    if not SCRIPT.is_file():
        pytest.fail(f"axe-core is missing: run `npm ci --ignore-scripts` in {SCRIPT.parents[2]}", pytrace=False)
    page.evaluate(AT_REST)
    # Evaluated, not added as an element: our policy refuses script elements that are not ours.
    page.evaluate(SCRIPT.read_text("utf-8"))
    found: list[dict[str, Any]] = page.evaluate("async () => (await axe.run()).violations")
    return [
        f"{rule['id']}: {node['html'][:200]} | {node.get('failureSummary', '')[:300]}" for rule in found for node in rule["nodes"]
    ]


def sideways(page: Page) -> bool:
    """Whether something has to be scrolled sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
