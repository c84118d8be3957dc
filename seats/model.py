"""What the dispatch works on: calls in line, idle seats, offers, and the rules by which a call grows less choosy.

In: nothing. Out: frozen values. Times are seconds on one clock of the caller's choice, the same for all.
Never: names, numbers or hotlines; a skill is an opaque word.
"""

from dataclasses import dataclass
from enum import StrEnum


class Pool(StrEnum):
    """The kinds of seat: shared seats serve every hotline, expert seats a merged unit's own matters.

    `OFFICE` is the phone of somebody who follows orders up: it calls out, and no call in line is ever offered to it.
    """

    SHARED = "shared"
    EXPERT = "expert"
    OFFICE = "office"


@dataclass(frozen=True, slots=True)
class Rules:
    """When a waiting call asks for less. Seconds since it began to wait; settings of the city.

    `any_skill_after_s`: one of its skills is enough. `any_seat_after_s`: any shared seat is.
    `expert_after_s`: a call that names expert skills may also go to an expert seat that has one of them.
    """

    any_skill_after_s: float = 20.0
    any_seat_after_s: float = 40.0
    expert_after_s: float = 30.0

    def __post_init__(self) -> None:
        if not 0 <= self.any_skill_after_s <= self.any_seat_after_s or self.expert_after_s < 0:
            raise ValueError("rules: 0 <= any_skill_after_s <= any_seat_after_s and 0 <= expert_after_s must hold")


DEFAULT = Rules()


@dataclass(frozen=True, slots=True)
class Waiting:
    """A call in line. Larger `priority` goes first. `refused`: seats that refused this call or let it ring out.

    A call of the expert pool goes to expert seats with its `expert_skills` at once and to shared seats only when
    nothing is demanded any more (`Rules.any_seat_after_s`); a call of the shared pool the other way round.
    """

    id: str
    since: float
    priority: int = 0
    skills: frozenset[str] = frozenset()
    pool: Pool = Pool.SHARED
    refused: frozenset[str] = frozenset()
    last_seat: str | None = None
    expert_skills: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SeatView:
    """An idle seat: logged in, phone there, nothing in hand. Only such are given to `assign`."""

    id: str
    pool: Pool
    skills: frozenset[str]
    idle_since: float


class Why(StrEnum):
    """Why this seat got this call; the seat sees it and the journal keeps it."""

    LAST_SEAT = "last_seat"  # it talked to this caller before
    SKILLS = "skills"  # it has what the call asks for
    ANY_SEAT = "any_seat"  # the call has waited long enough to take any shared seat
    EXPERT = "expert"  # the call has waited long enough to go to an expert
    AGAIN = "again"  # it refused this call before, but no other seat is there


@dataclass(frozen=True, slots=True)
class Offer:
    """Ring `seat` for `call`."""

    call: str
    seat: str
    why: Why
