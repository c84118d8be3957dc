"""Calls: the list, one call with its path, and the caller's whole number for those who may ask.

In: filters, a linkedid. Out: rows with masked numbers; the unmasked number through a request of its own that is
audited. Never: a call to a seat that had no part in it.
"""

from __future__ import annotations

from enum import StrEnum
from http import HTTPMethod

from pydantic import Field

from console.access import DESK, STAFF, Viewer, may_hear, may_look_up, may_reveal
from console.call_path import without_listeners
from console.call_shapes import detail_out, row_out
from console.operations import Ask, Operation
from console.paging import DIGITS, SpanQuery
from console.problems import ProblemError
from console.shapes import CallDetail, CallRow, Page, Unmasked
from gateway.journal.kinds import Outcome
from gateway.store import CallDetail as StoredCall
from gateway.store import CallFilter, Role, call_detail, calls_page, log_audit, recordings_of

TAG = "calls"
ID = "{linkedid:[A-Za-z0-9._-]{1,80}}"


class Direction(StrEnum):
    """`OUT`: calls that the house placed for a seat or the office."""

    IN = "in"
    OUT = "out"


class CallsQuery(SpanQuery):
    """`caller` is a whole number (of an outgoing call: whom it rang); `seat` is for overseers and the office (a seat
    always gets its own calls)."""

    hotline: str = Field(default="", pattern=DIGITS)
    caller: str = Field(default="", pattern=DIGITS)
    seat: str = Field(default="", max_length=20)
    outcome: Outcome | None = None
    direction: Direction | None = None


def seats_in(call: StoredCall) -> list[str]:
    """Every seat the call was offered to."""
    return [leg.seat for leg in call.legs if leg.seat]


def seats_talking(call: StoredCall) -> list[str]:
    """Every seat that was in a conversation of the call."""
    return [leg.seat for leg in call.legs if leg.seat and leg.joined_at is not None]


async def find_call(ask: Ask) -> StoredCall:
    """The call named in the path, if the viewer may see it. A foreign call looks like none (404): ids are guessable."""
    async with ask.deps.store.reading() as session:
        found = await call_detail(session, ask.request.match_info["linkedid"])
    if found is None or not may_look_up(ask.viewer, seats_in(found)):
        raise ProblemError("not-found", "没有这通电话，或您无权查看")
    return found


def _filter(query: CallsQuery, viewer: Viewer) -> CallFilter:
    everybodys = viewer.oversees or viewer.role is Role.OFFICE
    if not everybodys and not viewer.seat:
        raise ProblemError("forbidden", "此账号没有对应的坐席")
    return CallFilter(
        caller=query.caller,
        hotline=query.hotline,
        seat=query.seat if everybodys else viewer.seat,
        watched=viewer.watches,
        outcome=query.outcome,
        since=query.since,
        until=query.until,
        inbound_only=query.direction is Direction.IN,
        placed_only=query.direction is Direction.OUT,
    )


async def calls(ask: Ask) -> Page[CallRow]:
    query = ask.query_as(CallsQuery)
    wanted = _filter(query, ask.viewer)
    async with ask.deps.store.reading() as session:
        page = await calls_page(session, wanted, cursor=query.cursor, limit=query.limit)
        recordings = await recordings_of(session, [call.linkedid for call in page.items])
    rows = [row_out(call, recordings.get(call.linkedid)) for call in page.items]
    return Page[CallRow](items=rows, next=page.next)


async def call(ask: Ask) -> CallDetail:
    found = await find_call(ask)
    if not (ask.deps.config.show_listening or ask.viewer.oversees):
        found = without_listeners(found)
    talked, viewer = seats_talking(found), ask.viewer
    return detail_out(found, viewer, may_hear=may_hear(viewer, talked), may_reveal=may_reveal(viewer, talked))


async def reveal(ask: Ask) -> Unmasked:
    """The caller's whole number. The look is in the audit before the number is on the wire."""
    found = await find_call(ask)
    if not may_reveal(ask.viewer, seats_talking(found)):
        raise ProblemError("forbidden", "只有接听过此电话的坐席和班长可以查看完整号码")
    async with ask.deps.store.session() as session:
        await log_audit(
            session,
            ask.viewer.user,
            "number.revealed",
            f"call:{found.call.linkedid}",
            at=ask.deps.clock(),
            ip=ask.request.remote or "",
        )
    return Unmasked(number=found.call.caller_number, raw=found.call.caller_raw)


OPERATIONS = (
    Operation(
        HTTPMethod.GET, "/api/v1/calls", "Calls, newest first", calls, DESK, TAG, query=CallsQuery, reply=Page[CallRow]
    ),
    Operation(HTTPMethod.GET, f"/api/v1/calls/{ID}", "One call", call, DESK, TAG, reply=CallDetail),
    Operation(
        HTTPMethod.POST,
        f"/api/v1/calls/{ID}/reveal",
        "The caller's whole number (audited)",
        reveal,
        STAFF,
        TAG,
        reply=Unmasked,
    ),
)
