"""What holds for every profile, matter and moment: nothing raises, nothing goes backwards, line joins line."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.workorder.government import DAYS, PROFILES
from workorder.asking import Deadline, Extension, Matter, Override, Pause, Question, Refused
from workorder.clock import answer, recompute
from workorder.days import CITY_ZONE, Days, YearDays, city_time
from workorder.limits import MAX_DAYS, Amount, AtOnce, NextWorkingDayBy, SameDay, Unit
from workorder.model import Category
from workorder.profile import Article, Difficulty, Profile, Step

PAUSING = [replace(profile, pause=Article("试行", "可以中止")) for profile in PROFILES.values()]
ROLLING = [
    replace(profile, limits=tuple(replace(row, roll_over=True) for row in profile.limits)) for profile in PAUSING
]
profiles = st.sampled_from([*PROFILES.values(), *PAUSING])
all_profiles = st.sampled_from([*PROFILES.values(), *PAUSING, *ROLLING])
moments = st.datetimes(datetime(2024, 1, 1), datetime(2028, 12, 31), timezones=st.just(CITY_ZONE))  # noqa: DTZ001
amounts = st.builds(Amount, st.integers(1, 60), st.sampled_from(Unit))
limits = st.one_of(amounts, st.builds(SameDay), st.builds(AtOnce), st.builds(NextWorkingDayBy, st.times()))
matters = st.builds(
    Matter,
    category=st.none() | st.sampled_from(Category),
    source=st.sampled_from(["12345", "12319", "12315", ""]),
    difficulty=st.none() | st.sampled_from(Difficulty),
    enforcement=st.booleans(),
)
extensions = st.lists(
    st.builds(
        Extension,
        days=st.sampled_from([-1, 0, 1, 2, 10, 15, 30, 60, 90, MAX_DAYS, 10**7]),
        applied_at=st.none() | moments,
        approvals=st.none() | st.just(("section", "upper_hotline", "office", "platform")) | st.just(()),
        granted=st.booleans(),
    ),
    max_size=3,
).map(tuple)
overrides = st.none() | st.builds(Override, limits, st.sampled_from(["", "某法第一条"]))


@st.composite
def pauses(draw: st.DrawFn) -> tuple[Pause, ...]:
    starts = draw(st.lists(moments, max_size=3))
    spans = st.none() | st.timedeltas(timedelta(days=-1), timedelta(days=40))
    return tuple(
        Pause(start, start + span if span is not None else None, "补充材料")
        for start in starts
        for span in [draw(spans)]
    )


questions = st.builds(
    Question,
    step=st.sampled_from(Step),
    matter=matters,
    at=moments,
    extensions=extensions,
    pauses=pauses(),
    override=overrides,
)
# what has a limit more often than not, for the properties that need a deadline
plain = st.builds(
    Question,
    step=st.sampled_from(Step),
    matter=st.builds(
        Matter,
        category=st.sampled_from(list(Category)[:5]),
        source=st.sampled_from(["12345", "12319"]),
        difficulty=st.sampled_from(Difficulty),
        enforcement=st.booleans(),
    ),
    at=moments,
    override=st.none() | st.builds(Override, limits, st.just("某法第一条")),
)
wild_moments = st.datetimes(timezones=st.none() | st.timezones())


@given(all_profiles, questions)
def test_no_question_raises_and_a_deadline_ends_where_its_lines_end(profile: Profile, question: Question) -> None:
    found = answer(profile, DAYS, question)
    if isinstance(found, Refused):
        assert found.rule
        assert found.why
        return
    assert found.due >= city_time(question.at)
    assert found.steps[0].from_ == city_time(question.at)
    assert found.steps[-1].to == found.due
    for line, following in zip(found.steps, found.steps[1:], strict=False):
        assert line.to == following.from_
    assert all(line.from_ <= line.to and line.rule and line.why for line in found.steps)
    assert found.due.utcoffset() == timedelta(hours=8)
    assert found.profile_version == profile.version


@given(all_profiles, plain, wild_moments)
def test_no_moment_raises(profile: Profile, question: Question, at: datetime) -> None:
    found = answer(profile, DAYS, replace(question, at=at))
    assert isinstance(found, Deadline | Refused)


@given(all_profiles, plain, st.timedeltas(timedelta(0), timedelta(days=20)))
def test_what_comes_in_later_is_never_due_earlier(profile: Profile, question: Question, later: timedelta) -> None:
    first = answer(profile, DAYS, question)
    second = answer(profile, DAYS, replace(question, at=question.at + later))
    assert isinstance(first, Deadline) is isinstance(second, Deadline)
    if isinstance(first, Deadline) and isinstance(second, Deadline):
        assert first.due <= second.due


@given(all_profiles, plain, st.integers(-5, 60))
def test_another_day_off_never_makes_anything_due_earlier(profile: Profile, question: Question, n: int) -> None:
    """A day off is added to the notice of its year; a year without one gets one with nothing else changed."""
    before = answer(profile, DAYS, question)
    after = answer(profile, _without(question.at.date() + timedelta(days=n)), question)
    if isinstance(before, Deadline) and isinstance(after, Deadline):
        assert after.due >= before.due


@given(profiles, plain, st.integers(1, 3))
def test_more_time_is_never_less(profile: Profile, question: Question, more: int) -> None:
    found = [
        answer(profile, DAYS, replace(question, override=Override(Amount(number, Unit.WORKING_DAYS), "某法")))
        for number in (3, 3 + more)
    ]
    if isinstance(found[0], Deadline) and isinstance(found[1], Deadline):
        assert found[0].due < found[1].due


@given(profiles, plain, st.sampled_from([1, 2, 10, 15]))
def test_an_extension_moves_a_deadline_by_its_working_days(profile: Profile, question: Question, days: int) -> None:
    plainly = answer(profile, DAYS, question)
    longer = answer(profile, DAYS, replace(question, extensions=(Extension(days),)))
    if isinstance(plainly, Deadline) and isinstance(longer, Deadline):
        first, last = plainly.due.date(), longer.due.date()
        between = [first + timedelta(days=n) for n in range(1, (last - first).days + 1)]
        assert sum(DAYS.is_working_day(day) for day in between) == days


@given(profiles, plain)
def test_the_count_is_what_a_child_would_count(profile: Profile, question: Question) -> None:
    """An oracle of another make: cross the days off one by one."""
    found = answer(profile, DAYS, question)
    if not isinstance(found, Deadline) or not isinstance(found.limit, Amount):
        return
    start = next((line.to for line in found.steps if line.rule == "非工作时间"), city_time(question.at))
    if found.limit.unit is Unit.NATURAL_DAYS:
        assert (found.due.date() - start.date()).days == found.limit.number
    elif found.limit.unit is Unit.WORKING_DAYS:
        left, day = found.limit.number, start.date()
        while left:
            day += timedelta(days=1)
            left -= DAYS.is_working_day(day)
        assert found.due.date() == day
    elif found.limit.unit is Unit.CLOCK_HOURS:
        assert found.due - city_time(question.at) == timedelta(hours=found.limit.number)
    else:
        worked = [
            max(min(close, found.due) - max(opening, start), timedelta(0))
            for n in range((found.due.date() - start.date()).days + 1)
            for opening, close in profile.hours.spans(DAYS, start.date() + timedelta(days=n))
        ]
        assert sum(worked, timedelta(0)) == timedelta(hours=found.limit.number)


@given(all_profiles, plain)
def test_reckoning_again_without_news_changes_nothing(profile: Profile, question: Question) -> None:
    found = answer(profile, DAYS, question)
    if isinstance(found, Deadline):
        assert recompute(profile, DAYS, question, found) is None


@given(all_profiles, plain, st.sets(st.dates(date(2027, 1, 1), date(2027, 12, 31)), max_size=30))
def test_a_notice_moves_only_what_was_provisional(profile: Profile, question: Question, off: set[date]) -> None:
    before = answer(profile, DAYS, question)
    days = Days({**DAYS.official, 2027: YearDays(frozenset(off), frozenset())})
    if isinstance(before, Deadline):
        after = recompute(profile, days, question, before)
        assert after is None or before.provisional
        assert after is None or after.steps[0].rule == "重新计算"


def _without(day: date) -> Days:
    known = DAYS.official.get(day.year)
    if known is None:
        first = date(day.year, 1, 1)
        year = [first + timedelta(days=n) for n in range(366)]
        off = frozenset(d for d in year if d.year == day.year and not DAYS.is_working_day(d) and d.weekday() < 5)
        known = YearDays(off, frozenset())
    return Days({**DAYS.official, day.year: YearDays(known.off | {day}, known.worked - {day}, known.source)})
