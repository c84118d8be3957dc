"""The seat's and the supervisor's pages without a PBX: what is known of a caller, keys for several thirds, refusals, a
wrap-up that wants its result, messages, a surge. The gateway is a fake that remembers what it was asked.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from gateway.control import VerbWords
from gateway.people.demo import demo_people
from gateway.people.parts import Actor, parts_of, save_part
from gateway.store import open_store
from tests.console.house import NOON, config_for
from tests.pages.conftest import NARROW, Site, shoot
from tests.pages.test_pages import no_sideways_scroll

pytestmark = pytest.mark.system

NOW = datetime.now(UTC).isoformat()
ALL = ["consult", "three_way", "hand_over", "join", "swap", "aside", "drop"]


def party(number: str, role: str, who: str, name: str, place: str, verb: str = "consult") -> dict[str, str]:
    return {"id": number, "role": role, "who": who, "name": name, "place": place, "verb": verb, "since": NOW}


def talk(*thirds: dict[str, str], verbs: list[str], seat: str = "main", caller: str = "main") -> dict[str, Any]:
    parties = [
        party("c", "caller", "", "", caller, "offer"),
        party("p1", "seat", "801", "王芳", seat, "offer"),
        *thirds,
    ]
    return {"conductor": "801", "parties": parties, "verbs": verbs, "ringing": None, "notice": None}


SURGE = {
    "id": "s1-1", "kind": "matter", "hotline": "12315", "choice": "消费投诉", "caller": "", "count": 12, "since": NOW,
    "last_at": NOW, "text": "超市价签问题已受理，三日内答复", "order_id": "HL202611200002", "calls": ["x"],
}  # fmt: skip


async def both(page: Page, name: str) -> None:
    await shoot(page, f"{name}-1440")
    await page.set_viewport_size(NARROW)  # type: ignore[arg-type]  # a dict, as its own docs have it
    await no_sideways_scroll(page)
    await shoot(page, f"{name}-390")
    await page.set_viewport_size({"width": 1440, "height": 900})


def in_call(site: Site, **changes: Any) -> None:
    site.board.put_seat(
        "801", state="talking", device="phone", registered={"phone": True, "web": False}, call="x", reason="call"
    )
    site.board.put_call("x", state="talking", seat="801", **changes)


async def test_a_seat_knows_before_it_answers_who_calls_how_often_and_what_is_open(site: Site) -> None:
    site.board.put_seat("801", state="ringing", device="phone", registered={"phone": True}, call="x", reason="offer")
    site.board.put_call("x", state="offered", seat="801", choice="消费投诉")
    page = await site.open("/seat", "seat801")
    await expect(page.get_by_test_id("call-card")).to_contain_text("消费投诉")
    await expect(page.get_by_test_id("merge-suggestion")).to_contain_text("HL20261120000")
    await expect(page.get_by_test_id("sticky")).to_be_visible()
    await expect(page.get_by_test_id("history")).to_contain_text("市场监管")
    site.board.hub.publish({"type": "surge", "surge": SURGE})
    await expect(page.get_by_test_id("surge")).to_contain_text("三日内答复")
    await both(page, "seat-pop")


async def test_with_several_thirds_each_has_keys_of_its_own_and_a_refusal_is_told(site: Site) -> None:
    thirds = party("p2", "expert", "901", "人社专家", "main"), party("p3", "unit", "12348", "司法局", "aside")
    in_call(site, talk=talk(*thirds, verbs=ALL))
    site.acts.answers["/v1/calls/x/targets"] = {
        "hotline": "12315", "topics": ["价格"], "units": [{"kind": "unit", "ref": "12328", "name": "交通运输"}],
        "experts": [{"kind": "seat", "ref": "902", "name": "专家 902", "state": "talking"}], "emergencies": [],
        "seats": [{"kind": "seat", "ref": "802", "name": "赵强", "pool": "shared", "state": "idle"}],
        "outside": [{"kind": "outside", "ref": "0872XXXXXXX", "name": "本市固定电话", "exact": False}],
    }  # fmt: skip
    page = await site.open("/seat", "seat801")
    await expect(page.locator('[data-party="p3"] [data-verb]')).to_have_text(["接入", "切换", "转接", "结束"])
    await page.locator('[data-party="p3"] [data-verb="join"]').click()  # on its way while one looks for the next
    await page.keyboard.press("Alt+s")
    await expect(page.locator('[data-target="seat:902"]')).to_be_disabled()  # talks already
    await both(page, "seat-six")
    await page.get_by_test_id("target-filter").fill("0872 2123456")
    site.acts.refusal = "本小时外呼次数已用完"
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("本小时外呼次数已用完")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("targets")).to_have_count(0)
    async with page.expect_response("**/talk"):
        await page.locator('[data-emergency-three="110"]').click()
    asked = [(words["verb"], words["target"], words["party"]) for _, words in site.acts.asked]
    assert asked == [
        ("join", None, "p3"),
        ("three_way", {"kind": "outside", "ref": "08722123456"}, None),
        ("three_way", {"kind": "emergency", "ref": "110"}, None),
    ]


FOCUSED = """() => {
  const at = document.activeElement
  const box = (at.closest('.el-input__wrapper') ?? at).getBoundingClientRect()
  const look = getComputedStyle(at), around = getComputedStyle(at.closest('.el-input__wrapper') ?? at)
  const seen = (look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) >= 2) || around.boxShadow !== 'none'
  const name = at.innerText || at.placeholder || at.tagName
  return { name, top: box.top + scrollY, seen, talk: !!at.closest('.talk') }
}"""


async def test_tab_goes_down_the_keys_of_the_talk_and_is_always_to_be_seen(site: Site) -> None:
    in_call(site, talk=talk(party("p2", "expert", "901", "人社专家", "main"), verbs=ALL))
    page = await site.open("/seat", "seat801")
    await page.get_by_test_id("talk-keys").wait_for()
    stops = []
    for _ in range(40):
        await page.keyboard.press("Tab")
        stops.append(await page.evaluate(FOCUSED))
        if stops[-1]["name"].startswith("搜索"):
            break
    assert [stop for stop in stops if not stop["seen"]] == []
    keys = [stop for stop in stops if stop["talk"]]
    assert len(keys) == len(ALL) + 8, [stop["name"] for stop in keys]  # and four emergency lines, two keys each
    assert keys[:7] == sorted(keys[:7], key=lambda stop: stop["top"]), "from above to below"
    assert stops[-1]["name"].startswith("搜索"), "what one looks up comes after the talk"


async def test_a_wrap_up_that_wants_a_result_ends_with_one_and_a_pause_waits_for_its_end(
    site: Site, tmp_path: Path
) -> None:
    store = await open_store(config_for(tmp_path, ws_port=1).database)
    async with store.session() as session:
        for key, value in parts_of(demo_people({"901"})).items():
            await save_part(session, Actor("system", NOON), key, value, revision=0)
    await store.close()
    registered = {"phone": True, "web": False}
    site.board.put_seat("801", state="wrap_up", device="phone", registered=registered, call="x", must_close=True)
    page = await site.open("/seat", "seat801")
    await expect(page.get_by_test_id("seat-done")).to_be_disabled()
    await page.get_by_test_id("results").get_by_text("生成工单转办").click()
    await expect(page.get_by_test_id("seat-done")).to_be_enabled()
    await both(page, "seat-must-close")
    await page.get_by_test_id("seat-done").click()
    await expect(page.get_by_test_id("seat-state")).to_have_text("空闲")
    seat, verb, words = site.board.verbs[-1]
    assert (seat, verb, bool(words.result), words.settled) == ("801", "done", True, False)
    in_call(site)
    await page.get_by_test_id("seat-pause").click()
    await page.get_by_text("用餐").click()
    await expect(page.get_by_test_id("seat-state")).to_have_text("暂停")  # the fake board's, at once
    assert site.board.verbs[-1] == ("801", "pause", VerbWords(reason="用餐", by="seat801", after_call=True))


async def test_an_aside_seat_sees_when_it_is_back_and_a_lost_phone_is_not_overlooked(site: Site) -> None:
    soon = (datetime.now(UTC) + timedelta(seconds=90)).isoformat()
    site.board.put_seat("801", state="set_aside", device="web", reason="no_answer", until=soon)
    page = await site.open("/seat", "seat801")
    await expect(page.get_by_test_id("seat-resume")).to_contain_text("后自动")
    await expect(page.get_by_test_id("phone-bad")).to_contain_text("接不到来电")
    await expect(page.get_by_test_id("phone-bad")).to_have_css("color", "rgb(255, 255, 255)")  # on cinnabar
    await page.get_by_test_id("check-devices").click()
    await expect(page.get_by_test_id("microphone-heard")).to_have_text("麦克风正常")  # Chromium's own beeps
    await both(page, "seat-aside")


async def test_what_was_typed_survives_a_reload_while_the_server_is_away(site: Site) -> None:
    page = await site.open("/orders/HL202611200001", "seat801")
    await page.route(
        "**/api/v1/orders/HL202611200001",
        lambda route: route.abort() if route.request.method == "PATCH" else route.continue_(),
    )
    await page.get_by_test_id("order-title").fill("价签不一致")
    await expect(page.get_by_test_id("save-status")).to_have_text("未保存")
    await page.reload()
    await expect(page.get_by_test_id("order-title")).to_have_value("价签不一致")
    await page.unroute("**/api/v1/orders/HL202611200001")
    await expect(page.get_by_test_id("save-status")).to_contain_text("已保存")


async def test_an_overseer_writes_to_seats_sets_their_state_and_tells_what_a_surge_is_about(site: Site) -> None:
    in_call(site)
    site.board.hub.publish({"type": "surge", "surge": SURGE | {"text": ""}})
    boss, seat = await site.open("/live", "banzhang"), await site.open("/seat", "seat801")
    await expect(boss.get_by_test_id("listen")).to_have_count(0)  # no phone of their own
    site.acts.answers["/v1/surges/s1-1"] = SURGE
    site.acts.answers["/v1/messages"] = {"id": "n1", "at": NOW, "by": "班长 李敏", "text": "请回复", "seats": ["801"]}
    await boss.get_by_test_id("surge-text").fill("已受理，三日内答复")
    await boss.get_by_test_id("surge-save").click()
    await boss.get_by_test_id("message-text").fill("请回复")
    await boss.get_by_test_id("message-send").click()
    site.board.hub.publish({"type": "message", "message": site.acts.answers["/v1/messages"]})
    await expect(seat.get_by_test_id("message")).to_contain_text("请回复")
    await both(boss, "live-surge")
    await boss.locator('[data-seat="801"]').get_by_test_id("seat-acts").click()
    await boss.get_by_text("结束后暂停：培训").click()
    await expect(boss.locator('[data-seat="801"]')).to_contain_text("暂停")
    assert site.board.verbs[-1][2].after_call
    assert [path for path, _ in site.acts.asked] == ["/v1/surges/s1-1", "/v1/messages"]
