"""The clock: every vector, provisional years, recomputation, pauses, overrides."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from tests.workorder.government import (
    DAYS,
    VECTORS,
    ask,
    due_at,
    matter,
    profile,
    refused,
    with_notice,
)
from workorder.asking import Deadline, Extension, Matter, Override, Pause, Question, Refused
from workorder.clock import answer, due, recompute
from workorder.days import CITY_ZONE
from workorder.limits import Amount, AtOnce, Limit, NextWorkingDayBy, SameDay, Unit, parse_limit
from workorder.model import Category
from workorder.profile import Article, Difficulty, Step

ROWS = list(csv.DictReader(VECTORS.read_text("utf-8").splitlines()))
# 2027 as its notice may be: the Spring Festival is what a provisional year cannot know
NEW_YEAR_2027 = {date(2027, 1, day) for day in (1, 2, 3)}
SPRING_2027 = {date(2027, 2, day) for day in range(5, 13)}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CITY_ZONE)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: "-".join(word for word in row.values() if word))
def test_vector(row: dict[str, str]) -> None:
    about = matter(row["category"], row["difficulty"], row["source"])
    found = ask(row["profile"], about, row["at"], Step(row["step"]))
    assert isinstance(found, Deadline), found
    assert (str(found.limit), found.due.isoformat()) == (row["limit"], row["due"] + "+08:00")
    assert found.provisional is (row["due"].startswith("2027") and "WD" in row["limit"])


@pytest.mark.parametrize(
    "limit",
    [
        Amount(5, Unit.WORKING_DAYS),
        Amount(1, Unit.WORKING_HOURS),
        Amount(3, Unit.NATURAL_DAYS),
        Amount(24, Unit.CLOCK_HOURS),
        SameDay(),
        AtOnce(),
        NextWorkingDayBy(at("2026-01-01T10:00").time()),
    ],
)
def test_a_limit_is_written_as_it_is_read(limit: Limit) -> None:
    assert parse_limit(str(limit)) == limit
    assert limit.chinese


@pytest.mark.parametrize(
    "text", ["", "0 WD", "5", "5 days", "-1 WD", "9999 WD", "next WD by 25:00", "5 WD 3 WD", "５ WD"]
)
def test_what_no_document_could_mean_is_no_limit(text: str) -> None:
    with pytest.raises(ValueError, match="WD|must be"):
        parse_limit(text)


def test_a_moment_in_another_zone_is_the_same_moment() -> None:
    there = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
    found = due(profile("karamay"), DAYS, Step.HANDLE, Matter(Category.INQUIRY), there)
    assert isinstance(found, Deadline)
    assert found.due == at("2026-11-25T18:00")
    assert found.due.isoformat().endswith("+08:00")


def test_the_lines_lead_from_the_receipt_to_the_due_moment() -> None:
    found = ask("karamay", matter("投诉"), "2026-09-30T19:00")
    assert isinstance(found, Deadline)
    assert [(step.rule, step.to.isoformat()[:16]) for step in found.steps] == [
        ("karamay 第十一条（二）2（1）", "2026-09-30T19:00"),
        ("非工作时间", "2026-10-08T08:30"),
        ("首日不计", "2026-10-09T00:00"),
        ("karamay 第十一条（二）2（1）", "2026-10-10T00:00"),
        ("karamay 第十一条（二）2（1）", "2026-10-11T00:00"),
        ("不计", "2026-10-12T00:00"),
        ("karamay 第十一条（二）2（1）", "2026-10-14T18:00"),
    ]
    assert "10月10日（周六）：调休上班（国务院办公厅关于2026年部分节假日安排的通知" in found.steps[4].why
    assert found.steps[-1].why.endswith("累计5个")


def test_a_provisional_year_says_so_in_its_lines() -> None:
    found = ask("karamay", matter("举报"), "2026-12-25T10:00")
    assert isinstance(found, Deadline)
    assert found.provisional
    assert any("2027年放假安排未公布" in step.why for step in found.steps)


def test_a_deadline_that_asks_no_calendar_is_never_provisional() -> None:
    found = ask("qingpu-water", matter(difficulty="疑难", source="12319"), "2027-03-01T10:00")
    assert isinstance(found, Deadline)
    assert not found.provisional


def test_the_years_end_alone_is_not_provisional() -> None:
    found = ask("karamay", matter("咨询"), "2026-12-28T10:00")
    assert isinstance(found, Deadline)
    assert (found.due, found.provisional) == (at("2026-12-31T18:00"), False)


def test_a_notice_that_arrives_moves_the_open_deadline_and_says_why() -> None:
    question = Question(Step.HANDLE, matter("投诉"), at("2027-01-28T10:00"))
    before = answer(profile("yunnan-2021"), DAYS, question)
    assert isinstance(before, Deadline)
    assert (before.due, before.provisional) == (at("2027-02-18T18:00"), True)
    noticed = with_notice(DAYS, 2027, NEW_YEAR_2027 | SPRING_2027, {date(2027, 1, 31), date(2027, 2, 20)})
    after = recompute(profile("yunnan-2021"), noticed, question, before)
    assert after is not None
    # Jan 29, 31, Feb 1-4 are six; then Feb 13 and 14 are a weekend, 15-19 five, the 20th (made up) the twelfth, 22-24
    assert (after.due, after.provisional) == (at("2027-02-24T18:00"), False)
    assert after.steps[0].rule == "重新计算"
    assert "2027年2月18日（周四）18:00改为2027年2月24日（周三）18:00" in after.steps[0].why
    assert recompute(profile("yunnan-2021"), noticed, question, after) is None


def test_a_notice_that_changes_nothing_still_ends_the_provisional() -> None:
    question = Question(Step.HANDLE, matter("咨询"), at("2026-12-31T10:00"))
    before = answer(profile("karamay"), DAYS, question)
    assert isinstance(before, Deadline)
    after = recompute(profile("karamay"), with_notice(DAYS, 2027, NEW_YEAR_2027), question, before)
    assert after is not None
    assert (after.due, after.provisional) == (before.due, False)
    assert "期限不变" in after.steps[0].why


def test_a_notice_of_another_year_leaves_a_deadline_alone() -> None:
    question = Question(Step.HANDLE, matter("投诉"), at("2026-09-30T10:00"))
    before = answer(profile("karamay"), DAYS, question)
    assert isinstance(before, Deadline)
    assert recompute(profile("karamay"), with_notice(DAYS, 2027, NEW_YEAR_2027), question, before) is None


def test_a_notice_does_not_take_back_an_extension_that_was_granted() -> None:
    """Under the new notice the application would have come too late; the decision stands all the same."""
    extension = Extension(15, applied_at=at("2027-02-07T10:00"), approvals=("section", "upper_hotline"))
    question = Question(Step.HANDLE, matter(difficulty="疑难"), at("2027-02-01T10:00"), (extension,))
    before = answer(profile("qingpu-water"), DAYS, question)
    assert isinstance(before, Deadline), before
    worked = {date(2027, 2, day) for day in (6, 7, 13, 14)}
    noticed = with_notice(DAYS, 2027, {date(2027, 1, 1)}, worked)
    assert isinstance(answer(profile("qingpu-water"), noticed, question), Refused)
    after = recompute(profile("qingpu-water"), noticed, question, before)
    assert after is not None
    assert after.due < before.due


def test_a_profile_without_a_clause_lets_no_clock_stand_still() -> None:
    pause = Pause(at("2026-11-23T10:00"), at("2026-11-24T10:00"), "补充材料")
    found = ask("liaoning", matter("投诉"), "2026-11-20T10:00", Step.DISPATCH, pauses=(pause,))
    assert found == Refused("liaoning pause", "《辽宁省12345政务服务便民热线管理办法》没有规定办理期限可以中止")


class TestPausing:
    """No seed lets the clock stand still; a city whose rules do has `[pause]` in its profile."""

    allowing = replace(profile("changzhou"), pause=Article("第一条", "补充材料期间中止"))

    def ask(self, step: Step, start: str, *pauses: tuple[str, str | None], source: str = "") -> Deadline | Refused:
        stood = [Pause(at(since), at(until) if until else None, "补充材料") for since, until in pauses]
        return due(self.allowing, DAYS, step, matter("投诉", source=source), at(start), pauses=stood)

    def due(self, step: Step, start: str, *pauses: tuple[str, str | None]) -> str:
        """Day and time, such as 24T15:00, of November 2026."""
        found = self.ask(step, f"2026-11-{start}", *((f"2026-11-{a}", f"2026-11-{b}") for a, b in pauses))
        assert isinstance(found, Deadline), found
        return f"{found.due:%m-%dT%H:%M}"

    def test_days_on_which_it_stood_do_not_count(self) -> None:
        assert self.due(Step.HANDLE, "20T10:00") == "11-27T18:00"
        assert self.due(Step.HANDLE, "20T10:00", ("24T15:00", "25T09:00")) == "12-01T18:00"

    def test_hours_in_which_it_stood_do_not_count(self) -> None:
        assert self.due(Step.SIGN_FOR, "20T10:00", ("20T10:20", "20T10:50")) == "11-20T11:30"
        assert self.due(Step.SIGN_FOR, "20T11:40", ("20T11:50", "20T15:00")) == "11-20T15:50"
        assert self.due(Step.SIGN_FOR, "20T17:30", ("20T17:40", "21T15:00")) == "11-23T09:20"

    def test_after_the_end_or_on_days_off_it_changes_nothing(self) -> None:
        assert self.due(Step.HANDLE, "20T10:00", ("28T10:00", "30T10:00")) == "11-27T18:00"
        assert self.due(Step.HANDLE, "20T10:00", ("21T10:00", "22T10:00")) == "11-27T18:00"

    def test_while_it_stands_there_is_no_deadline(self) -> None:
        found = self.ask(Step.HANDLE, "2026-11-20T10:00", ("2026-11-23T10:00", None))
        assert found == Refused("changzhou 第一条", "期限中止中，恢复办理后才能计算")

    def test_pauses_with_and_without_a_zone_mix(self) -> None:
        naive = Pause(datetime(2026, 11, 24, 15), datetime(2026, 11, 25, 9, tzinfo=CITY_ZONE), "补充材料")  # noqa: DTZ001
        found = due(self.allowing, DAYS, Step.HANDLE, matter("投诉"), at("2026-11-20T10:00"), pauses=[naive])
        assert isinstance(found, Deadline)
        assert found.due == at("2026-12-01T18:00")

    def test_a_pause_that_is_over_as_it_begins_is_none(self) -> None:
        assert self.due(Step.HANDLE, "20T10:00", ("24T15:00", "24T15:00"), ("25T15:00", "23T15:00")) == "11-27T18:00"
        assert self.due(Step.SIGN_FOR, "20T10:00", ("20T10:30", "20T10:30")) == "11-20T11:00"


def test_another_laws_limit_goes_before_where_the_document_gives_way() -> None:
    law = Override(Amount(7, Unit.WORKING_DAYS), "《市场监督管理投诉举报处理办法》")
    assert due_at("yunnan-2021", matter("投诉"), "2026-11-20T10:00", override=law) == "2026-12-01T18:00:00"
    assert due_at("liaoning", matter("投诉"), "2026-11-20T10:00", override=law) == "2026-12-01T18:00:00"
    assert due_at("changzhou", matter("投诉"), "2026-11-20T10:00", override=law) == "2026-12-01T18:00:00"
    found = ask("yunnan-2021", matter("投诉"), "2026-11-20T10:00", override=law)
    assert isinstance(found, Deadline)
    assert found.rule == "yunnan-2021 三（五）"
    assert "依据《市场监督管理投诉举报处理办法》" in found.steps[0].why
    assert "原为15个工作日" in found.steps[0].why


def test_an_override_without_a_basis_or_a_clause_is_refused() -> None:
    limit = Amount(7, Unit.WORKING_DAYS)
    assert refused("yunnan-2021", matter("投诉"), "2026-11-20T10:00", override=Override(limit, " ")).missing == "basis"
    for name in ("karamay", "qingpu-water"):
        found = refused(name, matter("投诉", "复杂"), "2026-11-20T10:00", override=Override(limit, "某法"))
        assert found.rule == f"{name} override"


def test_what_is_not_known_is_asked_for_not_guessed() -> None:
    assert refused("karamay", Matter(), "2026-11-20T10:00").missing == "category"
    assert refused("qingpu-water", matter("投诉"), "2026-11-20T10:00").missing == "difficulty"
    assert refused("qingpu-water", matter("投诉"), "2026-11-20T10:00", Step.RETURN).missing == "difficulty"


def test_a_source_without_a_limit_is_refused_before_anything_is_asked() -> None:
    found = refused("qingpu-water", matter("投诉", source="12315"), "2026-11-20T10:00")
    assert (found.rule, found.missing) == ("qingpu-water handle/source", "")


def test_the_last_days_of_the_calendar_are_refused_not_raised() -> None:
    found = refused("karamay", matter("咨询"), "9999-12-30T10:00")
    assert found.rule == "日历"
    assert isinstance(ask("qingpu-water", matter(), "9999-12-31T10:00", Step.DISPATCH), Deadline)


def test_an_extension_that_is_no_number_of_days_is_refused() -> None:
    for days in (0, -5, 10**9):
        about = Matter(Category.COMPLAINT, difficulty=Difficulty.HARD)
        found = refused("changzhou", about, "2026-11-20T10:00", Step.HANDLE, Extension(days, granted=True))
        assert "不是有效的天数" in found.why


def test_hours_and_rows_that_asked_a_provisional_year_are_provisional() -> None:
    over = ask("changzhou", matter(), "2026-12-31T17:30", Step.SIGN_FOR)
    assert isinstance(over, Deadline)
    assert (over.due, over.provisional) == (at("2027-01-04T09:00"), True)
    within = ask("yunnan-2021", matter("求助"), "2027-03-01T10:00", Step.SIGN_FOR)
    assert isinstance(within, Deadline)
    assert (within.due, within.provisional) == (at("2027-03-01T12:00"), True)  # only if that day is worked


def test_the_lunch_break_does_not_put_off_a_limit_of_days() -> None:
    found = ask("karamay", matter("咨询"), "2026-11-20T12:30")
    assert isinstance(found, Deadline)
    assert [step.rule for step in found.steps][1] == "首日不计"


def test_an_application_at_the_very_end_is_still_in_time() -> None:
    about = matter("投诉")
    for applied, taken in (("2026-11-27T18:00:00", True), ("2026-11-27T18:00:01", False)):
        found = ask("changzhou", about, "2026-11-20T10:00", Step.HANDLE, Extension(5, at(applied)))
        assert isinstance(found, Deadline) is taken


def test_by_ten_means_before_ten_has_come() -> None:
    by_ten = Override(parse_limit("next WD by 10:00"), "《某规定》")
    assert due_at("changzhou", matter("投诉"), "2026-11-20T09:59:59", override=by_ten) == "2026-11-20T10:00:00"
    assert due_at("changzhou", matter("投诉"), "2026-11-20T10:00:00", override=by_ten) == "2026-11-23T10:00:00"


def test_the_days_last_instant_is_not_due_before_it_came() -> None:
    found = ask("qingpu-water", matter(), "2026-11-21T23:59:59.500000", Step.DISPATCH)
    assert isinstance(found, Deadline)
    assert found.due == at("2026-11-21T23:59:59.500000")


def test_only_the_sources_that_ask_for_a_difficulty_ask_for_it() -> None:
    qingpu = profile("qingpu-water")
    others = tuple(replace(row, sources=frozenset({"12315"}), difficulties=frozenset()) for row in qingpu.limits[:1])
    mixed = replace(qingpu, sources=qingpu.sources | {"12315"}, limits=(*qingpu.limits, *others))
    found = due(mixed, DAYS, Step.HANDLE, matter(source="12315"), at("2026-11-20T10:00"))
    assert isinstance(found, Deadline)
    assert str(found.limit) == "1 WD"


def test_who_works_day_and_night_starts_on_saturday() -> None:
    karamay = profile("karamay")
    rows = tuple(replace(row, round_the_clock=True) for row in karamay.limits)
    found = due(replace(karamay, limits=rows), DAYS, Step.HANDLE, matter("咨询"), at("2026-11-21T10:00"))
    assert isinstance(found, Deadline)
    assert found.due == at("2026-11-25T18:00")


@pytest.mark.parametrize(
    ("received", "plain", "rolled"),
    [
        ("2026-09-30T10:00", "2026-10-03", "2026-10-08"),
        ("2026-11-20T10:00", "2026-11-23", "2026-11-23"),
        ("2026-10-07T10:00", "2026-10-10", "2026-10-10"),  # a Saturday that is worked
    ],
)
def test_natural_days_roll_over_only_where_the_profile_says_so(received: str, plain: str, rolled: str) -> None:
    qingpu = profile("qingpu-water")
    rolling = replace(qingpu, limits=tuple(replace(row, roll_over=True) for row in qingpu.limits))
    for rules, expected in ((qingpu, plain), (rolling, rolled)):
        found = due(rules, DAYS, Step.HANDLE, matter(difficulty="复杂", source="12319"), at(received))
        assert isinstance(found, Deadline)
        assert found.due == at(f"{expected}T23:59:59")
        assert found.steps[-1].to == found.due
