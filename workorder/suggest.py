"""Which unit an order should go to, and why.

In: the subject catalogue, past dispatches, the new order's subject and area. Out: units, best first, each with the
reasons in Chinese that the dispatcher reads. Never: dispatches; suggests the unit that a report is about, or one whose
return of this order was agreed to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

EXACT, CITY_WIDE, PARENT = 3.0, 2.0, 1.0  # what the catalogue's word is worth
PAST_FULL = 2.0  # what a spotless long past is worth
DOUBT = 2.0  # so many imagined returns temper a short past


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the subject catalogue: this unit answers for the subject, in an area or (empty) everywhere.

    Subjects are paths: `城市管理/市政/路灯`; a line for `城市管理` holds below it too, with less weight.
    """

    subject: str
    unit: str
    area: str = ""


@dataclass(frozen=True, slots=True)
class Past:
    """One past dispatch. `returned`: the unit gave it back and the office agreed."""

    subject: str
    area: str
    unit: str
    returned: bool = False


@dataclass(frozen=True, slots=True)
class Suggestion:
    unit: str
    score: float
    why: tuple[str, ...]


@dataclass(slots=True)
class _Score:
    value: float = 0.0
    why: list[str] = field(default_factory=list)

    def add(self, value: float, why: str) -> None:
        self.value += value
        self.why.append(why)


def units(
    subject: str,
    area: str,
    catalogue: Iterable[Entry],
    past: Sequence[Past] = (),
    *,
    accused: frozenset[str] = frozenset(),
    returned_by: frozenset[str] = frozenset(),
    report: bool = False,
    limit: int = 5,
) -> tuple[Suggestion, ...]:
    """Units for an order, best first; nothing when neither catalogue nor past knows the subject."""
    scores: dict[str, _Score] = {}
    for entry in catalogue:
        worth, why = _catalogue(entry, subject, area)
        if worth:
            scores.setdefault(entry.unit, _Score()).add(worth, why)
    for unit, worth, why in _experience(subject, area, past):
        scores.setdefault(unit, _Score()).add(worth, why)
    barred = returned_by | (accused if report else frozenset())
    for unit in accused - barred:
        if unit in scores:
            scores[unit].add(-PAST_FULL, "诉求反映的是该单位，宜由其上级或监督部门办理")
    ranked = [
        Suggestion(unit, round(score.value, 3), tuple(score.why))
        for unit, score in scores.items()
        if unit not in barred and score.value > 0
    ]
    return tuple(sorted(ranked, key=lambda entry: (-entry.score, entry.unit))[:limit])


def _catalogue(entry: Entry, subject: str, area: str) -> tuple[float, str]:
    if not subject or entry.area not in ("", area):
        return 0.0, ""
    if entry.subject == subject:
        where = f"{area}的" if entry.area else "全市"
        return (EXACT if entry.area else CITY_WIDE), f"派单目录：{subject}由该单位负责（{where}）"
    if entry.subject and subject.startswith(f"{entry.subject}/"):
        return PARENT, f"派单目录：上级类目“{entry.subject}”由该单位负责"
    return 0.0, ""


def _experience(subject: str, area: str, past: Sequence[Past]) -> Iterable[tuple[str, float, str]]:
    """What became of orders on the same subject: in the same area they count in full, elsewhere by half."""
    if not subject:
        return
    taken: dict[str, float] = {}
    back: dict[str, float] = {}
    seen: dict[str, list[int]] = {}
    for entry in past:
        if entry.subject != subject:
            continue
        weight = 1.0 if entry.area == area else 0.5
        into = back if entry.returned else taken
        into[entry.unit] = into.get(entry.unit, 0.0) + weight
        seen.setdefault(entry.unit, [0, 0])[int(entry.returned)] += 1
    for unit, (kept, returned) in seen.items():
        good, bad = taken.get(unit, 0.0), back.get(unit, 0.0)
        worth = PAST_FULL * (good - bad) / (good + bad + DOUBT)
        told = f"以往同类{kept + returned}件，办理{kept}件"
        yield unit, worth, f"{told}，退回{returned}件" if returned else told
