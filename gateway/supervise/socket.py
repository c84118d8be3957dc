"""Supervisors' acts on the control socket: `/v1/spy`, `/v1/messages`, `/v1/surges`.

In: requests of the console, which has checked and audited who may. Out: what came of them. Never: decides who may.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from gateway.control import read_object
from gateway.errors import CallerFaultError
from gateway.supervise.notices import Notices
from gateway.supervise.spies import Mode, Spies
from gateway.supervise.surges import Surges


@dataclass(frozen=True, slots=True)
class SupervisorDesk:
    """What the routes act on. `knows(seat)` raises CallerFaultError for an unknown seat.

    `take_over(call, supervisor)` rings the supervisor into the talk; the seat leaves when that is answered.
    `targets(call, seat)`: whom the seat may bring in.
    """

    spies: Spies
    notices: Notices
    surges: Surges
    knows: Callable[[str], object]
    take_over: Callable[[str, str], Awaitable[None]]
    targets: Callable[[str, str], dict[str, Any]]


def add_routes(app: web.Application, desk: SupervisorDesk) -> None:
    async def spy(request: web.Request) -> web.Response:
        body = await read_object(request)
        supervisor, by, call = (_word(body, name) for name in ("supervisor", "by", "call"))
        desk.knows(supervisor)
        spy = await desk.spies.listen(supervisor, by, call, _mode(body))
        return web.json_response(spy.as_json())

    async def spy_end(request: web.Request) -> web.Response:
        ended = await desk.spies.end(_word(await read_object(request), "supervisor"))
        return web.json_response({"ended": ended})

    async def take_over(request: web.Request) -> web.Response:
        supervisor, call = _word(await read_object(request), "supervisor"), request.match_info["id"]
        desk.knows(supervisor)
        await desk.spies.make_ready(supervisor)
        await desk.take_over(call, supervisor)
        return web.json_response({"call": call, "supervisor": supervisor})

    async def targets(request: web.Request) -> web.Response:
        return web.json_response(desk.targets(request.match_info["id"], request.query.get("seat", "")[:40]))

    async def message(request: web.Request) -> web.Response:
        body = await read_object(request)
        given = body.get("seats") or []
        seats = [str(seat) for seat in given] if isinstance(given, list) else []
        for seat in seats:
            desk.knows(seat)
        notice = desk.notices.send(str(body.get("text") or ""), seats, _word(body, "by"))
        return web.json_response(notice.as_json())

    async def surges(_request: web.Request) -> web.Response:
        return web.json_response({"surges": [surge.as_json() for surge in desk.surges]})

    async def surge(request: web.Request) -> web.Response:
        body = await read_object(request)
        text, order = str(body.get("text") or ""), str(body.get("order_id") or "")[:40]
        return web.json_response(desk.surges.note(request.match_info["id"], text, order).as_json())

    app.router.add_post("/v1/spy", spy)
    app.router.add_post("/v1/spy/end", spy_end)
    app.router.add_post("/v1/calls/{id}/take_over", take_over)
    app.router.add_get("/v1/calls/{id}/targets", targets)
    app.router.add_post("/v1/messages", message)
    app.router.add_get("/v1/surges", surges)
    app.router.add_post("/v1/surges/{id}", surge)


def _word(body: dict[str, Any], name: str) -> str:
    value = str(body.get(name) or "")[:100]
    if not value:
        raise CallerFaultError(f"{name} is missing")
    return value


def _mode(body: dict[str, Any]) -> Mode:
    try:
        return Mode(body.get("mode") or Mode.LISTEN)
    except ValueError:
        raise CallerFaultError("mode: listen, whisper or barge") from None
