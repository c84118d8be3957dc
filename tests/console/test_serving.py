"""Of a caller's other orders a seat may tell how they stand; what a report is about it may not even see."""

from __future__ import annotations

import pytest

from console.access import Viewer
from console.talk_api import KEPT, told_title
from gateway.store import Category, Role, WorkOrder

TITLE = "环保站收受企业礼金"


def order(category: Category) -> WorkOrder:
    row = WorkOrder(order_id="20261122-000001", seat="801", title=TITLE, category=category)
    row.units, row.accused, row.hands, row.secret, row.public = [], [], [], False, False
    return row


@pytest.mark.parametrize(
    ("role", "seat", "category", "told"),
    [
        (Role.SEAT, "802", Category.COMPLAINT, TITLE),
        (Role.SEAT, "802", Category.REPORT, KEPT),
        (Role.SEAT, "801", Category.REPORT, TITLE),
        (Role.EXPERT, "901", Category.REPORT, KEPT),
        (Role.SUPERVISOR, "", Category.REPORT, TITLE),
    ],
)
def test_a_seat_is_told_what_a_callers_order_is_about_unless_it_is_a_report(
    role: Role, seat: str, category: Category, told: str
) -> None:
    assert told_title(Viewer("u", "某人", role, seat), order(category)) == told
