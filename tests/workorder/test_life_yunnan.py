"""The life cycle under seed 004, part by part."""

from __future__ import annotations

from datetime import datetime

from tests.workorder.lives import OFFICE, ROADS, SEAT, WATER, K, life
from workorder.model import OrderState

Y = "yunnan-2021"
EVENING = datetime.fromisoformat("2026-11-20T20:30:00+08:00")  # a Friday


def test_part_3_4_dispatch_the_same_day_or_by_ten_complaints_at_once() -> None:
    assert life(Y).accepted("help").due("dispatch").limit == "same day"
    night = life(Y, EVENING).accepted("help")
    assert night.due_at("dispatch") == "11-23 10:00"
    assert life(Y, EVENING).accepted("complaint").due("dispatch").limit == "at once"


def test_part_3_4_returned_within_24_hours_of_signing_not_of_the_dispatch() -> None:
    order = life(Y).dispatched()
    assert "return" not in order.order.dues
    order.wait(hours=30).do(K.SIGNED, WATER)
    assert order.due("return").due == order.order.signed["water"].replace(day=25)
    order.wait(hours=23).do(K.RETURN_ASKED, WATER, "属住建局", ground="not_ours").do(
        K.RETURN_REFUSED, OFFICE, "职责明确"
    )
    assert order.order.state is OrderState.HANDLING
    late = life(Y).handling().wait(hours=25)
    assert late.refused(K.RETURN_ASKED, WATER, "属住建局", ground="not_ours").slug == "return-late"


def test_part_3_5_limits_and_extensions_by_category() -> None:
    inquiry = life(Y).handling("inquiry")
    assert inquiry.due().limit == "1 WD"
    assert inquiry.refused(K.EXTENSION_ASKED, WATER, "复杂", amount=3).slug == "extension-refused"
    inquiry.do(K.EXTENSION_ASKED, WATER, "复杂", amount=2).do(K.EXTENSION_APPROVED, OFFICE)
    assert inquiry.due_at().startswith("11-26")
    complaint = life(Y).handling("complaint")
    for _ in range(2):
        complaint.do(K.EXTENSION_ASKED, WATER, "复杂", amount=10).do(K.EXTENSION_APPROVED, OFFICE)
    refused = complaint.refused(K.EXTENSION_ASKED, WATER, "复杂", amount=10)
    assert "2次为限" in refused.chinese and refused.rule == "yunnan-2021 三（五）"


def test_part_3_5_two_extensions_are_all_a_matter_has_over_its_rounds() -> None:
    order = life(Y).handling("complaint")
    for _ in range(2):
        order.do(K.EXTENSION_ASKED, WATER, "复杂", amount=10).do(K.EXTENSION_APPROVED, OFFICE)
    order.answered().do(K.REVIEW_PASSED)
    order.do(K.FOLLOWED_UP, SEAT, channel="call", result="unsatisfied", unit_fault=True)
    order.do(K.REEXAMINED, OFFICE, "重办", redo=True).do(K.DISPATCHED, units=["water"]).do(K.SIGNED, WATER)
    assert order.due_at() == "12-14 18:00", "the new round starts with the plain limit"
    assert order.refused(K.EXTENSION_ASKED, WATER, "复杂", amount=10).slug == "extension-refused"


def test_part_3_5_law_and_province_go_before() -> None:
    order = life(Y).dispatched(category="report").do(K.OVERRIDDEN, OFFICE, limit="60 natural days", basis="某法第十条")
    assert order.due().limit == "60 natural days"


def test_part_3_3_the_office_names_who_leads() -> None:
    order = life(Y).accepted().do(K.DISPATCHED, OFFICE, units=["water", "roads"], lead="roads")
    assert order.order.lead == "roads"
    assert order.refused(K.RETURN_ASKED, WATER, "", ground="not_ours").slug == "reason-missing"
    order.do(K.RETURN_ASKED, WATER, "与我无关", ground="not_ours").do(K.RETURN_APPROVED)
    assert (order.order.lead, order.order.co, order.order.state) == ("roads", (), OrderState.DISPATCHED)
    order.do(K.SIGNED, ROADS)


def test_part_6_4_an_overdue_order_is_urged_and_supervision_proposed_not_imposed() -> None:
    order = life(Y).handling("inquiry").wait(days=2)
    assert order.tick() == ["overdue:handle"]
    assert order.wait(days=1).tick() == ["supervision_proposed:sheet"]
    order.wait(days=30)
    assert order.tick() == [f"supervision_proposed:{level}" for level in ("joint_meeting", "interview", "bulletin")]
    assert order.order.supervisions == () and order.order.urged == 1
    assert order.tick() == []
