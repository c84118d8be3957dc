"""Where a call goes: `lookup(table, arrival, at)`.

In: an immutable table, the arrival as the trunk gave it, an aware moment. Out: `Route`, whose steps are a chain (when
one does not end the call, the next is tried) that ends at a person or at a deliberate announcement; or `NotRouted`
with the reason. Never: raises, reads a clock, or sends a call back to where it was forwarded from.
"""

from __future__ import annotations

from datetime import datetime

from .calendar import city_time
from .model import (
    PRIORITY_EMERGENCY,
    Arrival,
    EmergencyNumber,
    Hotline,
    MergeMode,
    Mode,
    NeverOpened,
    NotRouted,
    Route,
    Row,
    Step,
    StepKind,
    Table,
)
from .numbers import Caller, normalise_caller
from .reasons import Reason
from .recognise import Recognised, recognise
from .way import EXPERT_POOL, GENERAL_SKILL, SHARED_POOL, Way, emergency_step

__all__ = ["EXPERT_POOL", "GENERAL_SKILL", "SHARED_POOL", "lookup"]


def lookup(table: Table, arrival: Arrival, at: datetime) -> Route | NotRouted:
    """The way of one call at the moment `at` (aware; without a zone it is city time). Never raises."""
    local = city_time(at)
    caller = normalise_caller(arrival.caller, table.city.area_code)
    found = recognise(table, arrival, local.date())
    target = found.target
    if isinstance(target, Row):
        return Way(table, target, local, found, arrival, caller).route()
    if isinstance(target, EmergencyNumber):
        return _emergency(table, target, found, caller)
    return _not_routed(table, target, found, caller)


def _not_routed(table: Table, never: NeverOpened | None, found: Recognised, caller: Caller) -> NotRouted:
    if never is None:
        cause, mode = Reason("not-routed"), None
        cause = found.why[0] if len(found.why) == 1 else cause
    else:
        cause, mode = Reason("never-opened", (never.number,)), Mode.NEVER_OPENED
    why = (*found.why, cause) if cause not in found.why else tuple(found.why)
    return NotRouted(found.dialled, cause, why, caller, table.version, mode)


def _emergency(table: Table, target: EmergencyNumber, found: Recognised, caller: Caller) -> Route:
    """Mode G: at once, no greeting; a person of ours takes it, before everybody else, if their centre does not."""
    number = target.number
    skills = (GENERAL_SKILL,)
    first = emergency_step(target)
    seats = Step(StepKind.SHARED_SEATS, SHARED_POOL, skills, PRIORITY_EMERGENCY)
    why = (
        *found.why,
        Reason("emergency", (number, target.policy.value)),
        Reason("priority", (str(PRIORITY_EMERGENCY),)),
        Reason("shared-last"),
    )
    hotline = Hotline(number, target.name, target.unit, MergeMode.EMERGENCY)
    return Route(
        number, hotline, Mode.EMERGENCY, "", skills, (first, seats), table.version, why, caller, PRIORITY_EMERGENCY
    )
