"""What must hold between the rows of one table before anybody may be routed by it.

In: a table whose fields are each well formed. Out: every contradiction, with its place. Never: stops at the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from .fields import Place, Problem
from .model import LinkKind, MergeMode, Row, Table
from .numbers import normalise_dialled

SENTENCES: Mapping[str, tuple[str, str]] = {
    "area-code": ("{0!r}: digits with the leading 0", "区号{0}应为以0开头的数字"),
    "no-main": ("no row for the main number {0}", "主号码{0}没有路由"),
    "validity-order": ("{0} is not after valid_from {1}", "失效日期{0}不晚于生效日期{1}"),
    "cut-over-order": ("{0} is not after transition_from {1}", "取消号码日期{0}不晚于过渡提示开始日期{1}"),
    "roll-back-order": ("{0} is not after {1} {2}", "撤回归并日期{0}不晚于{2}"),
    "kept-with-dates": (
        "a number that is kept has no transition and no cut-over",
        "保留的号码不应有过渡提示日期和取消日期",
    ),
    "expert-direct": ("an expert seat is not allowed for this hotline", "该热线不设专家座席，不能设专家优先"),
    "no-calendar": ("no calendar {0!r}", "没有日历{0}"),
    "emergency-row": ("emergency numbers have their own list", "紧急号码应列入紧急号码表"),
    "main-cancelled": ("the main number cannot be cancelled", "主号码不能取消"),
    "overlap": ("{0} also means {1} on the same days", "{0}在相同日期还对应{1}"),
    "number-taken": ("{0} is in the table already", "{0}已在路由表中作他用"),
    "no-hotline": ("no hotline {0}", "没有热线{0}"),
    "twice": ("{0} is there twice", "{0}重复"),
    "override-order": ("ends before it begins", "人工设定的结束早于开始"),
    "share-range": ("a share is 0 to 100 per cent", "割接比例应为0到100"),
    "no-line-ref": ("no unit line {0}", "没有单位线路{0}"),
    "no-emergency": ("no emergency number {0}", "没有紧急号码{0}"),
    "link-behind-message": (
        "the call ends with the message: nothing behind it is reached",
        "留言后通话结束，其后的接续不会到达",
    ),
    "link-itself": ("leads back to {0} itself", "转回{0}自身"),
}


@dataclass(frozen=True, slots=True)
class Contradiction:
    """`section`/`index`/`field` as in the snapshot; `code` and `args` of SENTENCES."""

    section: str
    index: int
    field: str
    code: str
    args: tuple[str, ...] = ()

    def __str__(self) -> str:
        return SENTENCES[self.code][0].format(*self.args)


def check(table: Table, place: Place | None = None) -> list[Problem]:
    """All contradictions. `place(f"{section}/{index}/{field}")` says where that is written."""
    where = place or (lambda key: key)
    return [Problem(where(f"{it.section}/{it.index}/{it.field}"), str(it)) for it in contradictions(table)]


def contradictions(table: Table) -> list[Contradiction]:
    """All of them, in the order of the sections."""
    return [*_city(table), *_rows(table), *_numbers(table), *_lines(table), *_trunks(table), *_names(table)]


Found = Iterator[Contradiction]


def _city(table: Table) -> Found:
    area = table.city.area_code
    if not (area.isascii() and area.isdigit() and area.startswith("0") and 3 <= len(area) <= 5):
        yield Contradiction("city", 0, "area_code", "area-code", (area,))
    if not any(row.number == table.city.main for row in table.rows):
        yield Contradiction("city", 0, "main", "no-main", (table.city.main,))


def _rows(table: Table) -> Found:
    calendars = table.calendar_named
    known = _known(table)
    for i, row in enumerate(table.rows):

        def wrong(field: str, code: str, *args: object, i: int = i) -> Contradiction:
            return Contradiction("hotlines", i, field, code, tuple(str(arg) for arg in args))

        if row.valid_from and row.valid_until and row.valid_until <= row.valid_from:
            yield wrong("valid_until", "validity-order", row.valid_until, row.valid_from)
        if row.transition_from and row.cut_over and row.cut_over <= row.transition_from:
            yield wrong("cut_over", "cut-over-order", row.cut_over, row.transition_from)
        for name, day in (("valid_from", row.valid_from), ("transition_from", row.transition_from)):
            if row.rolled_back and day and row.rolled_back <= day:
                yield wrong("rolled_back", "roll-back-order", row.rolled_back, name, day)
        if row.number_kept and (row.cut_over or row.transition_from):
            yield wrong("cut_over", "kept-with-dates")
        if row.expert_direct and not row.expert_seat_allowed:
            yield wrong("expert_direct", "expert-direct")
        if (row.menu_open or row.menu_closed) and row.menu_calendar not in calendars:
            yield wrong("menu_calendar", "no-calendar", row.menu_calendar)
        if row.shared_calendar and row.shared_calendar not in calendars:
            yield wrong("shared_calendar", "no-calendar", row.shared_calendar)
        if not 0 <= row.shared_percent <= 100:
            yield wrong("shared_percent", "share-range")
        if row.hotline.merge_mode is MergeMode.EMERGENCY:
            yield wrong("merge_mode", "emergency-row")
        if row.number == table.city.main and not row.number_kept:
            yield wrong("number_kept", "main-cancelled")
        yield from _chain(known, i, row)


def _known(table: Table) -> Mapping[LinkKind, frozenset[str]]:
    """What the links of a chain may name."""
    return {
        LinkKind.UNIT_LINE: frozenset(["", *(line.ref for line in table.unit_lines)]),
        LinkKind.HOTLINE: frozenset(row.number for row in table.rows),
        LinkKind.EMERGENCY: frozenset(item.number for item in table.emergencies),
    }


_UNKNOWN = {
    LinkKind.UNIT_LINE: "no-line-ref",
    LinkKind.HOTLINE: "no-hotline",
    LinkKind.EMERGENCY: "no-emergency",
}


def _chain(known: Mapping[LinkKind, frozenset[str]], i: int, row: Row) -> Found:
    """Every link of the row's own chain names something of the table."""
    for nth, link in enumerate(row.chain):
        code = ""
        if link.kind is LinkKind.HOTLINE and link.ref == row.number:
            code = "link-itself"
        elif link.kind in known and link.ref not in known[link.kind]:
            code = _UNKNOWN[link.kind]
        elif link.kind is LinkKind.MESSAGE and nth < len(row.chain) - 1:
            code = "link-behind-message"
        if code:
            yield Contradiction("hotlines", i, "chain", code, (link.ref,))


def _numbers(table: Table) -> Found:
    """No number means two things on one day."""
    area = table.city.area_code
    seen: dict[str, list[Row]] = {}
    for i, row in enumerate(table.rows):
        for name, numbers in (("number", (row.number,)), ("aliases", row.aliases)):
            for number in dict.fromkeys(normalise_dialled(n, area) for n in numbers):
                for other in seen.get(number, ()):
                    if _overlap(row, other):
                        yield Contradiction("hotlines", i, name, "overlap", (number, other.hotline.name))
                        break
                seen.setdefault(number, []).append(row)
    fixed = [("emergencies", i, item.number) for i, item in enumerate(table.emergencies)]
    fixed += [("never_opened", i, item.number) for i, item in enumerate(table.never_opened)]
    taken: set[str] = set()
    for section, i, written in fixed:
        number = normalise_dialled(written, area)
        if number in seen or number in taken:
            yield Contradiction(section, i, "number", "number-taken", (number,))
        taken.add(number)


def _overlap(one: Row, other: Row) -> bool:
    return (one.valid_from or date.min) < (other.valid_until or date.max) and (other.valid_from or date.min) < (
        one.valid_until or date.max
    )


def _lines(table: Table) -> Found:
    numbers = {row.number for row in table.rows}
    for i, line in enumerate(table.unit_lines):
        if line.hotline not in numbers:
            yield Contradiction("unit_lines", i, "hotline", "no-hotline", (line.hotline,))
        if line.calendar not in table.calendar_named:
            yield Contradiction("unit_lines", i, "calendar", "no-calendar", (line.calendar,))
        if line.valid_from and line.valid_until and line.valid_until <= line.valid_from:
            days = (str(line.valid_until), str(line.valid_from))
            yield Contradiction("unit_lines", i, "valid_until", "validity-order", days)


def _trunks(table: Table) -> Found:
    numbers = {row.number for row in table.rows}
    for i, trunk in enumerate(table.trunks):
        for name, number in (("number", trunk.number), ("default", trunk.default)):
            if number and number not in numbers:
                yield Contradiction("trunks", i, name, "no-hotline", (number,))


def _names(table: Table) -> Found:
    named = {
        "calendars": ("name", [calendar.name for calendar in table.calendars]),
        "trunks": ("name", [trunk.name for trunk in table.trunks]),
        "unit_lines": ("ref", [line.ref for line in table.unit_lines]),
        "notices": ("year", [str(notice.year) for notice in table.notices]),
    }
    for section, (name, values) in named.items():
        seen: set[str] = set()
        for i, value in enumerate(values):
            if value in seen:
                yield Contradiction(section, i, name, "twice", (value,))
            seen.add(value)
    for i, calendar in enumerate(table.calendars):
        for override in calendar.overrides:
            if override.until <= override.since:
                yield Contradiction("calendars", i, "overrides", "override-order")
