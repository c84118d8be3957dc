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


def may_hear(viewer: Viewer, talked: Iterable[str]) -> bool:
    """May the viewer play a call's recording? Overseers, and the seats that talked in it."""
    return viewer.oversees or (bool(viewer.seat) and viewer.seat in set(talked))


may_reveal = may_hear  # an unmasked number is as private as the voice
