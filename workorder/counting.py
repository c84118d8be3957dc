"""Counting days and hours, line by line.

In: a start, a limit's amount, the working days and hours, the times when the clock stood. Out: the end, and the lines
that lead there without a gap. Never: a rule of a document; an end without lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from .asking import Explained, Pause
from .days import WORKED, DayKind, Days, city_time, say_day
from .hours import OfficeHours

_KINDS = {
    DayKind.WEEKEND: "周末，不计",
    DayKind.HOLIDAY: "放假，不计",
    DayKind.MAKE_UP: "调休上班",
}
_PAUSED = "中止期间，不计"
_HOUR = timedelta(hours=1)


@dataclass(slots=True)
class Trail:
    """The reckoning as it grows: where the clock is, how it came there, which years it asked about."""

    at: datetime
    days: Days
    hours: OfficeHours
    pauses: Sequence[Pause] = ()
    steps: list[Explained] = field(default_factory=list)
    years: set[int] = field(default_factory=set)
    told: set[int] = field(default_factory=set)  # provisional years that a line has explained

    def go(self, rule: str, to: datetime, why: str) -> None:
        self.steps.append(Explained(rule, self.at, to, why))
        self.at = to

    def works(self, day: date) -> bool:
        self.years.add(day.year)
        return self.days.is_working_day(day)


def midnight(day: date) -> datetime:
    return city_time(datetime.combine(day, time()))


def end_of_day(day: date) -> datetime:
    """Its last second: a deadline at 24:00 has the date of its day."""
    return city_time(datetime.combine(day, time(23, 59, 59)))


def to_opening(trail: Trail, *, through_lunch: bool) -> None:
    """Received off-hours: it starts at the next opening. `through_lunch`: the lunch break counts as office time."""
    trail.works(trail.at.date())
    open_now = trail.hours.in_office_day if through_lunch else trail.hours.is_open
    if open_now(trail.days, trail.at):
        return
    opening = trail.hours.next_opening(trail.days, trail.at)
    for day in _days(trail.at.date(), opening.date()):
        trail.works(day)
    why = f"非工作时间收到，自下一工作时间{say_day(opening.date())}{opening:%H:%M}起算"
    trail.go("非工作时间", opening, why)


def skip_first_day(trail: Trail) -> None:
    """《民法典》第二百零一条: the day on which a period begins does not count."""
    day = trail.at.date()
    trail.go("首日不计", midnight(day + timedelta(days=1)), f"{say_day(day)}为起始日，不计入期限")


def count_working_days(trail: Trail, number: int, rule: str) -> None:
    """From a midnight over so many working days, to the closing of the last."""
    counted = 0
    while counted < number:
        first = trail.at.date()
        what = _what(trail, first)
        run = [first]
        counted += what in WORKED
        while not (what in WORKED and counted == number):
            day = run[-1] + timedelta(days=1)
            if _what(trail, day) is not what:
                break
            run.append(day)
            counted += what in WORKED
        done = counted == number and what in WORKED
        end = _closing(trail, run[-1]) if done else midnight(run[-1] + timedelta(days=1))
        trail.go(rule if what in WORKED else "不计", end, _say_run(trail, run, what, counted))


def count_natural_days(trail: Trail, number: int, rule: str) -> None:
    """From a midnight over so many days of any kind, to the end of the last. Days on which the clock stood are left
    out."""
    counted = 0
    while counted < number:
        first = trail.at.date()
        stood = _stood(trail.pauses, first)
        run = [first]
        counted += not stood
        while stood or counted < number:
            day = run[-1] + timedelta(days=1)
            if _stood(trail.pauses, day) is not stood:
                break
            run.append(day)
            counted += not stood
        end = midnight(run[-1] + timedelta(days=1)) if stood or counted < number else end_of_day(run[-1])
        why = f"{_span(run)}：" + (_PAUSED if stood else f"计{len(run)}个自然日，累计{counted}个（节假日不扣除）")
        trail.go("不计" if stood else rule, end, why)


def roll_over(trail: Trail) -> None:
    """节假日顺延: an end on a day off moves to the end of the next working day."""
    day = trail.at.date()
    while not trail.works(day):
        day += timedelta(days=1)
    if day != trail.at.date():
        trail.go("顺延", end_of_day(day), f"期限届满日为节假日，顺延至{say_day(day)}")


def count_minutes(trail: Trail, minutes: int, rule: str, *, working: bool) -> None:
    """Working minutes inside office hours, or minutes of the clock; the times when the clock stood are left out."""
    left = timedelta(minutes=minutes)
    while left:
        start, end = _next_window(trail, working=working)
        if start > trail.at:
            trail.go("不计", start, f"至{say_day(start.date())}{start:%H:%M}不计（{_idle(trail, start)}）")
        stop = start + left if end is None or start + left <= end else end
        left -= stop - start
        until = f"{stop:%H:%M}" if stop.date() == start.date() else f"{say_day(stop.date())}{stop:%H:%M}"
        trail.go(rule, stop, f"{say_day(start.date())}{start:%H:%M}至{until}计{_say_minutes(stop - start)}")


def _next_window(trail: Trail, *, working: bool) -> tuple[datetime, datetime | None]:
    """The next stretch in which time counts: [start, end), None without end."""
    at = trail.at
    while True:
        if working:
            at = trail.hours.next_opening(trail.days, at)
        stood = next((p.until for p in trail.pauses if p.until and p.since <= at < p.until), None)
        if stood is None:
            break
        at = city_time(stood)
    for day in _days(trail.at.date(), at.date()):
        trail.works(day) if working else None
    ends = [city_time(p.since) for p in trail.pauses if p.since > at]
    if working:
        ends += [end for start, end in trail.hours.spans(trail.days, at.date()) if start <= at < end]
    return at, min(ends, default=None)


def _idle(trail: Trail, start: datetime) -> str:
    paused = any(p.until and p.since < start and p.until > trail.at for p in trail.pauses)
    return "中止期间" if paused else "非工作时间"


def _what(trail: Trail, day: date) -> DayKind | None:
    """None: the clock stood on this day."""
    if _stood(trail.pauses, day):
        return None
    trail.works(day)
    return trail.days.kind(day)


def _stood(pauses: Sequence[Pause], day: date) -> bool:
    """A day on which the clock stood, even for a part of it, does not count: neither its first nor its last."""
    return any(p.until and city_time(p.since).date() <= day <= city_time(p.until).date() for p in pauses)


def _closing(trail: Trail, day: date) -> datetime:
    """《民法典》第二百零三条: where there are business hours, their end is the period's."""
    return trail.hours.closing(trail.days, day) or end_of_day(day)


def _days(first: date, last: date) -> Iterator[date]:
    for n in range((last - first).days + 1):
        yield first + timedelta(days=n)


def _span(run: list[date]) -> str:
    return say_day(run[0]) + (f"至{say_day(run[-1])}" if len(run) > 1 else "")


def _say_run(trail: Trail, run: list[date], what: DayKind | None, counted: int) -> str:
    span = _span(run)
    if what is None:
        return f"{span}：{_PAUSED}"
    note = _KINDS.get(what, "")
    year = run[-1].year
    if trail.days.provisional(year):
        note += "（暂定）" if year in trail.told else f"（{trail.days.source(run[-1])}）"
        trail.told.add(year)
    elif what is DayKind.HOLIDAY or what is DayKind.MAKE_UP:
        note += f"（{trail.days.source(run[-1])}）"
    if what not in WORKED:
        return f"{span}：{note}"
    return f"{span}：{note}{'，' if note else ''}计{len(run)}个工作日，累计{counted}个"


def _say_minutes(span: timedelta) -> str:
    hours, rest = divmod(span, _HOUR)
    minutes = rest.seconds / 60
    parts = [f"{hours}小时" if hours else "", f"{minutes:g}分钟" if minutes else ""]
    return "".join(parts) or "0分钟"
