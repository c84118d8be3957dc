"""The government clock: when a step of an order is due, and why, line by line.

In: a profile, the working days, a question. Out: a `Deadline` whose lines lead from the receipt to the due moment, or a
`Refused` with the rule's name. Never: raises, whatever the input; a deadline that no document gives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from .asking import Deadline, Explained, Extension, Matter, Override, Pause, Question, Refused
from .counting import (
    Trail,
    count_minutes,
    count_natural_days,
    count_working_days,
    end_of_day,
    midnight,
    roll_over,
    skip_first_day,
    to_opening,
)
from .days import Days, city_time, say_day
from .extending import extend
from .limits import Amount, AtOnce, Limit, NextWorkingDayBy, SameDay, Unit
from .profile import Article, LimitRow, Profile, Step, When
from .words import STEP_WORDS

OUR_READING = "本市理解"


def due(
    profile: Profile,
    days: Days,
    step: Step,
    matter: Matter,
    at: datetime,
    extensions: Sequence[Extension] = (),
    pauses: Sequence[Pause] = (),
    override: Override | None = None,
) -> Deadline | Refused:
    """When `step` is due for a matter that came to whoever must do it at `at`. Never raises.

    `at`: the receipt for `dispatch`; the dispatch for `handle`, `sign_for`, `first_contact` and `return` (for `return`
    the signing, where the document counts from it).
    """
    return answer(profile, days, Question(step, matter, at, tuple(extensions), tuple(pauses), override))


def answer(profile: Profile, days: Days, question: Question) -> Deadline | Refused:
    """`due` for a question as it is kept with an order."""
    try:
        return _answer(profile, days, question)
    except OverflowError:  # the last days of the calendar
        return Refused("日历", "日期超出可计算的范围")


def recompute(profile: Profile, days: Days, question: Question, before: Deadline) -> Deadline | None:
    """The deadline under today's notices, or None when nothing has changed. Extensions that were granted stand.

    The first line then says that it was reckoned again.
    """
    granted = tuple(replace(extension, granted=True) for extension in question.extensions)
    after = answer(profile, days, replace(question, extensions=granted))
    if isinstance(after, Refused) or (after.due, after.provisional) == (before.due, before.provisional):
        return None
    start = after.steps[0].from_
    moved = "期限不变" if after.due == before.due else f"期限由{_say(before.due)}改为{_say(after.due)}"
    why = f"放假安排有新通知，重新计算：{moved}"
    return replace(after, steps=(Explained("重新计算", start, start, why), *after.steps))


def find_limit(profile: Profile, days: Days, step: Step, matter: Matter, at: datetime) -> LimitRow | Refused:
    """The row of the profile that holds, or why there is none."""
    rows = [row for row in profile.limits if row.step is step]
    if not rows:
        return Refused(f"{profile.name} {step}", f"《{profile.title}》没有规定{STEP_WORDS[step]}时限")
    if profile.sources and matter.source not in profile.sources and any(row.sources for row in rows):
        return Refused(f"{profile.name} {step}/source", f"《{profile.title}》没有规定来源{matter.source}的时限")
    for row in rows:
        if missing := _missing(row, matter):
            return Refused(f"{profile.name} {row.article.rule}", _MISSING[missing], missing)
        if _fits(row, matter) and _holds_now(profile, days, row.when, at):
            return row if row.limit else Refused(f"{profile.name} {row.article.rule}", row.article.text)
    known = "、".join(dict.fromkeys(row.article.rule for row in rows))
    return Refused(f"{profile.name} {known}", f"《{profile.title}》没有为此类诉求规定{STEP_WORDS[step]}时限")


_MISSING = {
    "category": "时限按诉求类别规定，须先确定类别",
    "difficulty": "时限按紧急、复杂、疑难程度规定，须先确定难易程度",
}


def _missing(row: LimitRow, matter: Matter) -> str:
    """A row that looks at something unknown cannot be passed over: the answer might be another."""
    if row.categories and matter.category is None:
        return "category"
    if row.difficulties and matter.difficulty is None and (not row.sources or matter.source in row.sources):
        return "difficulty"
    return ""


def _fits(row: LimitRow, matter: Matter) -> bool:
    return (
        (not row.categories or matter.category in row.categories)
        and (not row.sources or matter.source in row.sources)
        and (not row.difficulties or matter.difficulty in row.difficulties)
        and (not row.enforcement or matter.enforcement)
    )


def _holds_now(profile: Profile, days: Days, when: When, at: datetime) -> bool:
    match when:
        case When.ALWAYS:
            return True
        case When.OPEN:
            return profile.hours.is_open(days, at)
        case When.CLOSED:
            return not profile.hours.is_open(days, at)
        case When.OFFICE_DAY:
            return profile.hours.in_office_day(days, at)
        case When.OUTSIDE:
            return not profile.hours.in_office_day(days, at)


def _answer(profile: Profile, days: Days, question: Question) -> Deadline | Refused:
    at = city_time(question.at)
    if refused := _pauses_refused(profile, question.pauses):
        return refused
    row = find_limit(profile, days, question.step, question.matter, at)
    if question.override is not None:
        row = _overridden(profile, question, row)
    if isinstance(row, Refused):
        return row
    limit = row.limit
    assert limit is not None  # `find_limit` gives no other row
    pauses = [_in_city(pause) for pause in question.pauses]
    pauses = [pause for pause in pauses if pause.until is None or pause.since < pause.until]
    trail = Trail(at, days, profile.hours, pauses)
    rule = row.article.rule if question.override else f"{profile.name} {row.article.rule}"
    if row.when is not When.ALWAYS:
        trail.works(at.date())
    trail.go(rule, at, f"{STEP_WORDS[question.step]}时限：{limit.chinese}。{row.article.text}")
    if row.article.reading:
        trail.go(OUR_READING, at, row.article.reading)
    _run(trail, limit, rule, round_the_clock=row.round_the_clock)
    if row.roll_over and isinstance(limit, Amount) and limit.unit is Unit.NATURAL_DAYS:
        roll_over(trail)
    if refused := extend(trail, profile, question, limit, days):
        return refused
    provisional = any(days.provisional(year) for year in trail.years)
    return Deadline(trail.at, limit, rule, profile.version, tuple(trail.steps), provisional)


def _overridden(profile: Profile, question: Question, row: LimitRow | Refused) -> LimitRow | Refused:
    """The other law's limit instead of the document's; the document must give way to it, and the basis be named."""
    override = question.override
    assert override is not None
    if profile.override is None:
        return Refused(f"{profile.name} override", f"《{profile.title}》没有“另有规定的从其规定”的条款")
    if not override.basis.strip():
        return Refused(f"{profile.name} {profile.override.rule}", "适用其他规定的时限须写明依据", "basis")
    instead = "" if isinstance(row, Refused) or row.limit is None else f"（本办法原为{row.limit.chinese}）"
    text = f"依据{override.basis.strip()}，{profile.override.text}{instead}"
    return LimitRow(question.step, override.limit, Article(f"{profile.name} {profile.override.rule}", text))


def _pauses_refused(profile: Profile, pauses: Sequence[Pause]) -> Refused | None:
    if not pauses:
        return None
    if profile.pause is None:
        return Refused(f"{profile.name} pause", f"《{profile.title}》没有规定办理期限可以中止")
    rule = f"{profile.name} {profile.pause.rule}"
    if any(pause.until is None for pause in pauses):
        return Refused(rule, "期限中止中，恢复办理后才能计算")
    return None


def _run(trail: Trail, limit: Limit, rule: str, *, round_the_clock: bool) -> None:
    """From the receipt to the limit's end."""
    match limit:
        case AtOnce():
            trail.go(rule, trail.at, "立即办理，收到即到期")
        case SameDay():
            _same_day(trail, rule, round_the_clock=round_the_clock)
        case NextWorkingDayBy():
            _next_working_day_by(trail, limit, rule)
        case Amount(number=number, unit=Unit.WORKING_DAYS):
            if not round_the_clock:
                to_opening(trail, through_lunch=True)
            skip_first_day(trail)
            count_working_days(trail, number, rule)
        case Amount(number=number, unit=Unit.NATURAL_DAYS):
            skip_first_day(trail)
            count_natural_days(trail, number, rule)
        case Amount(number=number, unit=Unit.WORKING_HOURS):
            to_opening(trail, through_lunch=False)
            count_minutes(trail, number * 60, rule, working=True)
        case Amount(number=number):
            count_minutes(trail, number * 60, rule, working=False)


def _same_day(trail: Trail, rule: str, *, round_the_clock: bool) -> None:
    if round_the_clock:
        trail.go(rule, max(trail.at, end_of_day(trail.at.date())), f"全天运行，{say_day(trail.at.date())}当日24时前")
        return
    to_opening(trail, through_lunch=True)
    day = trail.at.date()
    closing = trail.hours.closing(trail.days, day) or end_of_day(day)
    trail.go(rule, closing, f"{say_day(day)}当日下班（{closing:%H:%M}）前")


def _next_working_day_by(trail: Trail, limit: NextWorkingDayBy, rule: str) -> None:
    """The next working day that is still to reach this time."""
    day = trail.at.date()
    while True:
        by = midnight(day) + timedelta(hours=limit.by.hour, minutes=limit.by.minute)
        if trail.works(day) and by > trail.at:
            break
        day += timedelta(days=1)
    trail.go(rule, by, f"非工作时间收到，下一工作日{say_day(day)}{limit.by:%H:%M}前")


def _in_city(pause: Pause) -> Pause:
    return Pause(city_time(pause.since), city_time(pause.until) if pause.until else None, pause.why)


def _say(moment: datetime) -> str:
    return f"{moment.year}年{say_day(moment.date())}{moment:%H:%M}"
