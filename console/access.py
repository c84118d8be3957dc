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
    a user of role unit acts for; empty for none. `watches`: the seats of a supervisor's teams, None for all."""

    user: str
    display_name: str
    role: Role
    seat: str
    unit: str = ""
    watches: frozenset[str] | None = None

    @property
    def oversees(self) -> bool:
        """By role; over whom, says `watches_any`."""
        return self.role in OVERSEERS

    @property
    def oversees_all(self) -> bool:
        return self.oversees and self.watches is None

    def watches_any(self, seats: Iterable[str]) -> bool:
        """Whether one of these is a seat that this supervisor answers for."""
        return self.oversees and (self.watches is None or not self.watches.isdisjoint(seats))


def may_see(viewer: Viewer, seats: Iterable[str]) -> bool:
    """May the viewer see a call or order that these seats were offered or took? What no seat has been offered yet (it
    waits, or was given up) is every supervisor's."""
    these = set(seats)
    return viewer.watches_any(these) or (viewer.oversees and not these) or _sits_at(viewer, these)


def may_look_up(viewer: Viewer, seats: Iterable[str]) -> bool:
    """May the viewer find the call among past ones? The office, too: it follows up and checks quality."""
    return viewer.role is Role.OFFICE or may_see(viewer, seats)


def took_part(viewer: Viewer, talked: Iterable[str]) -> bool:
    """Overseers of a seat that talked in it, and these seats."""
    these = set(talked)
    return viewer.watches_any(these) or _sits_at(viewer, these)


def _sits_at(viewer: Viewer, seats: set[str]) -> bool:
    return bool(viewer.seat) and viewer.seat in seats


def may_hear(viewer: Viewer, talked: Iterable[str]) -> bool:
    """May the viewer play a call's recording? The office says what for (`says_why`)."""
    return viewer.role is Role.OFFICE or took_part(viewer, talked)


def says_why(viewer: Viewer, talked: Iterable[str]) -> bool:
    """Must the viewer say what for, before a recording is played? The office, of calls that were not its own."""
    return viewer.role is Role.OFFICE and not took_part(viewer, talked)


may_reveal = took_part  # an unmasked number is as private as a private talk; the office has the order's own page for it
