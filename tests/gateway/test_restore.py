"""A seat's leg is lost: what the gateway notices, what the caller hears, whom it gets. Without a PBX."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

import seats
from gateway import lost as lost_module
from gateway.board import Board, Timings
from gateway.errors import RetryableError
from gateway.live import CallState, LiveCalls
from gateway.lost import LostLegs
from gateway.seat_journal import SeatJournal
from seats import SeatState
from tests.gateway.conftest import Clock, House, directory
from tests.gateway.fake_asterisk import FakeCall

CALL, LEG, CALLER = "hl1-1.1", "PJSIP/web-801-0000000a", "PJSIP/carrier-00000001"
OLD, NEW = "sip:a@1:1;transport=ws", "sip:b@1:2;transport=ws"


@dataclass
class FakePbx:
    """A leg from which `packets_each_look` packets come between two looks."""

    packets_each_look: int = 0
    legs: list[Mapping[str, str]] = field(
        default_factory=lambda: [
            {"Channel": LEG, "Linkedid": CALL, "ChannelStateDesc": "Up", "Context": "from-seat"},
            {"Channel": CALLER, "Linkedid": CALL, "Uniqueid": CALL, "ChannelStateDesc": "Up"},
        ]
    )
    done: list[tuple[str, str, str]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    away: bool = False
    _packets: int = 1000

    async def action(self, name: str, *, wait_s: float | None = None, **fields: Any) -> Mapping[str, str]:
        if self.away:
            raise RetryableError("no link")
        if name == "Getvar":
            self._packets += self.packets_each_look
            return {"Value": str(self._packets)}
        if name == "PJSIPQualify":
            self.asked.append(fields["Endpoint"])
            return {}
        self.done.append((name, fields["Channel"], fields.get("Exten", fields.get("Cause", ""))))
        return {}

    async def action_list(
        self, name: str, *, wait_s: float | None = None, **fields: Any
    ) -> Sequence[Mapping[str, str]]:
        return self.legs


@dataclass
class Scene:
    board: Board
    live: LiveCalls
    pbx: FakePbx
    lost: LostLegs

    def contact(self, status: str, address: str = OLD) -> None:
        event = {"Event": "ContactStatus", "ContactStatus": status, "EndpointName": "web-801", "URI": address}
        self.board.contact("web-801", address, status in ("Created", "Reachable"))
        self.lost.on_event(event)

    def reason(self) -> tuple[SeatState, str]:
        seat = self.board.get("801")
        assert seat is not None
        return seat.state, str(seat.reason)


@pytest.fixture
async def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    """Seat 801 talks through its browser."""
    monkeypatch.setattr(lost_module, "LOOK_S", 0.01)
    monkeypatch.setattr(lost_module, "AGAIN_S", 0.01)
    monkeypatch.setattr(lost_module, "ASK_S", 0.01)
    clock = Clock()
    board = Board(Timings(60, 60, 60), SeatJournal(tmp_path / "s.jsonl", tmp_path / "l.json"), clock)
    board.take_directory(directory())
    live = LiveCalls(clock)
    view = live.see(CALL, CALLER, "12315")
    view.state, view.seat = CallState.TALKING, "801"
    pbx = FakePbx()
    made = Scene(board, live, pbx, LostLegs(board, live, pbx, restore_s=0.1))
    made.contact("Created")
    board.log_in("801", "web", "t")
    board.apply("801", seats.Answered(CALL))
    yield made
    await made.lost.stop()


async def test_a_page_that_is_gone_in_mid_call_sends_its_caller_to_be_restored(scene: Scene) -> None:
    scene.contact("Removed")
    await asyncio.sleep(0.05)
    assert scene.pbx.done[0] == ("Redirect", CALLER, "restore")
    assert scene.reason() == (SeatState.TALKING, "restoring")
    view = scene.live.get(CALL)
    assert view is not None and view.state is CallState.RESTORING


async def test_the_phone_of_a_seat_that_its_caller_waits_for_is_asked_until_it_is_back_and_no_longer(
    scene: Scene,
) -> None:
    scene.contact("Unreachable")
    await asyncio.sleep(0.05)
    assert set(scene.pbx.asked) == {"web-801"}
    assert len(scene.pbx.asked) > 1
    scene.contact("Reachable")
    before = len(scene.pbx.asked)
    await asyncio.sleep(0.05)
    assert len(scene.pbx.asked) == before


async def test_a_reloaded_page_that_has_registered_first_is_noticed_all_the_same(scene: Scene) -> None:
    scene.contact("Created", NEW)
    scene.contact("Removed", OLD)
    assert scene.board.is_registered("web-801")
    await asyncio.sleep(0.05)
    assert scene.pbx.done[0] == ("Redirect", CALLER, "restore")


async def test_a_connection_that_flaps_while_the_sound_comes_cuts_nothing(scene: Scene) -> None:
    scene.pbx.packets_each_look = 50
    scene.contact("Removed")
    await asyncio.sleep(0.05)
    assert (scene.pbx.done, scene.reason()[1]) == ([], "call")
    scene.contact("Created", NEW)
    await asyncio.sleep(0.05)
    scene.pbx.packets_each_look = 0  # it is registered: looked at again only when it goes again
    await asyncio.sleep(0.05)
    assert scene.pbx.done == []


async def test_sound_that_stops_while_the_phone_is_not_registered_is_noticed_later(scene: Scene) -> None:
    scene.pbx.packets_each_look = 50
    scene.contact("Removed")
    await asyncio.sleep(0.03)
    scene.pbx.packets_each_look = 0
    await asyncio.sleep(0.06)
    assert scene.pbx.done[0] == ("Redirect", CALLER, "restore")


@pytest.mark.parametrize("why", ["hung up", "idle", "other device"])
async def test_who_does_not_talk_on_that_phone_loses_nothing(scene: Scene, why: str) -> None:
    if why == "hung up":
        scene.pbx.legs = scene.pbx.legs[1:]
    elif why == "idle":
        scene.board.apply("801", seats.TalkEnded(CALL))
    event = {"Event": "ContactStatus", "ContactStatus": "Removed", "EndpointName": "web-801"}
    scene.lost.on_event(event | ({"EndpointName": "seat-801"} if why == "other device" else {}))
    await asyncio.sleep(0.05)
    assert scene.pbx.done == []


async def test_nobody_is_called_lost_while_the_pbx_cannot_be_asked(scene: Scene) -> None:
    scene.pbx.away = True
    scene.contact("Removed")
    await asyncio.sleep(0.05)
    assert scene.reason() == (SeatState.TALKING, "call")


async def test_where_others_talk_on_the_seat_is_rung_again_for_the_same_talk(scene: Scene) -> None:
    rung: list[tuple[str, str]] = []

    async def call_back(call: str, seat: str) -> None:
        rung.append((call, seat))
        scene.board.apply(seat, seats.Answered(call))

    scene.lost.stays = lambda _call: True
    scene.lost.call_back = call_back
    scene.contact("Removed")
    await asyncio.sleep(0.05)
    assert (scene.pbx.done, rung) == ([("Hangup", LEG, "44")], [])
    scene.contact("Created", NEW)
    await asyncio.sleep(0.2)
    assert rung == [(CALL, "801")]
    assert scene.reason() == (SeatState.TALKING, "call")


async def test_a_seat_that_does_not_come_back_to_others_talk_wraps_up(scene: Scene) -> None:
    scene.lost.stays = lambda _call: True
    scene.contact("Removed")
    await asyncio.sleep(0.3)
    assert scene.reason()[0] is SeatState.WRAP_UP


# -- the caller's visit ----------------------------------------------------------------------------------------------


async def talked(house: House, restore_s: float) -> FakeCall:
    """A call that seat 801 has answered on its browser phone, whose leg is gone now."""
    object.__setattr__(house.desk, "config", replace(house.desk.config, restore_s=restore_s))
    house.sit_down("801", "web")
    call = FakeCall(variables={"HL_DIALLED": "12315", "HL_TRUNK": "carrier"})
    assert await call.visit(house.port, "arrive") == "offer"
    house.desk.board.apply("801", seats.Answered(call.uniqueid))
    house.desk.board.device_state("web-801", "UNAVAILABLE")
    call.played.clear()
    return call


async def test_the_same_seat_is_rung_when_it_is_back_in_time_and_its_page_is_told_why(house: House) -> None:
    call = await talked(house, 5.0)
    visit = asyncio.create_task(call.visit(house.port, "restore"))
    await asyncio.sleep(0.2)
    assert (call.played, call.music) == (["restoring"], ["on"])
    assert house.desk.board.all_json()[0]["reason"] == "restoring"
    house.desk.board.contact("web-801", NEW, True)
    assert await asyncio.wait_for(visit, 5) == "offer"
    assert (call.variables["HL_DEVICE"], call.variables["HL_RESUME"]) == ("web-801", "1")
    assert call.events("hl.restore") == [{"seat": "801", "back": "1"}]
    assert [event["n"] for event in call.events("hl.offer")] == ["1", "2"], "the offers are counted on"


async def test_a_caller_whose_seat_stays_away_goes_to_the_next_one_before_all_others(house: House) -> None:
    call = await talked(house, 0.1)
    visit = asyncio.create_task(call.visit(house.port, "restore"))
    await asyncio.sleep(0.4)
    other = FakeCall(uniqueid="hl1-0.9", variables={"HL_DIALLED": "12315", "HL_TRUNK": "carrier"})
    waiting = asyncio.create_task(other.visit(house.port, "arrive"))
    await asyncio.sleep(0.4)
    house.sit_down("802")
    assert await asyncio.wait_for(visit, 5) == "offer"
    assert (call.variables["HL_DEVICE"], call.variables.get("HL_RESUME")) == ("seat-802", None)
    assert not waiting.done()
    assert house.desk.board.get("801").state is not SeatState.TALKING  # type: ignore[union-attr]
    house.sit_down("803")
    assert await asyncio.wait_for(waiting, 5) == "offer"


async def test_a_seat_that_is_back_but_does_not_answer_has_wrapped_up_and_the_caller_waits_on(house: House) -> None:
    call = await talked(house, 5.0)
    house.desk.board.contact("web-801", NEW, True)
    assert await call.visit(house.port, "restore") == "offer"
    call.variables["DIALSTATUS"] = "NOANSWER"
    house.sit_down("802")
    assert await call.visit(house.port, "after") == "offer"
    assert call.variables["HL_DEVICE"] == "seat-802"
    seat = house.desk.board.get("801")
    assert seat is not None and seat.reason != seats.Reason.RESTORING


async def test_a_caller_who_gives_up_meanwhile_frees_the_seat(house: House) -> None:
    call = await talked(house, 5.0)
    call.hang_up_at = "SET MUSIC"
    await call.visit(house.port, "restore")
    await asyncio.sleep(0.1)
    seat = house.desk.board.get("801")
    assert seat is not None and seat.state in (SeatState.WRAP_UP, SeatState.IDLE, SeatState.SET_ASIDE)
