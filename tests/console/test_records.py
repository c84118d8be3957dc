"""Calls, recordings, orders and tasks as the pages read and change them."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from console.deps import Deps
from console.recording_api import locate
from gateway.config import Config
from gateway.store import audit_page
from tests.console.conftest import Browser
from tests.console.house import CALLER, LONG_CALL, MISSED_CALL, SHORT_CALL

LogIn = Callable[[str], Awaitable[Browser]]
ORDER = "/api/v1/orders/HL202611200001"


async def test_the_path_of_a_call_shows_facts_but_no_number_and_no_file(logged_in: LogIn) -> None:
    browser = await logged_in("seat801")
    _, call = await browser.call("GET", f"/api/v1/calls/{SHORT_CALL}")
    assert [entry["what"] for entry in call["path"]] == [
        "hl.start", "ANSWER", "hl.route", "hl.wait", "hl.offer", "HANGUP"
    ]  # fmt: skip
    route = call["path"][2]["detail"]
    assert route["hotline"] == "12315"
    assert route["reasons"][0] == "拨打号码12315在路由表中"
    assert call["path"][0]["detail"]["dialled"] == "087212315"
    assert call["reasons"][2:] == ["C：座席已并入，由共享坐席接听", "of-a-newer-release/138****0000"]
    assert CALLER not in str(call)
    assert "secret/path.wav" not in str(call)
    assert call["order_id"] == "HL202611200001"
    assert [leg["role"] for leg in call["legs"]] == ["caller", "seat"]
    assert call["recording_detail"]["may_play"] is True


async def test_lists_page_by_cursor_without_losing_or_repeating(logged_in: LogIn) -> None:
    browser = await logged_in("admin")
    seen, cursor = [], ""
    for _ in range(3):
        _, page = await browser.call("GET", f"/api/v1/calls?limit=1&cursor={cursor}")
        seen += [row["linkedid"] for row in page["items"]]
        cursor = page["next"] or ""
    assert (seen, cursor) == ([LONG_CALL, MISSED_CALL, SHORT_CALL], "")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("hotline=12345", [MISSED_CALL]),
        ("outcome=abandoned", [MISSED_CALL]),
        (f"caller={CALLER}&seat=802", [LONG_CALL]),
        ("since=2026-11-20T12:30:00%2B08:00", [LONG_CALL]),
        ("until=2026-11-20T12:01:00%2B08:00", [SHORT_CALL]),
    ],
)
async def test_filters_narrow_the_list(logged_in: LogIn, query: str, expected: list[str]) -> None:
    browser = await logged_in("admin")
    _, page = await browser.call("GET", f"/api/v1/calls?{query}")
    assert [row["linkedid"] for row in page["items"]] == expected


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=1000", "cursor=%00", "caller=1' OR 1=1", "outcome=nice", "since=2026-11-20T12:00", "x=1"],
)
async def test_a_bad_filter_is_a_bad_request(logged_in: LogIn, query: str) -> None:
    browser = await logged_in("admin")
    status, body = await browser.call("GET", f"/api/v1/calls?{query}")
    assert (status, body["type"]) == (400, "/problems/bad-request")


async def test_a_recording_plays_with_ranges_and_each_request_is_audited(logged_in: LogIn, deps: Deps) -> None:
    browser = await logged_in("seat801")
    path = f"/api/v1/calls/{SHORT_CALL}/recording"
    async with browser.client.get(path) as whole:
        content = await whole.read()
        assert (whole.status, whole.content_type, content[:4]) == (200, "audio/wav", b"RIFF")
        assert whole.headers["Accept-Ranges"] == "bytes"
        assert whole.headers["Cache-Control"] == "no-store"
    async with browser.client.get(path, headers={"Range": "bytes=100-199"}) as part:
        assert (part.status, await part.read()) == (206, content[100:200])
    async with browser.client.get(path, headers={"Range": "bytes=99999999-"}) as beyond:
        assert beyond.status == 416
    async with deps.store.reading() as session:
        entries = (await audit_page(session, subject=f"call:{SHORT_CALL}")).items
    assert [(entry.who, entry.what, entry.detail["range"]) for entry in reversed(entries)] == [
        ("seat801", "recording.played", ""),
        ("seat801", "recording.played", "bytes=100-199"),
        ("seat801", "recording.played", "bytes=99999999-"),
    ]


async def test_a_missing_recording_says_so(logged_in: LogIn) -> None:
    browser = await logged_in("admin")
    status, body = await browser.call("GET", f"/api/v1/calls/{LONG_CALL}/recording")
    assert (status, body["detail"]) == (404, "录音缺失：文件不存在")


@pytest.mark.parametrize(
    "linkedid", ["..%2F..%2Fsecrets.json", "%2e%2e%2fsecrets.json", "..", f"{SHORT_CALL}%00", f"{SHORT_CALL}/../x"]
)
async def test_a_path_in_the_call_id_reaches_no_file(logged_in: LogIn, linkedid: str) -> None:
    browser = await logged_in("admin")
    from yarl import URL

    url = URL(f"/api/v1/calls/{linkedid}/recording", encoded=True)
    async with browser.client.get(url) as answer:
        assert answer.status == 404
        assert b"ami_gateway" not in await answer.read()


def test_a_stored_path_that_leaves_the_folder_is_no_recording(tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    (tmp_path / "secret").write_text("x")
    (folder / "link.wav").symlink_to(tmp_path / "secret")
    (folder / "good.wav").write_bytes(b"RIFF")
    assert locate(folder, "good.wav") == folder / "good.wav"
    for relative in ("../secret", "link.wav", str(tmp_path / "secret"), "", ".", "gone.wav", "a\x00b"):
        assert locate(folder, relative) is None


async def test_a_draft_is_changed_by_its_seat(logged_in: LogIn) -> None:
    browser = await logged_in("seat801")
    changes = {"version": 1, "title": "  路灯不亮 ", "category": "help", "contact": "13911112222"}
    status, order = await browser.call("PATCH", ORDER, json=changes)
    assert (status, order["version"], order["title"], order["category"]) == (200, 2, "路灯不亮", "help")
    assert order["contact"] == "139****2222"
    assert order["hotline"]["number"] == "12315"
    assert [(event["what"], event["by"]) for event in order["events"]] == [("opened", "system"), ("edited", "seat801")]


async def test_two_writers_get_a_conflict_with_both_versions(logged_in: LogIn) -> None:
    seat, boss = await logged_in("seat801"), await logged_in("banzhang")
    await boss.call("PATCH", ORDER, json={"version": 1, "title": "班长写的"})
    status, body = await seat.call("PATCH", ORDER, json={"version": 1, "title": "坐席写的"})
    assert (status, body["type"]) == (409, "/problems/conflict")
    assert body["yours"] == {"title": "坐席写的"}
    assert (body["current"]["title"], body["current"]["version"]) == ("班长写的", 2)
    status, order = await seat.call("PATCH", ORDER, json={"version": 2, "title": "坐席写的"})
    assert (status, order["title"], order["version"]) == (200, "坐席写的", 3)


async def test_of_two_writers_at_once_exactly_one_wins(logged_in: LogIn) -> None:
    seat, boss = await logged_in("seat801"), await logged_in("banzhang")
    answers = await asyncio.gather(
        *(who.call("PATCH", ORDER, json={"version": 1, "title": f"第{n}个"}) for n, who in enumerate((seat, boss) * 3))
    )
    assert sorted(status for status, _ in answers) == [200, 409, 409, 409, 409, 409]


@pytest.mark.parametrize("field", ["hotline_number", "caller_number", "linkedid", "seat", "state"])
async def test_the_origin_of_an_order_cannot_be_changed(logged_in: LogIn, field: str) -> None:
    browser = await logged_in("admin")
    assert (await browser.call("PATCH", ORDER, json={"version": 1, field: "x"}))[0] == 400


async def test_an_order_is_accepted_only_when_it_says_what_it_is_about(logged_in: LogIn) -> None:
    browser = await logged_in("seat801")
    status, body = await browser.call("POST", f"{ORDER}/accept", json={"version": 1})
    assert (status, body["detail"]) == (409, "请先填写：标题、类别、诉求内容")
    full = {"version": 1, "title": "路灯不亮", "category": "help", "matter": "解放路口路灯三天不亮"}
    await browser.call("PATCH", ORDER, json=full)
    status, order = await browser.call("POST", f"{ORDER}/accept", json={"version": 2})
    assert (status, order["state"]) == (200, "accepted")
    status, body = await browser.call("POST", f"{ORDER}/accept", json={"version": 3})
    assert (status, body["type"]) == (409, "/problems/not-now")


async def test_a_body_above_the_bound_is_refused(logged_in: LogIn) -> None:
    browser = await logged_in("seat801")
    body = io.BytesIO(b'{"version": 1, "matter": "' + b"x" * 300_000 + b'"}')
    status, _ = await browser.call("PATCH", ORDER, data=body, headers={"Content-Type": "application/json"})
    assert status == 413


async def test_a_missed_call_is_done_once_with_a_note(logged_in: LogIn) -> None:
    seat, boss = await logged_in("seat802"), await logged_in("banzhang")
    _, page = await seat.call("GET", "/api/v1/tasks")
    task = page["items"][0]
    assert (task["caller"]["number"], task["may_reveal"]) == ("138****0000", True)
    path = f"/api/v1/tasks/{task['task_id']}"
    assert (await seat.call("POST", f"{path}/reveal"))[1]["number"] == CALLER
    assert (await seat.call("POST", f"{path}/done", json={"note": ""}))[0] == 400
    assert (await seat.call("POST", f"{path}/done", json={"note": "已回拨，咨询已答复"}))[1]["done_by"] == "seat802"
    status, body = await boss.call("POST", f"{path}/done", json={"note": "又一次"})
    assert (status, body["type"]) == (409, "/problems/not-now")
    assert (await seat.call("POST", f"{path}/reveal"))[0] == 403
    assert (await boss.call("POST", f"{path}/reveal"))[0] == 200
    assert (await seat.call("GET", "/api/v1/tasks"))[1]["items"] == []


async def test_the_database_away_is_said_and_the_console_lives(config: Config, logged_in: LogIn, deps: Deps) -> None:
    browser = await logged_in("admin")
    await deps.store.stop()
    status, body = await browser.call("GET", "/api/v1/calls")
    assert (status, body["type"]) == (503, "/problems/store-away")
    status, health = await browser.call("GET", "/healthz")
    assert (status, health["console"], health["store"]) == (200, "up", "away")
