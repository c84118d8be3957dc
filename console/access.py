"""Who may do what, as pure functions over a viewer and facts about an object.

In: `Viewer` (from the session) and the seats an object belongs to. Out: yes or no. Never: a look into the store or a
request.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.store.kinds import Role

OVERSEERS = frozenset({Role.ADMIN, Role.SUPERVISOR})
TAKERS = frozenset({Role.SEAT, Role.EXPERT})
STAFF = OVERSEERS | TAKERS
OFFICE = OVERSEERS | {Role.OFFICE}  # dispatchers, follow-up, quality
DESK = STAFF | OFFICE
EVERYONE = frozenset(Role)


@dataclass(frozen=True, slots=True)
class Viewer:
    """The person behind a request. `seat` is the seat id that this user sits at, `unit` the unit of the directory that
    a user of role unit acts for; empty for none."""

    user: str
    display_name: str
    role: Role
    seat: str
    unit: str = ""

    @property
    def oversees(self) -> bool:
        return self.role in OVERSEERS


def may_see(viewer: Viewer, seats: Iterable[str]) -> bool:
    """May the viewer see a call or order that these seats were offered or took?"""
    return viewer.oversees or (bool(viewer.seat) and viewer.seat in set(seats))


def may_look_up(viewer: Viewer, seats: Iterable[str]) -> bool:
    """May the viewer find the call among past ones? The office, too: it follows up and checks quality."""
    return viewer.role is Role.OFFICE or may_see(viewer, seats)


def took_part(viewer: Viewer, talked: Iterable[str]) -> bool:
    """Overseers, and the seats that talked in it."""
    return viewer.oversees or (bool(viewer.seat) and viewer.seat in set(talked))


def may_hear(viewer: Viewer, talked: Iterable[str]) -> bool:
    """May the viewer play a call's recording? The office says what for (`says_why`)."""
    return viewer.role is Role.OFFICE or took_part(viewer, talked)


def says_why(viewer: Viewer, talked: Iterable[str]) -> bool:
    """Must the viewer say what for, before a recording is played? The office, of calls that were not its own."""
    return viewer.role is Role.OFFICE and not took_part(viewer, talked)


may_reveal = took_part  # an unmasked number is as private as a private talk; the office has the order's own page for it
