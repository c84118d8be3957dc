"""An order that people act on over the API, each through their own browser; a caller whom nobody should see."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

from tests.console.conftest import Browser

LogIn = Callable[[str], Awaitable[Browser]]
NAME, NUMBER, ADDRESS = "欧阳明月", "13987654321", "苍山路88号"
TEN = (
    *("first_contact", "site_visit", "facts", "claim", "handling"),
    *("result", "answer", "satisfaction", "other", "people"),
)
_keys = count()


class Case:
    """An order that people act on, each through their own browser."""

    def __init__(self, order_id: str) -> None:
        self.id = order_id

    async def do(self, who: Browser, kind: str, why: str = "", **data: Any) -> dict[str, Any]:
        status, body = await self.ask(who, kind, why, **data)
        assert status == 200, body
        return dict(body)

    async def refused(self, who: Browser, kind: str, why: str = "", **data: Any) -> tuple[str, str]:
        status, body = await self.ask(who, kind, why, **data)
        assert (status, body["type"]) == (409, "/problems/refused"), body
        return body["slug"], body["rule"]

    async def ask(self, who: Browser, kind: str, why: str, **data: Any) -> tuple[int, Any]:
        body = {"kind": kind, "why": why, "data": data}
        headers = {"Idempotency-Key": f"k{next(_keys)}", "X-CSRF-Token": who.csrf}
        return await who.call("POST", f"/api/v1/orders/{self.id}/acts", json=body, headers=headers)

    async def file(self, who: Browser) -> dict[str, Any]:
        status, body = await who.call("GET", f"/api/v1/orders/{self.id}/file")
        assert status == 200, body
        return dict(body)


async def new_case(who: Browser, **fields: Any) -> Case:
    body = {
        "title": "小区停水两天", "matter": f"{NAME}（{NUMBER}）称家中停水两天", "category": "help",
        "subject": "水务/供水/停水", "caller_name": NAME, "contact": NUMBER, "address": ADDRESS, "employer": "某厂",
    } | fields  # fmt: skip
    headers = {"Idempotency-Key": f"k{next(_keys)}", "X-CSRF-Token": who.csrf}
    status, filed = await who.call("POST", "/api/v1/orders", json=body, headers=headers)
    assert status == 201, filed
    return Case(filed["order_id"])


def report(*fields: str) -> dict[str, str]:
    return dict.fromkeys(fields, "已核实")
