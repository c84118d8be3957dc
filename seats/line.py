"""What is told to people in line, and when the line is worth looking at again.

In: the line, the staffing, now. Out: places, seconds. Never: an offer (that is `assign`).
"""

import math
from collections.abc import Iterable, Sequence

from .assign import line_key
from .model import DEFAULT, Pool, Rules, Waiting


def place_in_line(waiting: Sequence[Waiting], call: str) -> int:
    """1 for the head of the line; ValueError when the call is not in it."""
    me = next((each for each in waiting if each.id == call), None)
    if me is None:
        raise ValueError(f"call {call} does not wait")
    mine = line_key(me)
    return 1 + sum(1 for each in waiting if line_key(each) < mine)


def expected_wait(position: int, seats_staffed: int, mean_talk_s: float) -> float:
    """Seconds until the caller at `position` (1 = head) reaches a person; `inf` when no seat is staffed.

    All staffed seats busy: one is freed every `mean_talk_s / seats_staffed` seconds on average, and this caller needs
    the position-th one. `mean_talk_s` is talk plus wrap-up.
    """
    if seats_staffed <= 0:
        return math.inf
    return max(position, 1) * max(mean_talk_s, 0.0) / seats_staffed


def next_relaxation(waiting: Iterable[Waiting], now: float, rules: Rules = DEFAULT) -> float | None:
    """The next moment after `now` at which some waiting call asks for less; None when none ever will.

    Between two looks at the line only three things can make an offer possible: a new call, a freed seat, and this.
    """
    moments = [moment for call in waiting for moment in _relaxations(call, rules) if moment > now]
    return min(moments, default=None)


def _relaxations(call: Waiting, rules: Rules) -> list[float]:
    moments = []
    if call.skills or call.pool is Pool.EXPERT:
        moments += [call.since + rules.any_skill_after_s, call.since + rules.any_seat_after_s]
    if call.expert_skills:
        moments.append(call.since + rules.expert_after_s)
    return moments
