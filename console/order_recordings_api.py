"""What was said about an order: its recordings, through the order, as `workorder.privacy` lets its viewer hear them.

In: an order's id, a number in its list, what it is played for. Out: which recordings there are and why one may not be
heard; the audio. Never: a recording that the policy keeps back, or one that was heard without an entry in the audit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPMethod

from aiohttp import web
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from console.access import DESK, Viewer, may_hear
from console.operations import Ask, Operation
from console.orders_desk import ID, visible_row
from console.orders_view import policy_viewer, row_facts
from console.problems import ProblemError
from console.recording_api import PlayQuery, play, playable, reason_given
from console.talk_api import audit
from gateway.journal.kinds import OutPurpose
from gateway.store import recordings_of
from gateway.store.calls import legs_of
from gateway.store.kinds import RecordingState, Role
from gateway.store.models import Call, Leg, OutCall, Recording, WorkOrder
from workorder.privacy import Sight, Visibility, recording

TAG = "orders"
LISTENERS = DESK | {Role.UNIT}
MOST = 100  # calls of one order


class OrderRecordingOut(BaseModel):
    """`n`: its number in the order, which stays. `purpose`: of a call that the house placed; empty: the caller rang.
    `call`, `seat`: for the house only. `says_why`: it is played for a reason, which is kept."""

    n: int
    at: datetime
    purpose: str
    call: str | None
    seat: str | None
    seconds: float | None
    state: RecordingState
    may_play: bool
    says_why: bool
    why: str


class OrderRecordingsOut(BaseModel):
    items: list[OrderRecordingOut]


@dataclass(frozen=True, slots=True)
class Spoken:
    """One recorded call of an order."""

    n: int
    call: str
    at: datetime
    purpose: str
    seat: str | None
    recording: Recording
    talked: frozenset[str]


async def order_recordings(ask: Ask) -> OrderRecordingsOut:
    async with ask.deps.store.reading() as session:
        row = await visible_row(session, ask.viewer, ask.request.match_info["order_id"])
        found = await spoken(session, row)
    return OrderRecordingsOut(items=[_out(one, row, ask.viewer) for one in found])


async def order_recording(ask: Ask) -> web.StreamResponse:
    async with ask.deps.store.reading() as session:
        row = await visible_row(session, ask.viewer, ask.request.match_info["order_id"])
        found = await spoken(session, row)
    n = int(ask.request.match_info["n"])
    one = next((each for each in found if each.n == n), None)
    if one is None:
        raise ProblemError("not-found", "这张工单没有这段录音")
    heard = _visibility(one, row, ask.viewer)
    subject = f"order:{row.order_id}"
    if heard.sight is not Sight.FULL:
        await audit(ask, "recording.refused", subject, call=one.call, n=n)
        raise ProblemError("forbidden", heard.why)
    why = {"why": reason_given(ask)} if heard.reasoned else {}
    return await play(ask, subject, playable(one.recording), call=one.call, **why)


async def spoken(session: AsyncSession, row: WorkOrder) -> list[Spoken]:
    """The call that the order came from, then those that the house placed for it, by time."""
    placed = select(OutCall).where(OutCall.reference == f"order:{row.order_id}").order_by(OutCall.asked_at).limit(MOST)
    outs = (await session.scalars(placed)).all()
    calls = [*([(row.linkedid, "")] if row.linkedid else []), *((out.linkedid, out.purpose.value) for out in outs)]
    ids = [call for call, _ in calls]
    recordings, legs = await recordings_of(session, ids), await legs_of(session, ids)
    started = {call.linkedid: call for call in await session.scalars(select(Call).where(Call.linkedid.in_(ids)))}
    return [
        Spoken(n, call, started[call].started_at, purpose, started[call].seat, recordings[call], _talked(legs[call]))
        for n, (call, purpose) in enumerate(calls, start=1)
        if call in recordings and call in started
    ]


def _talked(legs: Sequence[Leg]) -> frozenset[str]:
    return frozenset(leg.seat for leg in legs if leg.seat and leg.joined_at is not None)


def _visibility(one: Spoken, row: WorkOrder, viewer: Viewer) -> Visibility:
    if viewer.oversees and not viewer.oversees_all and one.talked and not may_hear(viewer, one.talked):
        return Visibility(Sight.HIDDEN, "这通电话由其他班组的坐席接听")
    took_part = bool(viewer.seat) and viewer.seat in one.talked
    follow_up = one.purpose == OutPurpose.FOLLOW_UP
    return recording(policy_viewer(viewer), row_facts(row), took_part=took_part, follow_up=follow_up)


def _out(one: Spoken, row: WorkOrder, viewer: Viewer) -> OrderRecordingOut:
    heard, inside = _visibility(one, row, viewer), viewer.role is not Role.UNIT
    there = one.recording.state in (RecordingState.VERIFIED, RecordingState.INCOMPLETE)
    may = heard.sight is Sight.FULL
    return OrderRecordingOut(
        n=one.n,
        at=one.at,
        purpose=one.purpose,
        call=one.call if inside else None,
        seat=one.seat if inside else None,
        seconds=one.recording.seconds,
        state=one.recording.state,
        may_play=may and there,
        says_why=may and heard.reasoned,
        why=heard.why,
    )


OPERATIONS = (
    Operation(
        HTTPMethod.GET,
        f"/api/v1/orders/{ID}/recordings",
        "Which recordings an order has, and why one may not be heard",
        order_recordings,
        LISTENERS,
        TAG,
        reply=OrderRecordingsOut,
    ),
    Operation(
        HTTPMethod.GET,
        f"/api/v1/orders/{ID}/recordings/{{n:[1-9][0-9]{{0,2}}}}",
        "A recording of an order (Range allowed, audited)",
        order_recording,
        LISTENERS,
        TAG,
        query=PlayQuery,
        content_type="audio/wav",
    ),
)
