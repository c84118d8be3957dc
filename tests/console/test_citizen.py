"""The citizen's page: without an account, with a proof of work and a code; never more than the caller's own order."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from console.deps import Deps
from console.puzzles import BITS, Puzzles, has_zero_bits, solve
from tests.console.conftest import Browser

LogIn = Callable[[str], Awaitable[Browser]]
NAME, NUMBER = "欧阳明月", "13987654321"
MATTER = {
    "title": "路口坑洼",
    "matter": "解放路口有大坑，多人摔倒",
    "category": "help",
    "caller_name": NAME,
    "contact": NUMBER,
}
NOW = datetime(2026, 11, 23, tzinfo=UTC)
_keys = count()


@pytest.fixture(autouse=True)
def easy(deps: Deps) -> None:
    """Eight bits instead of sixteen: the tests' time is for other things."""
    deps.puzzles.bits = 8


async def proof(who: Browser) -> dict[str, str]:
    _, body = await who.call("GET", "/api/v1/citizen/puzzle")
    return {"puzzle": body["puzzle"], "nonce": solve(body["puzzle"], body["bits"])}


async def file(who: Browser, **fields: Any) -> dict[str, Any]:
    status, body = await who.call("POST", "/api/v1/citizen/orders", json={**MATTER, **fields, **await proof(who)})
    assert status == 201, body
    return dict(body)


async def mine(who: Browser, token: str, path: str = "", **body: Any) -> tuple[int, Any]:
    method = "POST" if path else "GET"
    more = {"json": body} if path else {}
    return await who.call(method, f"/api/v1/citizen/order{path}", headers={"X-Order-Token": token}, **more)


async def test_a_matter_is_filed_looked_up_added_to_and_withdrawn(browser: Browser) -> None:
    filed = await file(browser)
    body = {"order_id": filed["order_id"], "code": f" {filed['code'].lower()} ", **await proof(browser)}
    status, session = await browser.call("POST", "/api/v1/citizen/session", json=body)
    assert status == 200
    status, order = await mine(browser, session["token"])
    assert (status, order["progress"], order["may_add"], order["may_rate"]) == (200, "已登记，待受理", True, False)
    assert (order["caller_name"], order["contact"]) == ("欧***", "139****4321")
    status, order = await mine(browser, session["token"], "/materials", text="又有一人摔倒")
    assert (status, [told["word"] for told in order["timeline"]]) == (200, ["您提交了", "您补充了"])
    headers = {"X-Order-Token": session["token"], "Content-Type": "image/png"}
    path = "/api/v1/citizen/order/files?name=坑.png"
    status, order = await browser.call("POST", path, data=b"\x89PNG\r\n\x1a\nx", headers=headers)
    assert (status, [one["name"] for one in order["files"]]) == (200, ["坑.png"])
    status, order = await mine(browser, session["token"], "/withdrawal", why="已自行解决")
    assert (status, order["ground"], order["may_withdraw"]) == (200, "withdrawn", False)
    assert (await mine(browser, session["token"], "/withdrawal"))[1]["type"] == "/problems/refused"


async def test_one_matter_has_one_rating_and_a_bad_one_is_looked_into(browser: Browser, logged_in: LogIn) -> None:
    filed = await file(browser)
    office, water = await logged_in("office1"), await logged_in("unit1")
    assert (await mine(browser, filed["token"], "/rating", stars=5, solved=True))[0] == 409
    for who, kind, data in (
        (office, "accepted", {}),
        (office, "dispatched", {"units": ["water"]}),
        (water, "signed", {}),
        (water, "noted", {"text": "内部备注：此人常投诉"}),
        (water, "answered", {"ground": "solved", "report": {"result": "已填", "answer": "坑已填平"}}),
    ):
        headers = {"Idempotency-Key": f"c{next(_keys)}", "X-CSRF-Token": who.csrf}
        body = {"kind": kind, "data": data}
        status, done = await who.call("POST", f"/api/v1/orders/{filed['order_id']}/acts", json=body, headers=headers)
        assert status == 200, done
    _, order = await mine(browser, filed["token"])
    assert order["answer"] == ""  # not before the office has passed it
    headers = {"Idempotency-Key": f"c{next(_keys)}", "X-CSRF-Token": office.csrf}
    path = f"/api/v1/orders/{filed['order_id']}/acts"
    await office.call("POST", path, json={"kind": "review_passed"}, headers=headers)
    _, order = await mine(browser, filed["token"])
    assert (order["answer"], order["unit"], order["may_rate"]) == ("坑已填平", "市水务局", True)
    assert "内部" not in str(order) and "office1" not in str(order)
    status, order = await mine(browser, filed["token"], "/rating", stars=1, solved=False, text="没填好")
    assert (status, order["stars"], order["progress"]) == (200, 1, "正在复查")
    assert (await mine(browser, filed["token"], "/rating", stars=5, solved=True))[0] == 409


async def test_a_wrong_code_says_as_little_as_a_wrong_number_and_soon_nothing(browser: Browser) -> None:
    filed = await file(browser)
    answers = []
    for order_id in (filed["order_id"], "20260101-000001"):
        body = {"order_id": order_id, "code": "WRONG123", **await proof(browser)}
        answers.append(await browser.call("POST", "/api/v1/citizen/session", json=body))
    assert answers[0] == answers[1] and answers[0][0] == 401
    statuses = []
    for _ in range(10):
        body = {"order_id": filed["order_id"], "code": "WRONG123", **await proof(browser)}
        statuses.append((await browser.call("POST", "/api/v1/citizen/session", json=body))[0])
    assert statuses[0] == 401 and statuses[-1] == 429
    assert (await mine(browser, "not-a-token"))[0] == 401


async def test_without_work_nothing_is_filed_and_a_solution_is_good_once(browser: Browser) -> None:
    solution = await proof(browser)
    wrong = {**MATTER, "puzzle": solution["puzzle"], "nonce": "0" if solution["nonce"] != "0" else "x"}
    status, problem = await browser.call("POST", "/api/v1/citizen/orders", json=wrong)
    assert (status, problem["type"]) == (400, "/problems/no-proof")
    statuses = [
        (await browser.call("POST", "/api/v1/citizen/orders", json={**MATTER, **solution}))[0] for _ in range(2)
    ]
    assert statuses == [201, 400]


async def test_one_address_files_so_many_and_then_waits(browser: Browser) -> None:
    for _ in range(10):
        await file(browser)
    body = {**MATTER, **await proof(browser)}
    async with browser.client.post("/api/v1/citizen/orders", json=body) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (429, "3600")


def test_a_puzzle_is_ours_and_fresh() -> None:
    puzzles, other = Puzzles(bits=6), Puzzles(bits=6)
    new = puzzles.new(NOW)
    nonce = solve(new.puzzle, 6)
    assert not other.solved(new.puzzle, nonce, NOW)
    assert not puzzles.solved(new.puzzle, nonce, NOW + timedelta(minutes=11))
    easier = new.puzzle.replace("6.", "0.", 1)
    assert not puzzles.solved(easier, "x", NOW)
    assert puzzles.solved(new.puzzle, nonce, NOW)
    one, another = Puzzles(bits=6, key=b"the city's"), Puzzles(bits=6, key=b"the city's")
    made = one.new(NOW)
    assert another.solved(made.puzzle, solve(made.puzzle, 6), NOW)  # two consoles of one city
    for nonsense in ("", "a", "a.b.c.d", "界.界", "1.2.3." + "0" * 32):
        assert not puzzles.solved(nonsense, "x", NOW)
    assert BITS >= 16 and not has_zero_bits("a", 64)
