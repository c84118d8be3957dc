"""Accessibility by axe-core: what a page does to people who see little, see no colours, or use no mouse.

In: an open page. Out: its serious and critical findings, each with the place and what is wrong. Never: changes the
page; axe-core is a development library of `console/web`, and no part of what is served.
"""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Page

from gateway.house.web import WEB

AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"
EACH_AT_MOST = 5  # places shown of one kind
RUN = """async (most) => {
  const found = await axe.run(document, { resultTypes: ['violations'], elementRef: false })
  const told = (rule) => (node) => {
    const why = [...node.any, ...node.all, ...node.none].map((one) => one.message).join('; ')
    return `${rule}: ${node.target.join(' ')}\\n  ${node.html.slice(0, 160)}\\n  ${why}`
  }
  return found.violations
    .filter((one) => ['serious', 'critical'].includes(one.impact))
    .flatMap((one) => one.nodes.slice(0, most).map(told(one.id)))
}"""
_SOURCE: dict[Path, str] = {}


async def grave(page: Page) -> list[str]:
    """Serious and critical findings of the page as it is."""
    if not await page.evaluate("'axe' in window"):
        if AXE not in _SOURCE:
            _SOURCE[AXE] = AXE.read_text("utf-8")
        await page.evaluate(_SOURCE[AXE])
    found: list[str] = await page.evaluate(RUN, EACH_AT_MOST)
    return found
