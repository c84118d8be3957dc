"""Which idle seat takes which waiting call.

In: the line, the idle seats, now, the rules. Out: offers, at most one per call and per seat, in line order.
Never: leaves a qualified idle seat beside a waiting call; decides differently on a different order of its inputs.

Seats are numbered by idle time and a set of seats is one integer with a bit per seat (1000 seats: 125 bytes), so
"the longest idle free seat with these skills" takes a few machine-speed operations,
however many skills and seats there are.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .model import DEFAULT, Offer, Pool, Rules, SeatView, Waiting, Why


def line_key(call: Waiting) -> tuple[int, float, str]:
    """The order of the line: priority, then waiting time, then id so that ties fall the same way every time."""
    return (-call.priority, call.since, call.id)


def assign(
    waiting: Sequence[Waiting], seats: Sequence[SeatView], now: float, rules: Rules = DEFAULT
) -> tuple[Offer, ...]:
    """Offers for this moment. Ids must be unique within `waiting` and within `seats`."""
    board = _Board.of(seats)
    offers: list[Offer] = []
    for call in sorted(waiting, key=line_key):
        if not board.free:
            break
        found = _choose(board, call, now, rules)
        if found is not None:
            number, why = found
            board.free &= ~(1 << number)
            offers.append(Offer(call.id, board.ids[number], why))
    return tuple(offers)


def qualifies(call: Waiting, seat: SeatView, now: float, rules: Rules = DEFAULT) -> bool:
    """Whether this seat may take this call at this moment; one that refused it before may, if alone."""
    return bool(assign((call,), (seat,), now, rules))


@dataclass(slots=True)
class _Board:
    """The idle seats as bit sets; bit n is the seat that is n-th longest idle. `free` shrinks while offers are made."""

    ids: list[str]
    numbers: dict[str, int]
    pools: dict[Pool, int]
    skills: dict[str, int]
    free: int

    @classmethod
    def of(cls, seats: Sequence[SeatView]) -> "_Board":
        ordered = sorted(seats, key=lambda seat: (seat.idle_since, seat.id))
        pools = dict.fromkeys(Pool, 0)
        alike: dict[frozenset[str], int] = {}  # many seats share one skill set: gather them first
        for number, seat in enumerate(ordered):
            bit = 1 << number
            pools[seat.pool] |= bit
            alike[seat.skills] = alike.get(seat.skills, 0) | bit
        skills: dict[str, int] = {}
        for names, group in alike.items():
            for name in names:
                skills[name] = skills.get(name, 0) | group
        ids = [seat.id for seat in ordered]
        return cls(ids, {name: number for number, name in enumerate(ids)}, pools, skills, (1 << len(ids)) - 1)

    def with_all(self, skills: Iterable[str]) -> int:
        """Seats that have every one of the skills (no skills: all seats)."""
        found = self.free
        for name in skills:
            found &= self.skills.get(name, 0)
        return found

    def with_any(self, skills: Iterable[str]) -> int:
        """Seats that have at least one of the skills (no skills: none)."""
        found = 0
        for name in skills:
            found |= self.skills.get(name, 0)
        return found

    def named(self, ids: Iterable[str]) -> int:
        """The given seats, as far as they are idle."""
        found = 0
        for name in ids:
            if name in self.numbers:
                found |= 1 << self.numbers[name]
        return found


def _choose(board: _Board, call: Waiting, now: float, rules: Rules) -> tuple[int, Why] | None:
    tiers = _tiers(board, call, now - call.since, rules)
    refused = board.named(call.refused)
    if call.last_seat is not None:
        last = board.named((call.last_seat,)) & ~refused
        if any(seats & last for seats, _ in tiers):
            return _lowest(last), Why.LAST_SEAT
    for seats, why in tiers:
        if fresh := seats & ~refused:
            return _lowest(fresh), why
    for seats, _ in tiers:
        if seats:
            return _lowest(seats), Why.AGAIN
    return None


def _tiers(board: _Board, call: Waiting, waited_s: float, rules: Rules) -> list[tuple[int, Why]]:
    """The free seats this call may take now, best kind first."""
    shared = board.free & board.pools[Pool.SHARED]
    expert = board.free & board.pools[Pool.EXPERT]
    if call.pool is Pool.EXPERT:
        tiers = [(expert & board.with_all(call.expert_skills or call.skills), Why.SKILLS)]
        if waited_s >= rules.any_skill_after_s:
            tiers.append((expert & board.with_any(call.expert_skills or call.skills), Why.SKILLS))
    else:
        tiers = [(shared & board.with_all(call.skills), Why.SKILLS)]
        if waited_s >= rules.any_skill_after_s:
            tiers.append((shared & board.with_any(call.skills), Why.SKILLS))
    if waited_s >= rules.any_seat_after_s:
        tiers.append((shared, Why.ANY_SEAT))
    if call.pool is Pool.SHARED and call.expert_skills and waited_s >= rules.expert_after_s:
        tiers.append((expert & board.with_any(call.expert_skills), Why.EXPERT))
    return tiers


def _lowest(seats: int) -> int:
    """The number of the longest idle seat in a non-empty set."""
    return (seats & -seats).bit_length() - 1
