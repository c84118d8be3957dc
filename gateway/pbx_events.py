"""What AMI says about the PBX, turned into changes of board and live calls; and both rebuilt after every (re)connect.

In: AMI events, in order. Out: seat events and live-call changes, and after each resync one line that says which calls
there are (the recorder closes those that the PBX took with it). Never: history, decisions, or anything that waits.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Mapping
from typing import Any

import seats
from gateway.ami import Ami
from gateway.board import Board, seat_of
from gateway.calls.desk import LastSeats
from gateway.live import CallState, LiveCalls

log = logging.getLogger(__name__)

_CONTACTS = {"Created": True, "Reachable": True, "NonQualified": True, "Removed": False, "Unreachable": False}
LISTEN = "listen"  # the context of supervisors' own legs
_CALLED_IN = re.compile(r"\.t[0-9]+$")
_CHANNEL = re.compile(r"PJSIP/(?P<endpoint>.+)-[0-9a-f]{8}")


def endpoint_of(channel: str) -> str:
    """`"PJSIP/seat-801-0000002a"` → `"seat-801"`; "" for any other kind of channel."""
    match = _CHANNEL.fullmatch(channel)
    return match["endpoint"] if match else ""


def call_of(linkedid: str) -> str:
    """The call that a channel belongs to. A leg that we ring into a talk from outside keeps a linkedid of its own even
    in the room (measured), so it is named for its call: `"hl1-17.5.t123"` → `"hl1-17.5"`."""
    return _CALLED_IN.sub("", linkedid)


class PbxEvents:
    """One consumer of AMI events, and the resync that makes them unnecessary."""

    WANTED = (
        "DialEnd",
        "Hangup",
        "DeviceStateChange",
        "ContactStatus",
        "UserEvent",
        "RTCPSent",
    )  # the rest of a link's events pass unparsed

    def __init__(
        self,
        board: Board,
        live: LiveCalls,
        last_seats: LastSeats,
        note: Callable[[dict[str, Any]], None] = lambda _event: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`note` takes the line of a resync for the seat journal."""
        self._note = note
        self._clock = clock
        self._board = board
        self._live = live
        self._last_seats = last_seats
        self.listeners: list[Callable[[Mapping[str, str]], None]] = []  # each hears every event, after board and calls
        self.is_spy: Callable[[str], bool] = lambda _uniqueid: False  # a supervisor's own leg: no party of any call

    def on_event(self, event: Mapping[str, str]) -> None:
        """Called in order for every event of the link; unknown ones are of no interest."""
        match event.get("Event"):
            case "DialEnd":
                self._dial_ended(event)
            case "Hangup":
                self._hung_up(event)
            case "DeviceStateChange":
                self._device(event)
            case "ContactStatus":
                self._contact(event)
        for listener in self.listeners:
            listener(event)

    async def resync(self, ami: Ami) -> None:
        """Ask the PBX what is, and let board and live calls say the same."""
        for event in await ami.action_list("DeviceStateList"):
            self._device(event)
        asked_at = self._clock()  # a call that began before it, and is not in the answer, is over
        talking: dict[str, str] = {}
        alive: set[str] = set()
        for event in await ami.action_list("CoreShowChannels"):
            if event.get("Linkedid"):
                alive.add(event["Linkedid"])
            linkedid = call_of(event.get("Linkedid", ""))
            seat = seat_of(endpoint_of(event.get("Channel", "")))
            if seat is not None and event.get("ChannelStateDesc") == "Up" and event.get("Context") != LISTEN:
                talking[seat] = linkedid
        self._board.resync(talking)
        for lost in self._live.keep_only(alive):
            self._board.call_over(lost)
        self._note({"at": asked_at, "seat": None, "event": "pbx_resync", "alive": sorted(alive)})
        log.info("resync: %d calls in the PBX, %d seats talking", len(alive), len(talking))

    def _device(self, event: Mapping[str, str]) -> None:
        device = event.get("Device", "")
        if device.startswith("PJSIP/"):
            self._board.device_state(device.removeprefix("PJSIP/"), event.get("State", ""))

    def _contact(self, event: Mapping[str, str]) -> None:
        status = event.get("ContactStatus", "")
        if status in _CONTACTS:
            self._board.contact(event.get("EndpointName", ""), event.get("URI", ""), _CONTACTS[status])

    def _dial_ended(self, event: Mapping[str, str]) -> None:
        """Somebody picked up: from here on people talk, and this process is not needed."""
        if event.get("DialStatus") != "ANSWER" or self.is_spy(event.get("DestUniqueid", "")):
            return
        endpoint, linkedid = endpoint_of(event.get("DestChannel", "")), call_of(event.get("DestLinkedid", ""))
        view = self._live.get(linkedid)
        seat = seat_of(endpoint)
        if seat is not None:
            self._board.apply(seat, seats.Answered(linkedid))
        if view is None or view.out is not None:  # placed by the house: gateway.callouts tells how it goes
            return
        if event.get("Uniqueid") != linkedid:  # a third, or called into a talk: not who was found for the caller
            self._live.note(view, "joined", endpoint)
            return
        if seat is not None:
            self._last_seats.talked(str(view.caller.get("number") or ""), seat)
        self._live.note(view, "answer", endpoint, state=CallState.TALKING, seat=seat)

    def _hung_up(self, event: Mapping[str, str]) -> None:
        linkedid = call_of(event.get("Linkedid", ""))
        seat = seat_of(endpoint_of(event.get("Channel", "")))
        if seat is not None:
            self._board.leg_gone(seat, linkedid)
        if event.get("Uniqueid") == linkedid:  # the caller's own channel: the call is over
            self._board.call_over(linkedid)
            view = self._live.get(linkedid)
            if view is None or view.out is None:
                self._live.gone(linkedid)
