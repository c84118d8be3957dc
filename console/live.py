"""What of the live state a viewer may see: seats and calls as the gateway tells them, filtered and masked.

In: the gateway's seat and call objects, a viewer. Out: what goes to that viewer's page. Never: an unmasked caller
number — that takes a request of its own, which is audited.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from console.access import STAFF, Viewer, may_see
from console.masking import mask_number, mask_text
from console.wording import reasons_in_chinese

Shape = dict[str, Any]
MESSAGES_KEPT = 100
_SEATED = frozenset({"seat", "expert", "supervisor"})


def seat_for(viewer: Viewer, seat: Mapping[str, Any]) -> Shape | None:
    """The seat as this viewer sees it, or None. A seat sees itself only, a supervisor those of their teams."""
    if viewer.watches_any([str(seat.get("id"))]) or (viewer.seat and viewer.seat == seat.get("id")):
        return dict(seat)
    return None


def seats_of(call: Mapping[str, Any]) -> list[str]:
    """The seat that serves the call, and every seat that has been brought into it or is being rung for it."""
    talk = call.get("talk") or {}
    seated = [str(party["who"]) for party in talk.get("parties", []) if party.get("role") in _SEATED]
    return [*([str(call["seat"])] if call.get("seat") else []), *seated]


def call_for(viewer: Viewer, call: Mapping[str, Any], *, show_listening: bool = True) -> Shape | None:
    """The (masked) call if this viewer may see it. A seat sees the call that is offered to it or that it talks in.

    Without `show_listening` only overseers see who listens in silence; who whispers or has barged in is no secret.
    """
    if not may_see(viewer, seats_of(call)):
        return None
    if show_listening or viewer.oversees or not call.get("spies"):
        return dict(call)
    return {**call, "spies": [spy for spy in call["spies"] if spy.get("mode") != "listen"]}


def masked_surge(surge: Mapping[str, Any]) -> Shape:
    """The surge with the number that calls so often masked."""
    caller = str(surge.get("caller") or "")
    return {**surge, "caller": mask_number(caller) if caller else ""}


def message_for(viewer: Viewer, message: Mapping[str, Any]) -> Shape | None:
    """A supervisor's word, if it is for this viewer's seat, for all, or for a seat that the viewer oversees."""
    to = message.get("seats") or []
    return dict(message) if not to or viewer.seat in to or viewer.watches_any(to) else None


def masked_call(call: Mapping[str, Any]) -> Shape:
    """The call with the caller's number masked wherever it may stand."""
    caller = call.get("caller") or {}
    raw, number = str(caller.get("raw") or ""), str(caller.get("number") or "")
    return {
        **call,
        **_masked_talk(call),
        "caller": {
            "number": mask_number(number) if number else None,
            "raw": mask_text(raw),
            "withheld": bool(caller.get("withheld")),
        },
        "path": [{**entry, "detail": _path_text(entry)} for entry in call.get("path") or []],
    }


def _masked_talk(call: Mapping[str, Any]) -> Shape:
    """The number of somebody outside is masked like the caller's; what it is called stays."""
    talk = call.get("talk")
    if not talk:
        return {}
    parties = [
        {**party, "who": mask_number(str(party.get("who") or ""))} if party.get("role") == "outside" else party
        for party in talk.get("parties", [])
    ]
    return {"talk": {**talk, "parties": parties}}


def _path_text(entry: Mapping[str, Any]) -> str:
    detail = str(entry.get("detail") or "")
    return mask_text("；".join(reasons_in_chinese(detail)) if entry.get("what") == "route" else detail)


class LiveState:
    """The last known seats and calls. Pure: `apply` takes a message and says what it was about."""

    def __init__(self, *, show_listening: bool = True) -> None:
        self.show_listening = show_listening
        self.up = False
        self.seats: dict[str, Shape] = {}
        self.calls: dict[str, Shape] = {}
        self.messages: deque[Shape] = deque(maxlen=MESSAGES_KEPT)
        self.surges: dict[str, Shape] = {}

    def apply(self, message: Mapping[str, Any]) -> Mapping[str, Any]:
        """Take in one message of the gateway and return it masked: once, not once per page.

        Unknown types are left alone: a newer gateway may say more.
        """
        match message.get("type"):
            case "snapshot":
                self.up = True
                self.seats = {str(seat["id"]): dict(seat) for seat in message.get("seats", [])}
                self.calls = {str(call["linkedid"]): masked_call(call) for call in message.get("calls", [])}
                self.messages = deque(map(dict, message.get("messages", [])), MESSAGES_KEPT)
                self.surges = {str(surge["id"]): masked_surge(surge) for surge in message.get("surges", [])}
            case "seat":
                self.seats[str(message["seat"]["id"])] = dict(message["seat"])
            case "call":
                call = masked_call(message["call"])
                self.calls[str(call["linkedid"])] = call
                return {"type": "call", "call": call}
            case "call_gone":
                self.calls.pop(str(message["linkedid"]), None)
            case "message":
                self.messages.append(dict(message["message"]))
            case "surge":
                surge = masked_surge(message["surge"])
                self.surges[str(surge["id"])] = surge
                return {"type": "surge", "surge": surge}
            case "surge_over":
                self.surges.pop(str(message["id"]), None)
        return message

    def away(self) -> None:
        """The gateway is not there: what was live is no longer known."""
        self.up, self.seats, self.calls, self.surges = False, {}, {}, {}
        self.messages.clear()

    def call_for(self, viewer: Viewer, call: Mapping[str, Any]) -> Shape | None:
        return call_for(viewer, call, show_listening=self.show_listening)

    def snapshot_for(self, viewer: Viewer) -> Shape:
        """The first message of each page, and again whenever the gateway came or went."""
        seats = [seen for seat in self.seats.values() if (seen := seat_for(viewer, seat))]
        calls = [self.call_for(viewer, call) for call in self.calls.values()]
        return {
            "type": "snapshot",
            "gateway": "up" if self.up else "away",
            "now": datetime.now(UTC).isoformat(),  # pages count their timers on the server's clock
            "seats": seats,
            "calls": [call for call in calls if call],
            "messages": [seen for one in self.messages if (seen := message_for(viewer, one))],
            "surges": list(self.surges.values()) if viewer.role in STAFF else [],
        }


class Lens:
    """One page's view of the stream. Remembers which calls it has shown, to take one off the page that moved on."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer
        self._shown: set[str] = set()
        self._call_for: Callable[[Viewer, Mapping[str, Any]], Shape | None] = call_for

    def first(self, state: LiveState) -> Shape:
        self._call_for = state.call_for
        snapshot = state.snapshot_for(self.viewer)
        self._shown = {str(call["linkedid"]) for call in snapshot["calls"]}
        return snapshot

    def through(self, message: Mapping[str, Any]) -> Shape | None:
        """What of one message, as `LiveState.apply` returned it, this page gets, if anything."""
        match message.get("type"):
            case "seat":
                seat = seat_for(self.viewer, message["seat"])
                return {"type": "seat", "seat": seat} if seat else None
            case "call":
                return self._call(message["call"])
            case "call_gone":
                return self._gone(str(message["linkedid"]))
            case "message":
                seen = message_for(self.viewer, message["message"])
                return {"type": "message", "message": seen} if seen else None
            case "surge" | "surge_over":
                return dict(message) if self.viewer.role in STAFF else None
        return None

    def _call(self, call: Mapping[str, Any]) -> Shape | None:
        linkedid = str(call["linkedid"])
        seen = self._call_for(self.viewer, call)
        if seen is None:
            return self._gone(linkedid)
        self._shown.add(linkedid)
        return {"type": "call", "call": seen}

    def _gone(self, linkedid: str) -> Shape | None:
        if linkedid not in self._shown:
            return None
        self._shown.discard(linkedid)
        return {"type": "call_gone", "linkedid": linkedid}
