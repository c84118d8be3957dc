"""Long lists leave the house page by page: whole, watermarked, audited at both ends; or visibly broken."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from console import export_api
from console.deps import Deps
from console.problems import ProblemError
from gateway.store import audit_page
from gateway.tables.sheets import read_sheet
from tests.console.conftest import Browser
from tests.console.order_cases import new_case

LogIn = Callable[[str], Awaitable[Browser]]
PATH = "/api/v1/orders/export.xlsx"


@pytest.fixture
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_api, "PAGE_MAX", 2)


async def rows_of(who: Browser, query: str = "") -> list[list[str]]:
    async with who.client.get(f"{PATH}?{query}") as answer:
        assert answer.status == 200, await answer.text()
        return read_sheet(await answer.read(), "orders.xlsx")


@pytest.mark.usefixtures("short_pages")
async def test_all_pages_of_a_list_are_in_the_file_and_both_ends_in_the_audit(logged_in: LogIn, deps: Deps) -> None:
    office, unit = await logged_in("office1"), await logged_in("unit1")
    cases = [await new_case(office, title=f"停水{n}") for n in range(5)]
    for query in ("queue=intake&sort=new", "queue=intake", "q=停水&queue=intake"):
        rows = await rows_of(office, query)
        listed = [row[0] for row in rows[4:] if row[0] in {case.id for case in cases}]
        assert sorted(listed) == sorted(case.id for case in cases), query
        assert "office1" in rows[1][0] and rows[3][0] == "工单号"
    assert (await rows_of(unit))[4:] == []
    async with deps.store.reading() as session:
        entries = (await audit_page(session)).items
    ended = [entry for entry in entries if entry.what == "orders.export-ended"]
    begun = [entry for entry in entries if entry.what == "orders.exported"]
    assert len(begun) == len(ended) == 4 and {"q": "停水", "queue": "intake"} in [one.detail["asked"] for one in begun]
    assert ended[0].detail == {"rows": 0, "whole": True} and ended[-1].detail["rows"] >= 5


@pytest.mark.usefixtures("short_pages")
async def test_a_list_that_is_cut_says_so(logged_in: LogIn, monkeypatch: pytest.MonkeyPatch) -> None:
    office = await logged_in("office1")
    for n in range(4):
        await new_case(office, title=f"停水{n}")
    monkeypatch.setattr(export_api, "EXPORT_MAX", 3)
    rows = await rows_of(office)
    assert len(rows) == 4 + 3 + 1 and rows[-1][0].startswith("只列出前 3 件")


@pytest.mark.usefixtures("short_pages")
async def test_a_file_that_breaks_off_is_no_whole_file(logged_in: LogIn, monkeypatch: pytest.MonkeyPatch) -> None:
    office = await logged_in("office1")
    for _ in range(3):
        await new_case(office)
    page, asked = export_api._page, []

    async def failing(*args: Any) -> Any:
        asked.append(args)
        if len(asked) > 1:
            raise ProblemError("store-away")
        return await page(*args)

    monkeypatch.setattr(export_api, "_page", failing)
    with pytest.raises(aiohttp.ClientError):
        await rows_of(office)


async def test_a_wrong_filter_is_told_before_anything_is_sent(logged_in: LogIn) -> None:
    office = await logged_in("office1")
    assert (await office.call("GET", f"{PATH}?q=!!"))[0] == 400
    assert (await office.call("GET", f"{PATH}?queue=nonsense"))[0] == 400
