"""Feed targets and dead letters as an admin keeps them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import select

from console.deps import Deps
from gateway.feeds import Event
from gateway.store import audit_page
from gateway.store.kinds import DeliveryState
from gateway.store.models import Delivery, FeedTarget
from gateway.store.outbox import enqueue, enqueue_sms
from tests.console.conftest import Browser
from tests.console.house import NOON

LogIn = Callable[[str], Awaitable[Browser]]
BASE = "/api/v1/feeds"
TARGET: dict[str, Any] = {
    "id": "province",
    "name": "省热线平台",
    "url": "https://12345.example.gov.cn/events",
    "state": "on",
    "identity": True,
    "filter": {"kinds": ["order.*", "rating.*"], "subjects": ["tourism"]},
}


async def added(browser: Browser, **changes: Any) -> dict[str, Any]:
    body = {**TARGET, **changes}
    status, found = await browser.call("POST", f"{BASE}/targets", json=body, headers={"Idempotency-Key": body["id"]})
    assert status == 201, found
    return dict(found)


async def test_a_target_s_secret_is_shown_once_and_lies_sealed(logged_in: LogIn, deps: Deps) -> None:
    browser = await logged_in("admin")
    made = await added(browser)
    assert made["secret"].startswith("whsec_")
    assert made["target"]["filter"] == TARGET["filter"]
    _, listed = await browser.call("GET", f"{BASE}/targets")
    assert [one["id"] for one in listed["items"]] == ["province"]
    assert made["secret"] not in str(listed)
    _, renewed = await browser.call("POST", f"{BASE}/targets/province/secret")
    assert renewed["secret"] != made["secret"]
    async with deps.store.reading() as session:
        row = await session.get(FeedTarget, "province")
        assert row is not None and row.secret == renewed["secret"]
        whats = [entry.what for entry in (await audit_page(session, what="feed.")).items]
    assert whats == ["feed.secret-renewed", "feed.added"]


async def test_of_two_admins_the_second_is_told_what_it_is_now(logged_in: LogIn) -> None:
    browser = await logged_in("admin")
    await added(browser)
    path = f"{BASE}/targets/province"
    status, changed = await browser.call("PATCH", path, json={"version": 1, "state": "paused", "filter": {}})
    assert (status, changed["state"], changed["version"], changed["filter"]) == (200, "paused", 2, {})
    status, body = await browser.call("PATCH", path, json={"version": 1, "name": "晚了"})
    assert (status, body["current"]["version"]) == (409, 2)
    assert (await browser.call("GET", f"{BASE}/targets/nobody"))[0] == 404


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "ftp://x/y"},
        {"url": "https://user:pw@x/y"},
        {"url": "http:///x"},
        {"url": "https://x:99999/"},
        {"id": "Sms"},
        {"id": "sms"},
        {"filter": {"kinds": ["order*"]}},
        {"filter": {"hotlines": ["a"]}},
        {"state": "maybe"},
        {"role": "unit"},
        {"unit": "市文旅局"},
        {"role": "admin"},
        {"secret": "mine"},
    ],
)
async def test_a_wrong_target_is_refused(logged_in: LogIn, changes: dict[str, Any]) -> None:
    browser = await logged_in("admin")
    status, _ = await browser.call(
        "POST", f"{BASE}/targets", json={**TARGET, **changes}, headers={"Idempotency-Key": "k"}
    )
    assert status == 400


@pytest.mark.parametrize(
    ("user", "look", "keep"), [("banzhang", 200, 403), ("auditor1", 200, 403), ("seat801", 403, 403)]
)
async def test_only_admins_change_feeds(logged_in: LogIn, user: str, look: int, keep: int) -> None:
    browser = await logged_in(user)
    assert (await browser.call("GET", f"{BASE}/targets"))[0] == look
    assert (await browser.call("GET", f"{BASE}/dead"))[0] == look
    assert (await browser.call("POST", f"{BASE}/targets/province/secret"))[0] == keep
    assert (await browser.call("POST", f"{BASE}/dead/resend", json={"ids": [1]}))[0] == keep


async def test_dead_letters_are_listed_without_what_they_say_sent_again_and_discarded(
    logged_in: LogIn, deps: Deps
) -> None:
    browser = await logged_in("admin")
    await added(browser, filter={})
    async with deps.store.session() as session:
        for number in range(3):
            event = Event(f"a:{number}", "order.closed", f"a{number}", NOON, data={"caller_name": "张三"})
            await enqueue(session, event)
        for row in await session.scalars(select(Delivery)):
            row.state, row.done_at, row.status, row.error = DeliveryState.DEAD, NOON, 422, "不要"
    _, page = await browser.call("GET", f"{BASE}/dead?limit=2&target=province")
    assert [(one["event_id"], one["status"]) for one in page["items"]] == [("a:2", 422), ("a:1", 422)]
    assert "张三" not in str(page)
    _, rest = await browser.call("GET", f"{BASE}/dead?cursor={page['next']}")
    assert [one["event_id"] for one in rest["items"]] == ["a:0"] and rest["next"] is None
    ids = [one["id"] for one in page["items"]]
    assert (await browser.call("POST", f"{BASE}/dead/resend", json={"ids": ids[:1]}))[1] == {"ids": ids[:1]}
    assert (await browser.call("POST", f"{BASE}/dead/discard", json={"ids": ids}))[0] == 400  # without a reason
    _, given_up = await browser.call("POST", f"{BASE}/dead/discard", json={"ids": ids, "why": "重复"})
    assert given_up == {"ids": ids[1:]}
    _, target = await browser.call("GET", f"{BASE}/targets/province")
    assert (target["waiting"], target["dead"]) == (1, 1)
    assert target["oldest"].startswith("2026-11-20")
    assert (await browser.call("GET", f"{BASE}/dead?cursor=x"))[0] == 400


async def test_a_test_event_goes_to_one_target_only(logged_in: LogIn) -> None:
    browser = await logged_in("admin")
    await added(browser)
    await added(browser, id="tourism")
    _, sent = await browser.call("POST", f"{BASE}/targets/province/test")
    assert sent["event_id"].startswith("test:province:")
    _, listed = await browser.call("GET", f"{BASE}/targets")
    assert {one["id"]: one["waiting"] for one in listed["items"]} == {"province": 1, "tourism": 0}


async def test_short_messages_can_be_switched_and_nothing_else(logged_in: LogIn, deps: Deps) -> None:
    async with deps.store.session() as session:
        await enqueue_sms(session, "13800000000", "已受理", ref="a:1", at=NOON)
    browser = await logged_in("admin")
    path = f"{BASE}/targets/sms"
    assert (await browser.call("PATCH", path, json={"version": 1, "state": "paused"}))[1]["state"] == "paused"
    assert (await browser.call("PATCH", path, json={"version": 2, "url": "https://x/"}))[0] == 400
    assert (await browser.call("POST", f"{path}/secret"))[0] == 400
    assert (await browser.call("POST", f"{path}/test"))[0] == 400
