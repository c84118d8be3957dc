"""What supervisors do: listen, whisper, barge in, take a call over, write to seats, give a surge its text.

In: acts of a supervisor with a seat of their own. Out: what came of them. Every act is in the audit before it happens.
Never: for a seat, an expert, or an admin who is no supervisor: who runs the machines does not listen to citizens.
"""

from __future__ import annotations

from http import HTTPMethod

from console.access import OVERSEERS, Viewer
from console.live import masked_surge
from console.operations import Ask, Operation
from console.problems import ProblemError
from console.talk_api import ID, audit, live_call, own_seat
from console.talk_shapes import (
    ListenBody,
    ListenOut,
    MessageBody,
    MessageOut,
    SurgeBody,
    SurgeOut,
    TakeOverOut,
)
from gateway.store.kinds import Role

TAG = "supervision"
SUPERVISORS = frozenset({Role.SUPERVISOR})


async def listen(ask: Ask) -> ListenOut:
    """Rings the supervisor's own phone; again with another mode: changes it without hanging up."""
    body, seat, call = ask.body_as(ListenBody), own_seat(ask), await live_call(ask)
    linkedid = str(call["linkedid"])
    await audit(ask, f"supervise.{body.mode}", f"call:{linkedid}", seat=call.get("seat"))
    by = ask.viewer.display_name or ask.viewer.user  # whom the seat is shown; the audit has the account
    words = {"supervisor": seat, "by": by, "call": linkedid, "mode": body.mode}
    return ListenOut.model_validate(await ask.deps.gateway.post("/v1/spy", words))


async def stop_listening(ask: Ask) -> None:
    """No error when nobody listens: the wish is fulfilled."""
    seat = own_seat(ask)
    await audit(ask, "supervise.end", f"call:{ask.request.match_info['linkedid']}")
    await ask.deps.gateway.post("/v1/spy/end", {"supervisor": seat, "by": ask.viewer.user})


async def take_over(ask: Ask) -> TakeOverOut:
    """Rings the supervisor into the talk; when it is answered the seat is let go."""
    seat, call = own_seat(ask), await live_call(ask)
    linkedid = str(call["linkedid"])
    await audit(ask, "supervise.take_over", f"call:{linkedid}", seat=call.get("seat"))
    words = {"supervisor": seat, "by": ask.viewer.user}
    return TakeOverOut.model_validate(await ask.deps.gateway.post(f"/v1/calls/{linkedid}/take_over", words))


async def message(ask: Ask) -> MessageOut:
    """To all means to all that the supervisor answers for."""
    body = ask.body_as(MessageBody)
    seats = _own_of(ask.viewer, body.seats)
    await audit(ask, "supervise.message", "seats", seats=seats, text=body.text)
    words = {"text": body.text, "seats": seats, "by": ask.viewer.display_name or ask.viewer.user}
    return MessageOut.model_validate(await ask.deps.gateway.post("/v1/messages", words))


def _own_of(viewer: Viewer, seats: list[str]) -> list[str]:
    """Raises ProblemError forbidden for a seat of another team."""
    if viewer.watches is None:
        return seats
    if not viewer.watches or not viewer.watches.issuperset(seats):
        raise ProblemError("forbidden", "只能给本班组的坐席发消息")
    return seats or sorted(viewer.watches)


async def surge(ask: Ask) -> SurgeOut:
    """The ready text and the order of a surge, for all seats: for who answers for all of them."""
    if not ask.viewer.oversees_all:
        raise ProblemError("forbidden", "集中来电的口径发给全部坐席，由不限班组的班长或管理员填写")
    body, surge_id = ask.body_as(SurgeBody), ask.request.match_info["id"]
    await audit(ask, "surge.text", f"surge:{surge_id}", text=body.text, order_id=body.order_id)
    told = await ask.deps.gateway.post(f"/v1/surges/{surge_id}", body.model_dump())
    return SurgeOut.model_validate(masked_surge(told))


OPERATIONS = (
    Operation(
        HTTPMethod.POST,
        f"/api/v1/live/calls/{ID}/listen",
        "Listen, whisper to the seat, or barge in (audited)",
        listen,
        SUPERVISORS,
        TAG,
        body=ListenBody,
        reply=ListenOut,
        keyed=True,
    ),
    Operation(
        HTTPMethod.DELETE,
        f"/api/v1/live/calls/{ID}/listen",
        "Leave the call (audited)",
        stop_listening,
        SUPERVISORS,
        TAG,
    ),
    Operation(
        HTTPMethod.POST,
        f"/api/v1/live/calls/{ID}/take_over",
        "Take the call over; the seat leaves (audited)",
        take_over,
        SUPERVISORS,
        TAG,
        reply=TakeOverOut,
        keyed=True,
    ),
    Operation(
        HTTPMethod.POST,
        "/api/v1/live/messages",
        "A message to seats, or to all (audited)",
        message,
        OVERSEERS,
        TAG,
        body=MessageBody,
        reply=MessageOut,
        keyed=True,
    ),
    Operation(
        HTTPMethod.PUT,
        "/api/v1/live/surges/{id:[A-Za-z0-9-]{1,40}}",
        "The ready text and the order of a surge (audited)",
        surge,
        OVERSEERS,
        TAG,
        body=SurgeBody,
        reply=SurgeOut,
    ),
)
