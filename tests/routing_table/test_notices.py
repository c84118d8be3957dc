"""The State Council's notice as text and as days."""

from __future__ import annotations

from datetime import date

import pytest

from routing_table import TableError, is_open, is_working_day
from routing_table.edits import Action, Edit, apply_edits
from routing_table.entities import Entity
from routing_table.notices import heeds_notices, notice_edit, parse_notice, provisional_years, read_notice
from tests.routing_table.city import DEMO, moment

# the text of the notice of 2025-11-04 for 2026
OFFICIAL = """
一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。
"""
SHORT_2027 = """元旦：１月１日（星期五）至３日（星期日）放假，共３天。
春节：2月5日至2月11日放假调休，共7天。1月31日、2月14日上班。"""


def test_the_official_text_gives_the_days_of_the_demo() -> None:
    notice = parse_notice(OFFICIAL, 2026)
    assert notice.off == DEMO.notices[0].off
    assert notice.worked == DEMO.notices[0].worked


def test_the_text_of_another_year_does_not_fit() -> None:
    with pytest.raises(TableError) as caught:
        parse_notice(OFFICIAL, 2027)
    assert len(caught.value.problems) > 10


def test_full_width_digits_other_weekdays_and_a_range_over_a_month() -> None:
    notice = parse_notice(SHORT_2027, 2027, "通知")
    assert notice.source == "通知"
    assert date(2027, 1, 3) in notice.off
    assert notice.worked == {date(2027, 1, 31), date(2027, 2, 14)}
    over = parse_notice("劳动节：4月30日至5月3日放假，共4天。", 2027)
    assert over.off == {date(2027, 4, 30), date(2027, 5, 1), date(2027, 5, 2), date(2027, 5, 3)}


@pytest.mark.parametrize(
    "text",
    ["", "放假", "元旦：13月1日放假，共1天。", "元旦：1月3日至1日放假，共3天。", "元旦：1月1日至3日放假，共4天。"],
)
def test_a_text_that_does_not_add_up_is_refused(text: str) -> None:
    with pytest.raises(TableError):
        parse_notice(text, 2026)


def test_a_make_up_day_is_a_weekend_day() -> None:
    with pytest.raises(TableError):
        read_notice(2027, [date(2027, 1, 1)], [date(2027, 1, 6)])
    with pytest.raises(TableError):
        read_notice(2027, [date(2026, 1, 1)], [])


def test_importing_a_notice_recomputes_every_calendar() -> None:
    monday = "2027-02-08T10:00"  # within the spring festival, which no fixed date tells
    assert is_open(DEMO.calendar_named["unit-12348"], moment(monday))
    table = apply_edits(DEMO, [notice_edit(DEMO, parse_notice(SHORT_2027, 2027))])
    for name in ("unit-12348", "unit-12328"):
        assert not is_open(table.calendar_named[name], moment(monday))
        assert is_open(table.calendar_named[name], moment("2027-02-14T10:00"))  # a Sunday that is worked
    assert not is_working_day(table.notices, date(2027, 2, 8))
    assert provisional_years(DEMO, 2026, 2028) == (2027, 2028)
    assert provisional_years(table, 2026, 2028) == (2028,)


def test_a_corrected_notice_replaces_the_one_there_is() -> None:
    edit = notice_edit(DEMO, parse_notice(OFFICIAL, 2026, "更正"))
    assert (edit.action, edit.key) == (Action.REPLACE, "2026")
    table = apply_edits(DEMO, [edit])
    assert [notice.source for notice in table.notices] == ["更正"]


def test_a_calendar_without_special_hours_heeds_no_notice() -> None:
    assert not heeds_notices(DEMO.calendar_named["day"])
    assert heeds_notices(DEMO.calendar_named["unit-12348"])
    gone = apply_edits(DEMO, [Edit(Action.REMOVE, Entity.NOTICE, "2026")])
    assert provisional_years(gone, 2026, 2026) == (2026,)
