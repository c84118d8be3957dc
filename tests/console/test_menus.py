"""Menus over HTTP: read with what they say, edited option by option in the draft, named for everybody."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_asyncio

from tests.console.conftest import Browser
from tests.console.test_table import BASE, LogIn, accept_all, publish, save, start
from tests.console.test_table import table as table  # the demo city's table is in force in every test

OPTION = {"key": "4", "id": "tax", "label": "税务咨询", "prompt": "menu-inquiry", "skills": ["business"], "priority": 3}


def change(**fields: Any) -> dict[str, Any]:
    value = {name.replace("option_", "options."): it for name, it in fields.items()}
    return {"action": "change", "entity": "menu", "key": "12345-day", "value": value}


@pytest_asyncio.fixture
async def admin(logged_in: LogIn) -> Browser:
    return await logged_in("admin")


async def read(browser: Browser, name: str = "12345-day", *, draft: bool = True) -> dict[str, Any]:
    status, found = await browser.call("GET", f"{BASE}/menus/{name}?draft={str(draft).lower()}")
    assert status == 200, found
    return dict(found)


async def test_a_menu_is_read_with_its_words_its_options_and_who_comes_to_it(admin: Browser) -> None:
    status, found = await admin.call("GET", f"{BASE}/menus")
    assert status == 200 and [menu["id"] for menu in found["items"]] == ["12345-day", "12345-night"]
    day = found["items"][0]
    assert day["rows"] == [{"key": "12345", "name": day["rows"][0]["name"], "field": "menu_open", "calendar": "day"}]
    assert [(one["key"], one["label"], one["text"]) for one in day["options"]][2] == (
        "3",
        "企业服务",
        "企业服务，请按三键。",
    )
    assert (await admin.call("GET", f"{BASE}/menus/nowhere"))[0] == 404


async def test_an_option_goes_through_the_draft_to_the_second_person_and_into_force(
    admin: Browser, logged_in: LogIn
) -> None:
    begun = await start(admin)
    status, saved = await save(admin, begun["etag"], change(option_4=OPTION, option_2=None))
    assert status == 200
    assert [one["key"] for one in (await read(admin))["options"]] == ["1", "3", "4"]
    assert [one["key"] for one in (await read(admin, draft=False))["options"]] == ["1", "2", "3"]
    _, difference = await admin.call("GET", f"{BASE}/draft/difference")
    texts = [one["text"] for one in difference["changes"]]
    assert any("按键4" in text and "税务咨询" in text for text in texts) and any("按键2" in text for text in texts)
    await accept_all(admin)
    assert (await admin.call("POST", f"{BASE}/draft/submit"))[0] == 200
    status, done = await publish(await logged_in("banzhang"), saved["draft"]["revision"])
    assert (status, done["state"]) == (200, "published")
    assert (await read(admin, draft=False))["options"][2]["label"] == "税务咨询"
    seat = await logged_in("seat801")
    status, named = await seat.call("GET", "/api/v1/choices")
    assert status == 200
    assert {"menu": "12345-day", "option": "tax", "label": "税务咨询"} in named["items"]
    assert (await seat.call("GET", f"{BASE}/menus"))[0] == 403


async def test_every_broken_rule_is_told_at_once_in_chinese_before_and_at_saving(admin: Browser) -> None:
    begun = await start(admin)
    edits = [change(option_0={**OPTION, "key": "0"}, option_5={"key": "5", "id": "x"}, total_s=5)]
    status, problem = await save(admin, begun["etag"], *edits)
    said = {field["place"].removeprefix("menu/12345-day/"): field["reason"] for field in problem["fields"]}
    assert status == 400 and said == {
        "total_s": "总时长应大于等待按键时间的两倍",
        "options[3].key": "按键0固定转人工，不能另作他用",
        "options[4].prompt": "必填",
    }
    status, live = await admin.call("POST", f"{BASE}/draft/preview", json={"edits": edits, "calls": [], "prove": True})
    assert status == 400 and live["fields"] == problem["fields"]
    assert len((await read(admin))["options"]) == 3


async def test_two_admins_on_one_option_get_both_texts_and_nothing_is_saved(admin: Browser, logged_in: LogIn) -> None:
    other = await logged_in("admin2")
    begun = await start(admin)
    first = {"key": "1", "id": "inquiry", "label": "甲", "prompt": "menu-inquiry"}
    assert (await save(admin, begun["etag"], change(option_1=first)))[0] == 200
    status, problem = await save(other, begun["etag"], change(option_1={**first, "label": "乙"}, wait_s=5))
    assert (status, [one["field"] for one in problem["conflicts"]]) == (409, ["options.1"])
    assert "甲" in problem["conflicts"][0]["text"] and "乙" in problem["conflicts"][0]["text"]
    assert (await read(admin))["wait_s"] == 3
    assert (await save(other, problem["etag"], change(wait_s=5)))[0] == 200
    day = await read(admin)
    assert (day["wait_s"], day["options"][0]["label"]) == (5, "甲")


@pytest.mark.parametrize(
    ("edit", "code", "place"),
    [
        (change(option_4={**OPTION, "prompt": "menu-unheard"}), "menu-no-prompt", "menu/12345-day/options.4"),
        (change(option_4={**OPTION, "skills": ["flying"]}), "menu-no-seat", "menu/12345-day/options.4"),
        ({"action": "remove", "entity": "menu", "key": "12345-night", "value": {}}, "no-menu", "row/12345/menu_closed"),
        (
            {
                "action": "change",
                "entity": "row",
                "key": "12333",
                "value": {"menu_open": "12345-day", "menu_calendar": "day"},
            },
            "menu-legacy",
            "row/12333/menu_open",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_the_proof_stops_a_menu_that_would_leave_a_caller_in_silence(
    admin: Browser, edit: dict[str, Any], code: str, place: str
) -> None:
    begun = await start(admin)
    assert (await save(admin, begun["etag"], edit))[0] == 200
    _, check = await admin.call("GET", f"{BASE}/draft/check")
    assert (code, place) in {(one["code"], one["place"]) for one in check["errors"]}


async def test_a_prompt_knows_the_draft_s_menus_that_play_it(admin: Browser) -> None:
    begun = await start(admin)
    await save(admin, begun["etag"], change(option_4={**OPTION, "prompt": "menu-tax"}))
    _, found = await admin.call("GET", f"{BASE}/prompts?draft=true")
    tax = next(one for one in found["items"] if one["id"] == "menu-tax")
    assert (tax["source"], tax["menus"]) == ("missing", ["12345-day"])
