"""Who may do what: every operation against every role, and objects of other seats."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

import pytest

from console.app import ALL
from console.deps import Deps
from console.operations import Operation
from gateway.store import Role, audit_page
from tests.console.conftest import Browser
from tests.console.house import CALLER, LONG_CALL, MISSED_CALL, SHORT_CALL

ORDER = "HL202611200001"
LogIn = Callable[[str], Awaitable[Browser]]
USER_OF = {
    Role.ADMIN: "admin",
    Role.SUPERVISOR: "banzhang",
    Role.OFFICE: "office1",
    Role.SEAT: "seat801",
    Role.EXPERT: "expert901",
    Role.UNIT: "unit1",
    Role.AUDITOR: "auditor1",
}
# What each role may do, written down a second time on purpose: a change of the route table has to be meant.
ANYONE = {"GET /session", "DELETE /session", "POST /session/password", "GET /events", "GET /choices"}
OVERSEERS_ONLY = {"GET /live", "POST /seats/{id}/{verb}", "POST /live/messages", "PUT /live/surges/{id}"}
SUPERVISORS_ONLY = {
    "POST /live/calls/{linkedid}/listen", "DELETE /live/calls/{linkedid}/listen",
    "POST /live/calls/{linkedid}/take_over",
}  # fmt: skip
NOBODY_NEEDED = {
    "POST /session", "GET /testphone", "GET /sip", "GET /openapi.json", "GET /healthz",
    "GET /open311/v2/discovery.{format}", "GET /open311/v2/services.{format}", "GET /open311/v2/services/{code}",
    "GET /citizen/puzzle", "GET /citizen/form", "POST /citizen/orders", "POST /citizen/session", "GET /citizen/order",
    "POST /citizen/order/materials", "POST /citizen/order/files", "POST /citizen/order/rating",
    "POST /citizen/order/withdrawal",
    "GET /open311/v2/requests.{format}", "POST /open311/v2/requests.{format}", "GET /open311/v2/requests/{id}",
}  # fmt: skip
STAFF_TOO = {
    "POST /calls/{linkedid}/talk", "GET /calls/{linkedid}/targets", "GET /calls/{linkedid}/pop",
    "GET /calls/{linkedid}/promise", "POST /calls/{linkedid}/promise",
    "POST /calls/{linkedid}/reveal",
    "GET /calls/{linkedid}/consults/{part}", "PUT /calls/{linkedid}/result", "GET /people/results",
    "GET /tasks", "POST /tasks/{task_id}/done", "POST /tasks/{task_id}/reveal",
    "POST /tasks/{task_id}/call", "GET /tasks/{task_id}/calls",
}  # fmt: skip
DESK_TOO = {
    "GET /seat", "GET /seat/sip", "POST /seat/{verb}",  # whoever has a seat of their own: supervisors, the office too
    "GET /calls", "GET /calls/{linkedid}", "GET /calls/{linkedid}/recording",
    "POST /orders/{order_id}/call", "GET /orders/{order_id}/calls",
    "GET /calls/{linkedid}/order", "GET /orders", "GET /orders/{order_id}", "PATCH /orders/{order_id}",
    "POST /orders/{order_id}/accept", "POST /orders/{order_id}/reveal", "POST /orders/{order_id}/merge",
    "POST /orders",
    "GET /orders/{order_id}/suggestions", "POST /orders/suggestions", "GET /orders/{order_id}/repeats",
}  # fmt: skip
ORDER_WORKERS = {
    "POST /orders/acts", "POST /orders/{order_id}/acts", "POST /orders/{order_id}/identity",
    "POST /orders/{order_id}/evidence", "GET /orders/{order_id}/recordings", "GET /orders/{order_id}/recordings/{n}",
}  # fmt: skip
ORDER_LOOKERS = {
    "GET /orders/inbox", "GET /orders/counts", "GET /orders/rules", "GET /orders/{order_id}/file",
    "GET /orders/{order_id}/rules", "GET /orders/{order_id}/evidence/{number}", "GET /orders/export.xlsx",
    "GET /directory/units", "GET /directory/subjects",
}  # fmt: skip
OFFICE_ONLY = {"GET /orders/follow-ups", "POST /orders/{order_id}/evidence/{number}/clear"}
OFFICE_AND_AUDIT = {
    "GET /figures/hotspots", "GET /figures/bulletin", "GET /figures/bulletin.xlsx", "GET /figures/yearly",
    "GET /figures/yearly.xlsx", "GET /directory/units/versions", "GET /directory/units/versions/{number}",
    "GET /directory/subjects/versions", "GET /directory/subjects/versions/{number}", "GET /directory/{sheet}/export",
}  # fmt: skip
WITH_OWN_FIGURES = {"GET /figures", "GET /figures/rates.xlsx"}
DIRECTORY_KEEPERS = {"PUT /directory/units", "PUT /directory/subjects", "POST /directory/{sheet}/import"}
TABLE_LOOKERS = {
    "GET /table", "GET /table/draft", "GET /table/draft/check", "GET /table/draft/difference", "GET /table/draft/edits",
    "GET /table/versions", "GET /table/versions/{number}", "GET /table/versions/{number}/difference",
    "POST /table/route", "POST /table/draft/preview", "POST /table/replay", "POST /table/notice",
    "GET /table/calendars/{name}/days", "GET /table/lifecycle", "GET /table/menus", "GET /table/menus/{id}",
    "GET /table/imports/{id}", "GET /table/export", "GET /table/prompts", "GET /table/prompts/{id}/audio", "GET /audit",
}  # fmt: skip
TABLE_EDITORS = {
    "POST /table/draft", "PATCH /table/draft", "DELETE /table/draft", "POST /table/draft/accept",
    "POST /table/draft/submit", "POST /table/draft/rebase", "POST /table/imports", "POST /table/imports/{id}/look",
    "POST /table/imports/{id}/apply", "PUT /table/prompts/{id}/audio", "POST /table/prompts/{id}/speech",
    "DELETE /table/prompts/{id}/audio",
}  # fmt: skip
PEOPLE_LOOKERS = {"GET /teams", "GET /people", "GET /people/roster/{number}/now", "GET /people/outside/may"}
PEOPLE_EDITORS = {f"PUT /people/{part}" for part in ("roster/{number}", "outside", "results", "wrap_up")}
FEED_LOOKERS = {"GET /feeds/targets", "GET /feeds/targets/{target_id}", "GET /feeds/dead"}
FEED_KEEPERS = {
    "POST /feeds/targets", "PATCH /feeds/targets/{target_id}", "POST /feeds/targets/{target_id}/secret",
    "POST /feeds/targets/{target_id}/test", "POST /feeds/dead/resend", "POST /feeds/dead/discard",
    "GET /open311/keys", "POST /open311/keys", "PATCH /open311/keys/{name}",
}  # fmt: skip
ADMINS_ONLY = {"PUT /teams"}
KNOWLEDGE_READERS = {"GET /knowledge", "GET /knowledge/{article_id}", "POST /knowledge/{article_id}/wrong"}
KNOWLEDGE_WRITERS = {
    "POST /knowledge", "PATCH /knowledge/{article_id}", "POST /knowledge/{article_id}/review",
    "GET /knowledge/feedback",
    "POST /knowledge/feedback/{feedback_id}/settle",
}  # fmt: skip
KNOWLEDGE_PUBLISHERS = {"POST /knowledge/{article_id}/publish", "POST /knowledge/{article_id}/withdraw"}
TABLE_PUBLISHERS = {"POST /table/draft/publish", "POST /table/versions/{number}/rollback"}


def name_of(operation: Operation) -> str:
    path = re.sub(r"\{(\w+):.*?\}(?=/|$)", r"{\1}", operation.path.removeprefix("/api/v1"))
    return f"{operation.method.value} {path}"


def may(role: Role, name: str) -> bool:
    if name in NOBODY_NEEDED | ANYONE:
        return True
    if name in ADMINS_ONLY:
        return role is Role.ADMIN
    if name in SUPERVISORS_ONLY:
        return role is Role.SUPERVISOR
    if name in OVERSEERS_ONLY:
        return role in (Role.ADMIN, Role.SUPERVISOR)
    if name in TABLE_LOOKERS | PEOPLE_LOOKERS | FEED_LOOKERS:
        return role in (Role.ADMIN, Role.SUPERVISOR, Role.AUDITOR)
    if name in TABLE_EDITORS | PEOPLE_EDITORS | FEED_KEEPERS:
        return role is Role.ADMIN
    if name in KNOWLEDGE_READERS:
        return role in (Role.ADMIN, Role.SUPERVISOR, Role.OFFICE, Role.SEAT, Role.EXPERT)
    if name in KNOWLEDGE_WRITERS:
        return role in (Role.ADMIN, Role.SUPERVISOR, Role.OFFICE, Role.EXPERT)
    if name in TABLE_PUBLISHERS | KNOWLEDGE_PUBLISHERS | {"POST /audit/{id}/reveal"}:
        return role in (Role.ADMIN, Role.SUPERVISOR)
    if name in DIRECTORY_KEEPERS:
        return role in (Role.ADMIN, Role.SUPERVISOR)
    office = role in (Role.ADMIN, Role.SUPERVISOR, Role.OFFICE)
    desk = office or role in (Role.SEAT, Role.EXPERT)
    if name in OFFICE_ONLY | OFFICE_AND_AUDIT | WITH_OWN_FIGURES:
        audits = role is Role.AUDITOR and name not in OFFICE_ONLY
        return office or audits or (role is Role.UNIT and name in WITH_OWN_FIGURES)
    if name in DESK_TOO | ORDER_WORKERS | ORDER_LOOKERS:
        unit = role is Role.UNIT and name not in DESK_TOO
        return desk or unit or (role is Role.AUDITOR and name in ORDER_LOOKERS)
    assert name in STAFF_TOO, f"{name} is new: say here who may use it"
    return role in (Role.ADMIN, Role.SUPERVISOR, Role.SEAT, Role.EXPERT)


def concrete(operation: Operation) -> str:
    values = {
        "linkedid": SHORT_CALL,
        "order_id": "HL202611200001",
        "task_id": "T202611200001",
        "verb": "logout",
        "id": "802",
        "number": "1",
        "name": "office",
        "part": "1",
        "n": "1",
        "target_id": "nobody",
        "article_id": "1",
        "feedback_id": "1",
        "code": "streetlight",
        "format": "json",
        "sheet": "units",
    }
    return re.sub(r"\{(\w+)(?::.*?)?\}(?=/|$)", lambda found: values[found[1]], operation.path)


@pytest.mark.usefixtures("gateway")
@pytest.mark.parametrize("role", list(Role))
async def test_each_role_may_do_what_the_table_says_and_nothing_else(role: Role, logged_in: LogIn) -> None:
    browser = await logged_in(USER_OF[role])
    wrong = []
    for operation in ALL:
        name = name_of(operation)
        if name in ("DELETE /session", "POST /session", "GET /events"):
            continue  # would end or replace the session, or stay open; have tests of their own
        status, body = await browser.call(operation.method.value, concrete(operation), json={})
        refused = status == 403 and body["type"] == "/problems/forbidden" and body["detail"] == ""
        if refused == may(role, name):
            wrong.append((name, status, body))
    assert wrong == []


async def test_without_a_session_only_the_public_operations_answer(browser: Browser) -> None:
    for operation in ALL:
        status, body = await browser.call(operation.method.value, concrete(operation), json={})
        closed = status == 401 and body["type"] == "/problems/not-logged-in"
        assert closed == (name_of(operation) not in NOBODY_NEEDED - {"GET /sip"}), name_of(operation)


async def test_a_seat_lists_its_own_calls_only(logged_in: LogIn) -> None:
    seat, boss = await logged_in("seat801"), await logged_in("banzhang")
    _, own = await seat.call("GET", "/api/v1/calls")
    assert [row["linkedid"] for row in own["items"]] == [SHORT_CALL]
    _, tricked = await seat.call("GET", "/api/v1/calls?seat=802")
    assert [row["linkedid"] for row in tricked["items"]] == [SHORT_CALL]
    _, everything = await boss.call("GET", "/api/v1/calls")
    assert [row["linkedid"] for row in everything["items"]] == [LONG_CALL, MISSED_CALL, SHORT_CALL]


@pytest.mark.parametrize(
    "path",
    [
        f"/api/v1/calls/{SHORT_CALL}",
        f"/api/v1/calls/{SHORT_CALL}/recording",
        f"/api/v1/calls/{SHORT_CALL}/order",
        "/api/v1/orders/HL202611200001",
    ],
)
async def test_what_belongs_to_another_seat_looks_like_nothing(logged_in: LogIn, path: str) -> None:
    owner, other, boss = await logged_in("seat801"), await logged_in("seat802"), await logged_in("banzhang")
    assert [(await who.client.get(path)).status for who in (owner, other, boss)] == [200, 404, 200]


@pytest.mark.parametrize("path", [f"/api/v1/calls/{SHORT_CALL}/reveal", "/api/v1/orders/HL202611200001/reveal"])
async def test_a_whole_number_is_for_its_seat_and_overseers_and_each_look_is_audited(
    logged_in: LogIn, deps: Deps, path: str
) -> None:
    owner, other, boss = await logged_in("seat801"), await logged_in("seat802"), await logged_in("admin")
    assert (await other.call("POST", path))[0] == 404
    for who in (owner, boss):
        status, body = await who.call("POST", path)
        assert (status, body["number"]) == (200, CALLER)
    async with deps.store.reading() as session:
        looks = [entry.who for entry in (await audit_page(session)).items if entry.what == "number.revealed"]
    assert looks == ["admin", "seat801"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/calls",
        f"/api/v1/calls/{SHORT_CALL}",
        "/api/v1/orders",
        "/api/v1/orders/HL202611200001",
        "/api/v1/tasks",
    ],
)
@pytest.mark.parametrize("user", ["admin", "seat801"])
async def test_no_reply_carries_a_whole_number_by_itself(logged_in: LogIn, path: str, user: str) -> None:
    browser = await logged_in(user)
    async with browser.client.get(path) as answer:
        text = await answer.text()
    assert answer.status == 200
    assert "138****0000" in text
    assert CALLER not in text


async def test_the_sip_password_goes_to_its_own_seat_only(logged_in: LogIn) -> None:
    first, second, boss = await logged_in("seat801"), await logged_in("seat802"), await logged_in("admin")
    assert (await first.call("GET", "/api/v1/seat/sip"))[1]["password"] == "pw801"
    assert (await second.call("GET", "/api/v1/seat/sip"))[1]["password"] == "pw802"
    assert (await boss.call("GET", "/api/v1/seat/sip"))[0] == 403


async def test_a_user_switched_off_is_out(logged_in: LogIn, deps: Deps) -> None:
    from sqlalchemy import update

    from gateway.store import User

    browser = await logged_in("seat801")
    async with deps.store.session() as session:
        await session.execute(update(User).where(User.name == "seat801").values(active=False))
    deps.known.forget_user("seat801")  # what five seconds do
    assert (await browser.call("GET", "/api/v1/session"))[0] == 401


def test_every_operation_says_who_may_use_it() -> None:
    for operation in ALL:
        assert (operation.roles is None) == (name_of(operation) in NOBODY_NEEDED)
    assert len({name_of(operation) for operation in ALL}) == len(ALL)
