"""Stored calls as the API says them.

In: rows of the store, who is looking. Out: shapes with masked numbers. Never: a file path or an unmasked number.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from console.access import Viewer, may_look_up, says_why, took_part
from console.call_path import facts_of, lost_lines
from console.masking import mask_number, mask_text
from console.shapes import CallDetail, Caller, CallRow, Hotline, LegOut, PathEntry, RecordingOut, SeatResult
from console.wording import reasons_in_chinese
from gateway.store import Call, CallEvent, Leg, Recording
from gateway.store import CallDetail as StoredCall

# Facts of a journal line that explain the path. The rest (channel names, contexts, files, raw numbers) stays here.
SHOWN = frozenset(
    {
        "hotline", "name", "unit", "mode", "table", "greeting", "skills", "steps", "reasons", "withheld",
        "menu", "choice", "outcome", "step", "priority", "seat", "device", "n", "kind", "status", "reason", "prompt",
        "dialled", "trunk", "verb", "by", "place", "role", "target", "who", "back", "purpose", "roster", "tried",
    }
)  # fmt: skip
# CEL's own events that a reader of the path wants; the rest is noise beside the user events.
_CEL_SHOWN = frozenset({"ANSWER", "BRIDGE_ENTER", "BRIDGE_EXIT", "HANGUP", "LINKEDID_END"})


def caller_out(number: str | None, *, withheld: bool) -> Caller:
    return Caller(number=mask_number(number) if number else None, withheld=withheld)


def row_out(call: Call, recording: Recording | None) -> CallRow:
    return CallRow(**_row_fields(call, recording))


def _row_fields(call: Call, recording: Recording | None) -> dict[str, Any]:
    return {
        "linkedid": call.linkedid,
        "started_at": call.started_at,
        "inbound": call.inbound,
        "purpose": call.purpose or "",
        "reference": call.reference or "",
        "dialled": call.dialled,
        "hotline": Hotline(number=call.hotline_number or "", name=call.hotline_name, unit=call.hotline_unit),
        "mode": call.mode,
        "caller": caller_out(call.caller_number, withheld=call.caller_withheld),
        "state": call.state,
        "outcome": call.outcome,
        "seat": call.seat,
        "waiting_s": call.waiting_s,
        "talking_s": call.talking_s,
        "total_s": call.total_s,
        "recording": recording.state if recording else None,
    }


_SAME = (
    "answered_at", "connected_at", "ended_at", "ended_by", "complete", "trunk", "table_version", "greeting", "skills",
    "steps", "menu", "choice", "menu_outcome", "menu_s", "ring_s", "consult_s", "three_way_s", "hold_s",
    "offers", "fallback", "fallback_reason",
)  # fmt: skip


def detail_out(found: StoredCall, viewer: Viewer, *, may_hear: bool, may_reveal: bool) -> CallDetail:
    """One call with everything its reader may know."""
    call = found.call
    order_seats = [found.order.seat or "", *found.order.hands] if found.order else []
    return CallDetail(
        **_row_fields(call, found.recording),
        **{name: getattr(call, name) for name in _SAME},
        reasons=[mask_text(sentence) for reason in call.reasons for sentence in reasons_in_chinese(reason)],
        legs=[_leg_out(leg) for leg in found.legs],
        path=path_out(found.events, {leg.uniqueid: leg for leg in found.legs}),
        recording_detail=_recording_out(found.recording, may_hear=may_hear) if found.recording else None,
        consults=[_recording_out(one, may_hear=may_hear_consult(found, one, viewer)) for one in found.consults],
        results=[
            SeatResult(seat=one.seat, settled=one.settled, result=one.result, by=one.by, at=one.at)
            for one in found.results
        ],
        order_id=found.order.order_id if found.order else None,
        may_open_order=may_look_up(viewer, order_seats),
        says_why=says_why(viewer, [leg.seat for leg in found.legs if leg.seat and leg.joined_at is not None]),
        task_id=found.task.task_id if found.task else None,
        seat_names=found.names,
        may_reveal=may_reveal and call.caller_number is not None,
    )


def may_hear_consult(found: StoredCall, recording: Recording, viewer: Viewer) -> bool:
    """A private talk belongs to whoever was in it: the third on whose channel it lies, and the seat that asked."""
    leg = next((leg for leg in found.legs if leg.uniqueid == recording.uniqueid), None)
    return took_part(viewer, [seat for seat in (leg.seat, leg.brought_by) if seat] if leg else [])


def _leg_out(leg: Leg) -> LegOut:
    return LegOut(
        role=leg.role,
        seat=leg.seat,
        name=mask_text(leg.name),
        device=mask_text(leg.device),
        verb=leg.verb,
        brought_by=leg.brought_by,
        started_at=leg.started_at,
        answered_at=leg.answered_at,
        joined_at=leg.joined_at,
        left_at=leg.left_at,
        consult_s=leg.consult_s,
        three_way_s=leg.three_way_s,
        hold_s=leg.hold_s,
        ended_at=leg.ended_at,
        ring_s=leg.ring_s,
        talk_s=leg.talk_s,
        result=leg.result,
    )


def _recording_out(recording: Recording, *, may_hear: bool) -> RecordingOut:
    playable = recording.state.value in ("verified", "incomplete")
    return RecordingOut(
        part=recording.part,
        started_at=recording.started_at,
        state=recording.state,
        reason=recording.reason,
        seconds=recording.seconds,
        expected_s=recording.expected_s,
        size=recording.size,
        sha256=recording.sha256,
        may_play=may_hear and playable,
    )


def path_out(events: Iterable[CallEvent], legs: dict[str, Leg]) -> list[PathEntry]:
    """The call's way through the system, in order; CEL's own events carry whose leg it was."""
    path, events = [], list(events)
    lost = lost_lines(events, legs)
    for place, event in enumerate(events):
        if not (event.event.startswith("hl.") or event.event in _CEL_SHOWN):
            continue
        facts = {name: _shown(name, value) for name, value in facts_of(event.detail).items() if name in SHOWN}
        leg = legs.get(event.uniqueid)
        if leg is not None and not event.event.startswith("hl."):
            facts |= {"leg": leg.role.value, "seat": leg.seat or ""}
        if place in lost:
            facts["lost"] = lost[place]
        path.append(PathEntry(at=event.at, what=event.event, detail=facts))
    return path


def _shown(name: str, value: Any) -> Any:
    if not isinstance(value, str) or name == "dialled":  # the number dialled is a public one
        return value
    if name == "reasons":
        return [mask_text(sentence) for sentence in reasons_in_chinese(value)]
    return mask_text(value)
