"""Folds the channel events of a call: who rang, answered, met the caller or each other, hung up.

In: events in order of time. Out: `Channel` facts, talking time. Never: looks at user events (those are for `notes`).

Time is given to who is in one bridge with whom, and to nobody else: with the caller it is talk (three-way when two or
more are with the caller), among themselves it is consult, and up but with nobody it is hold.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .event import JournalEvent
from .kinds import LegRole

# PJSIP/seat-801-0000002a: technology, endpoint, serial number
_NAME = re.compile(r"[^/]+/(?P<device>.+?)-[0-9a-f]{8,}(;[12])?")
# What Asterisk puts into bridges by itself: no people
_PLUMBING = ("Local/", "CBAnn/", "CBRec/", "Announcer/", "Recorder/", "Surrogate/", "Bridge/", "AsyncGoto/", "Message/")
_ROLES = {
    "seat": LegRole.SEAT,
    "web": LegRole.SEAT,
    "unit": LegRole.UNIT,
    "emergency": LegRole.EMERGENCY,
}
ZERO = timedelta()


@dataclass(slots=True)
class Channel:
    """Facts about one channel as they become known.

    `talk`: with the caller; `three_way`: the part of it with somebody else besides; `consult`: with others, without the
    caller; `hold`: up but with nobody, after having met somebody. `met`: first in a bridge with anybody.
    """

    uniqueid: str
    name: str
    started: datetime
    context: str = ""
    exten: str = ""
    number: str = ""
    dnid: str = ""
    answered: datetime | None = None
    ended: datetime | None = None
    joined: datetime | None = None
    left: datetime | None = None
    met: datetime | None = None
    talk: timedelta = ZERO
    three_way: timedelta = ZERO
    consult: timedelta = ZERO
    hold: timedelta = ZERO
    cause: str = ""
    source: str = ""

    @property
    def device(self) -> str:
        """The endpoint's name, e.g. seat-801."""
        match = _NAME.fullmatch(self.name)
        return match["device"] if match else self.name

    @property
    def is_person(self) -> bool:
        return not self.name.startswith(_PLUMBING)

    @property
    def role(self) -> LegRole:
        return _ROLES.get(self.device.partition("-")[0], LegRole.OUTSIDE)

    @property
    def seat(self) -> str | None:
        kind, _, rest = self.device.partition("-")
        return rest if kind in {"seat", "web"} and rest else None


@dataclass(slots=True)
class Channels:
    """All channels of one call. Feed `take` events in order of time."""

    linkedid: str
    known: dict[str, Channel] = field(default_factory=dict)
    talking: timedelta = ZERO
    three_way: timedelta = ZERO
    consult: timedelta = ZERO
    hold: timedelta = ZERO
    connected: datetime | None = None
    over: bool = False
    _where: dict[str, str] = field(default_factory=dict)  # uniqueid → bridge
    _since: datetime | None = None

    @property
    def caller(self) -> Channel | None:
        return self.known.get(self.linkedid)

    @property
    def legs(self) -> list[Channel]:
        """Everyone but the caller, by start."""
        return [channel for key, channel in self.known.items() if key != self.linkedid and channel.is_person]

    @property
    def in_talk(self) -> list[Channel]:
        """Who is in one bridge with the caller now."""
        bridge = self._where.get(self.linkedid)
        if bridge is None:
            return []
        return [leg for leg in self.legs if self._where.get(leg.uniqueid) == bridge]

    def take(self, event: JournalEvent) -> None:
        self._count(event.at)
        channel = self._channel(event)
        match event.event:
            case "CHAN_START":
                channel.started = min(channel.started, event.at)
            case "hl.start":  # before it the channel bears the trunk's own name, not the caller's number
                channel.number = event.text("cid_num")
            case "ANSWER":
                channel.answered = channel.answered or event.at
            case "BRIDGE_ENTER":
                channel.answered = channel.answered or event.at
                self._move(event, event.extra_of("bridge_id"))
            case "BRIDGE_EXIT":
                self._move(event, None)
            case "HANGUP":
                channel.cause, channel.source = event.extra_of("hangupcause"), event.extra_of("hangupsource")
                self._end(channel, event)
            case "CHAN_END":
                self._end(channel, event)
            case "LINKEDID_END":
                self.over = True
                for known in self.known.values():
                    self._end(known, event)
            case _:
                pass

    def _channel(self, event: JournalEvent) -> Channel:
        channel = self.known.get(event.uniqueid)
        if channel is None:
            channel = self.known[event.uniqueid] = Channel(event.uniqueid, event.channel, event.at)
            channel.context, channel.exten = event.text("context"), event.text("exten")
            channel.number, channel.dnid = event.text("cid_num"), event.text("cid_dnid")
        channel.name = channel.name or event.channel
        return channel

    def _end(self, channel: Channel, event: JournalEvent) -> None:
        if channel.ended is None:
            channel.ended = event.at
            self._leave(channel.uniqueid, event.at)

    def _move(self, event: JournalEvent, bridge: str | None) -> None:
        if bridge is None:
            self._leave(event.uniqueid, event.at)
            return
        self._where[event.uniqueid] = bridge
        for leg in self._met_in(bridge):
            leg.met = leg.met or event.at
        for leg in self.in_talk:
            leg.joined = leg.joined or event.at
            leg.left = None
            self.connected = self.connected or event.at

    def _leave(self, uniqueid: str, at: datetime) -> None:
        present = self.in_talk
        gone = present if uniqueid == self.linkedid else [leg for leg in present if leg.uniqueid == uniqueid]
        for leg in gone:
            leg.left = at
        self._where.pop(uniqueid, None)

    def _met_in(self, bridge: str) -> list[Channel]:
        """The legs in this bridge when they are not alone in it."""
        present = [leg for leg in self.legs if self._where.get(leg.uniqueid) == bridge]
        company = len(present) + (self._where.get(self.linkedid) == bridge)
        return present if company > 1 else []

    def _count(self, at: datetime) -> None:
        """Add the time since the last event to those who were together."""
        if self._since is not None and at > self._since and self._where:
            self._share(at - self._since)
        self._since = at

    def _share(self, passed: timedelta) -> None:
        together = self.in_talk
        three = len(together) > 1
        for leg in together:
            leg.talk += passed
            leg.three_way += passed if three else ZERO
        apart = self._share_apart(passed, {leg.uniqueid for leg in together})
        self.consult += passed if apart else ZERO
        self.talking += passed if together else ZERO
        self.three_way += passed if three else ZERO
        if not together and self._is_on_hold():
            self.hold += passed

    def _share_apart(self, passed: timedelta, together: Collection[str]) -> bool:
        """To those without the caller; whether some of them talked among themselves."""
        up = [leg for leg in self.legs if leg.met is not None and leg.ended is None and leg.uniqueid not in together]
        bridges = Counter(self._where.get(leg.uniqueid) for leg in up)
        consulting = False
        for leg in up:
            bridge = self._where.get(leg.uniqueid)
            if bridge is not None and bridges[bridge] > 1:
                leg.consult += passed
                consulting = True
            else:
                leg.hold += passed
        return consulting

    def _is_on_hold(self) -> bool:
        """The caller has talked and waits for people who are still on the line."""
        caller = self.caller
        if caller is None or caller.ended is not None or self.connected is None:
            return False
        return any(leg.met is not None and leg.ended is None for leg in self.legs)
