"""`bench seats`: the dispatch at 500 waiting calls, 1000 seats, 30 skills, beside the plainest way of doing the same.

In: rounds. Out: medians of the whole line against a full house, and of one freed seat against the whole line.
Never: a phone; this is the pure function alone.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from typing import Any

from bench import table
from seats import Offer, Pool, SeatView, Waiting, assign
from tests.seats.reference import naive_assign

CALLS, SEATS, SKILLS = 500, 1000, 30
ALLOWED_MS = 100.0  # a freed seat is offered to the next caller within this
NOW = 100.0
Assign = Callable[[Sequence[Waiting], Sequence[SeatView], float], tuple[Offer, ...]]


def scene(seed: int) -> tuple[list[Waiting], list[SeatView]]:
    """A busy moment: every seat and call with skills of its own, some calls relaxed, some with a history."""
    chance = random.Random(seed)
    names = [f"skill-{number}" for number in range(SKILLS)]
    seats = [
        SeatView(
            id=f"{number:04}",
            pool=Pool.EXPERT if number % 10 == 0 else Pool.SHARED,
            skills=frozenset(chance.sample(names, chance.randint(1, 12))),
            idle_since=chance.uniform(0, NOW),
        )
        for number in range(SEATS)
    ]
    calls = [
        Waiting(
            id=f"c{number:03}",
            since=chance.uniform(0, NOW),
            priority=chance.choice((0, 0, 0, 1)),
            skills=frozenset(chance.sample(names, chance.randint(0, 2))),
            refused=frozenset(f"{chance.randrange(SEATS):04}" for _ in range(chance.choice((0, 0, 1)))),
            last_seat=f"{chance.randrange(SEATS):04}" if chance.random() < 0.2 else None,
            expert_skills=frozenset(chance.sample(names, 1)) if chance.random() < 0.2 else frozenset(),
        )
        for number in range(CALLS)
    ]
    return calls, seats


def measure(rounds: int) -> dict[str, Any]:
    """Medians in milliseconds: {"cases": [{"case", "offers", "ours_ms", "naive_ms", "ratio", "same"}], …}."""
    figures: dict[str, list[tuple[float, float, int, bool]]] = {}
    for seed in range(rounds):
        calls, seats = scene(seed)
        for case, some in (("full house", seats), ("one freed seat", seats[seed % SEATS :][:1])):
            ours_ms, ours = _timed(assign, calls, some)
            naive_ms, naive = _timed(naive_assign, calls, some)
            figures.setdefault(case, []).append((ours_ms, naive_ms, len(ours), ours == naive))
    cases = [_case(name, rows) for name, rows in figures.items()]
    return {
        "bench": "seats",
        "where": table.place(),
        "scene": {"waiting": CALLS, "seats": SEATS, "skills": SKILLS, "rounds": rounds},
        "cases": cases,
        "ok": all(case["same"] and case["worst_ms"] < ALLOWED_MS for case in cases),
    }


def show(result: dict[str, Any]) -> str:
    """The table."""
    scene_of = result["scene"]
    title = f"Dispatch, {scene_of['waiting']} waiting × {scene_of['seats']} seats × {scene_of['skills']} skills"
    head = ("case", "offers", "ours ms", "worst ms", "naive ms", "naive / ours", "same offers")
    rows = [
        (c["case"], c["offers"], c["ours_ms"], c["worst_ms"], c["naive_ms"], c["ratio"], "yes" if c["same"] else "NO")
        for c in result["cases"]
    ]
    return table.text(f"{title}, median of {scene_of['rounds']} rounds", head, rows) + table.place_text(result["where"])


def _case(name: str, rows: list[tuple[float, float, int, bool]]) -> dict[str, Any]:
    ours = table.median([row[0] for row in rows])
    naive = table.median([row[1] for row in rows])
    return {
        "case": name,
        "offers": round(table.median([row[2] for row in rows])),
        "ours_ms": ours,
        "worst_ms": max(row[0] for row in rows),
        "naive_ms": naive,
        "ratio": naive / ours,
        "same": all(row[3] for row in rows),
    }


def _timed(way: Assign, calls: Sequence[Waiting], seats: Sequence[SeatView]) -> tuple[float, tuple[Offer, ...]]:
    begin = time.perf_counter()
    offers = way(calls, seats, NOW)
    return (time.perf_counter() - begin) * 1000, offers
