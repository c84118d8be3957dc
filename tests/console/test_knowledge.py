"""The knowledge base as editors and seats use it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from console.deps import Deps
from gateway.store import audit_page
from tests.console.conftest import Browser

LogIn = Callable[[str], Awaitable[Browser]]
BASE = "/api/v1/knowledge"
ARTICLE = {
    "title": "社会保障卡挂失",
    "body": "社保卡遗失后，持身份证到合作银行网点办理挂失。",
    "source": "市人社局〔2026〕8号",
    "source_url": "https://rsj.example.gov.cn/8",
    "subject": "social/card",
    "hotline": "12333",
    "valid_until": "2030-12-31",
}


async def write(browser: Browser, key: str = "k", **changes: Any) -> dict[str, Any]:
    status, made = await browser.call("POST", BASE, json={**ARTICLE, **changes}, headers={"Idempotency-Key": key})
    assert status == 201, made
    return dict(made)


async def test_an_expert_writes_a_supervisor_publishes_a_seat_finds_it(logged_in: LogIn, deps: Deps) -> None:
    expert, boss, seat = await logged_in("expert901"), await logged_in("banzhang"), await logged_in("seat801")
    made = await write(expert)
    path = f"{BASE}/{made['id']}"
    assert (made["state"], made["may_publish"], made["pending"]["number"]) == ("draft", False, 1)
    assert (await seat.call("GET", path))[0] == 404
    assert (await expert.call("POST", f"{path}/publish", json={"revision": 1}))[0] == 403
    status, published = await boss.call("POST", f"{path}/publish", json={"revision": 1})
    assert (status, published["state"], published["pending"], published["number"]) == (200, "published", None, 1)
    _, hits = await seat.call("GET", f"{BASE}?words=社保卡 挂失&hotline=12333")
    assert [(one["id"], one["source"]) for one in hits["items"]] == [(made["id"], ARTICLE["source"])]
    assert "社保卡" in hits["items"][0]["snippet"]
    assert (await seat.call("GET", f"{BASE}?words=社保卡&hotline=12315"))[1]["items"] == []
    assert (await seat.call("GET", f"{BASE}?subject=social"))[1]["items"]
    _, shown = await seat.call("GET", path)
    assert (shown["body"], shown["may_publish"]) == (ARTICLE["body"], False)
    async with deps.store.reading() as session:
        assert [one.what for one in (await audit_page(session, what="knowledge.")).items] == [
            "knowledge.published",
            "knowledge.written",
        ]


async def test_a_pending_change_is_seen_by_editors_only_and_not_published_by_its_writer(logged_in: LogIn) -> None:
    boss, admin, seat = await logged_in("banzhang"), await logged_in("admin"), await logged_in("seat801")
    made = await write(boss)
    path = f"{BASE}/{made['id']}"
    status, body = await boss.call("POST", f"{path}/publish", json={"revision": 1})
    assert (status, "另一人" in body["detail"]) == (409, True)
    assert (await admin.call("POST", f"{path}/publish", json={"revision": 1}))[0] == 200
    change = {"revision": 2, "why": "改电话", "body": "新办法", "valid_until": None}
    _, changed = await boss.call("PATCH", path, json=change)
    assert (changed["body"], changed["pending"]["body"]) == (ARTICLE["body"], "新办法")
    assert changed["pending"]["valid_until"] is None and changed["valid_until"] == "2030-12-31"
    assert (await seat.call("GET", path))[1]["pending"] is None
    assert (await seat.call("GET", f"{BASE}?words=新办法"))[1]["items"] == []
    status, body = await admin.call("PATCH", path, json={"revision": 2, "title": "晚了"})
    assert (status, body["current"]["revision"]) == (409, 3)
    _, published = await admin.call("POST", f"{path}/publish", json={"revision": 3})
    assert [one["number"] for one in published["versions"]] == [2, 1]


async def test_a_city_with_one_publisher_publishes_its_own(logged_in: LogIn, deps: Deps, server: Any) -> None:
    from console.deps import DEPS

    server.app._state[DEPS] = replace(deps, config=replace(deps.config, publishers=1))
    boss = await logged_in("banzhang")
    made = await write(boss)
    assert made["may_publish"]
    assert (await boss.call("POST", f"{BASE}/{made['id']}/publish", json={"revision": 1}))[0] == 200


async def test_a_seat_says_that_it_is_wrong_and_an_editor_settles_it(logged_in: LogIn) -> None:
    boss, admin, seat = await logged_in("banzhang"), await logged_in("admin"), await logged_in("seat801")
    made = await write(boss)
    path = f"{BASE}/{made['id']}"
    key = {"headers": {"Idempotency-Key": "w"}}
    assert (await seat.call("POST", f"{path}/wrong", json={"text": "电话变了"}, **key))[0] == 404  # not in force
    await admin.call("POST", f"{path}/publish", json={"revision": 1})
    status, told = await seat.call("POST", f"{path}/wrong", json={"text": "电话变了"}, headers={"Idempotency-Key": "x"})
    assert (status, told["state"], told["number"]) == (200, "open", 1)
    assert (await seat.call("GET", f"{BASE}/feedback"))[0] == 403
    _, listed = await boss.call("GET", f"{BASE}/feedback")
    assert [(one["text"], one["title"]) for one in listed["items"]] == [("电话变了", ARTICLE["title"])]
    assert (await boss.call("GET", path))[1]["wrong"] == 1
    settle = f"{BASE}/feedback/{told['id']}/settle"
    assert (await boss.call("POST", settle, json={"state": "open", "answer": "x"}))[0] == 400
    assert (await boss.call("POST", settle, json={"state": "accepted", "answer": "已改"}))[1][
        "settled_by"
    ] == "banzhang"
    assert (await boss.call("POST", settle, json={"state": "refused", "answer": "不"}))[0] == 409
    assert (await boss.call("GET", path))[1]["wrong"] == 0


async def test_an_article_is_reviewed_and_withdrawn(logged_in: LogIn, deps: Deps) -> None:
    boss, admin, seat = await logged_in("banzhang"), await logged_in("admin"), await logged_in("seat801")
    made = await write(boss, review_due="2026-01-01")
    path = f"{BASE}/{made['id']}"
    await admin.call("POST", f"{path}/publish", json={"revision": 1})
    assert len((await boss.call("GET", f"{BASE}?review=true"))[1]["items"]) == 1
    _, reviewed = await boss.call(
        "POST", f"{path}/review", json={"revision": 2, "next_due": "2030-01-01", "note": "仍有效"}
    )
    assert (reviewed["review_due"], reviewed["reviews"][0]["note"]) == ("2030-01-01", "仍有效")
    assert (await boss.call("GET", f"{BASE}?review=true"))[1]["items"] == []
    status, gone = await boss.call("POST", f"{path}/withdraw", json={"revision": 3, "why": "废止"})
    assert (status, gone["state"]) == (200, "withdrawn")
    assert (await seat.call("GET", path))[0] == 404
    assert (await seat.call("GET", f"{BASE}?state=withdrawn"))[0] == 403
    assert len((await boss.call("GET", f"{BASE}?state=withdrawn"))[1]["items"]) == 1


async def test_hits_come_in_pages(logged_in: LogIn) -> None:
    boss = await logged_in("banzhang")
    for number in range(5):
        await write(boss, key=str(number), title=f"条目{number}")
    seen, cursor = [], 0
    while True:
        _, page = await boss.call("GET", f"{BASE}?state=draft&limit=2&cursor={cursor}")
        seen += [one["title"] for one in page["items"]]
        if page["next"] is None:
            break
        cursor = page["next"]
    assert sorted(seen) == [f"条目{number}" for number in range(5)]


@pytest.mark.parametrize(
    "changes",
    [
        {"title": ""},
        {"body": "x" * 20_001},
        {"source": " "},
        {"source_url": "javascript:alert(1)"},
        {"valid_until": 1},
        {"valid_until": "0001-01-01"},
        {"valid_from": "2031-01-01"},
        {"hotline": "a"},
        {"nonsense": 1},
    ],
)
async def test_a_wrong_article_is_refused(logged_in: LogIn, changes: dict[str, Any]) -> None:
    boss = await logged_in("banzhang")
    status, _ = await boss.call("POST", BASE, json={**ARTICLE, **changes}, headers={"Idempotency-Key": "k"})
    assert status == 400
