"""Whom a call can be taken to, and as what.

In: nothing. Out: frozen values that the roster, the outside policy and the talk machine share. Never: a choice.
"""

from dataclasses import dataclass, replace
from enum import StrEnum


class TargetKind(StrEnum):
    """What `ref` is: a seat's id, a skill, a hotline's own line, a number outside, an emergency number."""

    SEAT = "seat"
    SKILL = "skill"
    UNIT = "unit"
    OUTSIDE = "outside"
    EMERGENCY = "emergency"


class PartyRole(StrEnum):
    """What somebody is in a call; the same words as the journal's legs."""

    CALLER = "caller"
    SEAT = "seat"
    EXPERT = "expert"
    UNIT = "unit"
    OUTSIDE = "outside"
    EMERGENCY = "emergency"
    SUPERVISOR = "supervisor"


@dataclass(frozen=True, slots=True)
class Target:
    """`device`: what is dialled, `unit-12348` or `02987654321@trunk-carrier`; empty for a seat, whose device is where
    it sits just now (the board knows), and for a skill, whose seat is not chosen yet."""

    kind: TargetKind
    ref: str
    device: str = ""
    role: PartyRole = PartyRole.EXPERT
    name: str = ""

    @property
    def key(self) -> str:
        """Who it is, whatever it is dialled by: for the sets of those that are busy or were tried."""
        return f"{self.kind.value}:{self.ref}"

    def at(self, device: str) -> "Target":
        """The same one, sitting there."""
        return replace(self, device=device)


def trunk_device(number: str, trunk: str) -> str:
    """What is dialled for a number through a trunk; `trunk` is its name in `lines.toml`."""
    return f"{number}@trunk-{trunk}"


def unit_line(number: str, name: str = "") -> Target:
    """A hotline's own line, as `lines.toml` has it."""
    return Target(TargetKind.UNIT, number, f"unit-{number}", PartyRole.UNIT, name or number)


def emergency_line(number: str, name: str = "") -> Target:
    """110, 119, 120 or 122."""
    return Target(TargetKind.EMERGENCY, number, f"emergency-{number}", PartyRole.EMERGENCY, name or number)
