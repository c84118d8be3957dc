"""Where the PBX has the legs of each call: a list of channels turned into what the talk machine understands.

In: the events of `CoreShowChannels`. Out: for each call its caller's channel and its legs with their places.
Never: a guess about a leg in passage between two places: then the picture is `settled=False`, and is taken again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gateway.board import seat_of
from gateway.pbx_events import call_of, endpoint_of
from transfer.talk import Place
from transfer.target import PartyRole

_EXTENSIONS = {
    "main": Place.MAIN,
    "caller": Place.MAIN,
    "dial": Place.DIAL,
    "consult": Place.CONSULT,
    "recorded": Place.CONSULT,
    "aside": Place.ASIDE,
    "leave": Place.LEAVE,
}
_PASSAGE = frozenset({"moved", "consulted", "joined", "third-after", "third-met", "seat-after"})
_ROLES = {"unit": PartyRole.UNIT, "emergency": PartyRole.EMERGENCY, "trunk": PartyRole.OUTSIDE}


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg that is not the caller's."""

    channel: str
    place: Place
    role: PartyRole
    who: str
    device: str


@dataclass(slots=True)
class Picture:
    """One call now. `place` is the caller's: None when it is not in a talk (it waits, hears a prompt, rings a line)."""

    call: str
    channel: str = ""
    place: Place | None = None
    legs: list[Leg] = field(default_factory=list)
    settled: bool = True


def pictures(channels: Iterable[Mapping[str, str]]) -> dict[str, Picture]:
    """Every call whose caller is there, by linkedid."""
    rows: dict[str, list[Mapping[str, str]]] = {}
    for row in channels:
        if row.get("Channel", "").startswith("PJSIP/"):
            rows.setdefault(call_of(row.get("Linkedid", "")), []).append(row)
    found = {call: _picture(call, legs) for call, legs in rows.items() if call}
    return {call: picture for call, picture in found.items() if picture.channel}


def _picture(call: str, rows: list[Mapping[str, str]]) -> Picture:
    picture = Picture(call)
    for row in rows:
        if row.get("Uniqueid") == call:
            picture.channel = row.get("Channel", "")
            picture.place = _caller_place(row)
    for row in rows:
        if row.get("Context") in _PASSAGE:
            picture.settled = False
        if row.get("Uniqueid") != call and (leg := _leg(row, picture.place)) is not None:
            picture.legs.append(leg)
    return picture


def _caller_place(row: Mapping[str, str]) -> Place | None:
    if row.get("Context") == "talk" and row.get("Exten") in ("main", "caller"):
        return Place.MAIN
    paired = row.get("Context") == "call" and row.get("Exten") == "offer" and row.get("Application") == "Dial"
    return Place.PAIR if paired else None


def _leg(row: Mapping[str, str], caller: Place | None) -> Leg | None:
    channel = row.get("Channel", "")
    device = endpoint_of(channel)
    place = _leg_place(row, caller)
    if place is None:
        return None
    seat = seat_of(device)
    if seat is not None:
        return Leg(channel, place, PartyRole.SEAT, seat, device)
    kind, _, rest = device.partition("-")
    return Leg(channel, place, _ROLES.get(kind, PartyRole.OUTSIDE), rest, device)


def _leg_place(row: Mapping[str, str], caller: Place | None) -> Place | None:
    up = row.get("ChannelStateDesc") == "Up"
    if row.get("Context") == "talk" and row.get("Application") != "AppDial":
        return _EXTENSIONS.get(row.get("Exten", ""))  # None in `h`: gone
    if row.get("Application") == "AppDial":
        if not up:
            return Place.RINGING
        return Place.PAIR if caller is Place.PAIR else Place.MET
    return None
