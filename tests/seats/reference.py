"""The dispatch rules written down in the plainest way, as the thing `seats.assign` is compared with.

For each call in line order, look at every idle seat, keep those that may take it, take the best. O(calls x seats).
"""

from collections.abc import Sequence

from seats import DEFAULT, Offer, Pool, Rules, SeatView, Waiting, Why

LAST_SEAT, FRESH, AGAIN = range(3)


def naive_assign(
    waiting: Sequence[Waiting], seats: Sequence[SeatView], now: float, rules: Rules = DEFAULT
) -> tuple[Offer, ...]:
    offers = []
    free = list(seats)
    for call in sorted(waiting, key=lambda call: (-call.priority, call.since, call.id)):
        ranked = []
        for seat in free:
            found = tier(call, seat, now, rules)
            if found is not None:
                rank, why = found
                refused = seat.id in call.refused
                kind = AGAIN if refused else LAST_SEAT if seat.id == call.last_seat else FRESH
                why = (Why.LAST_SEAT, why, Why.AGAIN)[kind]
                ranked.append(((kind, rank, seat.idle_since, seat.id), seat, why))
        if ranked:
            _, seat, why = min(ranked, key=lambda item: item[0])
            free.remove(seat)
            offers.append(Offer(call.id, seat.id, why))
    return tuple(offers)


def tier(call: Waiting, seat: SeatView, now: float, rules: Rules) -> tuple[int, Why] | None:
    """(how good a match, why) or None when the seat may not take the call yet; smaller is better."""
    waited = now - call.since
    wanted = (call.expert_skills or call.skills) if call.pool is Pool.EXPERT else call.skills
    if seat.pool is call.pool and wanted <= seat.skills:
        return 0, Why.SKILLS
    if seat.pool is call.pool and wanted & seat.skills and waited >= rules.any_skill_after_s:
        return 1, Why.SKILLS
    if seat.pool is Pool.SHARED and waited >= rules.any_seat_after_s:
        return 2, Why.ANY_SEAT
    if seat.pool is Pool.EXPERT and call.pool is Pool.SHARED and call.expert_skills & seat.skills:
        return (3, Why.EXPERT) if waited >= rules.expert_after_s else None
    return None
