"""Every page of a city at work, at both widths: it shows what it is for, fits its screen, shuts nobody out (axe)."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from console.pages import ROUTES
from tests.console.house import SHORT_CALL
from tests.pages.axe import grave
from tests.pages.conftest import NARROW, WIDE, Site, running_site, shoot
from tests.pages.showcase import fill_weeks
from tests.pages.test_pages import busy_morning, no_sideways_scroll

pytestmark = pytest.mark.system
DRAFT = "HL202611200001"
# name of the screenshot, address ({order}: one that `water` handles), who looks, what must be there
PAGES = (
    ("login", "/login", "", "登录工作台"),
    ("welcome", "/welcome", "auditor1", "auditor1"),
    ("seat", "/seat", "seat801", "未签入"),
    ("calls", "/calls", "banzhang", "市场监管投诉举报热线"),
    ("call", f"/calls/{SHORT_CALL}", "banzhang", "经过"),
    ("orders", "/orders", "banzhang", "反映超市价格标签与结算不一致"),
    ("order", f"/orders/{DRAFT}", "seat801", "诉求内容"),
    ("tasks", "/tasks", "seat802", "待回拨"),
    ("audit", "/audit", "admin", "登录"),
    ("table-hotlines", "/table", "admin", "全国人力资源和社会保障服务电话"),
    ("table-row", "/table/hotlines/12348", "admin", "方式 "),
    ("table-row-main", "/table/hotlines/12345", "admin", "方式 C"),
    ("table-lines", "/table/lines", "admin", "unit-12348"),
    ("table-check", "/table/check", "admin", "没有草稿"),
    ("table-versions", "/table/versions", "admin", "第 1 版"),
    ("table-version", "/table/versions/1", "admin", "标识"),
    ("table-import", "/table/import", "admin", "选择 Excel 或 CSV 文件"),
    ("table-replay", "/table/replay", "admin", "没有草稿"),
    ("table-calendars", "/table/calendars?name=unit-12348&year=2026", "admin", "12 月"),
    ("table-prompts", "/table/prompts", "admin", "greet-12345"),
    ("table-menus", "/table/menus", "admin", "企业服务"),
    ("table-menu", "/table/menus/12345-day", "admin", "企业服务，请按三键。"),
    ("people", "/people", "admin", "社会保险"),
    ("people-outside", "/people/outside", "admin", "外呼"),
    ("people-results", "/people/results", "admin", "办理结果"),
    ("office", "/office?list=open", "office1", "学府路小区停水两天"),
    ("office-order", "/office/orders/{order}", "office1", "市水务局"),
    ("directory", "/directory", "office1", "市水务局"),
    ("figures", "/figures", "office1", "满意率"),
    ("bulletin", "/figures/bulletin", "office1", "运行通报"),
    ("unit", "/unit", "unit1", "学府路小区停水两天"),
    ("unit-order", "/unit/{order}", "unit1", "家中停水两天"),
    ("unit-figures", "/unit/figures", "unit1", "满意率"),
    ("knowledge", "/knowledge", "seat801", "社保卡丢了怎么补办"),
    ("article", "/knowledge/1", "seat801", "当场领卡"),
    ("feeds", "/feeds", "admin", "省政务服务热线平台"),
    ("people-teams", "/people/teams", "admin", "班组"),
    ("testphone", "/testphone", "", "试拨电话"),
    ("citizen", "/citizen", "", "网上受理"),
    ("citizen-file", "/citizen#file", "", "一句话说是什么事"),
    ("live", "/live", "banzhang", "等待接听"),
)
OUTSIDE = ("/testphone", "/citizen")  # documents of their own


@dataclass
class Walk:
    """The city's site, with a browser profile for each who looks."""

    site: Site
    order: str
    pages: dict[str, Page] = field(default_factory=dict)

    async def page(self, user: str) -> Page:
        if user not in self.pages:
            self.pages[user] = await self.site.open("/login" if not user else "/", user)
        return self.pages[user]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def walk(tmp_path_factory: pytest.TempPathFactory, filled_state: Path, chromium: Browser) -> AsyncIterator[Walk]:
    folder = tmp_path_factory.mktemp("walk")
    await asyncio.to_thread(shutil.copytree, filled_state, folder, dirs_exist_ok=True)
    order, refused = await fill_weeks(folder, datetime.now(UTC), 32)
    assert refused == []
    async with running_site(folder, chromium) as site:
        yield Walk(site, order)


@pytest.mark.parametrize(("name", "path", "user", "shown"), PAGES, ids=[page[0] for page in PAGES])
async def test_each_page_fits_its_screen_and_shuts_nobody_out(
    walk: Walk, name: str, path: str, user: str, shown: str
) -> None:
    page = await walk.page(user)
    if name == "live":
        busy_morning(walk.site)
    await page.set_viewport_size(WIDE)  # type: ignore[arg-type]  # a dict, as its own docs have it
    await page.goto(path.format(order=walk.order))
    inside = page.locator("main") if user else page
    await expect(inside.get_by_text(shown).locator("visible=true").first).to_be_visible()
    if name in ("calls", "orders", "tasks"):
        await expect(page.locator("table.list tbody tr").first).to_be_visible()
    found = []
    for size in (WIDE, NARROW):
        await page.set_viewport_size(size)  # type: ignore[arg-type]
        await shoot(page, f"{name}-{size['width']}")
        await no_sideways_scroll(page)
        found += [f"{size['width']} {one}" for one in await grave(page)]
    assert not found, "\n".join(found)


def test_every_route_is_walked() -> None:
    paths = [path.partition("?")[0].partition("#")[0] for _name, path, _user, _shown in PAGES]
    unseen = [address for route in (*ROUTES, *OUTSIDE) for address in _addresses(route) if not _seen(address, paths)]
    assert unseen == ["/", "/password"], "the one leads to others, the other is for first passwords (test_pages)"


def _addresses(route: str) -> list[str]:
    """`/a/{page:b|c}` is `/a/b` and `/a/c`."""
    some = re.search(r"\{\w+:([\w|]+)\}", route)
    return [route.replace(some[0], one) for one in some[1].split("|")] if some else [route]


def _seen(address: str, paths: list[str]) -> bool:
    pattern = re.compile(re.sub(r"\{\w+\}", "[^/]+", address))
    return any(pattern.fullmatch(path) for path in paths)
