"""A seat's acts in its call: bring people in, move them, see whom there is; and the screen pop before it answers.

In: verbs of the page. Out: the call's people as the gateway has them then. Never: a choice of a device, a move of a
channel (the gateway's), or a call that the viewer has no part in.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPMethod
from typing import Any

from console.access import STAFF, Viewer, may_hear, may_see
from console.call_shapes import caller_out
from console.live import call_for, masked_call, seats_of
from console.operations import Ask, Operation
from console.orders_rules import real_name_out
from console.orders_view import policy_viewer, row_facts
from console.orders_words import GROUNDS
from console.problems import ProblemError
from console.shapes import Hotline, RealNameOut
from console.talk_shapes import (
    CallTalkOut,
    EarlierCall,
    Frequency,
    MarkOut,
    MarksOut,
    Matter,
    OpenOrder,
    PopOut,
    SurgeOut,
    TalkBody,
    TalkOut,
    TargetsOut,
)
from gateway.errors import RetryableError
from gateway.journal.kinds import Outcome
from gateway.orders.marks import Marked, marks_of, standing_of
from gateway.store import Call, CallFilter, WorkOrder, calls_page, log_audit, order_of_call
from gateway.store.sticky import open_orders_of
from workorder.privacy import Field, Sight, visible

log = logging.getLogger(__name__)

TAG = "talk"
ID = "{linkedid:[A-Za-z0-9._-]{1,80}}"
EARLIER = 10
DAY = timedelta(days=1)
SHORT_S = 10.0
KEPT = "举报件，内容保密"
MANY = 5  # calls of a day after which somebody is looked at twice


async def live_call(ask: Ask) -> Mapping[str, Any]:
    """The live call named in the path, its number whole, if the viewer may see it; else 404: ids are guessable."""
    linkedid = ask.request.match_info["linkedid"]
    found = next((call for call in await ask.deps.gateway.calls() if call.get("linkedid") == linkedid), None)
    if found is None or call_for(ask.viewer, found) is None:
        raise ProblemError("not-found", "没有这通电话，或您无权查看")
    return found


def own_seat(ask: Ask) -> str:
    if not ask.viewer.seat:
        raise ProblemError("forbidden", "此账号没有对应的坐席")
    return ask.viewer.seat


async def audit_if_possible(ask: Ask, what: str, subject: str, **detail: object) -> None:
    """For acts that the journal keeps, too: a call is not stopped by a database that is away."""
    try:
        await audit(ask, what, subject, **detail)
    except (ProblemError, RetryableError) as error:
        log.warning("%s of %s is in the journal only: %s", what, subject, error)


async def audit(ask: Ask, what: str, subject: str, **detail: object) -> None:
    """Before it happens: an act that cannot be written down is not done."""
    async with ask.deps.store.session() as session:
        await log_audit(
            session,
            ask.viewer.user,
            what,
            subject,
            at=ask.deps.clock(),
            ip=ask.request.remote or "",
            detail=detail,
        )


async def talk(ask: Ask) -> CallTalkOut:
    """One verb of the seat that has the keys. Refused in words (409) when it cannot be now."""
    body, seat, call = ask.body_as(TalkBody), own_seat(ask), await live_call(ask)
    linkedid = str(call["linkedid"])
    target = body.target.model_dump() if body.target else None
    await audit_if_possible(ask, f"call.{body.verb}", f"call:{linkedid}", target=target, party=body.party)
    words = {"verb": body.verb, "by": seat, "target": target, "party": body.party}
    shown = await ask.deps.gateway.post(f"/v1/calls/{linkedid}/talk", words)
    return CallTalkOut(linkedid=linkedid, talk=_talk_out(masked_call(shown).get("talk")))


def _talk_out(talk: Any) -> TalkOut | None:
    return TalkOut.model_validate(talk) if isinstance(talk, Mapping) else None


async def targets(ask: Ask) -> TargetsOut:
    seat, call = own_seat(ask), await live_call(ask)
    return TargetsOut.model_validate(await ask.deps.gateway.targets(str(call["linkedid"]), seat))


# -- the screen pop --------------------------------------------------------------------------------------------------


async def pop(ask: Ask) -> PopOut:
    """All that is known of a call before and while it is answered. An expert gets the matter so far."""
    call = await live_call(ask)
    caller = call.get("caller") or {}
    number = str(caller.get("number") or "")
    history = await _history(ask, str(call["linkedid"]), number)
    earlier, own = history.earlier, history.own
    hotline = Hotline(**{name: str((call.get("hotline") or {}).get(name, "")) for name in ("number", "name", "unit")})
    open_orders = [_open_order(ask, order, hotline.number) for order in history.orders]
    masked = masked_call(call)
    return PopOut(
        linkedid=str(call["linkedid"]),
        dialled=str(call.get("dialled", "")),
        hotline=hotline,
        mode=str(call.get("mode", "")),
        caller=caller_out(number or None, withheld=bool(caller.get("withheld"))),
        may_reveal=bool(number) and may_hear(ask.viewer, seats_of(call)),
        state=str(call.get("state", "")),
        choice=call.get("choice"),
        waiting_s=float(call.get("waiting_s") or 0.0),
        since=call["since"],
        reasons=[entry["detail"] for entry in masked["path"] if entry.get("what") == "route"],
        earlier_calls=[_earlier(ask, row) for row in earlier[:EARLIER]],
        open_orders=open_orders,
        merge_suggestion=next((order.order_id for order in open_orders if order.same_matter), None),
        frequency=_frequency(ask, earlier),
        marks=_marks(ask, history.marks),
        required=["category", "title", "matter", *(["contact"] if not number else [])],
        real_name=history.real_name,
        matter=_matter(own),
        surge=_surge_of(ask, str(call["linkedid"])),
    )


@dataclass(frozen=True, slots=True)
class History:
    """Earlier calls, open orders and marks of this number; this call's order; what the city's document asks for."""

    own: WorkOrder | None
    real_name: RealNameOut | None
    earlier: list[Call] = field(default_factory=list)
    orders: list[WorkOrder] = field(default_factory=list)
    marks: tuple[Marked, ...] = ()


async def _history(ask: Ask, linkedid: str, number: str) -> History:
    async with ask.deps.store.reading() as session:
        own = await order_of_call(session, linkedid)
        real_name = real_name_out((await ask.deps.rulebook.current(session)).profile)
        if not number:
            return History(own, real_name)
        page = await calls_page(session, CallFilter(caller=number), limit=50)
        orders = await open_orders_of(session, number, ask.deps.clock())
        marks = await marks_of(session, number)
    earlier = [call for call in page.items if call.linkedid != linkedid]
    return History(own, real_name, earlier, [order for order in orders if order.linkedid != linkedid], marks)


def _marks(ask: Ask, marks: tuple[Marked, ...]) -> MarksOut | None:
    """How the caller stands by what people have marked; the last one by itself."""
    stands = standing_of(marks, ask.deps.clock())
    if not stands.count:
        return None
    last = marks[-1]
    shown = MarkOut(
        at=last.mark.at,
        by=last.mark.by,
        ground=last.mark.ground.value,
        word=GROUNDS[last.mark.ground],
        order_id=last.order_id,
        may_open=may_see(ask.viewer, last.seats),
    )
    return MarksOut(count=stands.count, hand_over=stands.hand_over, words=stands.words, last=shown)


def _earlier(ask: Ask, call: Call) -> EarlierCall:
    return EarlierCall(
        linkedid=call.linkedid,
        started_at=call.started_at,
        hotline=Hotline(number=call.hotline_number or "", name=call.hotline_name, unit=call.hotline_unit),
        outcome=call.outcome,
        seat=call.seat,
        talking_s=call.talking_s,
        may_open=may_see(ask.viewer, [call.seat] if call.seat else []),
    )


def told_title(viewer: Viewer, order: WorkOrder) -> str:
    """What an order is about, for the seat that its caller asks how it stands: not of a report, whoever took it down
    excepted."""
    seen = visible(policy_viewer(viewer, serving=True), row_facts(order), Field.MATTER)
    return order.title if seen.sight is Sight.FULL else KEPT


def _open_order(ask: Ask, order: WorkOrder, hotline: str) -> OpenOrder:
    return OpenOrder(
        order_id=order.order_id,
        title=told_title(ask.viewer, order),
        hotline=Hotline(number=order.hotline_number, name=order.hotline_name, unit=order.hotline_unit),
        state=order.state,
        seat=order.seat,
        created_at=order.created_at,
        same_matter=order.hotline_number == hotline,
        may_open=may_see(ask.viewer, [order.seat or "", *order.hands]),
    )


def _frequency(ask: Ask, earlier: list[Call]) -> Frequency:
    since = ask.deps.clock() - DAY
    today = [call for call in earlier if call.started_at >= since]
    short = sum(1 for call in today if call.outcome is not Outcome.ABANDONED and call.talking_s < SHORT_S)
    return Frequency(calls=len(today), short=short, suspected=short >= MANY and 2 * short > len(today))


def _matter(order: WorkOrder | None) -> Matter | None:
    if order is None:
        return None
    return Matter(
        order_id=order.order_id,
        title=order.title,
        category=order.category,
        matter=order.matter,
        address=order.address,
        version=order.version,
    )


def _surge_of(ask: Ask, linkedid: str) -> SurgeOut | None:
    """The surge that this call belongs to; one of the matter before one of the number."""
    found = [surge for surge in ask.deps.relay.state.surges.values() if linkedid in surge.get("calls", [])]
    found.sort(key=lambda surge: surge.get("kind") != "matter")
    return SurgeOut.model_validate(found[0]) if found else None


OPERATIONS = (
    Operation(
        HTTPMethod.POST,
        f"/api/v1/calls/{ID}/talk",
        "Consult, join, swap, put aside, hand over, drop, cancel",
        talk,
        STAFF,
        TAG,
        body=TalkBody,
        reply=CallTalkOut,
        keyed=True,
    ),
    Operation(
        HTTPMethod.GET,
        f"/api/v1/calls/{ID}/targets",
        "Whom my seat may bring into this call now",
        targets,
        STAFF,
        TAG,
        reply=TargetsOut,
    ),
    Operation(
        HTTPMethod.GET,
        f"/api/v1/calls/{ID}/pop",
        "What is known of a live call before it is answered",
        pop,
        STAFF,
        TAG,
        reply=PopOut,
    ),
)
