"""The routing table over HTTP: two admins, the second person, sheets, prompts, previews; on the real store."""

from __future__ import annotations

import io
import uuid
import wave
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
import xlsxwriter  # type: ignore[import-untyped]

from console.deps import Deps
from gateway.config import CHECKOUT, Config
from gateway.store import Pool, Role, SeatEntry, add_user, put_seats
from gateway.tables import versions
from gateway.tables.apart import MAX_BYTES
from gateway.tables.files import first_table
from gateway.tables.recorded import bring_once
from gateway.tables.sheets import read_sheet, write_xlsx
from gateway.tables.versions import Actor
from tests.console.conftest import Browser
from tests.console.house import NOON, PASSWORD

LogIn = Callable[[str], Awaitable[Browser]]
BASE = "/api/v1/table"
BIG = b"x" * (MAX_BYTES + 1)


def key() -> dict[str, str]:
    return {"Idempotency-Key": uuid.uuid4().hex}


@pytest_asyncio.fixture(autouse=True)
async def table(deps: Deps, config: Config) -> None:
    async with deps.store.session() as session:
        await versions.take_in(session, lambda: first_table(config), Actor("system", NOON))
        await add_user(session, "admin2", Role.ADMIN, PASSWORD, at=NOON, must_change=False)
        skills = {skill for row in first_table(config).rows for skill in (row.skills or (row.number,))}
        known = tuple(sorted({*skills, "general", "business"}))
        await put_seats(
            session, [SeatEntry("801", "一", Pool.SHARED, known), SeatEntry("901", "二", Pool.EXPERT, known)]
        )


@pytest_asyncio.fixture
async def admin(logged_in: LogIn) -> Browser:
    return await logged_in("admin")


@pytest_asyncio.fixture
async def supervisor(logged_in: LogIn) -> Browser:
    return await logged_in("banzhang")


async def start(browser: Browser) -> dict[str, Any]:
    status, body = await browser.call("POST", f"{BASE}/draft", headers={**key()})
    assert status == 200, body
    return dict(body)


def change(number: str, **fields: Any) -> dict[str, Any]:
    return {"action": "change", "entity": "row", "key": number, "value": fields}


async def save(browser: Browser, etag: str, *edits: dict[str, Any]) -> tuple[int, Any]:
    return await browser.call("PATCH", f"{BASE}/draft", json={"edits": list(edits)}, headers={"If-Match": etag})


def row(body: dict[str, Any], number: str) -> dict[str, Any]:
    return next(dict(found["value"]) for found in body["entities"]["row"] if found["key"] == number)


async def accept_all(browser: Browser) -> None:
    _, check = await browser.call("GET", f"{BASE}/draft/check")
    assert check["errors"] == [], check["errors"]
    for warning in check["warnings"]:
        sent = {"id": warning["id"], "reason": "已核实"}
        status, check = await browser.call("POST", f"{BASE}/draft/accept", json=sent)
        assert status == 200, check
    assert check["ready"]


async def publish(browser: Browser, revision: int) -> tuple[int, Any]:
    sent = {"reason": "测试发布", "revision": revision}
    return await browser.call("POST", f"{BASE}/draft/publish", json=sent, headers=key())


async def test_from_the_first_edit_to_the_rollback(admin: Browser, supervisor: Browser) -> None:
    status, before = await admin.call("GET", BASE)
    assert (status, before["published"]["number"], before["draft"], before["publishers"]) == (200, 1, None, 2)
    begun = await start(admin)
    status, saved = await save(admin, begun["etag"], change("12333", note="已核对"))
    assert status == 200 and saved["etag"] == '"2.1"' and row(saved, "12333")["note"] == "已核对"
    await accept_all(admin)
    status, submitted = await admin.call("POST", f"{BASE}/draft/submit")
    assert (status, submitted["state"]) == (200, "checked")
    status, problem = await publish(admin, 1)
    assert (status, problem["type"]) == (403, "/problems/forbidden")
    status, done = await publish(supervisor, 1)
    assert (status, done["state"], done["published_by"]) == (200, "published", "banzhang")
    status, difference = await admin.call("GET", f"{BASE}/versions/2/difference")
    assert [(c["key"], c["field"], c["after"]) for c in difference["changes"]] == [("12333", "note", "已核对")]
    assert difference["changes"][0]["text"]
    back = {"json": {"reason": "走错了"}, "headers": key()}
    status, rolled = await supervisor.call("POST", f"{BASE}/versions/1/rollback", **back)
    assert (status, rolled["number"], rolled["restores"]) == (200, 3, 1)
    assert await supervisor.call("POST", f"{BASE}/versions/1/rollback", **back) == (200, rolled)  # a double click
    _, history = await admin.call("GET", f"{BASE}/versions")
    assert [found["state"] for found in history["items"]] == ["published", "retired", "retired"]
    _, audit = await admin.call("GET", "/api/v1/audit?what=table.")
    acts = [entry["what"] for entry in audit["items"]]
    assert acts[:2] == ["table.rolled_back", "table.published"] and "table.edited" in acts
    _, one = await admin.call("GET", f"{BASE}/versions/2")
    assert one["accepted"][0]["reason"] == "已核实" and row(one, "12333")["note"] == "已核对"


async def test_two_admins_on_one_row_get_a_merge_not_a_lost_edit(admin: Browser, logged_in: LogIn) -> None:
    other = await logged_in("admin2")
    etag = (await start(admin))["etag"]
    assert (await start(other))["etag"] == etag
    assert (await save(admin, etag, change("12333", note="甲")))[0] == 200
    status, merged = await save(other, etag, change("12333", priority=5))
    assert status == 200 and (row(merged, "12333")["note"], row(merged, "12333")["priority"]) == ("甲", 5)
    status, problem = await save(other, etag, change("12333", note="乙"), change("12348", note="丙"))
    assert (status, problem["type"], problem["etag"]) == (409, "/problems/conflict", '"2.2"')
    (conflict,) = problem["conflicts"]
    assert (conflict["field"], conflict["mine"], conflict["theirs"]) == ("note", "乙", "甲") and conflict["text"]
    _, now = await admin.call("GET", f"{BASE}/draft")
    assert row(now, "12333")["note"] == "甲" and "丙" not in str(row(now, "12348"))
    assert (await save(other, problem["etag"], change("12333", note="乙"), change("12348", note="丙")))[0] == 200
    _, saved = await admin.call("GET", f"{BASE}/draft/edits")
    assert [(one["by"], one["revision"]) for one in saved["items"]] == [("admin", 1), ("admin2", 2), ("admin2", 3)]


async def test_wrong_edits_name_every_field(admin: Browser) -> None:
    etag = (await start(admin))["etag"]
    status, problem = await save(admin, etag, change("12333", priority="x", greeting="Ä Ö"), change("00000", note="x"))
    assert status == 400 and problem["type"] == "/problems/bad-request"
    assert any("00000" in field["place"] for field in problem["fields"])
    assert all(any("一" <= letter <= "鿿" for letter in field["reason"]) for field in problem["fields"])
    for header in ('"2"', "*", "", '"99.0"', '"2.99"'):
        status, _ = await save(admin, header, change("12333", note="x"))
        assert status in (400, 409), header
    status, checked = await admin.call("GET", f"{BASE}/draft")
    assert checked["draft"]["revision"] == 0


async def test_what_the_proof_finds_stops_the_submission(admin: Browser) -> None:
    etag = (await start(admin))["etag"]
    await save(admin, etag, change("12333", greeting="greet-unheard"))
    _, check = await admin.call("GET", f"{BASE}/draft/check")
    assert [error["place"] for error in check["errors"]] == ["row/12333/greeting"] and not check["ready"]
    status, problem = await admin.call("POST", f"{BASE}/draft/submit")
    assert status == 409 and problem["errors"][0]["text"]
    sent = {"id": check["errors"][0]["id"], "reason": "x"}
    assert (await admin.call("POST", f"{BASE}/draft/accept", json=sent))[0] == 400


async def test_roles_are_held(logged_in: LogIn, admin: Browser) -> None:
    await start(admin)
    auditor, seat, supervisor = [await logged_in(name) for name in ("auditor1", "seat801", "banzhang")]
    assert (await auditor.call("GET", BASE))[0] == 200
    assert (await auditor.call("GET", "/api/v1/audit"))[0] == 200
    assert (await seat.call("GET", BASE))[0] == 403
    for browser in (auditor, supervisor, seat):
        assert (await save(browser, '"2.0"', change("12333", note="x")))[0] == 403
        assert (await browser.call("DELETE", f"{BASE}/draft"))[0] == 403
    assert (await auditor.call("POST", f"{BASE}/versions/1/rollback", json={"reason": "x"}, headers=key()))[0] == 403
    assert (await admin.call("DELETE", f"{BASE}/draft"))[0] == 204
    assert (await admin.call("GET", f"{BASE}/draft"))[0] == 404


async def test_a_call_is_previewed_on_edits_that_nobody_saved(admin: Browser) -> None:
    ask = {"number": "12333", "at": "2026-11-22T03:00:00+08:00"}  # a Sunday
    status, night = await admin.call("POST", f"{BASE}/route", json=ask)
    assert status == 200 and night["routed"] and night["mode"] == "E" and night["reasons"]
    edited = {**ask, "edits": [change("12333", greeting="greet-12345")]}
    _, other = await admin.call("POST", f"{BASE}/route", json=edited)
    assert other["greeting"] == "greet-12345" and night["greeting"] == "greet-12333"
    _, nowhere = await admin.call("POST", f"{BASE}/route", json={"number": "99999999"})
    assert not nowhere["routed"] and nowhere["reason"]
    assert (await admin.call("GET", f"{BASE}/draft"))[0] == 404
    wrong = {**ask, "edits": [change("00000", note="x")]}
    assert (await admin.call("POST", f"{BASE}/route", json=wrong))[0] == 400


async def test_a_preview_answers_all_calls_at_once_and_proves_what_nobody_has_saved(admin: Browser) -> None:
    noon = {"number": "12348", "at": "2026-11-18T10:00:00+08:00", "caller": "13800000000"}
    night = noon | {"at": "2026-11-18T23:00:00+08:00"}
    line = {"action": "change", "entity": "unit_line", "key": "unit-12348", "value": {"calendar": "none-such"}}
    asked = {"calls": [noon, night], "edits": []}
    status, before = await admin.call("POST", f"{BASE}/draft/preview", json=asked)
    assert status == 200 and before["check"] is None
    assert ["unit_line" in [step["kind"] for step in one["steps"]] for one in before["answers"]] == [True, False]
    status, seen = await admin.call("POST", f"{BASE}/draft/preview", json={"edits": [line], "prove": True})
    assert status == 200 and seen["answers"] == []
    assert [error["text"] for error in seen["check"]["errors"] if error["place"].startswith("unit_line/unit-12348/")]
    assert (await admin.call("GET", f"{BASE}/draft"))[0] == 404, "a preview begins no draft"


async def test_a_preview_is_of_the_draft_and_keeps_the_warnings_accepted_there(admin: Browser) -> None:
    begun = await start(admin)
    await save(admin, begun["etag"], change("12333", name="人社热线"))
    await accept_all(admin)
    status, seen = await admin.call("POST", f"{BASE}/draft/preview", json={"prove": True})
    assert status == 200 and seen["check"]["ready"] and seen["check"]["warnings"]
    removed = {"action": "remove", "entity": "row", "key": "none", "value": {}}
    status, problem = await admin.call("POST", f"{BASE}/draft/preview", json={"edits": [removed]})
    assert status == 400 and problem["fields"][0]["reason"]


async def test_real_calls_are_replayed_against_the_draft(admin: Browser) -> None:
    etag = (await start(admin))["etag"]
    edit = change("12315", chain=["announcement:cancelled"])
    assert (await save(admin, etag, edit))[0] == 200
    span = {"since": (NOON - timedelta(hours=1)).isoformat(), "until": (NOON + timedelta(hours=5)).isoformat()}
    status, replayed = await admin.call("POST", f"{BASE}/replay", json=span)
    assert status == 200 and replayed["calls"] == 3
    assert [(move["number"], move["count"]) for move in replayed["moved"]] == [("12315", 2)]
    assert replayed["moved"][0]["from_text"] != replayed["moved"][0]["to_text"]
    backwards = {"since": span["until"], "until": span["since"]}
    assert (await admin.call("POST", f"{BASE}/replay", json=backwards))[0] == 400
    far = {"since": "0001-01-01T00:00:00+08:00", "until": span["until"]}
    assert (await admin.call("POST", f"{BASE}/replay", json=far))[0] == 400


# -- sheets --------------------------------------------------------------------------------------------------------


async def upload(browser: Browser, data: bytes, name: str = "附件.xlsx") -> tuple[int, Any]:
    headers = {"Content-Type": "application/octet-stream", **key()}
    return await browser.call("POST", f"{BASE}/imports", params={"name": name}, data=io.BytesIO(data), headers=headers)


async def test_an_export_imports_back_and_changes_nothing(admin: Browser) -> None:
    for form in ("xlsx", "csv"):
        status, data = await admin.call("GET", f"{BASE}/export?format={form}")
        assert status == 200
        status, dry = await upload(admin, data, f"a.{form}")
        assert status == 201, dry
        assert (dry["added"], dry["changed"], dry["refused"], dry["can_apply"]) == ([], [], [], False)
        assert dry["unchanged"] > 20 and dry["layout"] == "own"


async def test_an_edited_export_is_shown_first_and_then_taken_whole(admin: Browser) -> None:
    _, data = await admin.call("GET", f"{BASE}/export")
    rows = read_sheet(data, "a.xlsx")
    unit = (
        rows[0].index("责任单位")
        if "责任单位" in rows[0]
        else next(index for index, cell in enumerate(rows[0]) if "单位" in cell)
    )
    rows[3][unit] = "市新设局"
    status, dry = await upload(admin, write_xlsx(rows))
    assert status == 201 and len(dry["changed"]) == 1 and dry["can_apply"], dry
    assert (await admin.call("GET", f"{BASE}/draft"))[0] == 404  # a dry run touches nothing
    status, applied = await admin.call("POST", f"{BASE}/imports/{dry['id']}/apply")
    assert status == 200 and "市新设局" in str(applied["entities"]["row"])
    status, again = await admin.call("POST", f"{BASE}/imports/{dry['id']}/apply")
    assert status == 200 and again["draft"]["revision"] == applied["draft"]["revision"]


async def test_what_changed_since_the_dry_run_is_shown_again_first(admin: Browser) -> None:
    _, data = await admin.call("GET", f"{BASE}/export")
    rows = read_sheet(data, "a.xlsx")
    unit = next(index for index, cell in enumerate(rows[0]) if "单位" in cell)
    rows[3][unit] = "市新设局"
    _, dry = await upload(admin, write_xlsx(rows))
    number = dry["changed"][0]["key"]
    other = next(found for found in ("12333", "12348") if found != number)
    await save(admin, (await start(admin))["etag"], change(other, unit="另一单位"))
    status, problem = await admin.call("POST", f"{BASE}/imports/{dry['id']}/apply")
    assert status == 409 and len(problem["import"]["changed"]) == 2
    status, _ = await admin.call("POST", f"{BASE}/imports/{dry['id']}/look")
    assert status == 200
    assert (await admin.call("POST", f"{BASE}/imports/{dry['id']}/apply"))[0] == 200


async def test_an_annex_with_a_wrong_row_leaves_the_table_alone(admin: Browser) -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["序号", "热线名称", "号码", "责任单位", "备注"])
        page.merge_range(1, 0, 1, 4, "整体并入")
        page.write_row(2, 0, [1, "新热线", 12399, "市新设局", ""])
        page.write_row(3, 0, [2, "坏热线", "一二三", "市新设局", ""])
    status, dry = await upload(admin, buffer.getvalue())
    assert status == 201 and dry["layout"] == "annex", dry
    assert [refused["row"] for refused in dry["refused"]] == [4] and dry["refused"][0]["reason"]
    assert not dry["can_apply"]
    status, problem = await admin.call("POST", f"{BASE}/imports/{dry['id']}/apply")
    assert status == 409
    _, now = await admin.call("GET", BASE)
    assert "12399" not in str(now["entities"]["row"])


@pytest.mark.parametrize(
    ("data", "name", "status"),
    [
        (b"MZ", "a.exe", 400),
        (b"", "a.csv", 400),
        (BIG, "a.csv", 413),
        (b"PK\x03\x04x", "a", 400),
    ],
)
async def test_bad_files_are_refused(admin: Browser, data: bytes, name: str, status: int) -> None:
    got, problem = await upload(admin, data, name)
    assert got == status and problem["title"]


async def test_one_key_reads_one_file(admin: Browser) -> None:
    _, data = await admin.call("GET", f"{BASE}/export?format=csv")
    headers = {"Content-Type": "application/octet-stream", **key()}
    where = {"params": {"name": "a.csv"}, "headers": headers}
    first = await admin.call("POST", f"{BASE}/imports", data=data, **where)
    assert await admin.call("POST", f"{BASE}/imports", data=data, **where) == first
    assert (await admin.call("POST", f"{BASE}/imports", data=data + b"\n1,2,3", **where))[0] == 422


# -- calendars, merges, prompts ------------------------------------------------------------------------------------

NOTICE = (
    "一、元旦：1月1日（周五）至3日（周日）放假，共3天。"
    "二、春节：2月5日（周五）至11日（周四）放假调休，共7天。2月14日（周日）上班。"
)


async def test_a_year_is_seen_day_by_day_and_its_notice_taken_in(admin: Browser) -> None:
    _, table = await admin.call("GET", BASE)
    names = [found["key"] for found in table["entities"]["calendar"]]
    years = {}
    for name in names:
        status, years[name] = await admin.call("GET", f"{BASE}/calendars/{name}/days?year=2027")
        assert status == 200 and len(years[name]["days"]) == 365
    provisional = [name for name, year in years.items() if year["provisional"]]
    assert provisional
    status, taken = await admin.call("POST", f"{BASE}/notice", json={"year": 2027, "text": NOTICE, "source": "国办"})
    assert status == 200, taken
    assert "2027-02-05" in taken["off"] and taken["worked"] == ["2027-02-14"]
    assert (await save(admin, (await start(admin))["etag"], taken["edit"]))[0] == 200
    _, year = await admin.call("GET", f"{BASE}/calendars/{provisional[0]}/days?year=2027&draft=true")
    assert not year["provisional"] and year["days"][44]["why"] == "make-up-day"
    wrong = {"year": 2028, "text": NOTICE}
    assert (await admin.call("POST", f"{BASE}/notice", json=wrong))[0] == 400
    assert (await admin.call("GET", f"{BASE}/calendars/nothing/days?year=2027"))[0] == 404


async def test_merges_are_told_with_figures_before_and_after(admin: Browser) -> None:
    status, told = await admin.call("GET", f"{BASE}/lifecycle?days=30")
    assert status == 200
    by_number = {one["number"]: one for one in told["items"]}
    assert {one["stage"] for one in told["items"]} <= {"planned", "transition", "merged", "rolled_back", "ended"}
    assert all(one["before"] is not None or one["before_days"] == 0 for one in told["items"])
    assert "12333" in by_number


def tone(seconds: float, rate: int = 16000) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(bytes(range(0, 250, 2)) * int(seconds * rate * 2 / 125))
    return buffer.getvalue()


async def test_a_recording_replaces_the_voice_on_every_node_and_goes_again(
    admin: Browser, deps: Deps, config: Config
) -> None:
    where = f"{BASE}/prompts/greet-12333/audio"
    _, voice = await admin.call("GET", where)
    headers = {"Content-Type": "audio/wav"}
    status, kept = await admin.call("PUT", f"{where}?name=人社.wav", data=tone(1.0), headers=headers)
    assert status == 200, kept
    assert (kept["source"], kept["uploaded_by"], kept["rows"]) == ("person", "admin", ["12333"])
    _, heard = await admin.call("GET", where)
    assert heard != voice and heard[:4] == b"RIFF"
    assert await bring_once(config, deps.store.store) == ("greet-12333",)
    installed = config.state_dir / "sounds" / "zh" / "hl" / "greet-12333.wav"
    assert installed.read_bytes() != voice
    assert await bring_once(config, deps.store.store) == ()
    assert (await admin.call("DELETE", where))[0] == 204
    assert (await admin.call("DELETE", where))[0] == 404
    assert await bring_once(config, deps.store.store) == ("greet-12333",)
    assert installed.read_bytes() == voice and (await admin.call("GET", where))[1] == voice


async def test_a_new_prompt_gives_a_new_greeting_its_voice(admin: Browser, deps: Deps, config: Config) -> None:
    await save(admin, (await start(admin))["etag"], change("12333", greeting="greet-new"))
    assert (await admin.call("GET", f"{BASE}/draft/check"))[1]["errors"]
    where, headers = f"{BASE}/prompts/greet-new/audio", {"Content-Type": "audio/wav"}
    assert (await admin.call("PUT", where, data=tone(1.0), headers=headers))[0] == 400  # it must say what is said
    status, _ = await admin.call("PUT", f"{where}?text=您好", data=tone(1.0), headers=headers)
    assert status == 200
    assert (await admin.call("GET", f"{BASE}/draft/check"))[1]["errors"] == []
    await bring_once(config, deps.store.store)
    assert (config.state_dir / "sounds" / "zh" / "hl" / "greet-new.wav").exists()
    _, listed = await admin.call("GET", f"{BASE}/prompts?draft=true")
    assert next(one for one in listed["items"] if one["id"] == "greet-new")["rows"] == ["12333"]


@pytest.mark.parametrize("data", [b"", b"RIFFxxxx", b"ID3" + b"\0" * 100, tone(0.05)])
async def test_a_bad_recording_is_refused_in_words(admin: Browser, data: bytes) -> None:
    headers = {"Content-Type": "audio/wav"}
    status, problem = await admin.call("PUT", f"{BASE}/prompts/greet-12333/audio", data=data, headers=headers)
    assert status == 400 and problem["detail"]


SPEAKER = CHECKOUT / ".hotline" / "prompts-venv"


async def test_without_the_speech_model_a_page_says_what_to_do(admin: Browser) -> None:
    status, problem = await admin.call("POST", f"{BASE}/prompts/greet-new/speech", json={"text": "您好。"})
    assert status == 400 and "./hotline prompts build" in problem["detail"]


@pytest.mark.system
@pytest.mark.skipif(not SPEAKER.exists(), reason="the speech model is not installed here")
async def test_a_text_is_spoken_by_the_houses_own_voice(admin: Browser, config: Config) -> None:
    (config.state_dir / "prompts-venv").symlink_to(SPEAKER.resolve())
    sent = {"text": "您好，这里是新设热线。"}
    status, spoken = await admin.call("POST", f"{BASE}/prompts/greet-new/speech", json=sent)
    assert status == 200 and spoken["text"] == sent["text"] and 1.0 < spoken["seconds"] < 6.0, spoken
    assert (await admin.call("GET", f"{BASE}/prompts/greet-new/audio"))[1][:4] == b"RIFF"


async def test_menus_are_told_with_their_words(admin: Browser) -> None:
    status, told = await admin.call("GET", f"{BASE}/menus")
    assert status == 200 and told["items"][0]["text"] and told["items"][0]["options"][0]["text"]
