"""What axe finds on a page, and how far its layout has shifted."""

from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Page

AXE: Final = (Path(__file__).parents[3] / "node_modules" / "axe-core" / "axe.min.js").read_text()
_RUN: Final = "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
LEAST_SHIFT: Final = 0.001
"""A hundredth of what counts as good: reports show it as 0."""
WATCH_SHIFTS: Final = """
  window.shifts = [];
  const said = ({ x, y, width, height }) => `${x},${y} ${width}x${height}`;
  const nameOf = (node) => `${node?.parentElement?.className} > ${node?.className}`;
  new PerformanceObserver((list) => {
    for (const { hadRecentInput, value, sources } of list.getEntries()) {
      if (hadRecentInput) continue;
      const moved = sources.map(({ node, previousRect: from, currentRect: to }) =>
        `${nameOf(node)}: ${said(from)} to ${said(to)}`);
      window.shifts.push({ value, moved });
    }
  }).observe({ type: "layout-shift", buffered: true });
"""


def axe_findings(page: Page) -> list[str]:
    """Return the faults that axe sees: which rule, and where first."""
    # By the developer tools, since the page's policy lets nobody put a script into it.
    page.evaluate(AXE)
    violations: list[dict[str, Any]] = page.evaluate(_RUN)
    return [
        f"{found['id']} ({found['impact']}): {found['help']}: "
        f"{found['nodes'][0]['target']} {found['nodes'][0]['html'][:160]}"
        for found in violations
    ]


def layout_shifts(page: Page) -> list[dict[str, Any]]:
    """Return the shifts that nobody's input has caused, none where they come to nothing.

    `WATCH_SHIFTS` must run first. A slow network shows a header word by word, which moves its ends.
    """
    found: list[dict[str, Any]] = page.evaluate("window.shifts")
    return found if sum(shift["value"] for shift in found) >= LEAST_SHIFT else []
