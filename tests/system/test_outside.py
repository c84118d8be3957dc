"""Somebody outside is brought into a call through the carrier's trunk: who is let through, whom they see calling, what
is kept of those who are not. On the real PBX; the carrier's side is a plain SIP telephone.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from gateway.store import AuditEntry
from tests.kit.city import City, wait_for
from tests.system.talk_scenes import talking

NUMBER, STRANGER = "08722110001", "13800138000"
TOGETHER = {"caller": {"seat", "outside"}, "seat": {"caller", "outside"}, "outside": {"caller", "seat"}}


async def test_an_allowed_number_joins_sees_the_citys_number_and_the_cap_holds(city: City) -> None:
    """A three-way with it; the next one within the hour, and any number that is not on the list, are refused."""
    line = city.outside[NUMBER]
    async with city.on_duty("801", answer_s=0.2):
        await line.habit(answer_s=0.2)
        scene = await talking(city)
        leg = await scene.bring("outside", line, "three_way", "outside", "0872-2110001")
        await scene.phase("three")
        shown = await scene.call()
        await leg.hangup()
        refused = {ref: await scene.try_to("consult", "outside", ref) for ref in (NUMBER, STRANGER)}
        await scene.phase("undisturbed")
        await scene.talk.call.hangup()
    assert scene.heard("three") == TOGETHER
    assert scene.heard("undisturbed") == {"caller": {"seat"}, "seat": {"caller"}}
    assert leg.peer.startswith("sip:12345@"), "neither the hotline that was dialled, nor the seat, nor anonymous"
    assert scene.seat not in leg.headers.get("From", "")
    assert (shown["talk"]["parties"][-1]["role"], shown["talk"]["parties"][-1]["name"]) == ("outside", "供水公司")

    assert {status for status, _ in refused.values()} == {409}
    assert refused[NUMBER][1]["detail"] == "供水公司一小时内外呼已达 1 次"
    assert "不在允许外呼的名单内" in refused[STRANGER][1]["detail"]
    assert len(line.calls) == 1, "who is refused is not rung"
    assert await _kept(city, shown["linkedid"]) == {
        NUMBER: {"number": NUMBER, "why": "capped", "seat": scene.seat},
        STRANGER: {"number": STRANGER, "why": "not-allowed", "seat": scene.seat},
    }
    detail = await city.record(scene.talk.caller)
    (third,) = [each for each in detail.legs if each.role == "outside"]
    assert (third.verb, third.brought_by, third.name) == ("three_way", scene.seat, "供水公司")
    assert third.three_way_s > 1


async def _kept(city: City, linkedid: str) -> dict[str, dict[str, Any]]:
    """The audit's entries of refused numbers of this call, as the recorder wrote them."""

    async def look() -> list[AuditEntry]:
        async with city.store.reading() as session:
            chosen = select(AuditEntry).where(AuditEntry.what == "call.outside_refused")
            found = list(await session.scalars(chosen.where(AuditEntry.object == f"call:{linkedid}")))
        return found if len(found) == 2 else []

    entries = await wait_for(look, "both refusals are in the audit", 5)
    return {str(entry.detail["number"]): dict(entry.detail) for entry in entries}
