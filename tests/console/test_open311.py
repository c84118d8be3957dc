"""Open311 GeoReport v2 as an app and the public meet it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from aiohttp.test_utils import TestServer
from sqlalchemy import select, update

from console.deps import DEPS, Deps
from console.rate import Rate, client_address
from gateway.config import Config
from gateway.errors import FatalError
from gateway.open311 import load_services
from gateway.orders.driver import apply, stored_events
from gateway.orders.listing import Scope, Wanted, lines_page
from gateway.store import Category, OrderState, WorkOrder, order_detail
from gateway.store.models import Open311Request, Outbox
from tests.console.conftest import Browser
from workorder.events import Actor, ActorRole, EventKind, OrderEvent

LogIn = Callable[[str], Awaitable[Browser]]
BASE = "/open311/v2"
FORM = {
    "service_code": "streetlight",
    "description": "解放路 12 号门前路灯不亮，联系张三 13800000000",
    "address_string": "解放路 12 号",
    "lat": "25.591234567",
    "long": "100.229876543",
    "first_name": "三",
    "last_name": "张",
    "phone": "13800000000",
}


async def key_of(browser: Browser, name: str = "city-app") -> str:
    status, made = await browser.call(
        "POST", "/api/v1/open311/keys", json={"name": name}, headers={"Idempotency-Key": name}
    )
    assert status == 201, made
    return str(made["key"])


async def file(browser: Browser, key: str, format_: str = "json", **changes: str) -> tuple[int, Any]:
    form = {**FORM, "api_key": key, **changes}
    async with browser.client.post(f"{BASE}/requests.{format_}", data=form) as answer:
        text = await answer.text()
        return answer.status, json.loads(text) if "json" in answer.content_type else ElementTree.fromstring(text)


async def order_of(deps: Deps, request_id: str) -> WorkOrder:
    async with deps.store.reading() as session:
        row = await session.get(Open311Request, request_id)
        assert row is not None
        found = await order_detail(session, row.order_id)
    assert found is not None
    assert [event.what for event in found[1]] == ["opened"]
    assert found[1][0].by == "open311:city-app"
    return found[0]


async def act(deps: Deps, order_id: str, kind: EventKind, **data: Any) -> None:
    event = OrderEvent(kind, deps.clock(), Actor("office1", ActorRole.OFFICE), "", data)
    async with deps.store.session() as session:
        await apply(session, deps.rulebook, order_id, event)


async def set_order(deps: Deps, order_id: str, **values: Any) -> None:
    async with deps.store.session() as session:
        await session.execute(update(WorkOrder).where(WorkOrder.order_id == order_id).values(**values))


@pytest.fixture
async def app(logged_in: LogIn) -> tuple[Browser, str]:
    admin = await logged_in("admin")
    return admin, await key_of(admin)


async def test_a_request_becomes_a_citizen_s_draft_and_shows_nothing_before_a_person_has_read_it(
    app: tuple[Browser, str], browser: Browser, deps: Deps
) -> None:
    status, made = await file(browser, app[1])
    assert status == 201
    public = made[0]["service_request_id"]
    order = await order_of(deps, public)
    assert (order.state, order.category, order.title) == (OrderState.DRAFT, Category.HELP, "路灯不亮、损坏")
    assert (order.caller_name, order.contact) == ("张三", "13800000000")
    assert order.address == "解放路 12 号\n位置：25.591235，100.229877" and "25.59" not in order.matter
    assert (order.channel, order.public, order.profile, order.version) == ("open311", True, "yunnan-2021", 1)
    assert order.order_id not in str(made)
    _, shown = await browser.call("GET", f"{BASE}/requests/{public}.json")
    assert (shown[0]["status"], shown[0]["description"], "lat" in shown[0]) == ("open", "", False)


async def test_after_acceptance_the_public_sees_the_matter_without_the_person(
    app: tuple[Browser, str], browser: Browser, deps: Deps
) -> None:
    _, made = await file(browser, app[1])
    public = made[0]["service_request_id"]
    order = await order_of(deps, public)
    await act(deps, order.order_id, EventKind.ACCEPTED)
    _, shown = await browser.call("GET", f"{BASE}/requests/{public}.json")
    assert "路灯不亮" in shown[0]["description"]
    for private in ("13800000000", "张三", "解放路 12 号", order.order_id):
        assert private not in str(shown)
    assert (shown[0]["lat"], shown[0]["long"], shown[0]["status_notes"]) == (25.591, 100.23, "已受理")
    _, shown = await browser.call("GET", f"{BASE}/requests.json?status=open")
    assert [(one["service_request_id"], one["status"]) for one in shown] == [(public, "open")]
    await set_order(deps, order.order_id, state=OrderState.CLOSED)
    assert (await browser.call("GET", f"{BASE}/requests.json?status=open"))[1] == []
    _, shown = await browser.call("GET", f"{BASE}/requests.json?status=closed")
    assert [(one["service_request_id"], one["status"]) for one in shown] == [(public, "closed")]


async def test_it_is_in_its_life_at_once_is_told_to_feeds_and_its_caller_gets_a_code_by_message(
    app: tuple[Browser, str], browser: Browser, deps: Deps
) -> None:
    _, made = await file(browser, app[1], media_url="https://photos.example/1.jpg")
    async with deps.store.reading() as session:
        row = await session.get(Open311Request, made[0]["service_request_id"])
        assert row is not None and row.place == (25.591234567, 100.229876543)
        events = await stored_events(session, row.order_id)
        line = (await lines_page(session, Scope(), Wanted(q="路灯"))).items
        told = list(await session.scalars(select(Outbox).where(Outbox.subject == row.order_id)))
    assert [(event.kind, event.by.id) for event in events] == [
        (EventKind.OPENED, "open311:city-app"),
        (EventKind.MATERIAL_ADDED, "open311:city-app"),
    ]
    assert events[1].data["materials"] == ["https://photos.example/1.jpg"]
    assert [one.order_id for one in line] == [row.order_id]
    assert told == []  # no target is on: nothing waits for one
    await act(deps, row.order_id, EventKind.ACCEPTED)
    async with deps.store.reading() as session:
        order = await session.get(WorkOrder, row.order_id)
        messages = list(await session.scalars(select(Outbox).where(Outbox.subject == row.order_id)))
    assert order is not None and order.code_hash
    assert any("查询码" in message.data for message in messages)


@pytest.mark.parametrize("values", [{"secret": True}, {"category": Category.REPORT}])
async def test_what_turns_out_confidential_is_gone_from_the_public(
    app: tuple[Browser, str], browser: Browser, deps: Deps, values: dict[str, Any]
) -> None:
    _, made = await file(browser, app[1])
    public = made[0]["service_request_id"]
    await set_order(deps, (await order_of(deps, public)).order_id, state=OrderState.ACCEPTED, **values)
    assert (await browser.call("GET", f"{BASE}/requests/{public}.json"))[0] == 404
    assert (await browser.call("GET", f"{BASE}/requests.json"))[1] == []


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"api_key": ""}, 400),
        ({"api_key": "o311_wrong"}, 403),
        ({"service_code": ""}, 400),
        ({"service_code": "report-an-official"}, 404),
        ({"description": ""}, 400),
        ({"description": "x" * 4001}, 400),
        ({"address_string": "", "lat": "", "long": ""}, 400),
        ({"lat": "95"}, 400),
        ({"lat": "nan"}, 400),
        ({"long": ""}, 400),
        ({"phone": "<script>"}, 400),
        ({"media_url": "http://x/"}, 400),
    ],
)
async def test_a_wrong_request_is_refused_in_the_standard_s_own_shape(
    app: tuple[Browser, str], browser: Browser, deps: Deps, changes: dict[str, str], status: int
) -> None:
    got, body = await file(browser, app[1], **changes)
    assert (got, body[0]["code"]) == (status, status)
    assert body[0]["description"]
    async with deps.store.reading() as session:
        assert (await session.scalars(select(Open311Request))).all() == []


async def test_both_formats_say_the_same(app: tuple[Browser, str], browser: Browser) -> None:
    status, made = await file(browser, app[1], "xml", description="坏字符\x0b<b>&")
    assert (status, made.tag, made[0].tag) == (201, "service_requests", "request")
    public = made.findtext("request/service_request_id")
    for path, root in (
        (f"requests/{public}", "service_requests"),
        ("requests", "service_requests"),
        ("services", "services"),
        ("services/streetlight", "service_definition"),
        ("discovery", "discovery"),
    ):
        async with browser.client.get(f"{BASE}/{path}.xml") as answer:
            assert (answer.status, answer.content_type) == (200, "application/xml")
            assert ElementTree.fromstring(await answer.text()).tag == root
        assert (await browser.call("GET", f"{BASE}/{path}.json"))[0] == 200
    async with browser.client.get(f"{BASE}/services/none.xml") as answer:
        assert ElementTree.fromstring(await answer.text()).findtext("error/code") == "404"
    _, listed = await browser.call("GET", f"{BASE}/services.json")
    assert {"service_code": "streetlight", "metadata": False}.items() <= listed[0].items()


async def test_the_list_is_bounded_to_ninety_days_unless_ids_are_named(
    app: tuple[Browser, str], browser: Browser, deps: Deps
) -> None:
    _, made = await file(browser, app[1])
    public = made[0]["service_request_id"]
    old = datetime.now(UTC) - timedelta(days=100)
    async with deps.store.session() as session:
        await session.execute(update(Open311Request).values(requested_at=old))
    assert (await browser.call("GET", f"{BASE}/requests.json"))[1] == []
    assert len((await browser.call("GET", f"{BASE}/requests.json?service_request_id={public},x"))[1]) == 1
    end = (old + timedelta(days=1)).date().isoformat()
    assert len((await browser.call("GET", f"{BASE}/requests.json?end_date={end}"))[1]) == 1
    assert (await browser.call("GET", f"{BASE}/requests.json?service_code=waste&end_date={end}"))[1] == []
    for wrong in (
        "start_date=yesterday",
        "status=lost",
        "start_date=2026-02-01&end_date=2026-01-01",
        "end_date=0001-01-01",
    ):
        assert (await browser.call("GET", f"{BASE}/requests.json?{wrong}"))[0] == 400, wrong


async def test_an_app_that_is_switched_off_files_nothing_and_a_key_is_shown_once(
    app: tuple[Browser, str], browser: Browser, logged_in: LogIn
) -> None:
    admin, key = app
    _, listed = await admin.call("GET", "/api/v1/open311/keys")
    assert [one["name"] for one in listed["items"]] == ["city-app"] and key not in str(listed)
    _, off = await admin.call("PATCH", "/api/v1/open311/keys/city-app", json={"active": False})
    assert off["active"] is False
    assert (await file(browser, key))[0] == 403
    assert (await admin.call("PATCH", "/api/v1/open311/keys/nobody", json={"active": False}))[0] == 404
    boss = await logged_in("banzhang")
    assert (await boss.call("GET", "/api/v1/open311/keys"))[0] == 403


async def test_one_address_cannot_flood_the_office(
    app: tuple[Browser, str], browser: Browser, server: TestServer, deps: Deps
) -> None:
    assert server.app is not None
    slow = replace(deps, open311_gets=Rate(per_minute=60, burst=30))
    server.app._state[DEPS] = slow
    got = [(await file(browser, app[1]))[0] for _ in range(8)]
    assert got == [201] * 6 + [429, 429]
    async with browser.client.post(
        f"{BASE}/requests.json", data={**FORM, "api_key": app[1]}, headers={"X-Forwarded-For": "203.0.113.9"}
    ) as answer:
        assert answer.status == 201  # another caller behind our proxy


async def test_another_site_s_page_cannot_file(app: tuple[Browser, str], browser: Browser) -> None:
    form = {**FORM, "api_key": app[1]}
    async with browser.client.post(f"{BASE}/requests.json", data=form, headers={"Origin": "https://evil"}) as answer:
        assert answer.status == 403


def test_a_bucket_gives_a_burst_and_then_its_rate_and_forgets_the_oldest() -> None:
    rate = Rate(per_minute=60, burst=2)
    assert [rate.wait_s("a", 0.0) for _ in range(3)] == [0.0, 0.0, 1.0]
    assert rate.wait_s("b", 0.0) == 0.0
    assert rate.wait_s("a", 1.1) == 0.0
    assert rate.wait_s("a", 1.1) > 0
    for number in range(20_001):
        rate.wait_s(str(number), 2.0)
    assert [rate.wait_s("a", 2.0) for _ in range(2)] == [0.0, 0.0]


class Asked:
    def __init__(self, remote: str, told: str = "") -> None:
        self.remote = remote
        self.headers = {"X-Forwarded-For": told} if told else {}


@pytest.mark.parametrize(
    ("remote", "told", "address"),
    [
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("127.0.0.1", "10.0.0.1, 198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("::1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("127.0.0.1", "nonsense" * 20, ("nonsense" * 20)[:64]),
    ],
)
def test_an_address_is_the_proxy_s_word_only_when_the_proxy_is_ours(remote: str, told: str, address: str) -> None:
    assert client_address(Asked(remote, told)) == address  # type: ignore[arg-type]  # all that is looked at


def test_our_services_are_whole_and_a_city_s_own_list_goes_before_them(tmp_path: Path) -> None:
    config = Config(state_dir=tmp_path)
    assert "streetlight" in load_services(config)
    own = tmp_path / "open311.toml"
    entry = '[[service]]\ncode="a"\nname="甲"\ndescription="乙"\ncategory="{}"\n'
    own.write_text(entry.format("help"))
    assert list(load_services(config)) == ["a"]
    own.write_text(entry.format("report") + entry.format("help").replace('"a"', '"B"') + "[[service]]\n")
    with pytest.raises(
        FatalError, match=r"service 1: category 'report'.*service 2: code 'B'.*service 3: code is missing"
    ):
        load_services(config)
