"""Which hotline is being called: the trust order of domain/routes.md.

Exact number of a merged hotline > the trunk's own setting > the original (last) Diversion > the first Diversion >
the main number or the trunk's default. A Diversion counts only from a trunk that is known and trusted with it, and
never names an emergency number: a call that 110 hands to us must not go back to 110.

In: table, arrival, the day. Out: `Recognised` with the reasons. Never: raises.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from .model import Arrival, EmergencyNumber, Entry, NeverOpened, Row, Table, Trunk
from .numbers import Diversion, normalise_dialled, parse_diversions
from .reasons import Reason

_STRANGER = Trunk("")


@dataclass(slots=True)
class Recognised:
    """`target` is None when nothing believed leads to a number of the table."""

    dialled: str  # normalised
    target: Row | EmergencyNumber | NeverOpened | None = None
    diversions: tuple[Diversion, ...] = ()  # believed ones, newest first
    why: list[Reason] = field(default_factory=list)


def recognise(table: Table, arrival: Arrival, day: date) -> Recognised:
    """The row (or emergency number, or never-opened number) that this call is for on `day`."""
    found = Recognised(normalise_dialled(arrival.dialled, table.city.area_code))
    trunk = table.trunk_named.get(arrival.trunk or "", _STRANGER)
    main = _dialled(table, found, day)
    if found.target is not None:
        if arrival.diversions and trunk.believe_diversion:
            found.diversions = parse_diversions(arrival.diversions)[0]
        return found
    if _by_trunk(table, found, trunk, day):
        return found
    _read_diversions(found, arrival, trunk)
    if _by_diversion(table, found, day, main):
        return found
    if main is not None:
        found.target = main
        found.why.append(_how_dialled(found.dialled, main, table))
        return found
    _by_default(table, found, trunk, day)
    return found


def _dialled(table: Table, found: Recognised, day: date) -> Row | None:
    """Sets the target for an exact number; a row of the main number is given back: it ranks with the default."""
    entry = table.by_number.get(found.dialled)
    if entry is None:
        found.why.append(Reason("unknown", (found.dialled,)) if found.dialled else Reason("unreadable"))
        return None
    target = _of_day(entry, day)
    if target is None:
        found.why.append(Reason("not-valid", (found.dialled, day.isoformat())))
        return None
    if isinstance(target, Row) and target.number == table.city.main:
        return target
    found.target = target
    found.why.append(_how_dialled(found.dialled, target, table))
    return None


def _how_dialled(dialled: str, target: Row | EmergencyNumber | NeverOpened, table: Table) -> Reason:
    if dialled != target.number:
        return Reason("alias", (dialled, target.number))
    return Reason("main" if dialled == table.city.main else "dialled", (dialled,))


def _of_day(entry: Entry, day: date) -> Row | EmergencyNumber | NeverOpened | None:
    if entry.emergency or entry.never_opened:
        return entry.emergency or entry.never_opened
    return next((row for row in entry.rows if row.valid_on(day)), None)


def _known(table: Table, number: str, day: date) -> Row | EmergencyNumber | NeverOpened | None:
    entry = table.by_number.get(normalise_dialled(number, table.city.area_code))
    return _of_day(entry, day) if entry else None


def _by_trunk(table: Table, found: Recognised, trunk: Trunk, day: date) -> bool:
    if trunk.number:
        found.target = _known(table, trunk.number, day)
    if found.target is not None:
        found.why.append(Reason("trunk-number", (trunk.name, found.target.number)))
    return found.target is not None


def _read_diversions(found: Recognised, arrival: Arrival, trunk: Trunk) -> None:
    if not arrival.diversions:
        return
    if not trunk.believe_diversion:
        found.why.append(Reason("diversion-distrusted", (trunk.name or "unknown",)))
        return
    found.diversions, unreadable = parse_diversions(arrival.diversions)
    if unreadable:
        found.why.append(Reason("diversion-unreadable", (str(unreadable),)))


def _by_diversion(table: Table, found: Recognised, day: date, main: Row | None) -> bool:
    """The original Diversion, then the first. `main`: the main number was dialled, only another hotline adds to it."""
    candidates = [("diversion-original", found.diversions[-1:]), ("diversion-first", found.diversions[:-1][:1])]
    for code, diversions in candidates:
        for diversion in diversions:
            target = _known(table, diversion.user, day)
            if target is None or target is main:
                continue
            if doubt := _doubt(target, day, main):
                found.why.append(doubt)
                continue
            found.target = target
            found.why.append(Reason("diversion-main" if main else code, (target.number,)))
            return True
    return False


def _doubt(target: Row | EmergencyNumber | NeverOpened, day: date, main: Row | None) -> Reason | None:
    """Why a Diversion's number is not taken. Whoever reached the main number is not told to dial it."""
    if isinstance(target, EmergencyNumber):
        return Reason("diversion-emergency", (target.number,))
    if isinstance(target, NeverOpened):
        return Reason("diversion-never-opened", (target.number,))
    if main is not None and target.cancelled_on(day):
        return Reason("diversion-cancelled", (target.number, main.number))
    return None


def _by_default(table: Table, found: Recognised, trunk: Trunk, day: date) -> None:
    if trunk.default:
        found.target = _known(table, trunk.default, day)
    if found.target is not None:
        found.why.append(Reason("default", (trunk.name, found.target.number)))
