"""The seat's own matters: state, verbs, the account of its browser phone; and overseers acting on any seat.

In: verbs. Out: the seat's new state as the gateway tells it. Never: decides a state (that is `seats.next` in the
gateway), or gives a SIP password to anyone but the seat it belongs to.
"""

from __future__ import annotations

import asyncio
from http import HTTPMethod
from typing import Any, Literal

from pydantic import Field

from console.access import DESK, OVERSEERS
from console.operations import Ask, Body, Operation
from console.problems import ProblemError
from console.shapes import SeatOut, SipAccount
from gateway.errors import FatalError
from gateway.secrets import load_secrets
from gateway.store import log_audit

TAG = "seat"
VERB = "{verb:login|logout|pause|resume|done}"


class VerbBody(Body):
    """`device` for login; `reason` for pause, `after_call`: not before the call in hand and its wrap-up are over;
    `result` (a code of the city's list) for done where the wrap-up must be closed, `settled`: on the line, or not.
    """

    device: Literal["web", "phone", "auto"] | None = None
    reason: str = Field(default="", max_length=60)
    after_call: bool = False
    result: str = Field(default="", max_length=40, pattern=r"^[0-9A-Za-z_-]*$")
    settled: bool | None = None


def _own_seat(ask: Ask) -> str:
    if not ask.viewer.seat:
        raise ProblemError("forbidden", "此账号没有对应的坐席")
    return ask.viewer.seat


def _seat_out(seat: dict[str, Any]) -> SeatOut:
    told = {"must_close": False, "leave_after": False} | {
        key: seat.get(key) for key in SeatOut.model_fields if key in seat
    }
    return SeatOut.model_validate(dict.fromkeys(SeatOut.model_fields) | told)


async def my_seat(ask: Ask) -> SeatOut:
    return _seat_out(await ask.deps.gateway.seat(_own_seat(ask)))


async def _act(ask: Ask, seat_id: str, *, anyhow: bool = False) -> SeatOut:
    body, verb = ask.body_as(VerbBody), ask.request.match_info["verb"]
    if verb == "login" and body.device is None:
        raise ProblemError("bad-request", "请选择使用浏览器电话还是桌面话机")
    if verb == "pause" and not body.reason:
        raise ProblemError("bad-request", "请选择暂停原因")
    words = body.model_dump() | {"device": body.device or "", "by": ask.viewer.user, "anyhow": anyhow}
    return _seat_out(await ask.deps.gateway.verb(seat_id, verb, **words))


async def act_on_my_seat(ask: Ask) -> SeatOut:
    return await _act(ask, _own_seat(ask))


async def act_on_seat(ask: Ask) -> SeatOut:
    """An overseer logs a seat out, pauses it or brings it back. Audited before it happens."""
    seat_id, verb = ask.request.match_info["id"], ask.request.match_info["verb"]
    if not ask.viewer.watches_any([seat_id]):
        raise ProblemError("not-found", "没有这个坐席，或不在您的班组")
    async with ask.deps.store.session() as session:
        await log_audit(
            session,
            ask.viewer.user,
            f"seat.{verb}",
            f"seat:{seat_id}",
            at=ask.deps.clock(),
            ip=ask.request.remote or "",
        )
    return await _act(ask, seat_id, anyhow=True)


async def sip_password(ask: Ask, endpoint: str) -> SipAccount:
    """The account of one endpoint from the secrets file (read each time: a new seat needs no restart)."""
    try:
        secrets = await asyncio.to_thread(load_secrets, ask.deps.config.secrets_file)
    except FatalError as error:
        raise ProblemError("no-account") from error
    password = secrets.sip.get(endpoint)
    if password is None:
        raise ProblemError("no-account")
    return SipAccount(user=endpoint, password=password, realm_host=ask.deps.config.asterisk_host)


async def my_sip_account(ask: Ask) -> SipAccount:
    return await sip_password(ask, f"web-{_own_seat(ask)}")


OPERATIONS = (
    Operation(HTTPMethod.GET, "/api/v1/seat", "My seat's live state", my_seat, DESK, TAG, reply=SeatOut),
    Operation(
        HTTPMethod.GET, "/api/v1/seat/sip", "My browser phone's account", my_sip_account, DESK, TAG, reply=SipAccount
    ),
    Operation(
        HTTPMethod.POST,
        f"/api/v1/seat/{VERB}",
        "Log my seat in or out, pause, resume, finish wrap-up",
        act_on_my_seat,
        DESK,
        TAG,
        body=VerbBody,
        reply=SeatOut,
        keyed=True,
    ),
    Operation(
        HTTPMethod.POST,
        f"/api/v1/seats/{{id:[0-9A-Za-z]{{1,20}}}}/{VERB}",
        "Act on any seat",
        act_on_seat,
        OVERSEERS,
        TAG,
        body=VerbBody,
        reply=SeatOut,
        keyed=True,
    ),
)
