"""Short messages to citizens: what they say, how long they are, and what never stands in them."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from sqlalchemy import select

from gateway.config import Config, ConfigError, load_config
from gateway.orders.messages import page_of, words
from gateway.orders.rulebook import Rulebook
from gateway.store.models import Outbox
from gateway.store.outbox import event_of
from tests.orders.scene import WATER, K, Scene
from tests.workorder.lives import CALLER, OFFICE, SEAT, Life, life
from workorder.events import OrderEvent
from workorder.order import Order

URL = "https://12345.example-city.gov.cn"
LONGEST = f"{URL}/".ljust(48, "x")
ONE_PART = 70 - len("【12345】")  # what a provider puts before it counts too
TWO_PARTS = 2 * 67 - len("【12345】")
SECRET = {"title": "举报环保局王某受贿", "matter": "联系人张三，电话13800000000，住东街5号"}


def _lives() -> list[tuple[Order, OrderEvent]]:
    """Every event of several lives with the order as it was after it."""
    turned = [
        life(profile).opened(**SECRET).do(K.NOT_ACCEPTED, SEAT, ground=ground, channel="")
        for profile, ground in (("liaoning", "legal_procedure"), ("changzhou", "emergency"), ("karamay", "malicious"))
    ]
    materials = life("liaoning").accepted(**SECRET)
    materials.do(K.MATERIALS_ASKED, OFFICE, until="2026-12-01T00:00:00+08:00", materials=["发票"])
    contact = life("qingpu-water").dispatched(difficulty="hard", **SECRET)
    for _ in range(2):
        contact.do(K.CONTACTED, WATER, result="busy", channel="call").wait(hours=1)
    contact.do(K.CONTACTED, WATER, result="told", channel="sms")
    direct = life("karamay").accepted("inquiry", **SECRET).do(K.ANSWERED_DIRECTLY, SEAT, answer="见公告")
    lives: list[Life] = [*turned, materials, contact, direct, life("yunnan-2021").closed(**SECRET)]
    lives.append(life("yunnan-2021").opened(**SECRET).do(K.WITHDRAWN, CALLER))
    return [(each.order, event) for each in lives for event in each.events]


SAID = [(order, event) for order, event in _lives() if words(order, event)]


def test_a_citizen_hears_of_every_turn_that_is_theirs() -> None:
    kinds = {event.kind for _order, event in SAID}
    assert kinds == {K.ACCEPTED, K.NOT_ACCEPTED, K.MATERIALS_ASKED, K.CONTACTED, K.REVIEW_PASSED, K.ANSWERED_DIRECTLY}


@pytest.mark.parametrize("order, event", SAID)
def test_without_an_address_a_message_is_one_part_and_says_whom_to_ask(order: Order, event: OrderEvent) -> None:
    for code in ("", "ABCD2345"):
        said = words(order, event, code=code)
        assert len(said) <= ONE_PART, said
        assert "12345" in said or event.kind is K.NOT_ACCEPTED
        assert order.order_id in said


@pytest.mark.parametrize("order, event", SAID)
def test_with_an_address_a_message_is_two_parts_at_most_and_leads_to_the_order(order: Order, event: OrderEvent) -> None:
    said = words(order, event, code="ABCD2345", public_url=LONGEST)
    assert len(said) <= TWO_PARTS, said
    if event.kind is not K.NOT_ACCEPTED:
        assert re.search(rf"https://\S+/citizen#look/{order.order_id} ", said), "a blank ends the link"
    assert "ABCD2345" not in page_of(URL, order.order_id)  # the code is typed: a link can be passed on


@pytest.mark.parametrize("order, event", SAID)
def test_nothing_of_the_matter_and_nobodys_name_stands_in_a_message(order: Order, event: OrderEvent) -> None:
    said = words(order, event, code="ABCD2345", public_url=URL)
    for secret in ("举报", "环保局", "王某", "张三", "13800000000", "东街", "发票", "见公告", "water"):
        assert secret not in said


def test_a_long_list_of_channels_is_told_on_the_phone() -> None:
    order, event = next((order, event) for order, event in SAID if event.kind is K.NOT_ACCEPTED)
    said = words(replace(order, right_channel="某" * 40), event)
    assert "某" not in said and "12345" in said


async def test_who_could_not_be_reached_is_told_by_a_real_message(scene: Scene) -> None:
    """Seed 001, article 9(1)."""
    scene.rulebook = Rulebook(replace(scene.config, public_url=URL))
    order_id = await scene.file(profile="qingpu-water")
    await scene.do(order_id, K.EDITED, difficulty="hard")
    await scene.do(order_id, K.ACCEPTED)
    await scene.do(order_id, K.DISPATCHED, units=["water"])
    for result in ("no_answer", "busy"):
        await scene.do(order_id, K.CONTACTED, WATER, result=result, channel="call")
        scene.wait(hours=1)
    await scene.do(order_id, K.CONTACTED, WATER, result="told", channel="sms")
    async with scene.store.reading() as session:
        rows = await session.scalars(select(Outbox).where(Outbox.kind == "sms.message").order_by(Outbox.id))
        texts = [str(event_of(row).data["text"]) for row in rows]
    assert len(texts) == 2 and "未联系上" in texts[-1] and f"{URL}/citizen#look/{order_id}" in texts[-1]


@pytest.mark.parametrize("good", ["", "https://12345.gov.cn", "http://10.0.0.1:8080/hotline"])
def test_an_address_is_taken_as_it_is(good: str) -> None:
    assert load_config({"HOTLINE_PUBLIC_URL": good}).public_url == good


@pytest.mark.parametrize(
    "bad",
    ["12345.gov.cn", "https://a.cn/", "https://a.cn/?x=1", "https://a.cn/#b", "ftp://a.cn", f"{LONGEST}x"],
)
def test_an_address_that_would_break_a_message_is_refused(bad: str) -> None:
    with pytest.raises(ConfigError, match="HOTLINE_PUBLIC_URL"):
        load_config({"HOTLINE_PUBLIC_URL": bad})


def test_no_address_is_the_default() -> None:
    assert Config().public_url == ""
