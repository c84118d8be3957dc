"""The demo city's people: experts of the hotlines whose units have given up their seats, what may be called outside.

In: the seats there are. Out: `People`. Never: names a seat that is not there.
"""

from __future__ import annotations

from collections.abc import Collection

from gateway.people.document import People, ResultCode
from transfer.outside import OutsidePolicy, Rule
from transfer.roster import Entry, Roster
from transfer.shifts import Shift
from transfer.target import TargetKind

DAY = Shift(begins=8 * 60, ends=20 * 60)
NIGHT = Shift(begins=20 * 60, ends=8 * 60)
# hotline: (seat, topic, order, shifts)
_EXPERTS = {
    "12333": (("901", "社会保险", 1, ()), ("901", "", 2, ()), ("902", "", 3, (NIGHT,))),
    "12329": (("901", "", 1, ()), ("902", "", 2, (NIGHT,))),
    "12320": (("902", "", 1, ()), ("901", "", 2, (NIGHT,))),
    "12348": (("902", "劳动争议", 1, ()), ("902", "", 2, ()), ("901", "", 3, (NIGHT,))),
}
LEGAL_AID = Entry(TargetKind.UNIT, "12348", "法律援助值班电话", order=9, shifts=(DAY,))
RESULTS = (
    ResultCode("answered", "当场答复", True),
    ResultCode("expert", "专家当场办结", True),
    ResultCode("ordered", "生成工单转办", False),
    ResultCode("referred", "告知其他渠道", False),
    ResultCode("called-back", "稍后回电", False),
    ResultCode("void", "无声、误拨或骚扰", None),
)
OUTSIDE = OutsidePolicy(rules=(Rule("0872XXXXXXX", "本市固定电话", "carrier", 30),), per_hour=60, per_seat=10)


def demo_people(experts: Collection[str]) -> People:
    """Of the roster only what names seats in `experts` (ids)."""
    hotlines = {}
    for number, rows in _EXPERTS.items():
        entries = [
            Entry(TargetKind.SEAT, seat, f"专家 {seat}", topic, order, shifts)
            for seat, topic, order, shifts in rows
            if seat in experts
        ]
        if entries and number == LEGAL_AID.ref:
            entries.append(LEGAL_AID)
        if entries:
            hotlines[number] = tuple(entries)
    return People(roster=Roster(hotlines), outside=OUTSIDE, results=RESULTS)
