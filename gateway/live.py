"""The calls that are in the house right now, as people watch them. Rebuilt at any time; never history.

In: what handlers and AMI say about a call. Out: `CallView`s and change notices for the control socket.
Never: read by a decision. Losing this whole module's content harms no call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

CITY_TIME = timezone(timedelta(hours=8))
PATH_MAX = 60  # entries kept of one call's path; a caller waiting for hours must not fill the memory


class CallState(StrEnum):
    ARRIVING = "arriving"
    WAITING = "waiting"
    OFFERED = "offered"
    TALKING = "talking"
    RESTORING = "restoring"  # the seat's leg was lost; the caller waits for it


@dataclass(slots=True)
class CallView:
    """One live call. `channel` is Asterisk's name of the caller's channel; `since` is epoch seconds."""

    linkedid: str
    channel: str
    dialled: str
    since: float
    hotline: dict[str, str] = field(default_factory=dict)
    mode: str = ""
    caller: dict[str, Any] = field(default_factory=dict)
    state: CallState = CallState.ARRIVING
    seat: str | None = None
    choice: str | None = None
    skills: tuple[str, ...] = ()
    spies: list[dict[str, Any]] = field(default_factory=list)  # supervisors beside the call, as they are shown
    talk: dict[str, Any] | None = None  # who is in it and what may be asked, while people talk (gateway.talks.view)
    out: dict[str, Any] | None = None  # of a call that the house places: purpose, reference, stage, result
    waiting_since: float | None = None
    path: list[tuple[float, str, str]] = field(default_factory=list)

    def as_json(self, now: float) -> dict[str, Any]:
        return {
            "linkedid": self.linkedid,
            "dialled": self.dialled,
            "hotline": self.hotline,
            "mode": self.mode,
            "caller": self.caller,
            "state": self.state.value,
            "seat": self.seat,
            "choice": self.choice,
            "spies": self.spies,
            "talk": self.talk,
            "out": self.out,
            "since": iso(self.since),
            "waiting_s": round(now - self.waiting_since, 1) if self.waiting_since else 0.0,
            "path": [{"at": iso(at), "what": what, "detail": detail} for at, what, detail in self.path],
        }


def iso(epoch_s: float) -> str:
    """City time with offset, to the millisecond."""
    return datetime.fromtimestamp(epoch_s, CITY_TIME).isoformat(timespec="milliseconds")


class LiveCalls:
    """Registry of live calls; `on_change(view)` and `on_gone(linkedid)` are called synchronously."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._calls: dict[str, CallView] = {}
        self.on_change: Callable[[CallView], None] = lambda _view: None
        self.on_gone: Callable[[str], None] = lambda _linkedid: None

    def __iter__(self) -> Iterator[CallView]:
        return iter(tuple(self._calls.values()))

    def __len__(self) -> int:
        return len(self._calls)

    def get(self, linkedid: str) -> CallView | None:
        return self._calls.get(linkedid)

    def see(self, linkedid: str, channel: str, dialled: str) -> CallView:
        """The call's view, made when it is new here (also after a restart in the middle of the call)."""
        view = self._calls.get(linkedid)
        if view is None:
            view = CallView(linkedid, channel, dialled, self._clock())
            self._calls[linkedid] = view
        return view

    def note(self, view: CallView, what: str, detail: str = "", **changes: Any) -> None:
        """Change fields of the view, add a line to its path and tell those who watch."""
        for name, value in changes.items():
            setattr(view, name, value)
        if len(view.path) < PATH_MAX:
            view.path.append((self._clock(), what, detail))
        if view.linkedid in self._calls:
            self.on_change(view)

    def gone(self, linkedid: str) -> CallView | None:
        view = self._calls.pop(linkedid, None)
        if view is not None:
            self.on_gone(linkedid)
        return view

    def keep_only(self, alive: set[str]) -> list[str]:
        """Drop every call whose linkedid the PBX no longer knows. Returns the dropped ones."""
        lost = [linkedid for linkedid in self._calls if linkedid not in alive]
        for linkedid in lost:
            self.gone(linkedid)
        return lost
