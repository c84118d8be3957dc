"""The roster: which expert to ask about a matter of this hotline, now, and who is next.

In: entries by hotline, topic, shift and order; the moment; who is busy, who was tried. Out: targets in the order in
which they are rung. Never: a phone, a clock, a look at the board.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from .reading import Row
from .shifts import Shift, Works, monday_to_friday, on_shift, read_shifts, shift_json
from .target import PartyRole, Target, TargetKind, trunk_device, unit_line

SEAT_ID = r"[0-9A-Za-z]{1,20}"
NUMBER = r"[0-9]{3,12}"
TRUNK = r"[a-z0-9]{1,20}"
SKILL = r"[0-9A-Za-z_.-]{1,40}"
ENTRIES_MAX = 200
_KINDS = (TargetKind.SEAT, TargetKind.UNIT, TargetKind.OUTSIDE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One expert of a hotline. `topic` empty: any matter. `skills` empty: not asked for; else what they know besides.

    `kind` seat: one of this house; outside: a number at another PBX, reached by `trunk`; unit: the hotline's own line.
    """

    kind: TargetKind
    ref: str
    name: str
    topic: str = ""
    order: int = 1
    shifts: tuple[Shift, ...] = ()
    skills: frozenset[str] = frozenset()
    trunk: str = ""

    @property
    def target(self) -> Target:
        match self.kind:
            case TargetKind.OUTSIDE:
                device = trunk_device(self.ref, self.trunk)
                return Target(self.kind, self.ref, device, PartyRole.OUTSIDE, self.name)
            case TargetKind.UNIT:
                return unit_line(self.ref, self.name)
            case _:
                return Target(self.kind, self.ref, "", PartyRole.EXPERT, self.name)


@dataclass(frozen=True, slots=True)
class Roster:
    """Entries by hotline number."""

    hotlines: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)

    def topics(self, hotline: str) -> tuple[str, ...]:
        """The matters that somebody of this hotline is named for, in the order of the roster."""
        return tuple(dict.fromkeys(entry.topic for entry in self.hotlines.get(hotline, ()) if entry.topic))


def choose(
    roster: Roster,
    hotline: str,
    topic: str,
    skills: Collection[str],
    at: datetime,
    *,
    busy: Collection[str] = (),
    tried: Collection[str] = (),
    works: Works = monday_to_friday,
) -> tuple[Target, ...]:
    """Whom to ring for a matter of `hotline`, the first one first; empty: nobody is left.

    `at` in city time. `busy` and `tried` hold `Target.key`s: a busy one is left out, one that was tried is not rung
    twice. Who is named for the topic comes before who takes anything; with no topic given the order alone counts. Who
    has one of the `skills` asked for, or names none, comes before who has others. Each target once.
    """
    out = {*busy, *tried}
    fit = [
        entry
        for entry in roster.hotlines.get(hotline, ())
        if entry.topic in ("", topic or entry.topic) and on_shift(entry.shifts, at, works)
    ]
    fit.sort(key=lambda entry: (bool(topic) and entry.topic == "", _lacks(entry, skills), entry.order))
    targets = {entry.target.key: entry.target for entry in reversed(fit)}
    first = dict.fromkeys(entry.target.key for entry in fit)
    return tuple(targets[key] for key in first if key not in out)


def _lacks(entry: Entry, skills: Collection[str]) -> bool:
    return bool(skills) and bool(entry.skills) and entry.skills.isdisjoint(skills)


def read_roster(row: Row) -> Roster:
    """`{"12333": [entry]}`; problems into the row. An entry: kind, ref, name, topic, order, shifts, skills, trunk."""
    hotlines: dict[str, tuple[Entry, ...]] = {}
    for number, rows in row.items():
        if not (number.isascii() and number.isdigit() and 3 <= len(number) <= 12):
            rows.say("热线号码应为 3 到 12 位数字")
        entries = read_entries(rows)
        if entries:
            hotlines[number] = entries
    return Roster(hotlines)


def read_entries(rows: Row) -> tuple[Entry, ...]:
    """One hotline's entries, sorted by their order."""
    found: list[Entry] = []
    seen: set[tuple[str, str]] = set()
    for row in rows.each():
        entry = _entry(row)
        mark = (entry.target.key, entry.topic)
        if mark in seen:
            row.note("ref", "同一事项下重复")
        seen.add(mark)
        found.append(entry)
    if len(found) > ENTRIES_MAX:
        rows.say(f"最多 {ENTRIES_MAX} 人")
    return tuple(sorted(found, key=lambda entry: entry.order))


def roster_json(roster: Roster) -> dict[str, object]:
    return {number: [entry_json(entry) for entry in entries] for number, entries in sorted(roster.hotlines.items())}


def entry_json(entry: Entry) -> dict[str, object]:
    return {
        "kind": entry.kind.value,
        "ref": entry.ref,
        "name": entry.name,
        "topic": entry.topic,
        "order": entry.order,
        "shifts": [shift_json(shift) for shift in entry.shifts],
        "skills": sorted(entry.skills),
        "trunk": entry.trunk,
    }


def _entry(row: Row) -> Entry:
    row.only("kind", "ref", "name", "topic", "order", "shifts", "skills", "trunk")
    kind = row.text("kind", "|".join(one.value for one in _KINDS), default="seat", said="应为 seat、unit 或 outside")
    known = TargetKind(kind) if kind in _KINDS else TargetKind.SEAT
    outside = known is TargetKind.OUTSIDE
    shape, said = (SEAT_ID, "应为坐席编号") if known is TargetKind.SEAT else (NUMBER, "应为 3 到 12 位数字")
    return Entry(
        kind=known,
        ref=row.text("ref", shape, said=said),
        name=row.text("name", r".+", most=40, said="请填写姓名或名称"),
        topic=row.text("topic", most=40),
        order=row.whole("order", 1, 1000, 1),
        shifts=read_shifts(row),
        skills=frozenset(row.texts("skills", SKILL)),
        trunk=row.text("trunk", TRUNK if outside else "", said="请选择中继" if outside else "只有外部号码才有中继"),
    )
