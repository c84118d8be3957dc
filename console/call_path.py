"""What a stored call's path has to say beyond its lines: whose line broke, and who listened in silence.

In: a call's events and legs. Out: marks for the path, the call without what a city hides from its seats.
Never: a decision about who may see the call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from gateway.journal.kinds import LegRole
from gateway.store import CallDetail, CallEvent, Leg

LOST_CAUSE = "44"  # Q.850, as the gateway and Asterisk's own RTP timeout have it
AT_REST = "caller"  # the caller waits for the seat
AMONG_OTHERS = "others"  # the others talk on
CUT = "cut"  # and nobody was rung again


def lost_lines(events: Sequence[CallEvent], legs: Mapping[str, Leg]) -> dict[int, str]:
    """Which hang-ups were none: by the event's place in `events` (by time), what became of the talk.

    A reloaded page's leg ends like any other (cause 16); that its seat was kept for (hl.restore) or rung into the same
    talk again (hl.leg, resume) tells the difference.
    """
    answered: dict[str, list[str]] = {}  # seat → its legs that were in the call, in turn
    kept: dict[str, str] = {}  # leg → what became of the talk
    for event in events:
        facts = facts_of(event.detail)
        leg = legs.get(event.uniqueid)
        if event.event == "ANSWER" and leg is not None and leg.seat:
            answered.setdefault(leg.seat, []).append(event.uniqueid)
        elif event.event == "hl.restore" or (event.event == "hl.leg" and facts.get("verb") == "resume"):
            seat = str(facts.get("who") or facts.get("seat") or "")
            before = [uniqueid for uniqueid in answered.get(seat, ()) if uniqueid != event.uniqueid]
            if before:  # its hang-up may be written after this: the caller is moved away first, and the two race
                kept[before[-1]] = AT_REST if event.event == "hl.restore" else AMONG_OTHERS
    hang_ups = {place: event for place, event in enumerate(events) if event.event == "HANGUP"}
    lost = {place: _became(event, legs.get(event.uniqueid), kept) for place, event in hang_ups.items()}
    return {place: became for place, became in lost.items() if became}


def _became(hang_up: CallEvent, leg: Leg | None, kept: Mapping[str, str]) -> str:
    if leg is None or not leg.seat:
        return ""
    return kept.get(leg.uniqueid, CUT if _cause(hang_up.detail) == LOST_CAUSE else "")


def without_listeners(found: CallDetail) -> CallDetail:
    """The call as a seat sees it where the city does not tell who listens: no leg and no line of whoever only did."""
    verbs: dict[str, set[str]] = {}
    for event in found.events:
        if event.event == "hl.leg":
            verbs.setdefault(event.uniqueid, set()).add(str(facts_of(event.detail).get("verb", "")))
    silent = {
        leg.uniqueid for leg in found.legs if leg.role is LegRole.SUPERVISOR and verbs.get(leg.uniqueid) == {"listen"}
    }
    events = tuple(each for each in found.events if each.uniqueid not in silent and not _is_listening(each))
    return replace(found, legs=tuple(leg for leg in found.legs if leg.uniqueid not in silent), events=events)


def facts_of(detail: Mapping[str, Any]) -> dict[str, Any]:
    """A user event's own keys, whether the recorder keeps them beside or below the line's columns."""
    below = detail.get("fields")
    return {**detail, **below} if isinstance(below, dict) else dict(detail)


def _is_listening(event: CallEvent) -> bool:
    return event.event == "hl.leg" and facts_of(event.detail).get("verb") == "listen"


def _cause(detail: Mapping[str, Any]) -> str:
    extra = detail.get("extra")
    return str(extra.get("hangupcause", "")) if isinstance(extra, Mapping) else ""
